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

// maximumChains is how many chains of three timers an event with three attempts may cost. It takes seven or eight.
const maximumChains = 13

// An event with three attempts costs its acceptance, three warm runs, two waits and its end, in virtual time: all of
// that is measured, for bursts of 100 events that wait together. The baseline is a chain of three timers for each event.
// Others share the machine, so the two take turns, and of each the best burst counts. A benchmark cannot do it: bubbles
// belong to tests.
func TestCostOfThreeAttempts(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("costs are measured without -short and without the race detector")
	}
	const burst, rounds = 100, 200
	wall := wallClock(t)
	floor, each := time.Hour, time.Hour
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{Account: unlimited()})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, code(func(context.Context, []byte) ([]byte, error) { return nil, errBoom }))
		for range rounds {
			began := wall()
			timerChains(burst)
			between := wall()
			for range burst {
				_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: payload64})
				require.NoError(t, err)
			}
			require.NoError(t, svc.Wait(t.Context()))
			floor, each = min(floor, between.Sub(began)/burst), min(each, wall().Sub(between)/burst)
		}
	})
	chains := float64(each) / float64(floor)
	t.Logf("%v an event, %.1f times the chain of timers, which takes %v", each, chains, floor)
	require.LessOrEqual(t, chains, float64(maximumChains))
}

// timerChains runs n chains of three timers that wait as long as the attempts of an event.
func timerChains(n int) {
	var wg sync.WaitGroup
	for range n {
		wg.Add(1)
		time.AfterFunc(0, func() {
			time.AfterFunc(time.Minute, func() { time.AfterFunc(2*time.Minute, wg.Done) })
		})
	}
	wg.Wait()
}

// wallClock gives a bubble the time outside of it, which a goroutine there tells.
func wallClock(t *testing.T) (now func() time.Time) {
	ask, answer := make(chan struct{}), make(chan time.Time)
	go func() {
		for range ask {
			answer <- time.Now()
		}
	}()
	t.Cleanup(func() { close(ask) })
	return func() time.Time {
		ask <- struct{}{}
		return <-answer
	}
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
