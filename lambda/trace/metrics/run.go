package metrics

import (
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// What a run can count on, of the pools that have metrics of their own.
const (
	provisionedPool = "Provisioned"
	unreservedPool  = "Unreserved"
)

// run is one that is in flight: from its Init phase on, when it has one, to its end.
type run struct {
	number     uint64
	attempt    int
	scope      *scope
	pool       string    // what it counts on now
	start      time.Time // of the run proper; zero while its Init phase goes on
	invocation bool      // start is set
}

// is reports whether r is the run that e is about.
func (r *run) is(e *trace.Event) bool {
	return r != nil && r.number == e.Number && r.attempt == e.Attempt
}

// runKey finds a run again. An execution environment runs one at a time, so its name will do; where a trace names no
// environments, the invocation's number stands in.
type runKey struct {
	function, environment string
	number                uint64
}

func keyOf(e *trace.Event) runKey {
	if e.Environment != "" {
		return runKey{function: e.Function, environment: e.Environment}
	}
	return runKey{function: e.Function, number: e.Number}
}

// initStarted counts an Init phase on an invocation's path as concurrency, as Lambda does. An environment made ahead
// of any invocation is none, and an Init phase inside a run is part of that.
func (r *Recorder) initStarted(e *trace.Event) {
	if old := r.runs[keyOf(e)]; e.Number != 0 && !old.is(e) {
		r.begin(e)
	}
}

// started counts an invocation. A run is busy from its Init phase on, but it is invoked now.
func (r *Recorder) started(e *trace.Event) {
	run := r.begin(e)
	run.start, run.invocation = e.Time, true
	s := run.scope
	s.run(invocations, e.Time, 1)
	s.each(throttles, e.Time, 0)
	if e.Pool == provisionedPool {
		s.run(provisionedInvocations, e.Time, 1)
	}
	if e.Spillover {
		s.run(spilloverInvocations, e.Time, 1)
	}
}

// finished counts what a run came to, in the minute in which it was invoked.
func (r *Recorder) finished(e *trace.Event) {
	ended := r.end(e)
	if ended == nil {
		ended = &run{scope: r.scope(e)} // its start was not seen
	}
	start := e.Time.Add(-e.Duration)
	if ended.invocation {
		start = ended.start
	}
	s := ended.scope
	s.run(duration, start, milliseconds(e.Duration))
	s.run(errorCount, start, functionErrors(e))
}

// functionErrors is the sample of Errors that a run leaves: exceptions, timeouts and crashes are errors of the
// function; a failure of the service, which its status shows, is not.
func functionErrors(e *trace.Event) float64 {
	if e.Outcome == trace.Success || e.Outcome == trace.Failure && e.Status >= 500 {
		return 0
	}
	return 1
}

// begin takes note of a run in flight, once.
func (r *Recorder) begin(e *trace.Event) *run {
	key := keyOf(e)
	old := r.runs[key]
	if old.is(e) && !old.invocation {
		return old // its Init phase began it
	}
	if old != nil {
		r.release(old, e.Time)
	}
	n := &run{number: e.Number, attempt: e.Attempt, scope: r.scope(e), pool: r.poolOf(e)}
	r.runs[key] = n
	r.acquire(n, e.Time)
	return n
}

// end takes a run out of flight and returns it; nil if it is none of those.
func (r *Recorder) end(e *trace.Event) *run {
	key := keyOf(e)
	old := r.runs[key]
	if !old.is(e) {
		return nil
	}
	delete(r.runs, key)
	r.release(old, e.Time)
	return old
}

// environmentEnded lets go of a run whose environment went away under it, as one does when its Service closes.
func (r *Recorder) environmentEnded(e *trace.Event) {
	key := keyOf(e)
	if old := r.runs[key]; old != nil && e.Environment != "" {
		delete(r.runs, key)
		r.release(old, e.Time)
	}
}
