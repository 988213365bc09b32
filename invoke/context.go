package invoke

import (
	"context"
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
	base     context.Context
	deadline time.Time
	home     *lambda.Environment
	info     *run // nil in an init, which belongs to no invocation

	mu    sync.Mutex
	done  chan struct{}
	err   error
	after []*afterFunc
	lc    *lambdacontext.LambdaContext
	stop  func() bool // ends the watch on a base context that can be cancelled
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

func (c *handlerContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *handlerContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		if c.err != nil {
			return closedChan
		}
		c.done = make(chan struct{})
		c.watchBase()
	}
	return c.done
}

// watchBase ends c when its base ends. c.mu is held.
func (c *handlerContext) watchBase() {
	if c.stop == nil && c.base.Done() != nil {
		c.stop = context.AfterFunc(c.base, func() { c.end(c.base.Err()) })
	}
}

func (c *handlerContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		return c.base.Err()
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
	return c.base.Value(key)
}

func (c *handlerContext) lambdaContext() *lambdacontext.LambdaContext {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lc == nil {
		c.lc = c.info.lambdaContext()
	}
	return c.lc
}

// AfterFunc is what package context looks for in a parent it does not know.
func (c *handlerContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		go f()
		return func() bool { return false }
	}
	a := &afterFunc{f}
	c.after = append(c.after, a)
	c.watchBase()
	return func() bool { return c.forget(a) }
}

func (c *handlerContext) forget(a *afterFunc) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, x := range c.after {
		if x == a {
			c.after = append(c.after[:i], c.after[i+1:]...)
			return true
		}
	}
	return false
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
	if c.done != nil {
		close(c.done)
	}
	after, stop := c.after, c.stop
	c.after, c.stop = nil, nil
	c.mu.Unlock()
	if stop != nil {
		stop()
	}
	for _, a := range after {
		a.f()
	}
}
