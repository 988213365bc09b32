package invoke_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

type echo struct{}

func (echo) Invoke(_ context.Context, payload []byte) ([]byte, error) { return payload, nil }

// raw is a function whose own cost is next to nothing.
func raw(context.Context, *lambda.Environment) (lambda.Function, error) { return echo{}, nil }

type item struct {
	ID   string
	N    int
	OK   bool
	Tags []string
}

func typed(_ context.Context, i item) (item, error) { return i, nil }

var payload64 = []byte(`{"ID":"0123456789","N":42,"OK":true,"Tags":["a","b"],"X":null} `)

// unlimited is an account whose request rates do not hold up a benchmark.
func unlimited() *concurrency.Account {
	return concurrency.NewAccount(concurrency.Options{NoRequestRates: true, NoScalingRate: true})
}

func benchService(b *testing.B, code lambda.Code) *invoke.Service {
	b.Helper()
	svc := invoke.New(invoke.Options{Account: unlimited()})
	b.Cleanup(svc.Close)
	if err := svc.Deploy(lambda.Config{Name: "f"}, code); err != nil {
		b.Fatal(err)
	}
	return svc
}

func benchInvoke(b *testing.B, code lambda.Code) {
	svc, ctx := benchService(b, code), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", Payload: payload64})
		if err != nil || out.FunctionError != "" {
			b.Fatal(err, out)
		}
	}
}

// BenchmarkInvoke compares a warm synchronous invocation with the floor: what a goroutine, a channel and a reused timer
// cost, the least that a call under a strict timeout can do. A typed handler is compared with calling it directly.
func BenchmarkInvoke(b *testing.B) {
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		timer := time.AfterFunc(time.Hour, func() {})
		defer timer.Stop()
		for b.Loop() {
			done := make(chan struct{}, 1)
			timer.Reset(time.Hour)
			go func() {
				timer.Stop()
				done <- struct{}{}
			}()
			<-done
		}
	})
	b.Run("raw", func(b *testing.B) { benchInvoke(b, raw) })
	b.Run("typed direct", func(b *testing.B) {
		h, ctx := awslambda.NewHandler(typed), context.Background()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := h.Invoke(ctx, payload64); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("typed", func(b *testing.B) { benchInvoke(b, lambda.Handler(typed)) })
}

// BenchmarkAsync is what an asynchronous event costs from acceptance to success, in bursts of 500; the baseline starts
// a goroutine for each and waits for all.
func BenchmarkAsync(b *testing.B) {
	const burst = 500
	b.Run("goroutines", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += burst {
			var wg sync.WaitGroup
			for range burst {
				wg.Go(func() { echo{}.Invoke(context.Background(), nil) })
			}
			wg.Wait()
		}
	})
	b.Run("events", func(b *testing.B) {
		svc, ctx := benchService(b, raw), context.Background()
		b.ReportAllocs()
		for n := 0; n < b.N; n += burst {
			for range burst {
				if _, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: payload64}); err != nil {
					b.Fatal(err)
				}
			}
			if err := svc.Wait(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Virtual time cannot be used in a benchmark, so this test reports what an event with three attempts costs.
func TestCostOfThreeAttempts(t *testing.T) {
	const events = 20000
	var took time.Duration
	start := time.Now()
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{Account: unlimited()})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, code(func(context.Context, []byte) ([]byte, error) { return nil, errBoom }))
		for range events {
			_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: payload64})
			require.NoError(t, err)
			lambdatest.Advance(time.Millisecond)
		}
		require.NoError(t, svc.Wait(t.Context()))
	})
	took = time.Since(start)
	t.Logf("%v an event", took/events)
}

func TestAllocationsOfAWarmInvoke(t *testing.T) {
	svc := invoke.New(invoke.Options{Account: unlimited()})
	defer svc.Close()
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, raw))
	ctx := context.Background()
	allocs := testing.AllocsPerRun(1000, func() {
		if _, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", Payload: payload64}); err != nil {
			t.Fatal(err)
		}
	})
	require.LessOrEqual(t, allocs, 5.0)
}

// Invocations of many functions and versions on all processors at once, so that the race detector has something to see.
func TestConcurrentInvokes(t *testing.T) {
	svc := invoke.New(invoke.Options{Account: unlimited()})
	defer svc.Close()
	var wg sync.WaitGroup
	for n := range 2 * runtime.GOMAXPROCS(0) {
		name := fmt.Sprintf("f%d", n%3)
		wg.Go(func() {
			for i := range 200 {
				if i%50 == 0 {
					if err := svc.Deploy(lambda.Config{Name: name}, raw); err != nil {
						t.Error(err)
					}
				}
				kind := invoke.RequestResponse
				if i%4 == 0 {
					kind = invoke.Event
				}
				if _, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: name, InvocationType: kind, Payload: payload64}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, svc.Wait(t.Context()))
	require.Zero(t, svc.Account().InFlight())
}
