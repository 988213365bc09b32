package lambdatest

import (
	"fmt"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// evidence is a trace as the checks look at it.
type evidence struct {
	Settings
	events      []trace.Event  // sorted; the rest points into them
	invocations []*history     // in the order in which they begin
	runs        []*run         // in the order in which they begin
	orphans     []*trace.Event // Finished without a Started
}

// history is what happened to one invocation.
type history struct {
	function, qualifier string
	number              uint64
	async               Async
	accepted            []*trace.Event
	over                []*trace.Event // Ended and Lost
	deliveries          []*trace.Event
	attempts            []*attempt // by number
	steps               []*trace.Event
}

// attempt is one dispatch of an event, or a synchronous call.
type attempt struct {
	number     int
	first      time.Time // of any step
	last       time.Time // of what it came to
	dispatched []*trace.Event
	answers    []*trace.Event // Throttled, Refused, LoopStopped
	started    []*trace.Event
	finished   []*trace.Event
}

// run is one run of a function, Init phase included.
type run struct {
	started    *trace.Event
	begin, end time.Time // begin is when concurrency was taken
	finished   *trace.Event
}

// runID finds a run's steps: an invocation may run twice at a time, but not in one environment.
type runID struct {
	function, environment string
	number                uint64
	attempt               int
}

func idOf(e *trace.Event) runID { return runID{e.Function, e.Environment, e.Number, e.Attempt} }

// newEvidence keeps events, which must be sorted.
func newEvidence(events []trace.Event, s Settings) *evidence {
	ev := &evidence{Settings: s, events: events}
	ev.readRuns()
	ev.readInvocations()
	return ev
}

func (ev *evidence) readInvocations() {
	type key struct {
		function string
		number   uint64
	}
	found := map[key]*history{}
	for i := range ev.events {
		e := &ev.events[i]
		if e.Number == 0 || e.Source != "" {
			continue
		}
		k := key{e.Function, e.Number}
		h := found[k]
		if h == nil {
			h = &history{function: e.Function, qualifier: e.Qualifier, number: e.Number, async: ev.Settings.async(e.Function, e.Qualifier)}
			found[k] = h
			ev.invocations = append(ev.invocations, h)
		}
		h.add(e)
	}
}

func (h *history) add(e *trace.Event) {
	h.steps = append(h.steps, e)
	switch e.Kind {
	case trace.Accepted:
		h.accepted = append(h.accepted, e)
	case trace.Ended, trace.Lost:
		h.over = append(h.over, e)
	case trace.Delivered, trace.DeliveryFailed:
		h.deliveries = append(h.deliveries, e)
	case trace.Dispatched, trace.Throttled, trace.Refused, trace.LoopStopped, trace.Started, trace.Finished:
		h.attempt(e.Attempt, e.Time).add(e)
	}
}

func (h *history) attempt(n int, t time.Time) *attempt {
	i, found := slices.BinarySearchFunc(h.attempts, n, func(a *attempt, n int) int { return a.number - n })
	if !found {
		h.attempts = slices.Insert(h.attempts, i, &attempt{number: n, first: t})
	}
	return h.attempts[i]
}

func (a *attempt) add(e *trace.Event) {
	a.last = e.Time
	switch e.Kind {
	case trace.Dispatched:
		a.dispatched = append(a.dispatched, e)
	case trace.Started:
		a.started = append(a.started, e)
	case trace.Finished:
		a.finished = append(a.finished, e)
	default:
		a.answers = append(a.answers, e)
	}
}

// result is what became of an attempt.
type result byte

const (
	noResult     result = 0
	succeeded    result = 'S'
	failed       result = 'F' // the function
	throttled    result = 'T'
	systemError  result = 'X'
	notFound     result = 'N'
	loopDetected result = 'L'
)

// result is that of the attempt's last run or answer.
func (a *attempt) result() result {
	if n := len(a.finished); n > 0 && (len(a.answers) == 0 || trace.Compare(*a.answers[len(a.answers)-1], *a.finished[n-1]) < 0) {
		return resultOfRun(a.finished[n-1])
	}
	if len(a.answers) == 0 {
		return noResult
	}
	switch e := a.answers[len(a.answers)-1]; {
	case e.Kind == trace.Throttled:
		return throttled
	case e.Kind == trace.LoopStopped:
		return loopDetected
	case e.Status >= 500 || e.Status == 409: // what is not ready now may be ready later
		return systemError
	}
	return notFound
}

func resultOfRun(e *trace.Event) result {
	switch {
	case e.Outcome == trace.Success:
		return succeeded
	case e.Outcome == trace.Failure && e.Status >= 500:
		return systemError
	}
	return failed
}

// results are those of all attempts that have any, in order.
func (h *history) results() (rs []result) {
	for _, a := range h.attempts {
		if r := a.result(); r != noResult {
			rs = append(rs, r)
		}
	}
	return rs
}

func (h *history) count(want ...result) (n int) {
	for _, r := range h.results() {
		if slices.Contains(want, r) {
			n++
		}
	}
	return n
}

func (h *history) runs() (n int) {
	for _, a := range h.attempts {
		n += len(a.started)
	}
	return n
}

// end is how the event ended; the zero Event if it did not, or was lost.
func (h *history) end() *trace.Event {
	for _, e := range h.over {
		if e.Kind == trace.Ended {
			return e
		}
	}
	return new(trace.Event)
}

// aliasGone tells an event whose alias was deleted before it ran, with retries allowed. Lambda lets that one wait for
// its age limit and then drops it without a word.
func (h *history) aliasGone() bool {
	return isAlias(h.qualifier) && h.async.retries() > 0 && len(h.attempts) > 0 && h.count(notFound) == len(h.results()) &&
		h.end().Detail == conditionEventAgeExceeded
}

// isAlias reports whether a qualifier names an alias: neither $LATEST nor a version's number.
func isAlias(q string) bool {
	return q != "" && q[0] != '$' && slices.ContainsFunc([]byte(q), func(c byte) bool { return c < '0' || c > '9' })
}

// breach says what an invocation did wrong.
func (h *history) breach(format string, args ...any) error {
	name := h.function
	if h.qualifier != "" {
		name += ":" + h.qualifier
	}
	return fmt.Errorf("invocation #%d of %s "+format, append([]any{h.number, name}, args...)...)
}

func (ev *evidence) readRuns() {
	inits := map[runID]time.Time{}
	open := map[runID][]*run{}
	for i := range ev.events {
		e := &ev.events[i]
		id := idOf(e)
		switch e.Kind {
		case trace.InitStarted:
			if _, again := inits[id]; e.Number != 0 && len(open[id]) == 0 && !again {
				inits[id] = e.Time
			}
		case trace.Started:
			r := &run{started: e, begin: e.Time, end: ev.events[len(ev.events)-1].Time}
			if t, ok := inits[id]; ok {
				r.begin = t
				delete(inits, id)
			}
			ev.runs = append(ev.runs, r)
			open[id] = append(open[id], r)
		case trace.Finished:
			if len(open[id]) == 0 {
				ev.orphans = append(ev.orphans, e)
				continue
			}
			r := open[id][0]
			open[id] = open[id][1:]
			r.finished, r.end = e, e.Time
		}
	}
	slices.SortStableFunc(ev.runs, func(a, b *run) int { return a.begin.Compare(b.begin) })
}

func (r *run) String() string {
	return fmt.Sprintf("run #%d.%d of %s in %q", r.started.Number, r.started.Attempt, r.started.Function, r.started.Environment)
}
