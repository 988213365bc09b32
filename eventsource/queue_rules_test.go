package eventsource_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// Failures shrink a mapping's concurrency, and what a valid response reports as failed does not.
func TestFailuresShrinkConcurrency(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(d delivery) (string, error)
		want   int // in flight after the first five
	}{
		"errors":  {func(delivery) (string, error) { return "", errScripted }, 2},
		"reports": {func(d delivery) (string, error) { return report(d, "a"), nil }, 5},
	} {
		bubble(t, name, func(t *testing.T) {
			w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
				time.Sleep(100 * time.Millisecond) // too short a time for growth
				return c.answer(d)
			})
			q := sqs.NewQueue("q", sqs.Attributes{})
			for range 20 {
				send(t, q, "a")
			}
			m := w.mapping(q, eventsource.Config{BatchSize: 1, ReportBatchItemFailures: true})
			defer m.Close()
			lambdatest.Advance(100 * time.Millisecond)
			require.Len(t, w.deliveries(), 5+c.want)
		})
	}
}

// A batch that is throttled is tried again after waits that double, until its leases end.
func TestThrottledBatchesBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
		send(t, q, "a")
		defer w.mapping(q, eventsource.Config{}).Close()
		lambdatest.Advance(visibility + time.Second)
		var at []time.Duration
		for _, e := range w.tl.Of(trace.BatchFormed) {
			at = append(at, e.Time.Sub(w.began))
		}
		const ms = time.Millisecond
		require.Equal(t, []time.Duration{0, 500 * ms, 1500 * ms, 3500 * ms, 7500 * ms, 15500 * ms, visibility, visibility + 500*ms}, at)
	})
}

// limping is a queue whose second receive fails.
type limping struct {
	*sqs.Queue
	receives int
}

func (l *limping) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	return l.ReceiveFor(ctx, max, wait, l.VisibilityTimeout())
}

func (l *limping) ReceiveFor(ctx context.Context, max int, wait bool, lease time.Duration) ([]eventsource.Record, error) {
	if l.receives++; l.receives == 2 {
		return nil, errFault
	}
	return l.Queue.ReceiveFor(ctx, max, wait, lease)
}

// A queue that fails while a batch waits for more is asked again before the batch's window ends.
func TestQueueFailsInsideAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), &limping{Queue: sqs.NewQueue("q", sqs.Attributes{})}
		send(t, q.Queue, "a")
		defer w.mapping(q, eventsource.Config{MaximumBatchingWindow: 10 * time.Second}).Close()
		lambdatest.Advance(500 * time.Millisecond)
		send(t, q.Queue, "b")
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"a,b"}, w.texts())
	})
}

// What a Control loses of what was received is neither sent nor counted, and comes again when its leases end.
func TestReceivedAndLost(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		bubble(t, name, func(t *testing.T) {
			w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue(name, sqs.Attributes{})
			m := w.mapping(q, eventsource.Config{})
			defer m.Close()
			defer m.Control(once(eventsource.Received, func(*eventsource.Step, func() error) error { return nil }))()
			send(t, q, "g:1")
			lambdatest.Advance(visibility - 1)
			require.Empty(t, w.texts())
			require.Zero(t, w.sum(trace.Polled))
			lambdatest.Advance(1)
			require.Equal(t, []string{"g:1"}, w.texts())
			require.Equal(t, 2, w.deliveries()[0].Items[0].Count)
		})
	}
}

// What a caller hands in, and what it is given, is its own.
func TestSettingsAreCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		const pattern = `{"body":["a"]}`
		c := eventsource.Config{
			Filters: []string{pattern}, Tags: map[string]string{"k": "v"},
			ProvisionedPollers: &eventsource.ProvisionedPollers{MinimumPollers: 3, MaximumPollers: 4}, MaximumRetryAttempts: new(-1),
		}
		m := w.mapping(q, c)
		defer m.Close()
		check := func() {
			t.Helper()
			got := m.Configuration()
			require.Equal(t, []string{pattern}, got.Filters)
			require.Equal(t, eventsource.ProvisionedPollers{MinimumPollers: 3, MaximumPollers: 4}, *got.ProvisionedPollers)
			require.Equal(t, map[string]string{"k": "v"}, m.Tags())
			_, err := m.Update(eventsource.UpdateInput{Enabled: new(true)}) // it makes settings of settings
			require.NoError(t, err)
			require.Equal(t, got.Filters, m.Configuration().Filters)
		}
		c.Filters[0], c.Tags["k"], c.ProvisionedPollers.MinimumPollers, *c.MaximumRetryAttempts = "{", "w", 0, 7
		check()
		given, tags := m.Configuration(), m.Tags()
		given.Filters[0], given.ProvisionedPollers.MaximumPollers, tags["k"] = "{", 0, "w"
		check()
	})
}
