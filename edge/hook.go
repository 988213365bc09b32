package edge

import (
	"context"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
)

// RequestHook is a viewer-request or origin-request function in Go, run in place. It returns the request, changed or
// not, or a response, which ends the way of the request.
//
// The request is the hook's own; ctx ends when the trigger's timeout does, and what is returned later is dropped. An
// error or a panic is a function that threw. Hooks are called concurrently.
type RequestHook func(ctx context.Context, r *Request) (*Request, *Response, error)

// ResponseHook is an origin-response or viewer-response function in Go, run in place; see [RequestHook]. It returns the
// response, changed or not.
type ResponseHook func(ctx context.Context, req *Request, resp *Response) (*Response, error)

// Hooks are Go functions for the four triggers; nil for none.
type Hooks struct {
	ViewerRequest, OriginRequest   RequestHook
	OriginResponse, ViewerResponse ResponseHook

	_ struct{}
}

// Invoker calls functions, as *[invoke.Service] does.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

type configKey struct{}

// ConfigOf is the config of the event that a hook is called for, given the hook's context.
func ConfigOf(ctx context.Context) EventConfig {
	c, _ := ctx.Value(configKey{}).(EventConfig)
	return c
}

// trigger is one association: a function at one of the four moments.
type trigger struct {
	event       EventType
	timeout     time.Duration
	includeBody bool
	run         runner
}

// runner runs a function once and reads what it returns.
type runner func(ctx context.Context, e *Event) (result, *failure)

// call runs the function under the trigger's timeout and returns what it returned. A result that comes later is
// dropped: the goroutine goes on, and work knows of it.
func (t *trigger) call(ctx context.Context, work *work, e *Event) (result, *failure) {
	type answer struct {
		result  result
		failure *failure
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	done := make(chan answer, 1)
	work.start(func() {
		a := answer{failure: executionFailure("the function exited")} // also after runtime.Goexit
		defer func() {
			if p := recover(); p != nil {
				a = answer{failure: executionFailure(fmt.Sprint("panic: ", p))}
			}
			done <- a
		}()
		a.result, a.failure = t.run(ctx, e)
	})
	select {
	case a := <-done:
		return a.result, a.failure
	case <-ctx.Done():
	}
	select {
	case a := <-done: // both: the result was in time
		if a.failure == nil {
			return a.result, nil
		}
	default:
	}
	return result{}, limitFailure("the function timed out")
}

// invoked makes the run of a deployed function.
func invoked(t EventType, invoker Invoker, function string) runner {
	return func(ctx context.Context, e *Event) (result, *failure) {
		payload, err := e.encode()
		if err != nil {
			return result{}, executionFailure(err.Error())
		}
		out, err := invoker.Invoke(ctx, invoke.Input{FunctionName: function, Payload: payload})
		switch {
		case ctx.Err() != nil:
			return result{}, limitFailure("the function timed out")
		case err != nil:
			return result{}, failedCall(err)
		case out.Err() != nil:
			return result{}, failedRun(out.Err())
		}
		return parseResult(t, out.Payload)
	}
}

// requestHook makes the run of a Go function at a request trigger.
func requestHook(hook RequestHook) runner {
	return func(ctx context.Context, e *Event) (result, *failure) {
		cf := &e.Records[0].CF
		req, resp, err := hook(context.WithValue(ctx, configKey{}, cf.Config), cf.Request.Clone())
		switch {
		case err != nil:
			return result{}, executionFailure(err.Error())
		case resp != nil:
			return result{response: resp}, nil
		case req != nil:
			return result{request: req}, nil
		}
		return result{}, notObject()
	}
}

// responseHook makes the run of a Go function at a response trigger.
func responseHook(hook ResponseHook) runner {
	return func(ctx context.Context, e *Event) (result, *failure) {
		cf := &e.Records[0].CF
		resp := *cf.Response
		resp.Headers = resp.Headers.Clone()
		out, err := hook(context.WithValue(ctx, configKey{}, cf.Config), cf.Request.Clone(), &resp)
		switch {
		case err != nil:
			return result{}, executionFailure(err.Error())
		case out == nil:
			return result{}, notObject()
		}
		return result{response: out}, nil
	}
}
