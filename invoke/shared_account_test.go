package invoke_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/lambdatest/properties"
)

// Two Services on one account, with a function each: together they stay within the account, each by itself keeps every
// other law, and closing one gives the other all there is.
func TestSharedAccount_isShared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 6).Draw(t, "limit")
		rapid.SyncTest(t, func(t *rapid.T) {
			account := smallAccount(limit)
			var both lambdatest.Timeline
			var calls sync.WaitGroup
			services := map[string]*invoke.Service{}
			settings := lambdatest.Settings{AccountLimit: limit, Functions: map[string]lambdatest.Async{}, Reserved: map[string]int{}}
			for i, name := range []string{"a", "b"} {
				svc := lambdatest.NewService(t, invoke.Options{Account: account, Seed: uint64(i), Trace: both.Trace})
				work := time.Duration(rapid.IntRange(1, 8000).Draw(t, "work")) * time.Millisecond
				lambdatest.Deploy(t, svc, lambda.Config{Name: name, Timeout: 5 * time.Second}, lambdatest.Script(properties.Script().Draw(t, "script"), work))
				c := properties.EventInvokeConfig().Draw(t, "async")
				require.NoError(t, svc.PutEventInvokeConfig(name, c))
				settings.Functions[name] = lambdatest.Async{MaximumRetryAttempts: c.MaximumRetryAttempts, MaximumEventAge: c.MaximumEventAge}
				if n := rapid.IntRange(-1, limit/2).Draw(t, "reserved"); n >= 0 {
					require.NoError(t, svc.PutFunctionConcurrency(name, n))
					settings.Reserved[name] = n
				}
				services[name] = svc
			}
			for _, gap := range properties.Gaps().Draw(t, "gaps") {
				lambdatest.Advance(gap)
				name := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "function")
				services[name].Invoke(context.Background(), invoke.Input{FunctionName: name, InvocationType: invoke.Event})
				synctest.Wait()
				calls.Add(1)
				services[name].Start(context.Background(), invoke.Input{FunctionName: name}, func(*invoke.Output, error) { calls.Done() })
			}
			calls.Wait()
			for _, name := range []string{"a", "b"} {
				require.NoError(t, services[name].Wait(context.Background()))
				services[name].Close()
			}
			require.NoError(t, both.Check(settings), "%s", &both)
			snapshot := account.Snapshot(time.Now())
			require.Zero(t, snapshot.InFlight)
			require.Equal(t, limit, snapshot.UnreservedCap)
		})
	})
}

// One function name has one owner on an account, until that one deletes it or closes.
func TestSharedAccount_oneOwnerOfAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := smallAccount(2)
		a := lambdatest.NewService(t, invoke.Options{Account: account})
		b := lambdatest.NewService(t, invoke.Options{Account: account, Seed: 1})
		lambdatest.Deploy(t, a, lambda.Config{Name: "f"}, raw)
		require.ErrorIs(t, b.Deploy(lambda.Config{Name: "f"}, raw), concurrency.ErrClaimed)
		_, err := b.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		require.ErrorIs(t, err, lambda.ErrResourceNotFound)
		require.NoError(t, a.PutFunctionConcurrency("f", 2))
		lambdatest.Deploy(t, b, lambda.Config{Name: "g"}, raw)
		_, err = b.Invoke(t.Context(), invoke.Input{FunctionName: "g"})
		require.ErrorIs(t, err, lambda.ErrTooManyRequests, "f has it all")
		a.Close()
		_, err = b.Invoke(t.Context(), invoke.Input{FunctionName: "g"})
		require.NoError(t, err)
		require.NoError(t, b.Deploy(lambda.Config{Name: "f"}, raw))
	})
}

// Events that one Service throttles because of the other's runs get through when those have ended.
func TestSharedAccount_throttledEventsWaitForTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := smallAccount(1)
		var tl lambdatest.Timeline
		a := lambdatest.NewService(t, invoke.Options{Account: account})
		b := lambdatest.NewService(t, invoke.Options{Account: account, Seed: 1, Trace: tl.Trace})
		lambdatest.Deploy(t, a, lambda.Config{Name: "a", Timeout: time.Minute}, lambdatest.Script("S", 10*time.Second))
		lambdatest.Deploy(t, b, lambda.Config{Name: "b"}, lambdatest.Script("S", 0))
		start := time.Now()
		for _, c := range []struct {
			svc  *invoke.Service
			name string
		}{{a, "a"}, {b, "b"}} {
			_, err := c.svc.Invoke(t.Context(), invoke.Input{FunctionName: c.name, InvocationType: invoke.Event})
			require.NoError(t, err)
			synctest.Wait()
		}
		require.NoError(t, b.Wait(t.Context()))
		require.Equal(t, 15*time.Second, time.Since(start), "0, 1, 3 and 7 s are too early")
		require.Len(t, tl.Of(trace.Throttled), 4)
	})
}
