package properties

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// ReservedIsNeverStarved checks that functions with reserved concurrency have it whenever they want it: beside them
// lives a noisy neighbour that takes everything in the account that is to be had, and still they are throttled for
// concurrency only while their own runs use all that is reserved for them. Limits on the rate of requests, which an
// account shares, are not concurrency.
//
// At least one function must have reserved concurrency other than 0. Load.Outcomes is not used: attempts that a test
// throttles say nothing about the account.
func ReservedIsNeverStarved(t *testing.T, deploy Deploy, load Load) {
	t.Helper()
	check(t, func(t *rapid.T) {
		s := newScene(t, deploy, load)
		guarded := s.reserved()
		if len(guarded) == 0 {
			t.Fatalf("properties: no function has reserved concurrency")
		}
		n := newNeighbour(t, s)
		for _, c := range s.drawCalls() {
			n.squeeze(rapid.IntRange(0, 3).Draw(t, "neighbours leave"))
			s.play([]call{c})
		}
		n.leave()
		s.finish()
		if err := starvation(s.tl.Events(), guarded); err != nil {
			t.Fatalf("%v\n%s", err, &s.tl)
		}
	})
}

// reserved gives what functions may run on demand at once: their reservation less their provisioned concurrency.
func (s *scene) reserved() map[string]int {
	guarded := map[string]int{}
	for name, n := range s.settings.Reserved {
		for _, p := range all(func(page registry.Page) ([]*registry.ProvisionedConcurrency, string, error) {
			return s.svc.Registry().ListProvisionedConcurrency(time.Now(), name, page)
		}) {
			n -= p.Requested
		}
		if n > 0 {
			guarded[name] = n
		}
	}
	return guarded
}

// neighbour is a function of another owner on the same account, which fills the unreserved pool.
type neighbour struct {
	version *concurrency.Version
	leases  []concurrency.Lease
}

func newNeighbour(t *rapid.T, s *scene) *neighbour {
	n := &neighbour{}
	f, err := s.svc.Account().Claim("noisy-neighbour", n)
	if err != nil {
		t.Fatalf("properties: %v", err)
	}
	n.version = f.Version(concurrency.Latest)
	return n
}

// squeeze ends some of the neighbour's runs and starts as many as it can get.
func (n *neighbour) squeeze(leave int) {
	now := time.Now()
	for range min(leave, len(n.leases)) {
		n.leases[0].ReleaseAt(now, true)
		n.leases = n.leases[1:]
	}
	for {
		lease, err := n.version.AcquireAt(now)
		if err != nil {
			return
		}
		n.leases = append(n.leases, lease)
	}
}

func (n *neighbour) leave() {
	for _, lease := range n.leases {
		lease.ReleaseAt(time.Now(), true)
	}
}

// starvation finds a throttle for concurrency at an instant at which less ran than a function had reserved. What begins
// or ends at that very instant may have run before it.
func starvation(events []trace.Event, guarded map[string]int) error {
	spans := reservedRuns(events)
	for _, e := range events {
		limit, ok := guarded[e.Function]
		if !ok || e.Kind != trace.Throttled || isRate(e.Reason) {
			continue
		}
		running := 0
		for _, s := range spans {
			if s.function == e.Function && !s.begin.After(e.Time) && !s.end.Before(e.Time) {
				running++
			}
		}
		if running < limit {
			return fmt.Errorf("properties: invocation #%d of %s was throttled (%s) with %d of %d reserved in use",
				e.Number, e.Function, e.Reason, running, limit)
		}
	}
	return nil
}

func isRate(reason string) bool {
	switch concurrency.Reason(reason) {
	case concurrency.CallerRateLimitExceeded, concurrency.ReservedFunctionInvocationRateLimitExceeded,
		concurrency.FunctionInvocationRateLimitExceeded:
		return true
	}
	return false
}

// span is one run on reserved concurrency, its Init phase included.
type span struct {
	function   string
	begin, end time.Time
}

// reservedRuns reads runs from a sorted trace.
func reservedRuns(events []trace.Event) []*span {
	type id struct {
		function, environment string
		number                uint64
		attempt               int
	}
	var spans []*span
	open := map[id]*span{}
	for _, e := range events {
		k := id{e.Function, e.Environment, e.Number, e.Attempt}
		switch s := open[k]; {
		case e.Number == 0 || e.Pool != concurrency.Reserved.String():
		case s == nil && (e.Kind == trace.InitStarted || e.Kind == trace.Started):
			s = &span{e.Function, e.Time, events[len(events)-1].Time}
			open[k], spans = s, append(spans, s)
		case s != nil && e.Kind == trace.Finished:
			s.end = e.Time
			delete(open, k)
		}
	}
	return spans
}
