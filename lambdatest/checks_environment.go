package lambdatest

import (
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// environmentChecks are about execution environments and the runs in them.
var environmentChecks = []Check{
	{"runs-end-once", "each run that starts finishes exactly once, in the same environment, and nothing else finishes", checkRunsEnd},
	{"one-run-at-a-time", "an environment serves one run at a time", checkOneRunAtATime},
	{"one-version", "an environment serves one version of its function all its life", checkOneVersion},
	{"idle-lifetime", "an on-demand environment is not reused once it has been idle for its lifetime", checkIdleLifetime},
	{"warm-has-a-past", "the first run of an on-demand environment is cold, and no later one is", checkWarm},
	{"ended-means-ended", "nothing starts in an environment that has been shut down", checkEnvironmentEnded},
	{"billed-by-the-millisecond", "a run is billed for its duration, and for the Init phase before it at most, rounded up to a millisecond", checkBilled},
	{"abandoned-after-timeout", "only a handler whose run timed out returns late", checkAbandoned},
}

func checkRunsEnd(ev *evidence) error {
	for _, e := range ev.orphans {
		return fmt.Errorf("run #%d.%d of %s finished in %q without having started there", e.Number, e.Attempt, e.Function, e.Environment)
	}
	for _, r := range ev.runs {
		if r.finished == nil {
			return fmt.Errorf("%s did not finish", r)
		}
	}
	return nil
}

// environmentID names an environment. Services in one trace have different functions, but may name environments alike.
type environmentID struct{ function, environment string }

func environmentOf(e *trace.Event) environmentID { return environmentID{e.Function, e.Environment} }

// environments groups runs by environment, in the order in which the environments appear.
func (ev *evidence) environments() [][]*run {
	index := map[environmentID]int{}
	var groups [][]*run
	for _, r := range ev.runs {
		p := environmentOf(r.started)
		if p.environment == "" {
			continue
		}
		i, ok := index[p]
		if !ok {
			i = len(groups)
			index[p] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// eachReuse runs check on every run that follows another in its environment.
func (ev *evidence) eachReuse(check func(before, r *run) error) error {
	for _, runs := range ev.environments() {
		for i := range len(runs) - 1 {
			if err := check(runs[i], runs[i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkOneRunAtATime(ev *evidence) error {
	return ev.eachReuse(func(before, r *run) error {
		if r.begin.Add(ev.Tolerance).Before(before.end) {
			return fmt.Errorf("%s starts while run #%d.%d is going on", r, before.started.Number, before.started.Attempt)
		}
		return nil
	})
}

func checkOneVersion(ev *evidence) error {
	return ev.eachReuse(func(before, r *run) error {
		if a, b := before.started.Version, r.started.Version; a != b {
			return fmt.Errorf("%s is of version %s, after one of version %s", r, b, a)
		}
		return nil
	})
}

func checkIdleLifetime(ev *evidence) error {
	limit := ev.idleLifetime()
	return ev.eachReuse(func(before, r *run) error {
		if idle := r.begin.Sub(before.end); limit >= 0 && r.started.Pool != "Provisioned" && idle >= limit+ev.Tolerance {
			return fmt.Errorf("%s comes after %s of idleness, with %s allowed", r, span(idle), span(limit))
		}
		return nil
	})
}

func checkWarm(ev *evidence) error {
	for _, runs := range ev.environments() {
		for i, r := range runs {
			s := r.started
			switch {
			case s.Pool == "Provisioned":
			case i == 0 && !s.Cold && !ev.ProactiveInit:
				return fmt.Errorf("%s is the first there, but not cold", r)
			case i > 0 && s.Cold:
				return fmt.Errorf("%s is cold, but not the first there", r)
			}
		}
	}
	return nil
}

func checkEnvironmentEnded(ev *evidence) error {
	ended := map[environmentID]time.Time{}
	for i := range ev.events {
		e := &ev.events[i]
		switch e.Kind {
		case trace.EnvironmentEnded:
			ended[environmentOf(e)] = e.Time
		case trace.Started, trace.InitStarted:
			if t, ok := ended[environmentOf(e)]; ok && e.Time.After(t.Add(ev.Tolerance)) {
				return fmt.Errorf("run #%d.%d of %s begins in %q, which has been shut down", e.Number, e.Attempt, e.Function, e.Environment)
			}
		}
	}
	return nil
}

func checkBilled(ev *evidence) error {
	for _, r := range ev.runs {
		if r.finished == nil {
			continue
		}
		e := r.finished
		least, most := milliseconds(e.Duration), milliseconds(e.Duration+e.Init)
		if e.Billed < least || e.Billed > most || e.Billed%time.Millisecond != 0 {
			return fmt.Errorf("%s took %s after an Init phase of %s and is billed %s", r, e.Duration, e.Init, e.Billed)
		}
	}
	return nil
}

// milliseconds rounds up to whole milliseconds.
func milliseconds(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}

func checkAbandoned(ev *evidence) error {
	timedOut := map[runID]bool{}
	for _, r := range ev.runs {
		if r.finished != nil && r.finished.Outcome == trace.Timeout {
			timedOut[idOf(r.started)] = true
		}
	}
	for i := range ev.events {
		e := &ev.events[i]
		if e.Kind == trace.Abandoned && !timedOut[idOf(e)] {
			return fmt.Errorf("run #%d.%d of %s returned late without having timed out", e.Number, e.Attempt, e.Function)
		}
	}
	return nil
}
