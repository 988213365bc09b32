package invoke_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// provisioned deploys f, version 1, with n environments held ready.
func provisioned(t *testing.T, c lambda.Code, n int) *world {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 900 * time.Second}, c)
	w.publish("1")
	require.NoError(t, w.svc.PutProvisionedConcurrency("f:1", n))
	return w
}

func (w *world) provisionedStatus() string {
	w.t.Helper()
	p, err := w.svc.Registry().GetProvisionedConcurrency(time.Now(), "f", "1")
	require.NoError(w.t, err)
	return p.Status
}

func TestProvisioned_environmentsAreInitialisedAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inits, kinds atomic.Int32
		w := provisioned(t, lambda.Init(func(_ context.Context, env *lambda.Environment) (any, error) {
			inits.Add(1)
			if env.InitializationType() == lambda.ProvisionedConcurrency {
				kinds.Add(1)
			}
			return func() error { return nil }, nil
		}), 3)
		require.Equal(t, "IN_PROGRESS", w.provisionedStatus())
		synctest.Wait()
		require.EqualValues(t, 3, inits.Load())
		require.EqualValues(t, 3, kinds.Load())
		w.invoke(invoke.Input{FunctionName: "f:1"}) // not ready yet: on demand
		require.EqualValues(t, 4, inits.Load())
		require.Equal(t, "Unreserved", w.tl.Of(trace.Started)[0].Pool)
		lambdatest.Advance(61 * time.Second)
		require.Equal(t, "READY", w.provisionedStatus())
		w.invoke(invoke.Input{FunctionName: "f:1"})
		started := w.tl.Of(trace.Started)[1]
		require.Equal(t, "Provisioned", started.Pool)
		require.False(t, started.Cold)
		require.EqualValues(t, 4, inits.Load(), "no init on the way of the call")
		changes := w.tl.Of(trace.ConcurrencyChanged)
		require.Equal(t, 3, changes[len(changes)-1].Allocated)
	})
}

func TestProvisioned_slowInitHoldsReadinessBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := provisioned(t, lambda.Init(func(context.Context, *lambda.Environment) (any, error) {
			time.Sleep(100 * time.Second)
			return func() error { return nil }, nil
		}), 1)
		lambdatest.Advance(99 * time.Second)
		require.Equal(t, "IN_PROGRESS", w.provisionedStatus())
		lambdatest.Advance(time.Second)
		require.Equal(t, "READY", w.provisionedStatus())
	})
}

func TestProvisioned_failingInitFailsTheAllocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inits atomic.Int32
		var fail atomic.Bool
		fail.Store(true)
		w := provisioned(t, lambda.Init(func(context.Context, *lambda.Environment) (any, error) {
			inits.Add(1)
			if fail.Load() {
				return nil, errors.New("no database")
			}
			return func() error { return nil }, nil
		}), 1)
		lambdatest.Advance(2 * time.Minute)
		require.EqualValues(t, 6, inits.Load())
		p, err := w.svc.Registry().GetProvisionedConcurrency(time.Now(), "f", "1")
		require.NoError(t, err)
		require.Equal(t, "FAILED", p.Status)
		require.Equal(t, "FUNCTION_ERROR_INIT_FAILURE", p.StatusReason)
		fail.Store(false)
		w.invoke(invoke.Input{FunctionName: "f:1"})
		require.Equal(t, "Unreserved", w.tl.Of(trace.Started)[0].Pool, "calls run on demand meanwhile")
	})
}

func TestProvisioned_aliasMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		for range 2 {
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
			_, err := w.svc.PublishVersion("f")
			require.NoError(t, err)
		}
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1"}))
		require.NoError(t, w.svc.PutProvisionedConcurrency("f:live", 1))
		lambdatest.Advance(2 * time.Minute)
		pool := func(name string) string {
			w.invoke(invoke.Input{FunctionName: name})
			started := w.tl.Of(trace.Started)
			return started[len(started)-1].Pool
		}
		require.Equal(t, "Provisioned", pool("f:live"))
		require.Equal(t, "Provisioned", pool("f:1"))
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "2"}))
		lambdatest.Advance(2 * time.Minute)
		require.Equal(t, "Provisioned", pool("f:live"))
		require.Equal(t, "Provisioned", pool("f:2"))
		require.Equal(t, "Unreserved", pool("f:1"))
	})
}

func TestProvisioned_crashIsRepairedByTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := provisioned(t, lambdatest.Script("PS", 0), 1)
		lambdatest.Advance(2 * time.Minute)
		require.Equal(t, "Unhandled", w.invoke(invoke.Input{FunctionName: "f:1"}).FunctionError)
		require.Empty(t, w.invoke(invoke.Input{FunctionName: "f:1"}).FunctionError)
		for _, e := range w.tl.Of(trace.Started) {
			require.Equal(t, "Provisioned", e.Pool)
		}
	})
}

func TestProvisioned_closeDuringAllocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said string
		w := newWorld(t, invoke.Options{Logf: func(f string, a ...any) { said += fmt.Sprintf(f, a...) }})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambda.Init(func(context.Context, *lambda.Environment) (any, error) {
			time.Sleep(30 * time.Second)
			return func() error { return nil }, nil
		}))
		w.publish("1")
		require.NoError(t, w.svc.PutProvisionedConcurrency("f:1", 2))
		synctest.Wait()
		w.svc.Close()
		require.Equal(t, "invoke: Close is waiting for handlers:\n\tf: an init is running\n\tf: an init is running", said)
		require.Equal(t, 30*time.Second, time.Since(w.start))
	})
}

// The trace, and so the metrics, know of every setting that claims concurrency, whoever changes it and in whatever way.
func TestSettingsOfConcurrencyAreTraced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		now, r := time.Now(), w.svc.Registry()
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g"}, lambdatest.Script("S", 0))
		w.publish("1")
		_, err := r.PutFunctionConcurrency(now, account+"g", 7)
		require.NoError(t, err)
		require.NoError(t, w.svc.PutProvisionedConcurrency("f:1", 3))
		lambdatest.Advance(2 * time.Minute)
		require.EqualValues(t, 10, w.last(trace.ConcurrencyChanged).Claimed)
		require.Equal(t, 3, w.last(trace.ConcurrencyChanged).Allocated)
		require.NoError(t, w.svc.DeleteProvisionedConcurrency("f:1"))
		require.Equal(t, 0, w.last(trace.ConcurrencyChanged).Allocated)
		require.NoError(t, w.svc.DeleteFunction("g"))
		require.Equal(t, "g", w.last(trace.ConcurrencyChanged).Function)
		require.Zero(t, w.last(trace.ConcurrencyChanged).Claimed)
	})
}

func (w *world) last(kind trace.Kind) trace.Event {
	list := w.tl.Of(kind)
	require.NotEmpty(w.t, list)
	return list[len(list)-1]
}
