package invoke

import (
	"slices"
	"sync"

	"github.com/lambdakit/lambdakit/lambda"
)

// Control stands around one attempt: the admission and run of one synchronous call, or of one dispatch of an
// asynchronous event.
//
// Calling next lets the attempt happen and returns its outcome. A Control may look at the outcome and change it; not
// call next, and so fail, throttle or lose the attempt; call it twice, one after the other or at once, and so duplicate
// it; or call it later, and so park it. It runs on a goroutine of its own, concurrently with those of other attempts, and
// inside the trace: what it returns is what happened. The first control added is the outermost.
type Control func(a *Attempt, next func() Outcome) Outcome

// Attempt is what a [Control] knows of an attempt. Its bytes must not be changed.
type Attempt struct {
	// Number counts invocations accepted by the Service.
	Number         uint64
	RequestID      string
	FunctionName   string
	Qualifier      string // "" for none
	InvocationType InvocationType
	// Attempt counts the dispatches of one event from 1; it is 1 for synchronous calls.
	Attempt int
	Payload []byte
}

// Outcome is how an attempt ended. Exactly one of Output and Err is set, unless Lost. One with neither is a mistake,
// and a ServiceException that says so.
type Outcome struct {
	// Output is the result of a run, failed or not. A Control that makes one up need not say everything: without a
	// StatusCode it is 200, as of every result, and without an ExecutedVersion the one that would have run. RequestID is
	// the attempt's, whatever it says.
	Output *Output
	// Err is why nothing ran: a *lambda.Error, as a rule.
	Err error
	// Lost says that the service forgot: an asynchronous event is gone without a trace but the trace's, a synchronous
	// caller gets a ServiceException.
	Lost bool
}

// Throttle is the outcome of an attempt that was throttled for a reason, such as
// ReservedFunctionConcurrentInvocationLimitExceeded.
func Throttle(reason string) Outcome { return Outcome{Err: lambda.RateExceeded(reason)} }

// Lose is the outcome of an attempt that the service forgot.
func Lose() Outcome { return Outcome{Lost: true} }

// controls is the list of a Service's controls. It is replaced, never changed, so an attempt sees one state of it.
type controls struct {
	mu   sync.Mutex
	list []*Control
}

func (c *controls) add(f Control) (remove func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &f
	c.list = append(slices.Clip(c.list), p)
	return func() { c.remove(p) }
}

func (c *controls) remove(p *Control) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.list, p); i >= 0 {
		c.list = slices.Delete(slices.Clone(c.list), i, i+1)
	}
}

func (c *controls) snapshot() []*Control {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list
}

// chain runs the controls around the innermost step.
func chain(list []*Control, a *Attempt, innermost func() Outcome) Outcome {
	if len(list) == 0 {
		return innermost()
	}
	return (*list[0])(a, func() Outcome { return chain(list[1:], a, innermost) })
}

// Control adds a control around every attempt from now on. remove takes it away again; attempts already inside it go
// on through it.
func (s *Service) Control(c Control) (remove func()) {
	drop := s.controls.add(c)
	s.controlled.Add(1)
	var once sync.Once
	return func() {
		once.Do(func() {
			drop()
			s.controlled.Add(-1)
		})
	}
}
