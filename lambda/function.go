// Package lambda says what a function is: a [Function] made by its [Code] once per execution environment, its
// [Config], the [Environment] it lives in, its names and ARNs, and the errors that the service and the function give.
//
// The package has the name of aws-lambda-go's; where both are imported, call that one awslambda.
package lambda

import "context"

// Function is one initialised instance of a function's code. It has the method set of aws-lambda-go's lambda.Handler.
//
// Invoke gets the event's bytes, which it must neither keep nor change, and returns the result's, which the library
// copies before it calls Invoke again. Its ctx carries the deadline and the lambdacontext. One Function is never
// called concurrently: each execution environment has its own and runs one invocation at a time. An error is the
// function's own failure, reported to the caller as a function error. A panic or Goexit ends the environment.
type Function interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Shutdowner is implemented by a [Function] that wants to know that its environment ends. Lambda gives it 500 ms.
// Shutdown is not called for an environment that is killed: after a timeout, a crash or a failed init.
type Shutdowner interface {
	Shutdown(ctx context.Context)
}

// Code makes one [Function] for one execution environment: it is the Init phase. Its ctx is done when the phase's
// time is up. An error, a panic or an overrun is an init failure; Lambda then runs the init once more inside the
// first invocation. Code is called concurrently for different environments.
type Code func(ctx context.Context, env *Environment) (Function, error)
