package metrics

import "github.com/lambdakit/lambdakit/lambda/trace"

// success is the condition of an event that ended well, as invocation records spell it.
const success = "Success"

// asynchronous counts the life of an asynchronous event: received once, its age at every dispatch, and at its one end
// whether it was dropped.
func (r *Recorder) asynchronous(e *trace.Event) {
	s := r.scope(e)
	switch e.Kind {
	case trace.Accepted:
		s.each(asyncReceived, e.Time, 1)
	case trace.Dispatched:
		s.each(asyncAge, e.Time, milliseconds(e.Age))
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
