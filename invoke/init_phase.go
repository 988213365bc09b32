package invoke

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// The phases in which an init can run.
const (
	phaseInit   = "init"
	phaseInvoke = "invoke"
)

// initPhase is an Init phase with a clock of its own. The code runs on the goroutine that calls run, which the clock
// does not stop: whichever is first, the code or the clock, ends the phase and says how.
type initPhase struct {
	env   *environment
	run   *run // nil off the path of an invocation
	ctx   handlerContext
	over  atomic.Bool
	timer *time.Timer
	// ended is told the outcome, once, on the goroutine of the code or of the clock: the function, or nil and the
	// failure. After a Goexit that goroutine is about to end.
	ended func(fn lambda.Function, fail *failure)
}

// startInit begins an Init phase of at most limit, on the current goroutine.
func (e *environment) startInit(r *run, limit time.Duration, ended func(lambda.Function, *failure)) {
	p := &initPhase{env: e, run: r, ended: ended}
	p.ctx = handlerContext{svc: e.svc, home: e.env, began: time.Now(), limit: limit}
	e.svc.traceInitStarted(e, r, phaseInit)
	p.timer = time.AfterFunc(limit, p.expire)
	returned := false
	defer func() {
		if !returned {
			p.end(nil, initCrashed(nil, r.requestID()))
		}
	}()
	fn, fail := e.makeFunction(&p.ctx)
	returned = true
	p.end(fn, fail)
}

// end ends the phase for the code, unless the clock was first.
func (p *initPhase) end(fn lambda.Function, fail *failure) {
	if !p.over.CompareAndSwap(false, true) {
		return
	}
	p.timer.Stop()
	p.ctx.end(context.Canceled)
	outcome, errorType := initOutcome(fail)
	p.env.svc.traceInitEnded(p.env, p.run, phaseInit, time.Since(p.ctx.began), outcome, errorType)
	if fail != nil {
		fn = nil
	}
	p.ended(fn, fail)
}

// expire ends the phase for the clock.
func (p *initPhase) expire() {
	p.env.svc.life.add() // first: the code's goroutine may be the last that was counted
	defer p.env.svc.life.done()
	if !p.over.CompareAndSwap(false, true) {
		return
	}
	p.ctx.end(context.DeadlineExceeded)
	p.env.svc.traceInitEnded(p.env, p.run, phaseInit, time.Since(p.ctx.began), trace.Timeout, "")
	p.ended(nil, &failure{crash: true})
}

func initOutcome(fail *failure) (outcome, errorType string) {
	if fail != nil {
		return trace.Error, fail.errorType
	}
	return trace.Success, ""
}

// coldStart runs the Init phase of an on-demand environment and then the Invoke phase. An init that fails is not the
// invocation's end: Lambda runs it again inside the Invoke phase. One that overruns is left alone, and the Invoke
// phase starts beside it.
func (e *environment) coldStart(r *run) {
	defer e.svc.life.done()
	began := time.Now()
	e.startInit(r, lambda.InitTimeout, func(fn lambda.Function, fail *failure) {
		now := time.Now()
		r.init = now.Sub(began)
		if fail != nil { // that process is gone; the Invoke phase begins another
			e.reset()
			r.home = e.env
		}
		e.arm(r, now)
		e.svc.life.add()
		if fail != nil { // the code's goroutine may be on its way out
			go e.invokePhase(r, nil)
			return
		}
		e.invokePhase(r, fn)
	})
}

// initInInvoke runs the init inside the Invoke phase, after a failed Init phase or a reset: its time counts as the
// invocation's.
func (e *environment) initInInvoke(r *run) (lambda.Function, *failure) {
	e.svc.traceInitStarted(e, r, phaseInvoke)
	r.initBegan.Store(new(time.Now()))
	fn, fail := e.makeFunction(&r.handlerContext)
	outcome, errorType := initOutcome(fail)
	e.endInvokeInit(r, outcome, errorType)
	return fn, fail
}

// endInvokeInit reports the end of an init inside the Invoke phase, if there is one that has not ended: whether the
// code ended it, its goroutine, or the deadline, it ends once.
func (e *environment) endInvokeInit(r *run, outcome, errorType string) {
	if began := r.initBegan.Swap(nil); began != nil {
		e.svc.traceInitEnded(e, r, phaseInvoke, time.Since(*began), outcome, errorType)
	}
}

// makeFunction calls the code, under the eyes of a Close that wonders what it waits for.
func (e *environment) makeFunction(ctx *handlerContext) (lambda.Function, *failure) {
	e.inits.Add(1)
	defer e.inits.Add(-1)
	return callCode(ctx, e.deployment.Code, ctx.home)
}
