package properties

import (
	"bytes"
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// RefusedCallChangesNothing checks that what Lambda refuses leaves no mark. In between the calls of the load it makes
// mistakes: malformed, oversized and misdirected invocations, and settings out of their bounds. Each must be refused,
// and so may be any call of the load that finds no concurrency; and after each refusal the books of the account, all
// that is deployed and the number of events that wait must be what they were.
//
// Load.Outcomes is not used.
func RefusedCallChangesNothing(t *testing.T, deploy Deploy, load Load) {
	t.Helper()
	check(t, func(t *rapid.T) {
		s := newScene(t, deploy, load)
		functions := s.functions()
		for _, c := range s.drawCalls() {
			lambdatest.Advance(c.gap)
			before := s.state()
			if rapid.Bool().Draw(t, "mistake") {
				m := rapid.SampledFrom(mistakes).Draw(t, "which")
				err := m.make(s.svc, rapid.SampledFrom(functions).Draw(t, "function"))
				if err == nil {
					t.Fatalf("properties: %s was not refused", m.name)
				}
				s.requireUnchanged(before, m.name, err)
			} else if err := s.try(c); err != nil {
				s.requireUnchanged(before, "the call of "+c.target, err)
			}
		}
		s.finish()
	})
}

// try makes a call and returns its refusal, if it was refused at once.
func (s *scene) try(c call) error {
	in := invoke.Input{FunctionName: c.target, InvocationType: c.kind, Payload: c.payload}
	if c.kind == invoke.Event {
		_, err := s.svc.Invoke(context.Background(), in)
		return err
	}
	var refusal atomic.Pointer[error]
	s.calls.Add(1)
	s.svc.Start(context.Background(), in, func(_ *invoke.Output, err error) {
		if err != nil {
			refusal.Store(&err)
		}
		s.calls.Done()
	})
	if p := refusal.Load(); p != nil {
		return *p
	}
	return nil
}

func (s *scene) requireUnchanged(before []byte, what string, err error) {
	s.t.Helper()
	if after := s.state(); !bytes.Equal(before, after) {
		s.t.Fatalf("properties: %s was refused (%v), but it changed\n%s\ninto\n%s", what, err, before, after)
	}
}

// state is everything that can be asked about a Service, as a text.
func (s *scene) state() []byte {
	now, r := time.Now(), s.svc.Registry()
	state := []any{s.svc.Account().Snapshot(now), r.GetAccountSettings(now), s.svc.Pending()}
	for _, name := range s.functions() {
		f, err := r.GetFunction(now, name, "")
		loop, _ := r.GetFunctionRecursionConfig(now, name)
		state = append(state, f, err, loop,
			all(func(p registry.Page) ([]*registry.FunctionConfiguration, string, error) {
				return r.ListVersionsByFunction(now, name, p)
			}),
			all(func(p registry.Page) ([]*registry.AliasConfiguration, string, error) {
				return r.ListAliases(now, name, "", p)
			}),
			all(func(p registry.Page) ([]*registry.FunctionEventInvokeConfig, string, error) {
				return r.ListEventInvokeConfigs(now, name, p)
			}),
			all(func(p registry.Page) ([]*registry.ProvisionedConcurrency, string, error) {
				return r.ListProvisionedConcurrency(now, name, p)
			}))
	}
	text, err := json.Marshal(state)
	if err != nil {
		s.t.Fatalf("properties: %v", err)
	}
	return text
}

// mistake is something that Lambda refuses, whatever is deployed. make is given the name of a function that exists.
type mistake struct {
	name string
	make func(svc *invoke.Service, function string) error
}

// mistakes are in one list, invocations first.
var mistakes = []mistake{
	invocation("an event that is no JSON", func(in *invoke.Input) { in.Payload = []byte(`{"a":`) }),
	invocation("a call that is no JSON", func(in *invoke.Input) {
		in.Payload, in.InvocationType = []byte("nope"), invoke.RequestResponse
	}),
	invocation("an event that is too large", func(in *invoke.Input) { in.Payload = largeEvent }),
	invocation("an unknown function", func(in *invoke.Input) { in.FunctionName = "no-such-function" }),
	invocation("an unknown alias", func(in *invoke.Input) { in.Qualifier = "no-such-alias" }),
	invocation("an unknown version", func(in *invoke.Input) { in.FunctionName += ":999999" }),
	invocation("two qualifiers", func(in *invoke.Input) { in.FunctionName += ":a"; in.Qualifier = "b" }),
	invocation("a malformed name", func(in *invoke.Input) { in.FunctionName = "not a name" }),
	invocation("an unknown invocation type", func(in *invoke.Input) { in.InvocationType = "Sometimes" }),
	invocation("an unknown log type", func(in *invoke.Input) { in.LogType = "Head" }),
	invocation("a client context that is too large", func(in *invoke.Input) { in.ClientContext = make([]byte, 4096) }),
	invocation("a malformed request id", func(in *invoke.Input) { in.RequestID = "1" }),
	invocation("another account's function", func(in *invoke.Input) {
		in.FunctionName = "arn:aws:lambda:us-east-1:999999999999:function:" + in.FunctionName
	}),
	{"reserving more than there is", func(svc *invoke.Service, f string) error {
		return svc.PutFunctionConcurrency(f, svc.Account().Snapshot(time.Now()).Limit+1)
	}},
	{"reserving less than nothing", func(svc *invoke.Service, f string) error { return svc.PutFunctionConcurrency(f, -1) }},
	{"reserving for a version", func(svc *invoke.Service, f string) error { return svc.PutFunctionConcurrency(f+":$LATEST", 1) }},
	{"reserving for nobody", func(svc *invoke.Service, _ string) error { return svc.PutFunctionConcurrency("no-such-function", 1) }},
	{"an event-invoke config without a setting", configuring(invoke.EventInvokeConfig{})},
	{"a third retry", configuring(invoke.EventInvokeConfig{MaximumRetryAttempts: new(3)})},
	{"less than no retries", configuring(invoke.EventInvokeConfig{MaximumRetryAttempts: new(-1)})},
	{"an age below a minute", configuring(invoke.EventInvokeConfig{MaximumEventAge: new(59 * time.Second)})},
	{"an age above six hours", configuring(invoke.EventInvokeConfig{MaximumEventAge: new(6*time.Hour + time.Second)})},
	{"an alias of no version", func(svc *invoke.Service, f string) error {
		return svc.PutAlias(f, "wrong", invoke.Routing{Version: "999999"})
	}},
	{"an alias that looks like a version", func(svc *invoke.Service, f string) error {
		return svc.PutAlias(f, "7", invoke.Routing{Version: "$LATEST"})
	}},
	{"provisioning $LATEST", func(svc *invoke.Service, f string) error { return svc.PutProvisionedConcurrency(f+":$LATEST", 1) }},
	{"provisioning nothing", func(svc *invoke.Service, f string) error { return svc.PutProvisionedConcurrency(f+":1", 0) }},
	{"publishing nothing", func(svc *invoke.Service, _ string) error {
		_, err := svc.PublishVersion("no-such-function")
		return err
	}},
	{"deleting nothing", func(svc *invoke.Service, _ string) error { return svc.DeleteFunction("no-such-function") }},
	{"a timeout above 15 minutes", deploying(lambda.Config{Timeout: 901 * time.Second})},
	{"too little memory", deploying(lambda.Config{MemorySize: 127})},
}

var largeEvent = append(append([]byte{'"'}, bytes.Repeat([]byte("x"), lambda.MaxEventPayload)...), '"')

func invocation(name string, spoil func(*invoke.Input)) mistake {
	return mistake{name, func(svc *invoke.Service, function string) error {
		in := invoke.Input{FunctionName: function, InvocationType: invoke.Event}
		spoil(&in)
		_, err := svc.Invoke(context.Background(), in)
		return err
	}}
}

func configuring(c invoke.EventInvokeConfig) func(*invoke.Service, string) error {
	return func(svc *invoke.Service, function string) error { return svc.PutEventInvokeConfig(function, c) }
}

func deploying(cfg lambda.Config) func(*invoke.Service, string) error {
	return func(svc *invoke.Service, function string) error {
		cfg.Name = function
		return svc.Deploy(cfg, lambdatest.Script("S", 0))
	}
}
