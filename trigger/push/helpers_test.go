package push_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/push"
)

const account = "123456789012"

// fakeLambda records what it is asked for and answers as answer says: by default 202 to events, 204 to dry runs and the
// event itself to the rest.
type fakeLambda struct {
	mu     sync.Mutex
	calls  []invoke.Input
	answer func(ctx context.Context, n int, in invoke.Input) (*invoke.Output, error)
}

func (f *fakeLambda) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	f.mu.Lock()
	f.calls = append(f.calls, in)
	n, answer := len(f.calls), f.answer
	f.mu.Unlock()
	if answer != nil {
		if out, err := answer(ctx, n, in); out != nil || err != nil {
			return out, err
		}
	}
	switch in.InvocationType {
	case invoke.Event:
		return &invoke.Output{StatusCode: 202}, nil
	case invoke.DryRun:
		return &invoke.Output{StatusCode: 204}, nil
	}
	return &invoke.Output{StatusCode: 200, Payload: slices.Clone(in.Payload)}, nil
}

// all is what was asked for so far; real leaves dry runs out.
func (f *fakeLambda) all() []invoke.Input {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

func (f *fakeLambda) real() []invoke.Input {
	return slices.DeleteFunc(f.all(), func(in invoke.Input) bool { return in.InvocationType == invoke.DryRun })
}

// last is the payload of the last call.
func (f *fakeLambda) last() string {
	all := f.all()
	return string(all[len(all)-1].Payload)
}

// returning answers every call but dry runs and events.
func returning(payload string) func(context.Context, int, invoke.Input) (*invoke.Output, error) {
	return func(_ context.Context, _ int, in invoke.Input) (*invoke.Output, error) {
		if in.InvocationType != "" && in.InvocationType != invoke.RequestResponse {
			return nil, nil
		}
		return &invoke.Output{StatusCode: 200, Payload: []byte(payload)}, nil
	}
}

// failing answers every synchronous call with a function error.
func failing(message string) func(context.Context, int, invoke.Input) (*invoke.Output, error) {
	return func(context.Context, int, invoke.Input) (*invoke.Output, error) {
		payload, _ := json.Marshal(map[string]string{"errorMessage": message, "errorType": "errorString"})
		return &invoke.Output{StatusCode: 200, FunctionError: "Unhandled", Payload: payload}, nil
	}
}

// refusing refuses every call.
func refusing(err error) func(context.Context, int, invoke.Input) (*invoke.Output, error) {
	return func(context.Context, int, invoke.Input) (*invoke.Output, error) { return nil, err }
}

// hanging answers nothing until the caller has had enough.
func hanging(ctx context.Context, _ int, _ invoke.Input) (*invoke.Output, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

var (
	denied   = lambda.NewError("AccessDeniedException", "no")
	notFound = lambda.NewError("ResourceNotFoundException", "Function not found")
	throttle = lambda.NewError("TooManyRequestsException", "Rate Exceeded.")
)

// bubble runs a test in virtual time, which begins with the year 2000.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// steps collects a trace.
type steps struct {
	mu  sync.Mutex
	all []trace.Event
}

func (s *steps) trace(e trace.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, e)
}

func (s *steps) of(kind trace.Kind) []trace.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.all), func(e trace.Event) bool { return e.Kind != kind })
}

// member is a text somewhere in a JSON object.
func member(t require.TestingT, text string, path ...string) string {
	var v any
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	for _, name := range path {
		if list, ok := v.([]any); ok {
			v = list[0]
		}
		v = v.(map[string]any)[name]
	}
	s, ok := v.(string)
	require.True(t, ok, "%v", path)
	return s
}

func options(f *fakeLambda) push.Options { return push.Options{Invoker: f} }

// virtual is how long f takes.
func virtual(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
