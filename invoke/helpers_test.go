package invoke_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

const account = "arn:aws:lambda:us-east-1:123456789012:function:"

// world is a Service with a function f, whose outcomes and routes are recorded.
type world struct {
	t     *testing.T
	svc   *invoke.Service
	tl    lambdatest.Timeline
	start time.Time

	mu      sync.Mutex
	records map[string][]destinations.Delivery // by route
	refuse  map[string]error                   // routes that fail
}

func newWorld(t *testing.T, o invoke.Options) *world {
	w := &world{t: t, start: time.Now(), records: map[string][]destinations.Delivery{}, refuse: map[string]error{}}
	o.Trace = trace.Tee(w.tl.Trace, o.Trace)
	w.svc = lambdatest.NewService(t, o)
	return w
}

// to is a target that records what it gets.
func (w *world) to(route string) destinations.Target {
	return destinations.Func("arn:aws:sqs:us-east-1:123456789012:"+route, func(_ context.Context, d destinations.Delivery) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if err := w.refuse[route]; err != nil {
			return err
		}
		w.records[route] = append(w.records[route], d)
		return nil
	})
}

// deploy makes f with a dead-letter queue and both destinations.
func (w *world) deploy(cfg lambda.Config, code lambda.Code, retries *int, age *time.Duration) {
	w.t.Helper()
	cfg.Name = "f"
	cfg.DeadLetter = w.to("dlq")
	lambdatest.Deploy(w.t, w.svc, cfg, code)
	w.configure("f", retries, age)
}

func (w *world) configure(name string, retries *int, age *time.Duration) {
	w.t.Helper()
	require.NoError(w.t, w.svc.PutEventInvokeConfig(name, invoke.EventInvokeConfig{
		MaximumRetryAttempts: retries, MaximumEventAge: age, OnSuccess: w.to("success"), OnFailure: w.to("failure"),
	}))
}

// send invokes asynchronously and returns the request id.
func (w *world) send(name string, payload string) string {
	w.t.Helper()
	out, err := w.svc.Invoke(w.t.Context(), invoke.Input{FunctionName: name, InvocationType: invoke.Event, Payload: []byte(payload)})
	require.NoError(w.t, err)
	require.Equal(w.t, 202, out.StatusCode)
	require.Empty(w.t, out.Payload)
	require.Empty(w.t, out.ExecutedVersion)
	return out.RequestID
}

func (w *world) wait() { require.NoError(w.t, w.svc.Wait(w.t.Context())) }

// seconds lists when steps of a kind happened, in whole seconds since the start.
func (w *world) seconds(kind trace.Kind) []int {
	list := []int{}
	for _, e := range w.tl.Of(kind) {
		list = append(list, int(e.Time.Sub(w.start)/time.Second))
	}
	return list
}

// ended is the one terminal step of the only event.
func (w *world) ended() trace.Event {
	w.t.Helper()
	list := w.tl.Of(trace.Ended)
	require.Len(w.t, list, 1)
	return list[0]
}

func (w *world) requireEnd(condition destinations.Condition, count, at int) {
	w.t.Helper()
	e := w.ended()
	require.Equal(w.t, string(condition), e.Detail)
	require.Equal(w.t, count, e.Count)
	require.Equal(w.t, at, int(e.Time.Sub(w.start)/time.Second))
}

// record is the only record that a route got.
func (w *world) record(route string) *destinations.Record {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Len(w.t, w.records[route], 1, route)
	return w.records[route][0].Record
}

func (w *world) deadLetter() *destinations.DeadLetter {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Len(w.t, w.records["dlq"], 1)
	return w.records["dlq"][0].DeadLetter
}

func (w *world) requireNothing(routes ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range routes {
		require.Empty(w.t, w.records[r], r)
	}
}

// requireResponse compares a record's responseContext, "" for none.
func requireResponse(t *testing.T, want string, r *destinations.Record) {
	t.Helper()
	if want == "" {
		require.Nil(t, r.ResponseContext)
		return
	}
	b, err := json.Marshal(r.ResponseContext)
	require.NoError(t, err)
	require.JSONEq(t, want, string(b))
}

var errBoom = errors.New("boom")

// code makes a function of a plain func.
func code(f func(ctx context.Context, payload []byte) ([]byte, error)) lambda.Code {
	return func(context.Context, *lambda.Environment) (lambda.Function, error) { return function(f), nil }
}

type function func(ctx context.Context, payload []byte) ([]byte, error)

func (f function) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

func seconds(n int) *time.Duration { return new(time.Duration(n) * time.Second) }

// smallAccount is an account with few units of concurrency, all of them unreserved.
func smallAccount(limit int) *concurrency.Account {
	return concurrency.NewAccount(concurrency.Options{Limit: limit, MinimumUnreserved: new(0)})
}
