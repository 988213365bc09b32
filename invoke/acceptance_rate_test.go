package invoke_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// turnedOff is a world of n units of concurrency in which f is off: its events are accepted and dropped, and none of
// them is a run or a throttle.
func turnedOff(t *testing.T, n int, o invoke.Options) *world {
	t.Helper()
	if o.Account == nil {
		o.Account = smallAccount(n)
	}
	w := newWorld(t, o)
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, ok)
	require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
	return w
}

// accepted is how many of n events in a row are accepted.
func (w *world) accepted(n int, in invoke.Input) (accepted int) {
	w.t.Helper()
	if in.FunctionName == "" {
		in.FunctionName = "f"
	}
	in.InvocationType = invoke.Event
	for range n {
		_, err := w.svc.Invoke(w.t.Context(), in)
		if err == nil {
			accepted++
			continue
		}
		require.ErrorIs(w.t, err, lambda.ErrTooManyRequests)
	}
	return accepted
}

// puts counts what reaches a store.
type puts struct {
	*invoke.MemoryStore
	n int
}

func (p *puts) Put(ctx context.Context, e *invoke.QueuedEvent, due time.Time) error {
	p.n++
	return p.MemoryStore.Put(ctx, e, due)
}

// Ten events a second for each unit of the quota are accepted; the next is refused as the account's calls are, and
// leaves nothing behind but a throttle: no event, no number, no request id that a later one would have had.
func TestAcceptanceRate_refusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counts metrics.Recorder
		store := &puts{MemoryStore: invoke.NewMemoryStore()}
		w := turnedOff(t, 2, invoke.Options{Store: store, Trace: counts.Trace})
		require.Equal(t, 20, w.accepted(20, invoke.Input{}))
		before := w.svc.Account().Snapshot(time.Now())
		e := w.refused(invoke.Input{FunctionName: account + "f", InvocationType: invoke.Event, RequestID: strings.Repeat("0", 8) + "-0000-4000-8000-000000000000"})
		require.Equal(t, "TooManyRequestsException", e.Code)
		require.Equal(t, 429, e.StatusCode)
		require.Equal(t, string(concurrency.CallerRateLimitExceeded), e.Reason)
		require.Equal(t, "Rate exceeded", e.Message)
		require.Equal(t, before, w.svc.Account().Snapshot(time.Now()))
		require.Equal(t, 20, store.n)
		throttled := w.tl.Of(trace.Throttled)
		require.Len(t, throttled, 1)
		require.Equal(t, trace.Event{
			Kind: trace.Throttled, Time: throttled[0].Time, Function: "f", Type: "Event", Status: 429, Code: e.Code,
			Reason: e.Reason, Detail: e.Message, RequestID: "00000000-0000-4000-8000-000000000000",
		}, throttled[0])
		w.wait()
		f := metrics.Dimensions{FunctionName: "f"}
		require.Equal(t, 20.0, counts.Total(metrics.AsyncEventsReceived, f).Sum)
		require.Equal(t, 1.0, counts.Total(metrics.Throttles, f).Sum)
		require.Equal(t, 1.0, counts.Total(metrics.Throttles, metrics.Dimensions{}).Sum)
		lambdatest.Advance(50 * time.Millisecond)
		w.send("f", "{}")
		require.Equal(t, uint64(21), w.tl.Of(trace.Accepted)[20].Number)
		w.wait()
		w.svc.Close()
		require.NoError(t, w.tl.Check(lambdatest.Settings{AccountLimit: 2, Reserved: map[string]int{"f": 0}}))
	})
}

// The limit is the account's, whatever its functions and Services are, and it refills all the time.
func TestAcceptanceRate_isTheAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := smallAccount(1)
		a := turnedOff(t, 0, invoke.Options{Account: shared})
		b := newWorld(t, invoke.Options{Account: shared, Seed: 1})
		lambdatest.Deploy(t, b.svc, lambda.Config{Name: "g"}, ok)
		require.NoError(t, b.svc.PutFunctionConcurrency("g", 0))
		require.Equal(t, 6, a.accepted(6, invoke.Input{}))
		require.Equal(t, 4, b.accepted(6, invoke.Input{FunctionName: "g"}))
		lambdatest.Advance(100 * time.Millisecond)
		require.Equal(t, 1, a.accepted(2, invoke.Input{}))
		require.NoError(t, shared.SetLimitAt(time.Now(), 2))
		require.Equal(t, 10, b.accepted(20, invoke.Input{FunctionName: "g"}))
	})
}

