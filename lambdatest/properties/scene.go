package properties

import (
	"context"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// scene is one case: a Service with what is deployed on it, and what happened.
type scene struct {
	t        *rapid.T
	load     Load
	svc      *invoke.Service
	tl       lambdatest.Timeline
	settings lambdatest.Settings
	targets  []string
	calls    sync.WaitGroup
}

// call is one invocation that a load consists of.
type call struct {
	gap     time.Duration // since the one before
	target  string
	kind    invoke.InvocationType
	payload []byte
}

// newScene makes a Service and deploys on it.
func newScene(t *rapid.T, deploy Deploy, load Load) *scene {
	o := load.Service
	if o.Account != nil || o.Store != nil {
		t.Fatalf("properties: Load.Service must have no Account and no Store: cases must not share them")
	}
	s := &scene{t: t, load: load, targets: load.Targets}
	o.Account = concurrency.NewAccount(load.Account)
	o.Trace = trace.Tee(s.tl.Trace, o.Trace)
	s.svc = lambdatest.NewService(t, o)
	deploy(t, s.svc)
	s.readSettings()
	if len(s.targets) == 0 {
		t.Fatalf("properties: nothing was deployed")
	}
	return s
}

// control draws what the service does to the attempts.
func (s *scene) control() {
	steps := s.load.outcomes().Draw(s.t, "outcomes")
	if steps == "" {
		return
	}
	if strings.Contains(steps, "D") {
		s.settings.Duplicates = 1
	}
	s.svc.Control(lambdatest.Outcomes(steps))
}

var kinds = []invoke.InvocationType{invoke.Event, invoke.Event, invoke.RequestResponse}

// drawCalls draws the whole load.
func (s *scene) drawCalls() []call {
	var calls []call
	for _, gap := range s.load.gaps().Draw(s.t, "gaps") {
		calls = append(calls, s.drawCall(gap))
	}
	return calls
}

func (s *scene) drawCall(gap time.Duration) call {
	return call{
		gap:     gap,
		target:  rapid.SampledFrom(s.targets).Draw(s.t, "target"),
		kind:    rapid.SampledFrom(kinds).Draw(s.t, "kind"),
		payload: s.load.payload().Draw(s.t, "payload"),
	}
}

// play makes calls at their times, without waiting for their results.
func (s *scene) play(calls []call) {
	for _, c := range calls {
		lambdatest.Advance(c.gap)
		s.send(c)
	}
}

func (s *scene) send(c call) {
	in := invoke.Input{FunctionName: c.target, InvocationType: c.kind, Payload: c.payload}
	if c.kind == invoke.Event {
		s.svc.Invoke(context.Background(), in) // a refusal is an answer like any other
		return
	}
	s.calls.Add(1)
	s.svc.Start(context.Background(), in, func(*invoke.Output, error) { s.calls.Done() })
}

// finish waits for everything to end, handlers that outlived their deadline included, and looks whether anything is
// left.
func (s *scene) finish() {
	s.calls.Wait()
	if err := s.svc.Wait(context.Background()); err != nil {
		s.t.Fatalf("properties: %v", err)
	}
	s.svc.Close()
	if n := s.svc.Pending(); n != 0 {
		s.t.Fatalf("properties: %d events are pending at the end\n%s", n, &s.tl)
	}
	if n := s.svc.Account().InFlight(); n != 0 {
		s.t.Fatalf("properties: %d environments are busy at the end\n%s", n, &s.tl)
	}
}
