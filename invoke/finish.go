package invoke

import (
	"context"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// unhandled is the only value that X-Amz-Function-Error has.
const unhandled = "Unhandled"

// succeeded ends the run of a function that returned.
func (r *run) succeeded(e *environment, fn lambda.Function, out []byte) {
	if !r.win(returned) {
		e.svc.returnedLate(r)
		return
	}
	e.timer.Stop()
	e.fn = fn
	r.payload = nil // a caller may keep the Output, and with it the run
	r.end(context.Canceled)
	if len(out) > lambda.MaxResponsePayload {
		r.finish(e, lambda.ResponseTooLargePayload(), trace.Error, "")
		return
	}
	r.finish(e, cloned(out), trace.Success, "")
}

// failed ends the run of a function that failed.
func (r *run) failed(e *environment, fn lambda.Function, f *failure) {
	if !r.win(returned) {
		e.svc.returnedLate(r)
		return
	}
	e.timer.Stop()
	e.endInvokeInit(r, trace.Error, f.errorType)
	if r.isLogged() {
		for _, line := range f.logs(time.Now()) {
			e.out.line(line)
		}
	}
	e.fn = fn
	if f.crash {
		e.reset()
	}
	r.end(context.Canceled)
	r.finish(e, f.payload, trace.Error, f.errorType)
}

// isLogged tells whether anybody reads what the function writes.
func (r *run) isLogged() bool { return r.svc.traces() || r.extra != nil && r.extra.tail != nil }

// finish gives the run its result, its environment back, and whoever waits for it the word. The caller has won it.
func (r *run) finish(e *environment, payload []byte, outcome, errorType string) {
	r.took = time.Since(r.began) // which reads one clock, where time.Now reads two
	now := r.began.Add(r.took)
	if outcome == trace.Timeout {
		r.took = r.deployment.Config.Timeout // whatever the host's timer was late
	}
	r.out.StatusCode = 200
	r.out.Payload = payload
	r.out.ExecutedVersion = r.deployment.Version
	if outcome != trace.Success {
		r.out.FunctionError = unhandled
	}
	if r.extra != nil && r.extra.tail != nil {
		r.out.LogResult = r.extra.tail.close(r, e, now, outcome, errorType)
	}
	e.svc.traceFinished(e, r, now, outcome, errorType)
	e.cur.Store(nil)
	r.lease.ReleaseAt(now, true)
	r.owner.over(r, now)
}

// timedOut is the payload of a run that the deadline ended.
func timedOut(r *run) []byte {
	return lambda.TimeoutPayload(r.out.RequestID, r.deployment.Config.Timeout)
}

// returnedLate notes that a handler whose run is over has returned.
func (s *Service) returnedLate(r *run) {
	if s.environments.returned(r) {
		s.traceAbandoned(r)
	}
}

// cloned is a copy of b, nil for nil. It is bytes.Clone without growing: a copy here is never appended to.
func cloned(b []byte) []byte {
	if b == nil {
		return nil
	}
	c := make([]byte, len(b))
	copy(c, b)
	return c
}
