package invoke_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// maximumPerEvent is how many bytes an event that waits may take beyond its payload.
const maximumPerEvent = 250

// heap is what is in use once the garbage is gone.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A million events that wait, each throttled once already, take no more than their bytes, no goroutine and no timer of
// their own.
func TestMillionPendingEvents(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("a million pending events need half a gigabyte and some seconds: not with -short, nor with the race detector")
	}
	const n, size = 1_000_000, 64
	synctest.Test(t, func(t *testing.T) {
		account := concurrency.NewAccount(concurrency.Options{Limit: 1, MinimumUnreserved: new(0), NoRequestRates: true})
		svc := lambdatest.NewService(t, invoke.Options{Account: account})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, raw)
		lease, err := account.Function("f").Version("$LATEST").AcquireAt(time.Now())
		require.NoError(t, err)
		payload := append(append([]byte{'"'}, bytes.Repeat([]byte("x"), size-2)...), '"')
		ctx := context.Background()
		send := func() {
			_, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: payload})
			if err != nil {
				t.Fatal(err)
			}
		}
		goroutines := runtime.NumGoroutine()
		before := heap()
		for range n {
			send()
		}
		synctest.Wait()
		each := float64(heap()-before) / n
		t.Logf("%.0f bytes for each pending event: %.0f beyond its payload of %d", each, each-size, size)
		require.Equal(t, n, svc.Pending())
		require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
		require.LessOrEqual(t, each-size, float64(maximumPerEvent))
		runtime.KeepAlive(lease)
		lease.ReleaseAt(time.Now(), false)
	})
}

// A warm synchronous call of a raw function makes five allocations at most: the run with its context, its goroutine's
// closure, the channel, the payload and the result.
func TestInvokeAllocations(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{Account: unlimited()})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, raw)
	ctx, in := context.Background(), invoke.Input{FunctionName: "f", Payload: []byte(`{"n":1}`)}
	allocations := testing.AllocsPerRun(1000, func() {
		if _, err := svc.Invoke(ctx, in); err != nil {
			t.Fatal(err)
		}
	})
	require.LessOrEqual(t, allocations, 5.0)
}
