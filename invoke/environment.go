package invoke

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/internal/stack"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// environment is one execution environment: it hangs on a slot of the accountant's, whose lease makes sure that it
// serves one run at a time, and keeps what is expensive to make: the function and the timer.
//
// Its fields are handed from run to run through the lease, so they need no lock; cur is read by the timer and by the
// function's log as well.
type environment struct {
	svc        *Service
	deployment *registry.Deployment
	number     uint64
	pool       concurrency.Pool
	stream     string // the log stream's name

	env *lambda.Environment // of the process that is there now; a reset makes another
	out *output             // of that process

	inits atomic.Int32    // inits that have not returned
	fn    lambda.Function // nil before the first init and after a reset
	cur   atomic.Pointer[run]
	timer *time.Timer

	mu    sync.Mutex
	ended bool
}

func (s *Service) newEnvironment(d *registry.Deployment, pool concurrency.Pool, kind lambda.InitializationType) *environment {
	e := &environment{svc: s, deployment: d, pool: pool}
	s.environments.add(e)
	e.stream = s.logStream(time.Now(), d.Version, e.number)
	e.out = &output{env: e}
	e.env = lambda.NewEnvironment(lambda.EnvironmentOptions{
		Config:    d.Config,
		Version:   d.Version,
		Type:      kind,
		Identity:  s.opts.Identity,
		LogStream: e.stream,
		Log:       e.out.line,
	})
	return e
}

// output is what one process of an environment writes. Once the process has ended, what its goroutines still write is
// nobody's: on AWS they would be gone.
type output struct {
	env  *environment
	over atomic.Bool
}

func (o *output) line(line string) {
	if !o.over.Load() {
		o.env.svc.logLine(o.env, o.env.cur.Load(), line)
	}
}

// begin starts an admitted run, which has been counted. It returns at once; the run goes on on a goroutine of its own.
func (e *environment) begin(r *run, now time.Time) {
	if r.cold {
		go e.coldStart(r)
		return
	}
	fn := e.fn
	e.arm(r, now)
	go e.invokePhase(r, fn)
}

// arm begins the Invoke phase and starts its clock.
func (e *environment) arm(r *run, now time.Time) {
	timeout := e.deployment.Config.Timeout
	r.began, r.limit = now, timeout
	e.svc.traceStarted(r)
	if r.extra != nil && r.extra.tail != nil {
		r.extra.tail.open(r, e, now)
	}
	e.cur.Store(r)
	if e.timer == nil {
		e.timer = time.AfterFunc(timeout, e.expire)
	} else {
		e.timer.Reset(timeout)
	}
}

// invokePhase runs the function, whose clock runs already, after making it if need be: after a failed Init phase or a
// reset, the init counts as part of the invocation and is bounded by its timeout.
func (e *environment) invokePhase(r *run, fn lambda.Function) {
	if _, ok := fn.(stack.Deep); ok {
		stack.Grow()
	}
	defer e.svc.life.done()
	over := false
	defer func() {
		// Goexit: the handler ended its goroutine, and with it what Lambda would call its process. If it was a target or
		// a control that did so, the run is settled already.
		if !over && r.state.Load() != returned {
			r.failed(e, nil, crashed(nil, r.out.RequestID))
		}
	}()
	e.run(r, fn)
	over = true
}

// run is the part of the Invoke phase that a handler can end by ending its goroutine.
func (e *environment) run(r *run, fn lambda.Function) {
	if r.state.Load() != running { // the machine was so busy that the deadline came first
		e.svc.returnedLate(r)
		return
	}
	if fn == nil {
		made, fail := e.initInInvoke(r)
		switch {
		case fail != nil:
			r.failed(e, nil, fail)
			return
		case r.state.Load() != running: // the deadline ended the init; there is no invocation to handle any more
			e.svc.returnedLate(r)
			return
		}
		fn = made
	}
	if x := r.extra; x != nil {
		if fail := x.decodeClientContext(); fail != nil {
			r.failed(e, fn, fail)
			return
		}
		if x.stream != nil {
			r.streamed(e, fn)
			return
		}
	}
	out, fail := call(r, fn)
	if fail != nil {
		r.failed(e, fn, fail)
		return
	}
	r.succeeded(e, fn, out)
}

// expire is the timer's: the deadline has passed. A call that comes late, for a run that is over, finds the next one
// with time left, or none, and does nothing.
func (e *environment) expire() {
	r := e.cur.Load()
	if r == nil || time.Since(r.began) < r.limit {
		return
	}
	e.svc.life.add() // first: the handler's goroutine may be the last that was counted
	defer e.svc.life.done()
	e.svc.environments.abandon(r)
	if !r.win(expired) {
		e.svc.environments.forget(r)
		return
	}
	defer func() { // a target to which the outcome goes may end this goroutine
		if e.svc.environments.settled(r) {
			e.svc.traceAbandoned(r)
		}
	}()
	r.end(context.DeadlineExceeded)
	e.endInvokeInit(r, trace.Timeout, "")
	e.reset()
	r.finish(e, timedOut(r), trace.Timeout, "")
}

// reset ends the process: the function and what it held in memory are gone, the scratch space stays.
func (e *environment) reset() {
	e.fn = nil
	e.out.over.Store(true)
	e.out = &output{env: e}
	e.env = e.env.Restarted(e.out.line)
}

// shutDown ends an idle environment for good: the function is told, if it wants to know and is there to be told.
func (e *environment) shutDown(reason string) {
	if !e.end() {
		return
	}
	s, ok := e.fn.(lambda.Shutdowner)
	if !ok {
		e.close(reason)
		return
	}
	e.svc.life.add()
	go func() {
		defer e.svc.life.done()
		defer e.close(reason)
		ctx, cancel := context.WithTimeout(e.svc.opts.BaseContext, lambda.ShutdownTimeout)
		defer cancel()
		callShutdown(ctx, s)
	}()
}

func (e *environment) end() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return false
	}
	e.ended = true
	return true
}

// hasEnded tells whether the environment was shut down, or is about to be.
func (e *environment) hasEnded() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ended
}

func (e *environment) close(reason string) {
	e.out.over.Store(true)
	e.env.Close()
	e.svc.environments.remove(e)
	e.svc.traceEnvironmentEnded(e, reason)
}
