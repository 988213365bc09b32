package invoke

import (
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// provisionAttempts is how many inits fail before an allocation does: about six were seen.
const provisionAttempts = 6

// allocation makes the environments that one request for provisioned concurrency needs. The accountant's ramp says when
// they may serve; the allocation says whether they can.
type allocation struct {
	svc        *Service
	deployment *registry.Deployment
	request    uint64

	mu       sync.Mutex
	missing  int
	failures int
	over     bool
}

// provision is told by the registry that a version was asked to hold environments ready.
func (s *Service) provision(_ time.Time, d *registry.Deployment, _ int) {
	request, ok := d.Books.HoldProvisioned()
	if !ok {
		return
	}
	a := &allocation{svc: s, deployment: d, request: request, missing: d.Books.ProvisionedNeeds()}
	if a.missing == 0 {
		a.ready()
		return
	}
	for range a.missing {
		if !s.life.enter() {
			return
		}
		go a.make()
	}
}

// make initialises one environment, trying again while the allocation as a whole has not failed.
func (a *allocation) make() {
	defer a.svc.life.done()
	for {
		e := a.svc.newEnvironment(a.deployment, concurrency.Provisioned, lambda.ProvisionedConcurrency)
		if e.initialize() {
			a.add(e)
			return
		}
		e.shutDown("failure")
		if a.fail() {
			return
		}
	}
}

// initialize runs the init of an environment off the path of any invocation, and tells whether it succeeded in time.
func (e *environment) initialize() bool {
	result := make(chan lambda.Function, 1)
	e.svc.life.add()
	go func() {
		defer e.svc.life.done()
		limit := lambda.ProvisionedInitLimit(e.deployment.Config.Timeout)
		e.startInit(nil, limit, func(fn lambda.Function, _ *failure) { result <- fn })
	}()
	e.fn = <-result
	return e.fn != nil
}

func (a *allocation) add(e *environment) {
	if !a.deployment.Books.AttachProvisioned(e) {
		e.shutDown("spindown") // the request was changed meanwhile
	}
	a.mu.Lock()
	a.missing--
	last := a.missing == 0 && !a.over
	a.over = a.over || last
	a.mu.Unlock()
	if last {
		a.ready()
	}
}

// fail counts a failed init and tells whether to give up.
func (a *allocation) fail() bool {
	a.mu.Lock()
	a.failures++
	last := a.failures >= provisionAttempts && !a.over
	a.over = a.over || last
	over := a.over
	a.mu.Unlock()
	if last {
		now := time.Now()
		a.deployment.Books.FailProvisionedAt(now, a.request, concurrency.FunctionErrorInitFailure)
		a.svc.traceProvisioned(now, a.deployment)
	}
	return over
}

// ready tells the accountant that the inits are done, and the trace when the ramp is.
func (a *allocation) ready() {
	now := time.Now()
	if !a.deployment.Books.ReadyProvisionedAt(now, a.request) || !a.svc.traces() {
		return
	}
	p, _ := a.deployment.Books.ProvisionedAt(now)
	a.svc.timers.after(p.ReadyAt.Sub(now), func() { a.svc.traceProvisioned(time.Now(), a.deployment) })
}

// timers are the timers of a Service that nobody else owns.
type timers struct {
	mu      sync.Mutex
	pending map[*pendingTimer]struct{}
	stopped bool
}

type pendingTimer struct{ timer *time.Timer }

func (t *timers) after(d time.Duration, f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	if t.pending == nil {
		t.pending = map[*pendingTimer]struct{}{}
	}
	p := &pendingTimer{}
	t.pending[p] = struct{}{}
	p.timer = time.AfterFunc(d, func() {
		if t.take(p) {
			f()
		}
	})
}

// take removes a timer that fired, unless all were stopped.
func (t *timers) take(p *pendingTimer) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.pending[p]
	delete(t.pending, p)
	return ok
}

func (t *timers) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for p := range t.pending {
		p.timer.Stop()
	}
	t.pending = nil
}
