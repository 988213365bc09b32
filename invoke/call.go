package invoke

import (
	"context"
	"io"
	"runtime"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// failure is how a function or its init failed.
type failure struct {
	payload   []byte // the error object
	reported  bool   // by aws-lambda-go, which writes it to the log as well
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
	out, err := invokeBuffered(r, fn)
	if err != nil {
		fail = errored(err) // which may panic: the error's method is the function's code
	}
	over = true
	return out, fail
}

// invokeBuffered runs the function for a result in one piece. A function that would stream is not read further than
// the result may be long.
func invokeBuffered(r *run, fn lambda.Function) ([]byte, error) {
	sf, ok := fn.(lambda.StreamFunction)
	if !ok {
		return fn.Invoke(&r.handlerContext, r.payload)
	}
	body, err := sf.InvokeStream(&r.handlerContext, r.payload)
	if err != nil {
		return nil, err
	}
	if c, ok := body.(io.Closer); ok {
		defer c.Close()
	}
	return io.ReadAll(io.LimitReader(body, lambda.MaxResponsePayload+1))
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
	return reported(lambda.PanicPayload(recovered, pcs[:n]), lambda.PanicExits(recovered))
}

// errored is the failure of a handler that returned an error.
func errored(err error) *failure {
	return reported(lambda.ErrorPayload(err), lambda.ErrorExits(err))
}

// reported is a failure that aws-lambda-go reports.
func reported(payload []byte, exits bool) *failure {
	f := &failure{payload: payload, reported: true}
	if exits {
		f.crash, f.errorType = true, lambda.ErrorTypeExit
	}
	return f
}

// logs are the lines that aws-lambda-go writes about a failure that it reports.
func (f *failure) logs(now time.Time) []string {
	if !f.reported {
		return nil
	}
	stamp := now.UTC().Format("2006/01/02 15:04:05 ")
	lines := []string{stamp + string(f.payload)}
	if f.crash {
		lines = append(lines, stamp+"calling the handler function resulted in a panic, the process should exit")
	}
	return lines
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
