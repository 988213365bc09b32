package eventsource_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// A batching window and the function's timeout fit into a message's lease, however long they are.
func TestWindowOutlastsVisibility(t *testing.T) {
	for _, window := range []time.Duration{20, 27, 28, 29, 30, 31, 60, 300} {
		bubble(t, fmt.Sprint(int(window)), func(t *testing.T) {
			w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
			m := w.mapping(q, eventsource.Config{MaximumBatchingWindow: window * time.Second})
			defer m.Close()
			send(t, q, "a")
			lambdatest.Advance(time.Hour)
			require.Equal(t, []string{"a"}, w.texts())
			require.Equal(t, window*time.Second, w.deliveries()[0].At)
			require.Equal(t, 1, w.sum(trace.Polled))
			require.Zero(t, q.Len())
		})
	}
	bubble(t, "a slow function", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { time.Sleep(20 * time.Second); return "", nil }), sqs.NewQueue("q", sqs.Attributes{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g", Timeout: 30 * time.Second}, w.code())
		defer w.mapping(q, eventsource.Config{FunctionName: "g", MaximumBatchingWindow: 25 * time.Second}).Close()
		send(t, q, "a")
		lambdatest.Advance(time.Hour)
		require.Equal(t, []string{"a"}, w.texts())
	})
	bubble(t, "the lease is as documented", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("F")), sqs.NewQueue("q", sqs.Attributes{})
		defer w.mapping(q, eventsource.Config{MaximumBatchingWindow: time.Minute}).Close()
		send(t, q, "a")
		lambdatest.Advance(155 * time.Second)
		require.Len(t, w.texts(), 2)
		require.Equal(t, (60+3+30+60)*time.Second, w.deliveries()[1].At)
	})
}

// fixed is a queue whose leases are as they are.
type fixed struct{ q *sqs.Queue }

func (f fixed) ARN() string { return f.q.ARN() }
func (f fixed) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	return f.q.Receive(ctx, max, wait)
}
func (f fixed) Delete(ctx context.Context, rs []eventsource.Record) error { return f.q.Delete(ctx, rs) }
func (f fixed) Notify(wake func()) func()                                 { return f.q.Notify(wake) }

// timed says how long they are.
type timed struct{ fixed }

func (f timed) VisibilityTimeout() time.Duration { return f.q.VisibilityTimeout() }

func TestWindowOverFixedLeases(t *testing.T) {
	const refusal = "Queue visibility timeout: 30 seconds is less than Maximum batch window: 28 seconds plus Function timeout: 3 seconds"
	bubble(t, "is refused", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), timed{fixed{sqs.NewQueue("q", sqs.Attributes{})}}
		_, err := eventsource.NewMapping(w.svc, q, eventsource.Config{FunctionName: "f", MaximumBatchingWindow: 28 * time.Second})
		require.ErrorIs(t, err, lambda.ErrInvalidParameterValue)
		require.ErrorContains(t, err, refusal)
		m := w.mapping(q, eventsource.Config{MaximumBatchingWindow: 27 * time.Second})
		defer m.Close()
		_, err = m.Update(eventsource.UpdateInput{MaximumBatchingWindow: new(28 * time.Second)})
		require.ErrorContains(t, err, refusal)
	})
	bubble(t, "of unknown length, no message is twice in a batch", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		defer w.mapping(fixed{q}, eventsource.Config{MaximumBatchingWindow: time.Minute + 15*time.Second}).Close()
		send(t, q, "a", "b")
		lambdatest.Advance(time.Hour)
		require.Equal(t, []string{"a,b"}, w.texts())
		require.Equal(t, 3, w.deliveries()[0].Items[0].Count, "the copy whose lease holds")
		require.Zero(t, q.Len())
	})
}
