package concurrency_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

func TestReasons_areTheSDKs(t *testing.T) {
	require.ElementsMatch(t, []concurrency.Reason{
		"ConcurrentInvocationLimitExceeded", "FunctionInvocationRateLimitExceeded",
		"ReservedFunctionConcurrentInvocationLimitExceeded", "ReservedFunctionInvocationRateLimitExceeded",
		"CallerRateLimitExceeded", "ConcurrentSnapshotCreateLimitExceeded",
	}, []concurrency.Reason{
		concurrency.ConcurrentInvocationLimitExceeded, concurrency.FunctionInvocationRateLimitExceeded,
		concurrency.ReservedFunctionConcurrentInvocationLimitExceeded, concurrency.ReservedFunctionInvocationRateLimitExceeded,
		concurrency.CallerRateLimitExceeded, concurrency.ConcurrentSnapshotCreateLimitExceeded,
	})
}

// Every refusal with its reason and cause. Gates are passed in order: where two would refuse, the earlier does.
func TestThrottleError(t *testing.T) {
	refusal := func(w *world) *concurrency.ThrottleError {
		_, err := w.version("f@1").AcquireAt(w.now())
		require.ErrorIs(t, err, concurrency.ErrThrottled)
		var e *concurrency.ThrottleError
		require.ErrorAs(t, err, &e)
		return e
	}
	for _, row := range []struct {
		name    string
		prepare func(w *world)
		reason  concurrency.Reason
		cause   concurrency.Cause
	}{
		{"off", func(w *world) { w.reserve("f", 0); w.instant(100, "x", 0) },
			concurrency.ReservedFunctionConcurrentInvocationLimitExceeded, concurrency.CauseOff},
		{"function's rate before the account's", func(w *world) { w.reserve("f", 5); w.instant(50, "f@1", 0); w.instant(50, "x", 0) },
			concurrency.ReservedFunctionInvocationRateLimitExceeded, concurrency.CauseRate},
		{"account's rate before the pool", func(w *world) {
			w.call(10, "x") // fills the pool, and uses 10 of the 100 requests
			w.reserve("g", 10)
			w.instant(90, "g", 0)
		},
			concurrency.CallerRateLimitExceeded, concurrency.CauseRate},
		{"reservation", func(w *world) { w.reserve("f", 2); w.call(2, "f@1") },
			concurrency.ReservedFunctionConcurrentInvocationLimitExceeded, concurrency.CausePool},
		{"unreserved pool", func(w *world) { w.call(10, "x") },
			concurrency.ConcurrentInvocationLimitExceeded, concurrency.CausePool},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, concurrency.Options{Limit: 10, MinimumUnreserved: new(0)})
			row.prepare(w)
			e := refusal(w)
			require.Equal(t, []any{row.reason, row.cause}, []any{e.Reason, e.Cause()})
		})
	}
	t.Run("scaling rate, after the pool", func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 2000})
		w.call(1000, "f@1")
		e := refusal(w)
		require.Equal(t, []any{concurrency.ConcurrentInvocationLimitExceeded, concurrency.CauseScale}, []any{e.Reason, e.Cause()})
		require.EqualError(t, e, "concurrency: throttled: ConcurrentInvocationLimitExceeded (scale)")
		w.call(1000, "x")
		require.Equal(t, concurrency.CausePool, refusal(w).Cause())
	})
}

func TestCause_String(t *testing.T) {
	var all string
	for c := range concurrency.CauseScale + 2 {
		all += c.String() + " "
	}
	require.Equal(t, "Cause(0) off rate pool scale Cause(5) ", all)
}
