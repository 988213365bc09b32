package invoke

import (
	"context"
	"runtime"

	"github.com/lambdakit/lambdakit/lambda"
)

// failure is how a function or its init failed.
type failure struct {
	payload   []byte // the error object
	errorType string // as REPORT shows it; "" for an error that the function reported itself
	crash     bool   // the process ended: the environment is reset
}

// call runs the function once. A panic is a failure; Goexit passes through, and the caller's deferred functions must
// deal with it.
func call(r *run, fn lambda.Function) (out []byte, fail *failure) {
	over := false
	defer func() {
		if !over {
			fail = crashed(recover(), r.out.RequestID)
		}
	}()
	out, err := fn.Invoke(&r.handlerContext, r.payload)
	if err != nil {
		fail = errored(err) // which may panic: the error's method is the function's code
	}
	over = true
	return out, fail
}

// callCode runs the init once. The process of a function whose init fails has ended, whatever it said before.
func callCode(ctx *handlerContext, code lambda.Code, env *lambda.Environment) (fn lambda.Function, fail *failure) {
	over := false
	defer func() {
		if !over {
			fail = initCrashed(recover(), ctx.info.requestID())
		}
	}()
	fn, err := code(ctx, env)
	switch {
	case err != nil:
		fail = &failure{payload: lambda.ErrorPayload(err), errorType: lambda.ErrorTypeExit, crash: true}
	case fn == nil:
		fail = &failure{payload: lambda.ExitPayload(ctx.info.requestID(), 0), errorType: lambda.ErrorTypeExit, crash: true}
	}
	over = true
	return fn, fail
}

// callShutdown tells a function that its environment ends. What it does then concerns nobody.
func callShutdown(ctx context.Context, s lambda.Shutdowner) {
	defer func() { _ = recover() }()
	s.Shutdown(ctx)
}

// crashed is the failure of a handler that panicked, with the value that recover returned; nil means Goexit.
func crashed(recovered any, requestID string) *failure {
	if recovered == nil {
		return &failure{payload: lambda.ExitPayload(requestID, 0), errorType: lambda.ErrorTypeExit, crash: true}
	}
	if f := exited(recovered, requestID); f != nil {
		return f
	}
	// Four frames are ours: Callers, this function, the deferred function, and the runtime's panic follows.
	var pcs [32]uintptr
	n := runtime.Callers(3, pcs[:])
	f := &failure{payload: lambda.PanicPayload(recovered, pcs[:n])}
	if lambda.PanicExits(recovered) {
		f.crash, f.errorType = true, lambda.ErrorTypeExit
	}
	return f
}

// errored is the failure of a handler that returned an error.
func errored(err error) *failure {
	f := &failure{payload: lambda.ErrorPayload(err)}
	if lambda.ErrorExits(err) {
		f.crash, f.errorType = true, lambda.ErrorTypeExit
	}
	return f
}

// initCrashed is the same for an init: a Go process that panics outside the handler just dies, with status 2.
func initCrashed(recovered any, requestID string) *failure {
	if recovered == nil {
		return &failure{payload: lambda.ExitPayload(requestID, 0), errorType: lambda.ErrorTypeExit, crash: true}
	}
	if f := exited(recovered, requestID); f != nil {
		return f
	}
	return &failure{payload: lambda.ExitPayload(requestID, 2), errorType: lambda.ErrorTypeExit, crash: true}
}

// exited is the failure of a function that ended its process on purpose or for want of memory; nil if it did not.
func exited(recovered any, requestID string) *failure {
	code, outOfMemory, ok := lambda.Exited(recovered)
	switch {
	case !ok:
		return nil
	case outOfMemory:
		return &failure{payload: lambda.OutOfMemoryPayload(requestID), errorType: lambda.ErrorTypeOutOfMemory, crash: true}
	}
	return &failure{payload: lambda.ExitPayload(requestID, code), errorType: lambda.ErrorTypeExit, crash: true}
}
