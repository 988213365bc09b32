package properties

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// EveryEventEndsOnce checks that nothing is lost in silence: every event that was accepted ends in exactly one terminal
// condition, which follows from what its attempts came to, and its result goes to each of its destinations and its
// dead-letter queue once; whatever the functions do, and whatever throttles, fails, loses or duplicates attempts. An
// event that the load has the service lose must be traced as lost.
func EveryEventEndsOnce(t *testing.T, deploy Deploy, load Load) {
	t.Helper()
	hold(t, deploy, load, endLaws)
}

// RetriesObeyPolicy checks the functions' retries: no event runs more often than its MaximumRetryAttempts allow, none
// is dispatched at or after its MaximumEventAge, and the time between attempts is what Lambda leaves between them: n
// minutes after the n-th failure, 1 s doubling to 5 minutes after throttles and system errors.
//
// Under a RetryPolicy of one's own the delays are not checked, all else is.
func RetriesObeyPolicy(t *testing.T, deploy Deploy, load Load) {
	t.Helper()
	hold(t, deploy, load, retryLaws)
}

// NoLimitExceeded checks that no more runs at once than the account, the functions' reserved and the versions'
// provisioned concurrency allow, that no function scales faster than Lambda lets it, and that every execution
// environment serves one version, one run at a time, and no longer than it lives.
func NoLimitExceeded(t *testing.T, deploy Deploy, load Load) {
	t.Helper()
	hold(t, deploy, load, limitLaws)
}

// Lawful checks every law that lambdatest has a check for. It is the property to run where one is enough.
func Lawful(t *testing.T, deploy Deploy, load Load) {
	t.Helper()
	hold(t, deploy, load, slices.Concat(endLaws, retryLaws, limitLaws))
}

// The laws by name, as lambdatest.Checks has them.
var (
	endLaws = []string{
		"ends-once", "condition-is-earned", "success-is-earned", "retries-exhausted", "invoke-count", "one-request-id",
		"synchronous-is-alone", "one-delivery-a-route", "route-fits-condition", "delivered-after-end",
	}
	retryLaws = []string{
		"runs-within-retries", "one-result-a-dispatch", "no-dispatch-past-age", "age-grows", "function-error-delay",
		"throttle-backoff", "age-looks-ahead",
	}
	limitLaws = []string{
		"account-limit", "reserved-limit", "reserved-pool", "provisioned-limit", "provisioned-or-spillover",
		"scaling-rate", "runs-end-once", "one-run-at-a-time", "one-version", "idle-lifetime", "warm-has-a-past",
		"ended-means-ended", "billed-by-the-millisecond", "abandoned-after-timeout",
	}
)

// hold plays the load and holds what happened against laws.
func hold(t *testing.T, deploy Deploy, load Load, laws []string) {
	t.Helper()
	check(t, func(t *rapid.T) {
		s := newScene(t, deploy, load)
		s.control()
		s.play(s.drawCalls())
		s.finish()
		if err := breaches(s.tl.Events(), s.settings, laws); err != nil {
			t.Fatalf("%v\n%s", err, &s.tl)
		}
	})
}

// breaches returns what in a trace is against some of the laws, nil if nothing is.
func breaches(events []trace.Event, settings lambdatest.Settings, laws []string) error {
	var errs []error
	for _, c := range lambdatest.Checks() {
		if slices.Contains(laws, c.Name) {
			errs = append(errs, c.Verify(events, settings))
		}
	}
	return errors.Join(errs...)
}
