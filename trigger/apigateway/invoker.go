package apigateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// Invoker calls functions, as *[invoke.Service] does. Invoke must return when ctx ends; the invocation itself may go
// on. It must be safe for concurrent use, and must not keep the payload after it returns.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

// principal is who API Gateway is to a function's resource policy.
const principal = "apigateway.amazonaws.com"

// outcome is how an integration's one call went.
type outcome uint8

const (
	returned      outcome = iota // with the function's result
	failed                       // the function failed; the payload is its error
	timedOut                     // the integration's time was up; the function goes on
	throttledCall                // Lambda did not take the call, for its limits
	refused                      // Lambda did not take it for another reason: not permitted, not there
	tooLarge                     // the event is over Lambda's 6 MB
	notJSON                      // the event is no JSON
	broken                       // anything else
)

// call is one synchronous invocation: never retried, and not waited for longer than timeout.
func call(ctx context.Context, i Invoker, in invoke.Input, timeout time.Duration) ([]byte, outcome) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := i.Invoke(ctx, in)
	switch {
	case err == nil && out == nil:
		return nil, broken
	case err == nil && out.FunctionError != "":
		return out.Payload, failed
	case err == nil:
		return out.Payload, returned
	case ctx.Err() != nil:
		return nil, timedOut
	}
	return nil, outcomeOf(err)
}

// outcomeOf is how a call went that Lambda did not take.
func outcomeOf(err error) outcome {
	var refusal *lambda.Error
	switch {
	case !errors.As(err, &refusal):
		return broken
	case refusal.StatusCode == http.StatusRequestEntityTooLarge:
		return tooLarge
	case refusal.StatusCode == http.StatusTooManyRequests:
		return throttledCall
	case errors.Is(err, lambda.ErrInvalidRequestContent):
		return notJSON
	}
	return refused
}

// input is the call of a function on somebody's behalf, in a trace.
func input(function string, event []byte, caller *iam.Caller, trace string) invoke.Input {
	return invoke.Input{FunctionName: function, Payload: event, TraceHeader: trace, Caller: caller}
}
