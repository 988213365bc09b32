package invoke

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/lambdakit/lambdakit/lambda"
)

// handlerContext is the context that a handler gets. It lives inside the run's one allocation and makes its Done
// channel and its LambdaContext only when somebody asks: most handlers ask for neither.
//
// It descends from Options.BaseContext and not from the caller's context: the caller may go away, the invocation goes
// on. Contexts derived from it register through AfterFunc and so cost no goroutine.
type handlerContext struct {
	svc   *Service
	home  *lambda.Environment
	info  *run          // nil in an init, which belongs to no invocation
	began time.Time     // when the phase did
	limit time.Duration // of the phase

	mu    sync.Mutex
	err   error
	asked *asked // nil until somebody asks for any of it
}

// asked is what a context makes when it is asked for it.
type asked struct {
	done   chan struct{}
	after  []*afterFunc
	lc     *lambdacontext.LambdaContext
	header string      // the trace header handed on
	stop   func() bool // ends the watch on a base context that can be cancelled
}

type afterFunc struct{ f func() }

// closedChan is what Done returns once the context has ended without anybody having asked before. It is closed, so it
// may be shared by all bubbles.
var closedChan = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// lambdaContextKey is the private key under which lambdacontext looks up its value, learnt by asking it.
var lambdaContextKey = func() (key any) {
	lambdacontext.FromContext(keyProbe{context.Background(), &key})
	return key
}()

type keyProbe struct {
	context.Context
	key *any
}

func (p keyProbe) Value(key any) any {
	*p.key = key
	return nil
}

// traceHeaderKey is the key under which aws-lambda-go's runtime hands the X-Ray trace header to handlers.
const traceHeaderKey = "x-amzn-trace-id"

func (c *handlerContext) base() context.Context { return c.svc.opts.BaseContext }

func (c *handlerContext) deadline() time.Time { return c.began.Add(c.limit) }

func (c *handlerContext) Deadline() (time.Time, bool) { return c.deadline(), true }

func (c *handlerContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.ask()
	if a.done == nil {
		if c.err != nil {
			return closedChan
		}
		a.done = make(chan struct{})
		c.watchBase()
	}
	return a.done
}

// ask gives what c makes when it is asked for it. c.mu is held.
func (c *handlerContext) ask() *asked {
	if c.asked == nil {
		c.asked = &asked{}
	}
	return c.asked
}

// watchBase ends c when its base ends. c.mu is held, and c has been asked for something.
func (c *handlerContext) watchBase() {
	base := c.base()
	if c.asked.stop == nil && base.Done() != nil {
		c.asked.stop = context.AfterFunc(base, func() { c.end(base.Err()) })
	}
}

func (c *handlerContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		return c.base().Err()
	}
	return c.err
}

func (c *handlerContext) Value(key any) any {
	switch {
	case key == lambda.EnvironmentKey():
		return c.home
	case c.info == nil:
	case key == lambdaContextKey:
		return c.lambdaContext()
	case key == traceHeaderKey:
		return c.info.header()
	}
	return c.base().Value(key)
}

func (c *handlerContext) lambdaContext() *lambdacontext.LambdaContext {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.ask()
	if a.lc == nil {
		a.lc = c.info.lambdaContext()
	}
	return a.lc
}

// AfterFunc is what package context looks for in a parent it does not know.
func (c *handlerContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		go f()
		return func() bool { return false }
	}
	registered := &afterFunc{f}
	a := c.ask()
	a.after = append(a.after, registered)
	c.watchBase()
	return func() bool { return c.forget(registered) }
}

func (c *handlerContext) forget(registered *afterFunc) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.asked
	i := slices.Index(a.after, registered)
	if i < 0 {
		return false
	}
	a.after = slices.Delete(a.after, i, i+1)
	return true
}

// end ends the context, once; later calls do nothing. It calls the registered functions on the caller's goroutine,
// holding no lock: package context's own only pass the cancellation on.
func (c *handlerContext) end(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	a := c.asked
	if a == nil {
		c.mu.Unlock()
		return
	}
	if a.done != nil {
		close(a.done)
	}
	after, stop := a.after, a.stop
	a.after, a.stop = nil, nil
	c.mu.Unlock()
	if stop != nil {
		stop()
	}
	for _, registered := range after {
		registered.f()
	}
}
