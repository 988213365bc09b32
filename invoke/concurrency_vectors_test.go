package invoke_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// Row 15 of the concurrency vectors: reserved concurrency 1, and raised while an event waits for it.
func TestConcurrencyVector15_reservedRaisedWhileAnEventWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: time.Minute}, code(func(_ context.Context, p []byte) ([]byte, error) {
			if string(p) == `"A"` {
				time.Sleep(15 * time.Second)
			}
			return p, nil
		}))
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 1))
		a := w.send("f", `"A"`)
		synctest.Wait()
		b := w.send("f", `"B"`)
		synctest.Wait()
		require.Equal(t, "ReservedFunctionConcurrentInvocationLimitExceeded", w.refused(invoke.Input{}).Reason)
		lambdatest.Advance(4 * time.Second)
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 3))
		require.Empty(t, w.invoke(invoke.Input{}).FunctionError)
		w.wait()
		started := map[string]int{}
		for _, e := range w.tl.Of(trace.Started) {
			started[e.RequestID] = int(e.Time.Sub(w.start) / time.Second)
		}
		require.Equal(t, 0, started[a])
		require.Equal(t, 7, started[b], "at its next retry, 4 s after that at 3 s, and not when there was room")
		for _, e := range w.tl.Of(trace.Ended) {
			require.Equal(t, "Success", e.Detail)
		}
	})
}
