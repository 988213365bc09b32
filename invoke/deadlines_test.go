package invoke_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// sleeper works for as long as its event says, in nanoseconds, or until its deadline.
var sleeper = code(func(ctx context.Context, event []byte) ([]byte, error) {
	d, err := strconv.ParseInt(string(event), 10, 64)
	if err != nil {
		return nil, err
	}
	select {
	case <-time.After(time.Duration(d)):
		return event, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
})

// Whatever runs beside it, before it or after it in the same environment, a run ends when its function returns or at its
// deadline, to the nanosecond.
func TestProperty_runsEndAtTheirDeadline(t *testing.T) {
	type call struct {
		Function       int
		At, Work, Took time.Duration
		Out            *invoke.Output
	}
	timeouts := []time.Duration{time.Second, time.Second, 2 * time.Second, 3 * time.Second}
	rapid.Check(t, func(t *rapid.T) {
		calls := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *call {
			return &call{
				Function: rapid.IntRange(0, len(timeouts)-1).Draw(t, "function"),
				At:       time.Duration(rapid.IntRange(0, 50).Draw(t, "at")) * 100 * time.Millisecond,
				Work:     time.Duration(rapid.IntRange(0, 40).Draw(t, "work"))*100*time.Millisecond + 1, // never at a deadline
			}
		}), 1, 30).Draw(t, "calls")
		rapid.SyncTest(t, func(t *rapid.T) {
			svc := lambdatest.NewService(t, invoke.Options{})
			for i, timeout := range timeouts {
				lambdatest.Deploy(t, svc, lambda.Config{Name: fmt.Sprint("f", i), Timeout: timeout}, sleeper)
			}
			var wg sync.WaitGroup
			for _, c := range calls {
				time.AfterFunc(c.At, func() {
					defer wg.Done()
					start := time.Now()
					c.Out, _ = svc.Invoke(context.Background(), invoke.Input{
						FunctionName: fmt.Sprint("f", c.Function), Payload: strconv.AppendInt(nil, int64(c.Work), 10),
					})
					c.Took = time.Since(start)
				})
				wg.Add(1)
			}
			wg.Wait()
			for _, c := range calls {
				require.NotNil(t, c.Out)
				require.Equal(t, min(c.Work, timeouts[c.Function]), c.Took)
				require.Equal(t, c.Work > timeouts[c.Function], c.Out.FunctionError != "")
			}
		})
	})
}

// Runs that time out in one instant end on a goroutine each: what one of them leads to does not hold up the others.
func TestDeadlinesOfOneInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Second}, sleeper)
		slow, errs := make(chan error, 10), 0
		for i := range 10 {
			svc.Start(t.Context(), invoke.Input{FunctionName: "f", Payload: []byte("5000000000")}, func(out *invoke.Output, err error) {
				if i == 0 {
					time.Sleep(time.Hour) // a callback should not; it is its own run's loss
				}
				slow <- errors.Join(err, out.Err())
			})
		}
		lambdatest.Advance(time.Second)
		for len(slow) > 0 {
			require.ErrorContains(t, <-slow, "Task timed out after 1.00 seconds")
			errs++
		}
		require.Equal(t, 9, errs)
		lambdatest.Advance(time.Hour)
		require.Len(t, slow, 1)
	})
}
