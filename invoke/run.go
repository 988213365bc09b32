package invoke

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// run is one attempt: one admission and, if admitted, one run of a function in one environment. A synchronous call is
// one run; an asynchronous event is one per dispatch.
//
// It is one allocation, and the handler's context lies inside it: what few runs need is behind pointers, because every
// invocation pays for its size. Exactly one of the handler's return and the deadline moves state on from running;
// whoever does goes on to finish the run, and then tells its owner once.
type run struct {
	handlerContext // began and limit are the Invoke phase's

	env        *environment
	resolution *registry.Resolution
	deployment *registry.Deployment
	lease      concurrency.Lease
	state      atomic.Uint32

	attempt   int32
	number    uint64
	name      string
	qualifier string
	payload   []byte
	extra     *extra // nil for most

	took      time.Duration             // of the Invoke phase, once it is over
	init      time.Duration             // of the Init phase before it
	initBegan atomic.Pointer[time.Time] // nil unless an init is running inside the Invoke phase

	out   Output
	err   error // the API error, if nothing ran
	owner owner
	async bool
	cold  bool
	lost  bool
	off   bool // refused because reserved concurrency is 0
}

// owner is who is told, once, that a run is over, and when, on the goroutine in which it ended: the caller who waits for
// it, a callback, a stream, or the event whose dispatch it is.
type owner interface {
	over(r *run, now time.Time)
}

// event is the asynchronous event whose dispatch the run is, nil if it is none.
func (r *run) event() *QueuedEvent {
	e, _ := r.owner.(*QueuedEvent)
	return e
}

func (r *run) kind() InvocationType {
	if r.async {
		return Event
	}
	return RequestResponse
}

// extra is what few runs have.
type extra struct {
	clientContext []byte
	decoded       lambdacontext.ClientContext
	identity      CognitoIdentity
	traceHeader   string // as received
	tail          *logTail
	stream        *stream
}

// again is x for one more run of the same attempt. The stream is all that the two share: there is one reader.
func (x *extra) again() *extra {
	if x == nil {
		return nil
	}
	y := &extra{clientContext: x.clientContext, identity: x.identity, traceHeader: x.traceHeader, stream: x.stream}
	if x.tail != nil {
		y.tail = &logTail{}
	}
	return y
}

// decodeClientContext reads the caller's client context, as aws-lambda-go does before it calls the handler.
func (x *extra) decodeClientContext() *failure {
	if len(x.clientContext) == 0 {
		return nil
	}
	if err := json.Unmarshal(x.clientContext, &x.decoded); err != nil {
		return errored(fmt.Errorf("failed to unmarshal client context json: %v", err))
	}
	return nil
}

// The states of a run's Invoke phase.
const (
	running uint32 = iota
	returned
	expired
)

// win lets one party end the Invoke phase.
func (r *run) win(state uint32) bool { return r.state.CompareAndSwap(running, state) }

func (r *run) requestID() string {
	if r == nil {
		return ""
	}
	return r.out.RequestID
}

// lambdaContext makes what the handler finds with lambdacontext.FromContext.
func (r *run) lambdaContext() *lambdacontext.LambdaContext {
	lc := &lambdacontext.LambdaContext{
		AwsRequestID:       r.out.RequestID,
		InvokedFunctionArn: r.invokedARN(),
	}
	if x := r.extra; x != nil {
		lc.Identity.CognitoIdentityID = x.identity.IdentityID
		lc.Identity.CognitoIdentityPoolID = x.identity.IdentityPoolID
		lc.ClientContext = x.decoded
	}
	return lc
}

// invokedARN is the function's ARN as the caller put it: with the qualifier that was given, unqualified if none was.
func (r *run) invokedARN() string {
	if r.qualifier == "" {
		return r.deployment.FunctionARN
	}
	return r.deployment.FunctionARN + ":" + r.qualifier
}

// qualifiedARN is the function's ARN as records have it: always qualified.
func (s *Service) qualifiedARN(name, qualifier string) string {
	if qualifier == "" {
		qualifier = lambda.Latest
	}
	return s.opts.Identity.FunctionARN(name, qualifier)
}

// refuse ends a run that did not happen.
func (r *run) refuse(err error, now time.Time) {
	r.err = err
	r.owner.over(r, now)
}

// outcome is what the run came to, for controls.
func (r *run) outcome() Outcome {
	switch {
	case r.lost:
		return Lose()
	case r.err != nil:
		return Outcome{Err: r.err}
	}
	return Outcome{Output: &r.out}
}
