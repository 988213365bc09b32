package metrics

import (
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// success is the condition of an event that ended well, as invocation records spell it.
const success = "Success"

// asynchronous counts the life of an asynchronous event: received once, and at its one end whether it was dropped.
func (r *Recorder) asynchronous(e *trace.Event) {
	s := r.scope(e)
	switch e.Kind {
	case trace.Accepted:
		s.each(asyncReceived, e.Time, 1)
	case trace.Ended:
		dropped := 1.0
		if e.Detail == success {
			dropped = 0
		}
		s.each(asyncDropped, e.Time, dropped)
	case trace.LoopStopped:
		s.each(recursiveDropped, e.Time, 1)
	}
}

// dispatch is one of an asynchronous event of which it is not known yet what it comes to.
type dispatch struct {
	scope *scope
	time  time.Time
	age   float64 // milliseconds
}

type dispatchKey struct {
	function string
	number   uint64
}

// dispatched keeps the age of an event until it is known what the dispatch comes to.
func (r *Recorder) dispatched(e *trace.Event) {
	r.dispatches[dispatchKey{e.Function, e.Number}] = dispatch{r.scope(e), e.Time, milliseconds(e.Age)}
}

// came counts the age of a dispatch that ran the function or was throttled: AWS is known to count those, and only
// those. Any other dispatch, which met a failure of the service or no function at all, is forgotten.
func (r *Recorder) came(e *trace.Event, counts bool) {
	if len(r.dispatches) == 0 {
		return
	}
	key := dispatchKey{e.Function, e.Number}
	d, ok := r.dispatches[key]
	if !ok {
		return
	}
	delete(r.dispatches, key)
	if counts {
		d.scope.each(asyncAge, d.time, d.age)
	}
}

// delivery counts results that did not arrive, by function, and failed records by mapping: those whose on-failure
// destination got their failure are delivered, the others dropped.
func (r *Recorder) delivery(e *trace.Event) {
	failed := e.Kind == trace.DeliveryFailed
	if e.Source != "" {
		to := delivered
		if failed {
			to = dropped
		}
		r.mappingGroup(e).get(to).add(e.Time, float64(e.Count))
	}
	switch {
	case !failed:
	case e.Route == trace.DeadLetter:
		r.scope(e).each(deadLetterErrors, e.Time, 1)
	default:
		r.scope(e).each(destinationFailures, e.Time, 1)
	}
}
