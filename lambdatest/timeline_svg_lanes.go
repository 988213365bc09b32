package lambdatest

import (
	"fmt"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// lane is one row of the picture: an invocation's life, or a mapping's shard.
type lane struct {
	title, note string
	items       []item
	ending      string   // the terminal condition, or what a caller got
	endingClass string   // of the picture's style
	routes      []string // where the result went
	tip         string
	async       bool // an asynchronous event, which waits wherever it does not run
	batches     bool // a mapping's shard, whose bars are batches and not runs
}

// item is something drawn on a lane.
type item struct {
	class    string // of the picture's style; one of the outcomes' for a bar
	shape    shape
	from, to time.Time // the same for what has no length
	init     time.Time // when the Init phase before a run began; zero for none
	cold     bool
	label    string // drawn if there is room
	tip      string
}

type shape uint8

const (
	start   shape = iota // an event was accepted
	bar                  // a run, or a batch
	diamond              // refused by admission
	square               // refused otherwise
	wait                 // until the next dispatch
)

// laneKey tells lanes apart. Services count their invocations separately; those in one trace have different functions.
type laneKey struct {
	function      string
	number        uint64
	source, shard string
}

// lanesOf makes the lanes of a trace, in the order in which they begin. What belongs to no invocation and no mapping
// has no lane.
func lanesOf(events []trace.Event) []*lane {
	var lanes []*lane
	builders := map[laneKey]*laneBuilder{}
	for _, e := range events {
		key := laneKey{function: e.Function, number: e.Number}
		if e.Source != "" {
			key = laneKey{source: e.Source, shard: e.Shard}
		} else if e.Number == 0 {
			continue
		}
		b := builders[key]
		if b == nil {
			b = newLaneBuilder(e)
			builders[key] = b
			lanes = append(lanes, b.lane)
		}
		if e.Source != "" {
			b.mapping(e)
		} else {
			b.invocation(e)
		}
	}
	for _, b := range builders {
		b.finish(events[len(events)-1].Time)
	}
	return slices.DeleteFunc(lanes, func(l *lane) bool { return len(l.items) == 0 && l.ending == "" })
}

// laneBuilder follows one invocation or shard.
type laneBuilder struct {
	lane *lane
	init time.Time        // of an Init phase on the way
	open map[runKey]*item // runs and batches that have begun
	keys []runKey         // of open, in order

	batches int // that have begun
}

// runKey tells the runs of one attempt apart, of which a Control may start several, and the batches of one shard or
// queue, of which several may be under way.
type runKey struct {
	attempt     int
	environment string
	batch       int
}

func newLaneBuilder(e trace.Event) *laneBuilder {
	l := &lane{title: subject(e)}
	switch {
	case e.Source != "":
		l.note, l.batches = e.Shard, true
	case e.Type == "Event":
		l.note, l.async = fmt.Sprintf("#%d · async", e.Number), true
	default:
		l.note = fmt.Sprintf("#%d", e.Number)
	}
	l.tip = l.title + " " + l.note + " " + e.RequestID
	return &laneBuilder{lane: l, open: map[runKey]*item{}}
}

func (b *laneBuilder) add(i item) { b.lane.items = append(b.lane.items, i) }

func (b *laneBuilder) at(e trace.Event, s shape, class, tip string) {
	b.add(item{shape: s, class: class, from: e.Time, to: e.Time, tip: tip})
}

// invocation takes the next step of an invocation.
func (b *laneBuilder) invocation(e trace.Event) {
	switch e.Kind {
	case trace.Accepted:
		b.at(e, start, "wait", "accepted")
	case trace.Throttled:
		b.at(e, diamond, "throttle", "throttled: "+e.Reason)
		b.answer(e, "throttle", status(e))
	case trace.Refused:
		b.at(e, square, "failure", "refused: "+e.Code+" "+e.Detail)
		b.answer(e, "failure", status(e))
	case trace.LoopStopped:
		b.at(e, square, "failure", "recursive loop stopped")
	case trace.InitStarted:
		if len(b.open) == 0 {
			b.init = e.Time
		}
	case trace.Started:
		if e.Pool == "Provisioned" && !b.lane.async {
			b.lane.note += " · provisioned"
		}
		b.begin(runOf(e), e, item{shape: bar, class: "running", cold: e.Cold, init: b.init})
		b.init = time.Time{}
	case trace.Finished:
		b.end(runOf(e), e, span(e.Duration))
	case trace.Retrying:
		b.add(item{shape: wait, class: "wait", from: e.Time, to: e.Due, label: span(e.Due.Sub(e.Time))})
	case trace.Ended:
		b.ended(e.Detail, endingClass(e.Detail))
	case trace.Lost:
		b.ended("lost", "failure")
	case trace.Delivered:
		b.lane.routes = append(b.lane.routes, "→ "+e.Route)
	case trace.DeliveryFailed:
		b.lane.routes = append(b.lane.routes, "↛ "+e.Route)
	}
}

// endingClass is the style of a terminal condition.
func endingClass(condition string) string {
	if condition == conditionSuccess {
		return "success"
	}
	return "error"
}

// answer is what the caller of a synchronous invocation got instead of a run.
func (b *laneBuilder) answer(e trace.Event, class, text string) {
	if e.Type != "Event" {
		b.ended(text, class)
	}
}

func (b *laneBuilder) ended(text, class string) { b.lane.ending, b.lane.endingClass = text, class }

// mapping takes the next step of a shard.
func (b *laneBuilder) mapping(e trace.Event) {
	switch e.Kind {
	case trace.BatchFormed:
		b.batches++
		b.begin(runKey{batch: b.batches}, e, item{shape: bar, class: "running", label: plural(e.Count, "record")})
	case trace.BatchEnded:
		label := plural(e.Count, "record")
		if key, i := b.oldest(label); i != nil {
			i.tip = label + ": " + outcomeOf(e) + " after " + span(e.Time.Sub(i.from))
			b.end(key, e, label)
		}
	case trace.Filtered:
		if e.Count > 0 {
			b.at(e, start, "wait", plural(e.Count, "record")+" filtered out")
		}
	case trace.Discarded:
		b.at(e, square, "error", plural(e.Count, "record")+" discarded: "+e.Detail)
	}
}

// oldest is the batch that began first of those that are open and have that many records; of any number if none has.
func (b *laneBuilder) oldest(label string) (found runKey, _ *item) {
	for _, key := range b.keys {
		switch i := b.open[key]; {
		case i == nil:
		case i.label == label:
			return key, i
		case b.open[found] == nil:
			found = key
		}
	}
	return found, b.open[found]
}

func runOf(e trace.Event) runKey { return runKey{attempt: e.Attempt, environment: e.Environment} }

func (b *laneBuilder) begin(key runKey, e trace.Event, i item) {
	i.from = e.Time
	b.open[key] = &i
	b.keys = append(b.keys, key)
}

func (b *laneBuilder) end(key runKey, e trace.Event, label string) {
	i := b.open[key]
	if i == nil {
		return
	}
	delete(b.open, key)
	i.to, i.class, i.label = e.Time, outcomeClass(e.Outcome), label
	if i.tip == "" {
		i.tip = fmt.Sprintf("attempt %d: %s after %s%s", e.Attempt, outcomeOf(e), span(e.Duration), when(e.Spillover, ", spillover"))
	}
	b.add(*i)
}

// outcomeClass is the style of an outcome; one that is none of Lambda's looks like a failure.
func outcomeClass(outcome string) string {
	switch outcome {
	case trace.Success, trace.Error, trace.Timeout:
		return outcome
	}
	return "failure"
}

// finish draws what was still running when the trace ended.
func (b *laneBuilder) finish(end time.Time) {
	for _, key := range b.keys {
		if i := b.open[key]; i != nil {
			i.to, i.tip = end, "still running"
			b.add(*i)
			delete(b.open, key)
		}
	}
	slices.SortStableFunc(b.lane.items, func(a, b item) int { return a.from.Compare(b.from) })
}

// instants are all that the lane shows.
func (l *lane) instants() []time.Time {
	var ts []time.Time
	for _, i := range l.items {
		ts = append(ts, i.from, i.to)
		if !i.init.IsZero() {
			ts = append(ts, i.init)
		}
	}
	return ts
}

// spans are those of the lane's items of one shape: of its bars, Init phases included, or of its waits.
func (l *lane) spans(s shape) []interval {
	var spans []interval
	for _, i := range l.items {
		if i.shape == s {
			spans = append(spans, interval{i.begin(), i.to})
		}
	}
	return spans
}

// begin is when a run's environment became busy.
func (i item) begin() time.Time {
	if i.init.IsZero() {
		return i.from
	}
	return i.init
}
