package invoke

import (
	"errors"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// route is one way that the outcome of an event goes.
type route struct {
	name   string
	target destinations.Target
}

// routes are where the outcome of an event goes: to OnSuccess if it succeeded, else to OnFailure and to the dead-letter
// queue, each whatever becomes of the other.
func (q *queue) routes(e *QueuedEvent, v Verdict) (list []route) {
	add := func(name string, t destinations.Target) {
		if t != nil && !v.Silent {
			list = append(list, route{name, t})
		}
	}
	if e.resolution == nil {
		return nil
	}
	async := e.resolution.Async
	if v.Condition == destinations.Success {
		if async != nil {
			add(trace.OnSuccess, async.OnSuccess)
		}
		return list
	}
	if async != nil {
		add(trace.OnFailure, async.OnFailure)
	}
	add(trace.DeadLetter, e.selected().Config.DeadLetter)
	return list
}

// selected is the deployment that ran last, or, if none did, the one that was found: its role and its dead-letter queue
// count.
func (e *QueuedEvent) selected() *registry.Deployment {
	if e.deployment != nil {
		return e.deployment
	}
	return e.resolution.Deployment
}

// deliver sends the outcome of an event one way. One try is all there is.
func (s *Service) deliver(e *QueuedEvent, v Verdict, to route, now time.Time) {
	d := destinations.Delivery{Function: e.FunctionName, TraceHeader: s.downstreamHeader(e)}
	if to.name == trace.DeadLetter {
		d.DeadLetter = s.deadLetter(e, v)
	} else {
		d.Record = s.record(e, v, now)
	}
	s.delivering.Add(1)
	defer s.delivering.Add(-1)
	err := errors.New("the target ended its goroutine")
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the target panicked: %v", v)
		}
		s.traceDelivery(e, to, err)
	}()
	if denied := s.mayDeliver(e, to.target); denied != nil {
		err = denied
		return
	}
	err = to.target.Deliver(s.opts.BaseContext, d)
}

func (s *Service) record(e *QueuedEvent, v Verdict, now time.Time) *destinations.Record {
	ending := destinations.Ending{
		Time: now, RequestID: e.RequestID, FunctionARN: s.qualifiedARN(e.FunctionName, e.Qualifier),
		Condition: v.Condition, Attempts: e.failures(), Payload: e.Payload,
	}
	if r := e.Last; r != nil {
		ending.StatusCode, ending.ExecutedVersion = r.StatusCode, r.ExecutedVersion
		ending.FunctionError, ending.Response = r.FunctionError, r.Payload
	}
	return destinations.NewRecord(ending)
}

// zeroReservedMessage is the ErrorMessage of a dead letter that a reserved concurrency of 0 caused; the blank that it
// lacks, it lacks on AWS.
const zeroReservedMessage = "Function not invoked. Function isconfigured with zero reserved concurrent executions"

func (s *Service) deadLetter(e *QueuedEvent, v Verdict) *destinations.DeadLetter {
	d := &destinations.DeadLetter{Body: e.Payload, RequestID: e.RequestID}
	switch r := e.Last; {
	case v.Condition == destinations.ZeroReservedConcurrency:
		d.ErrorMessage = zeroReservedMessage
	case r == nil:
	case r.FunctionError != "":
		d.ErrorCode, d.ErrorMessage = r.StatusCode, lambda.ParseFunctionError(r.Payload).Message
	default:
		d.ErrorCode, d.ErrorMessage = r.StatusCode, r.Message
	}
	return d
}