// Services are accepted without a limit, and use up nobody's; anybody else is limited, whoever it is.
func TestAcceptanceRate_servicesAreFree(t *testing.T) {
	for principal, free := range map[string]bool{
		"s3.amazonaws.com": true, "logs.us-east-1.amazonaws.com": true, "alexa-appkit.amazon.com": true, "lambda.amazonaws.com.cn": true,
		"*": false, "123456789012": false, "": false,
		"arn:aws:iam::123456789012:user/s3.amazonaws.com": false, "arn:aws:sts::123456789012:assumed-role/r/a.b": false,
	} {
		t.Run(principal, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := turnedOff(t, 1, invoke.Options{})
				n := w.accepted(25, invoke.Input{Caller: &iam.Caller{Principal: principal}})
				if !free {
					require.Equal(t, 10, n)
					return
				}
				require.Equal(t, 25, n)
				require.Equal(t, 10, w.accepted(11, invoke.Input{}))
			})
		})
	}
}

// Lambda is a service, too: what it hands on to a function that is a destination is not the caller's doing.
func TestAcceptanceRate_destinationsAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turnedOff(t, 1, invoke.Options{})
		require.Equal(t, 10, w.accepted(11, invoke.Input{}))
		require.NoError(t, w.svc.InvokeEvent(t.Context(), account+"f", []byte("1")))
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g", DeadLetter: w.to("dlq")}, ok)
		require.NoError(t, w.svc.PutFunctionConcurrency("g", 0))
		lambdatest.Advance(time.Second)
		require.NoError(t, w.svc.PutEventInvokeConfig("g", invoke.EventInvokeConfig{OnFailure: destinations.Lambda(account+"f", w.svc)}))
		require.Equal(t, 10, w.accepted(10, invoke.Input{FunctionName: "g"}))
		w.wait()
		require.Empty(t, w.tl.Of(trace.DeliveryFailed))
	})
}

// Only events that would have been accepted count, and nothing but events.
func TestAcceptanceRate_countsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turnedOff(t, 1, invoke.Options{})
		for range 20 {
			require.Equal(t, "ResourceNotFoundException", w.refused(invoke.Input{FunctionName: "nobody", InvocationType: invoke.Event}).Code)
			require.Equal(t, "InvalidRequestContentException", w.refused(invoke.Input{InvocationType: invoke.Event, Payload: []byte("{")}).Code)
			require.Equal(t, 204, w.invoke(invoke.Input{InvocationType: invoke.DryRun}).StatusCode)
			require.Equal(t, "ReservedFunctionConcurrentInvocationLimitExceeded", w.refused(invoke.Input{}).Reason)
		}
		require.Equal(t, 10, w.accepted(11, invoke.Input{}))
		require.Equal(t, 204, w.invoke(invoke.Input{InvocationType: invoke.DryRun}).StatusCode)
		require.Equal(t, "ResourceNotFoundException", w.refused(invoke.Input{FunctionName: "nobody", InvocationType: invoke.Event}).Code)
	})
}

// An account without request rates accepts whatever comes.
func TestAcceptanceRate_off(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turnedOff(t, 0, invoke.Options{Account: concurrency.NewAccount(concurrency.Options{
			Limit: 1, MinimumUnreserved: new(0), NoRequestRates: true,
		})})
		require.Equal(t, 1000, w.accepted(1000, invoke.Input{}))
	})
}

// Whenever callers and services send, an event is accepted exactly if in no stretch of time that ends with it callers
// have got in more than the limit allows for the stretch and its first instant.
func TestAcceptanceRate_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 3).Draw(t, "limit")
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [3]int {
			return [3]int{rapid.IntRange(0, 300).Draw(t, "ms"), rapid.IntRange(0, 40).Draw(t, "events"), rapid.IntRange(0, 3).Draw(t, "service")}
		}), 1, 12).Draw(t, "steps")
		rapid.SyncTest(t, func(t *rapid.T) {
			svc := lambdatest.NewService(t, invoke.Options{Account: smallAccount(limit)})
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, ok)
			require.NoError(t, svc.PutFunctionConcurrency("f", 0))
			var now int
			var in []int // when callers got in, in milliseconds
			allowed := func() bool {
				for i, since := range in {
					if 1000*(len(in)-i+1) > limit*10*(1000+now-since) {
						return false
					}
				}
				return true
			}
			for _, step := range steps {
				lambdatest.Advance(time.Duration(step[0]) * time.Millisecond)
				now += step[0]
				for range step[1] {
					var caller *iam.Caller
					want := true
					if step[2] == 0 {
						caller = bucket("b")
					} else if want = allowed(); want {
						in = append(in, now)
					}
					_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Caller: caller})
					require.Equal(t, want, err == nil, "%d ms: %v", now, err)
				}
			}
		})
	})
}
