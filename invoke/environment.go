package invoke

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// environment is one execution environment: it hangs on a slot of the accountant's, whose lease makes sure that it
// serves one run at a time, and keeps what is expensive to make: the function, the timer, the goroutine's entry point.
//
// Its fields are handed from run to run through the lease, so they need no lock; cur is read by the timer and by the
// function's log as well.
type environment struct {
	svc        *Service
	deployment *registry.Deployment
	env        *lambda.Environment
	number     uint64
	pool       concurrency.Pool

	inits atomic.Int32    // inits that have not returned
	fn    lambda.Function // nil before the first init and after a reset
	cur   atomic.Pointer[run]
	timer *time.Timer
	serve func() // e.invokePhase of the current run, made once

	mu    sync.Mutex
	ended bool
}

func (s *Service) newEnvironment(d *registry.Deployment, pool concurrency.Pool, kind lambda.InitializationType) *environment {
	e := &environment{svc: s, deployment: d, pool: pool}
	s.environments.add(e)
	e.env = lambda.NewEnvironment(lambda.EnvironmentOptions{
		Config:    d.Config,
		Version:   d.Version,
		Type:      kind,
		Identity:  s.opts.Identity,
		LogStream: s.logStream(time.Now(), d.Version, e.number),
		Log:       e.log,
	})
	e.serve = func() { e.invokePhase(e.cur.Load(), e.fn) }
	return e
}

// begin starts an admitted run, which has been counted. It returns at once; the run goes on on a goroutine of its own.
func (e *environment) begin(r *run, now time.Time) {
	if r.cold {
		go e.coldStart(r)
		return
	}
	e.arm(r, now)
	go e.serve()
}

// arm starts the clock of the Invoke phase.
func (e *environment) arm(r *run, now time.Time) {
	timeout := e.deployment.Config.Timeout
	r.began = now
	r.deadline = now.Add(timeout)
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
	defer e.svc.life.done()
	over := false
	defer func() {
		if !over { // Goexit: the handler ended its goroutine, and with it what Lambda would call its process
			r.failed(e, nil, crashed(nil, r.out.RequestID))
		}
	}()
	e.svc.traceStarted(r)
	if r.extra != nil && r.extra.tail != nil {
		r.extra.tail.open(r, e, r.began)
	}
	e.run(r, fn)
	over = true
}

// run is the part of the Invoke phase that a handler can end by ending its goroutine.
func (e *environment) run(r *run, fn lambda.Function) {
	if fn == nil {
		made, fail := e.initInInvoke(r)
		if fail != nil {
			r.failed(e, nil, fail)
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
	if r == nil || time.Now().Before(r.deadline) || !r.win(expired) {
		return
	}
	e.svc.life.add()
	defer e.svc.life.done()
	e.svc.environments.abandon(r)
	r.end(context.DeadlineExceeded)
	e.reset()
	r.finish(e, timedOut(r), trace.Timeout, "")
}

// reset forgets the function and what it held in memory; the scratch space stays.
func (e *environment) reset() {
	e.fn = nil
	e.env.Reset()
}

// log takes a line that the function wrote.
func (e *environment) log(line string) { e.svc.logLine(e, e.cur.Load(), line) }

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
		ctx, cancel := context.WithTimeout(e.svc.opts.BaseContext, lambda.ShutdownTimeout)
		defer cancel()
		callShutdown(ctx, s)
		e.close(reason)
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

func (e *environment) close(reason string) {
	e.env.Close()
	e.svc.environments.remove(e)
	e.svc.traceEnvironmentEnded(e, reason)
}
