package concurrency_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// world plays the notation of the vectors against one account: "+420 orange" is 420 instant calls that stay in
// flight, "-10 orange@1 PC" releases ten leases of that pool, the longest held first.
type world struct {
	t       *testing.T
	account *concurrency.Account
	at      time.Duration
	alias   map[string]string // qualifier to version, where they differ
	held    map[string][]concurrency.Lease
}

func newWorld(t *testing.T, opts concurrency.Options) *world {
	return &world{t: t, account: concurrency.NewAccount(opts), alias: map[string]string{},
		held: map[string][]concurrency.Lease{}}
}

func (w *world) now() time.Time { return epoch.Add(w.at) }

func (w *world) function(name string) *concurrency.Function {
	f, err := w.account.Claim(name, nil)
	require.NoError(w.t, err)
	return f
}

func (w *world) version(target string) *concurrency.Version {
	name, qualifier, ok := strings.Cut(target, "@")
	if !ok {
		qualifier = concurrency.Latest
	}
	if to, ok := w.alias[target]; ok {
		qualifier = to
	}
	return w.function(name).Version(qualifier)
}

// reserve puts reserved concurrency and returns the text of its refusal, "" if it was accepted.
func (w *world) reserve(name string, n int) string {
	return text(w.function(name).PutReservedAt(w.now(), n))
}

// provision puts provisioned concurrency and returns the text of its refusal.
func (w *world) provision(target string, n int) string {
	return text(w.version(target).PutProvisionedAt(w.now(), n))
}

// ready puts provisioned concurrency and waits until it is ready.
func (w *world) ready(target string, n int) {
	w.t.Helper()
	require.Empty(w.t, w.provision(target, n))
	w.untilReady(target)
}

func (w *world) untilReady(target string) {
	w.t.Helper()
	p, ok := w.version(target).ProvisionedAt(w.now())
	require.True(w.t, ok)
	w.at = max(w.at, p.ReadyAt.Sub(epoch))
	p, _ = w.version(target).ProvisionedAt(w.now())
	require.Equal(w.t, concurrency.Ready, p.Status)
}

// do plays one step and compares its outcome, such as "400 R c, 20 !RC".
func (w *world) do(step, want string) {
	w.t.Helper()
	var n int
	var target, pool string
	_, _ = fmt.Sscan(step[1:], &n, &target, &pool) // the pool may be missing
	if step[0] == '-' {
		w.release(n, target, pool)
		return
	}
	require.Equal(w.t, want, w.call(n, target), step)
}

func (w *world) call(n int, target string) string {
	v := w.version(target)
	var order []string
	tally := map[string]int{}
	for range n {
		lease, err := v.AcquireAt(w.now())
		what := outcome(lease, err)
		if err == nil {
			w.held[target] = append(w.held[target], lease)
		}
		if tally[what] == 0 {
			order = append(order, what)
		}
		tally[what]++
	}
	return w.list(order, tally)
}

// instant makes n calls one after the other, gap apart, each of which ends at once.
func (w *world) instant(n int, target string, gap time.Duration) string {
	v := w.version(target)
	var order []string
	tally := map[string]int{}
	for i := range n {
		now := w.now().Add(time.Duration(i) * gap)
		lease, err := v.AcquireAt(now)
		lease.ReleaseAt(now, true)
		what := outcome(lease, err)
		if tally[what] == 0 {
			order = append(order, what)
		}
		tally[what]++
	}
	return w.list(order, tally)
}

func (w *world) list(order []string, tally map[string]int) string {
	for i, what := range order {
		order[i] = fmt.Sprintf("%d %s", tally[what], what)
	}
	return strings.Join(order, ", ")
}

func (w *world) release(n int, target, pool string) {
	w.t.Helper()
	var rest []concurrency.Lease
	for _, lease := range w.held[target] {
		if n > 0 && (pool == "" || pool == short(lease.Pool)) {
			lease.ReleaseAt(w.now(), true)
			n--
			continue
		}
		rest = append(rest, lease)
	}
	require.Zero(w.t, n, "not that many to release")
	w.held[target] = rest
}

func (w *world) snapshot() concurrency.Snapshot { return w.account.Snapshot(w.now()) }
func (w *world) unreservedCap() int             { return w.snapshot().UnreservedCap }

func text(err error) string {
	if err == nil {
		return ""
	}
	var refused *concurrency.ConfigError
	if errors.As(err, &refused) {
		return refused.Message
	}
	return err.Error()
}

func short(p concurrency.Pool) string {
	return map[concurrency.Pool]string{concurrency.Provisioned: "PC", concurrency.Reserved: "R", concurrency.Unreserved: "U"}[p]
}

func outcome(lease concurrency.Lease, err error) string {
	var refused *concurrency.ThrottleError
	switch {
	case errors.As(err, &refused):
		return "!" + shortRefusal(refused)
	case err != nil:
		return err.Error()
	case lease.Cold:
		return short(lease.Pool) + " c"
	}
	return short(lease.Pool) + " w"
}

// shortRefusal keeps the scaling rate apart by its cause: the reason it carries is an assumption.
func shortRefusal(e *concurrency.ThrottleError) string {
	if e.Cause() == concurrency.CauseScale {
		return "SC"
	}
	switch e.Reason {
	case concurrency.ReservedFunctionConcurrentInvocationLimitExceeded:
		return "RC"
	case concurrency.ReservedFunctionInvocationRateLimitExceeded:
		return "RR"
	case concurrency.ConcurrentInvocationLimitExceeded:
		return "CC"
	case concurrency.CallerRateLimitExceeded:
		return "CR"
	}
	return string(e.Reason)
}
