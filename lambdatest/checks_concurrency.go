package lambdatest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// concurrencyChecks are about how much runs at once, and on whose account.
var concurrencyChecks = []Check{
	{"account-limit", "no more runs are in flight than the account's concurrency quota, Init phases included", checkAccountLimit},
	{"reserved-limit", "no more runs of a function are in flight than its reserved concurrency, and none start at 0", checkReservedLimit},
	{"reserved-pool", "a function with reserved concurrency never runs on the unreserved pool", checkReservedPool},
	{"provisioned-limit", "no run starts on provisioned concurrency beyond what is allocated to its version", checkProvisionedLimit},
	{"provisioned-or-spillover", "a run on provisioned concurrency is of a published version, not cold, and no spillover", checkProvisioned},
	{"scaling-rate", "a function creates at most 1,000 environments at once and 100 a second from then on", checkScalingRate},
}

// peak returns the first run that brings the runs in flight above the limit at its instant, or nil.
//
// A run is in flight from its begin up to, but not including, its end; so one that ends when another begins leaves
// room for it. One that takes no time is in flight together with those that begin before and end after it.
func (ev *evidence) peak(limit func(time.Time) int, match func(*run) bool) *run {
	type change struct {
		at    time.Time
		order int // ends come first, then runs that take no time, then begins
		run   *run
	}
	var changes []change
	for _, r := range ev.runs {
		begin := r.begin.Add(ev.Tolerance)
		switch {
		case !match(r):
		case begin.Before(r.end):
			changes = append(changes, change{begin, 2, r}, change{r.end, 0, r})
		case ev.Tolerance == 0:
			changes = append(changes, change{begin, 1, r})
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.order, b.order))
	})
	level := 0
	for _, c := range changes {
		switch {
		case c.order == 0:
			level--
			continue
		case level+1 > limit(c.at):
			return c.run
		case c.order == 2:
			level++
		}
	}
	return nil
}

// always is a limit that does not change.
func always(n int) func(time.Time) int { return func(time.Time) int { return n } }

func checkAccountLimit(ev *evidence) error {
	if r := ev.peak(always(ev.accountLimit()), func(*run) bool { return true }); r != nil {
		return fmt.Errorf("%s brings the runs in flight above %d", r, ev.accountLimit())
	}
	return nil
}

func checkReservedLimit(ev *evidence) error {
	for _, name := range sortedKeys(ev.Reserved) {
		limit := ev.Reserved[name]
		if r := ev.peak(always(limit), func(r *run) bool { return r.started.Function == name }); r != nil {
			return fmt.Errorf("%s brings the runs in flight above the %d reserved", r, limit)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func checkReservedPool(ev *evidence) error {
	for _, r := range ev.runs {
		if _, reserved := ev.Reserved[r.started.Function]; reserved && r.started.Pool == "Unreserved" {
			return fmt.Errorf("%s is charged to the unreserved pool", r)
		}
	}
	return nil
}

// versionKey names a version of a function.
type versionKey struct{ function, version string }

func checkProvisionedLimit(ev *evidence) error {
	allocations := map[versionKey][]*trace.Event{}
	var order []versionKey
	for i := range ev.events {
		e := &ev.events[i]
		if e.Kind == trace.ConcurrencyChanged && e.Version != "" {
			v := versionKey{e.Function, e.Version}
			if allocations[v] == nil {
				order = append(order, v)
			}
			allocations[v] = append(allocations[v], e)
		}
	}
	for _, v := range order {
		limit := func(t time.Time) int { return allocatedAt(allocations[v], t) }
		r := ev.peak(limit, func(r *run) bool {
			return r.started.Pool == "Provisioned" && versionKey{r.started.Function, r.started.Version} == v
		})
		if r != nil {
			return fmt.Errorf("%s starts on provisioned concurrency, of which no more than %d are allocated", r, limit(r.begin))
		}
	}
	return nil
}

// allocatedAt is how many environments a run may find allocated at t: when that changes at this very instant, the
// higher number, as the run may come first.
func allocatedAt(changes []*trace.Event, t time.Time) int {
	n := 0
	for _, e := range changes {
		switch {
		case e.Time.Before(t):
			n = e.Allocated
		case e.Time.Equal(t):
			n = max(n, e.Allocated)
		}
	}
	return n
}

func checkProvisioned(ev *evidence) error {
	for _, r := range ev.runs {
		s := r.started
		if s.Pool != "Provisioned" {
			continue
		}
		switch {
		case s.Version == "$LATEST":
			return fmt.Errorf("%s is of $LATEST, which cannot have provisioned concurrency", r)
		case s.Cold:
			return fmt.Errorf("%s is cold", r)
		case s.Spillover:
			return fmt.Errorf("%s is spillover as well", r)
		}
	}
	return nil
}

// checkScalingRate fills and drains one bucket for each function: 1,000 tokens at most, 100 more each second, one for
// each environment made on demand.
func checkScalingRate(ev *evidence) error {
	if ev.NoScalingRate {
		return nil
	}
	const full, perSecond = 1000.0, 100.0
	type bucket struct {
		tokens float64
		at     time.Time
	}
	buckets := map[string]*bucket{}
	made := map[environmentID]bool{}
	for _, r := range ev.runs {
		s := r.started
		if s.Pool == "Provisioned" || made[environmentOf(s)] || s.Environment == "" {
			continue
		}
		made[environmentOf(s)] = true
		b := buckets[s.Function]
		if b == nil {
			b = &bucket{full, r.begin}
			buckets[s.Function] = b
		}
		b.tokens = min(full, b.tokens+perSecond*(r.begin.Sub(b.at)+ev.Tolerance).Seconds()) - 1
		b.at = r.begin
		if b.tokens < -1e-6 {
			return fmt.Errorf("%s is in one environment more than the scaling rate allows", r)
		}
	}
	return nil
}
