package redeliver

import (
	"context"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// Invoker is what the services that push need of Lambda: *[invoke.Service] is one.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

// Function makes the Try of an event for a function: an asynchronous invocation on behalf of caller. header is the trace
// header, "" for none. payload must not change.
func Function(svc Invoker, arn string, caller iam.Caller, payload []byte, header string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := svc.Invoke(ctx, invoke.Input{
			FunctionName: arn, InvocationType: invoke.Event, Payload: payload, TraceHeader: header, Caller: &caller,
		})
		return err
	}
}
