package alb

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// Health is a target's health as DescribeTargetHealth tells it.
type Health struct {
	// State is unused without a target, initial before the first check, then healthy or unhealthy.
	State string
	// Reason is why the state is not healthy, such as Target.ResponseCodeMismatch.
	Reason string
}

// The states and reasons.
const (
	stateUnused    = "unused"
	stateInitial   = "initial"
	stateHealthy   = "healthy"
	stateUnhealthy = "unhealthy"

	reasonNotRegistered = "Target.NotRegistered"
	reasonInitial       = "Elb.InitialHealthChecking"
	reasonMismatch      = "Target.ResponseCodeMismatch"
	reasonTimeout       = "Target.Timeout"
)

// health is what the checks so far have shown.
type health struct {
	mu    sync.Mutex
	now   Health // zero before the first verdict
	good  bool   // how the last check went
	inRow int    // how many went like that
}

func (h *health) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now, h.good, h.inRow = Health{}, false, 0
}

// note takes in the reason for which a check found its target not healthy, "" if it was. The first check decides at
// once; one of a target that is registered no more, nothing.
func (h *health) note(t *target, c *HealthCheck, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.deregistered.Load() { // under the lock: what comes between here and the reset is reset
		return
	}
	good := reason == ""
	if good != h.good {
		h.good, h.inRow = good, 0
	}
	h.inRow++
	first := h.now.State == ""
	switch {
	case good && (first || h.inRow >= c.HealthyThreshold):
		h.now = Health{State: stateHealthy}
	case !good && (first || h.inRow >= c.UnhealthyThreshold):
		h.now = Health{State: stateUnhealthy, Reason: reason}
	}
}

// Health is the target's health as the checks so far have shown it. It decides nothing: a group whose only target is
// unhealthy goes on sending requests to it.
func (g *TargetGroup) Health() Health {
	if g.target.Load() == nil {
		return Health{State: stateUnused, Reason: reasonNotRegistered}
	}
	g.health.mu.Lock()
	defer g.health.mu.Unlock()
	if g.health.now.State == "" {
		return Health{State: stateInitial, Reason: reasonInitial}
	}
	return g.health.now
}

// CheckHealth makes one health check, and returns the target's health after it. ctx and the check's timeout bound the
// wait; the function runs on. A check that ctx ended says nothing of the target.
func (g *TargetGroup) CheckHealth(ctx context.Context) Health {
	t := g.target.Load()
	if t == nil {
		return g.Health()
	}
	bounded, cancel := context.WithTimeout(ctx, g.opts.HealthCheck.Timeout)
	defer cancel()
	out, err := g.opts.Invoker.Invoke(bounded, invoke.Input{
		FunctionName: t.name, Qualifier: t.qualifier, Caller: g.caller, Payload: g.healthEvent(),
	})
	if err == nil || ctx.Err() == nil {
		g.health.note(t, &g.opts.HealthCheck, g.unhealthy(out, err))
	}
	return g.Health()
}

// healthEvent is what the function gets as a check: one header, nothing that a client would add.
func (g *TargetGroup) healthEvent() []byte {
	path, query, _ := strings.Cut(g.opts.HealthCheck.Path, "?")
	e := event{
		group: g.opts.TargetGroupARN, multi: g.opts.MultiValueHeaders, method: http.MethodGet, path: path,
		query:   httpevent.RawQuery(query).Sort(),
		headers: httpevent.Pairs{{Name: "user-agent", Value: "ELB-HealthChecker/2.0"}},
	}
	return e.append(nil)
}

// unhealthy is why a check's outcome is not healthy, or "".
func (g *TargetGroup) unhealthy(out *invoke.Output, err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return reasonTimeout
	}
	if err != nil {
		return reasonMismatch // the load balancer's own 502 is a status like any other
	}
	a, f := judge(out, g.opts.MultiValueHeaders)
	if f != nil || !matches(g.opts.HealthCheck.Matcher, a.status) {
		return reasonMismatch
	}
	return ""
}

// StartHealthChecks makes a check now and then one in every interval, until stop is called. Between checks there is a
// timer and no goroutine. A check that is under way at stop ends by itself.
func (g *TargetGroup) StartHealthChecks() (stop func()) {
	var mu sync.Mutex
	var timer *time.Timer
	stopped := false
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(0, func() {
		mu.Lock()
		if !stopped {
			timer.Reset(g.opts.HealthCheck.Interval)
		}
		mu.Unlock()
		g.CheckHealth(context.Background())
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		timer.Stop()
	}
}
