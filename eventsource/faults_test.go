package eventsource_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

var errFault = errors.New("injected")

// once does something to the first step of a kind only.
func once(k eventsource.StepKind, fault eventsource.Control) eventsource.Control {
	var done atomic.Bool
	return func(s *eventsource.Step, next func() error) error {
		if s.Kind != k || done.Swap(true) {
			return next()
		}
		return fault(s, next)
	}
}

func TestQueueFaults(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   eventsource.Control
		want    []string // at once
		later   []string // after the visibility timeout
		deletes int
	}{
		{"a delete fails", once(eventsource.Acknowledge, func(*eventsource.Step, func() error) error { return errFault }), []string{"a"}, []string{"a", "a"}, 1},
		{"a delete is lost", once(eventsource.Acknowledge, func(*eventsource.Step, func() error) error { return nil }), []string{"a"}, []string{"a", "a"}, 2},
		{"a delete succeeds unnoticed", once(eventsource.Acknowledge, func(_ *eventsource.Step, next func() error) error { next(); return errFault }), []string{"a"}, []string{"a"}, 0},
		{"the poller crashes before it deletes", once(eventsource.Acknowledge, func(*eventsource.Step, func() error) error { return eventsource.ErrCrash }), []string{"a"}, []string{"a", "a"}, 1},
		{"the poller crashes after it deleted", once(eventsource.Acknowledge, func(_ *eventsource.Step, next func() error) error { next(); return eventsource.ErrCrash }), []string{"a"}, []string{"a"}, 0},
		{"the poller crashes with what it received", once(eventsource.Received, func(*eventsource.Step, func() error) error { return eventsource.ErrCrash }), nil, []string{"a"}, 1},
		{"a message is delivered twice", once(eventsource.Received, func(s *eventsource.Step, next func() error) error {
			s.Records = append(s.Records, s.Records...)
			return next()
		}), []string{"a,a"}, []string{"a,a"}, 2},
	} {
		bubble(t, c.name, func(t *testing.T) {
			w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
			m := w.mapping(q, eventsource.Config{})
			defer m.Close()
			defer m.Control(c.fault)()
			send(t, q, "a")
			synctest.Wait()
			require.Equal(t, c.want, w.texts())
			lambdatest.Advance(visibility)
			require.Equal(t, c.later, w.texts())
			require.Zero(t, q.Len())
			require.Equal(t, c.deletes, w.sum(trace.Deleted))
		})
	}
}

func TestStreamFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault eventsource.Control
		want  []string
	}{
		{"the poller crashes before it saves", once(eventsource.Checkpoint, func(*eventsource.Step, func() error) error { return eventsource.ErrCrash }), []string{"1", "1"}},
		{"the poller crashes after it saved", once(eventsource.Checkpoint, func(_ *eventsource.Step, next func() error) error { next(); return eventsource.ErrCrash }), []string{"1"}},
		{"saving fails", once(eventsource.Checkpoint, func(*eventsource.Step, func() error) error { return errFault }), []string{"1"}},
	} {
		bubble(t, c.name, func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
			m := w.mapping(s, eventsource.Config{})
			defer m.Close()
			synctest.Wait() // until it has saved where it begins
			defer m.Control(c.fault)()
			put(t, s, 1, 1)
			synctest.Wait()
			require.Equal(t, c.want, w.texts())
			put(t, s, 2, 2)
			synctest.Wait()
			require.Equal(t, append(c.want, "2"), w.texts())
		})
	}
}

// A mapping that is closed and made again with the same store goes on where it was; a deleted one begins anew.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		c := eventsource.Config{Checkpoints: eventsource.NewMemoryCheckpoints()}
		m := w.mapping(s, c)
		put(t, s, 1, 2)
		synctest.Wait()
		m.Close()
		put(t, s, 3, 3)
		m = w.mapping(s, c)
		synctest.Wait()
		before := len(w.texts())
		require.Equal(t, "3", w.texts()[before-1])
		_, err := m.Delete()
		require.NoError(t, err)
		defer w.mapping(s, c).Close()
		synctest.Wait()
		require.Equal(t, []string{"1,2,3"}, w.texts()[before:])
	})
}

// An update of the function keeps the position.
func TestUpdateOfTheFunctionKeepsThePosition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g"}, w.code())
		m := w.mapping(s, eventsource.Config{StartingPosition: eventsource.Latest})
		defer m.Close()
		put(t, s, 1, 1)
		synctest.Wait()
		_, err := m.Update(eventsource.UpdateInput{FunctionName: "g"})
		require.NoError(t, err)
		put(t, s, 2, 2)
		synctest.Wait()
		require.Equal(t, []string{"1", "2"}, w.texts())
		started := w.tl.Of(trace.Started)
		require.Equal(t, "g", started[len(started)-1].Function)
	})
}

// So do updates of the function while the mapping is disabled.
func TestUpdatesWhileDisabledKeepThePosition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		for _, name := range []string{"g", "h"} {
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: name}, w.code())
		}
		m := w.mapping(s, eventsource.Config{StartingPosition: eventsource.Latest})
		defer m.Close()
		put(t, s, 1, 1)
		synctest.Wait()
		require.NoError(t, m.Disable())
		put(t, s, 2, 2)
		for _, name := range []string{"g", "h"} {
			_, err := m.Update(eventsource.UpdateInput{FunctionName: name})
			require.NoError(t, err)
		}
		require.NoError(t, m.Enable())
		synctest.Wait()
		require.Equal(t, []string{"1", "2"}, w.texts())
	})
}

// A handler that never returns is ended by its timeout; Close waits for that, and leaves nothing behind.
func TestCloseWaitsForWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { time.Sleep(time.Hour); return "", nil })
		q, s := sqs.NewQueue("q", sqs.Attributes{}), kinesis.NewStream("s", 1)
		mq, ms := w.mapping(q, eventsource.Config{}), w.mapping(s, eventsource.Config{})
		send(t, q, "a")
		put(t, s, 1, 1)
		synctest.Wait()
		start := time.Now()
		mq.Close()
		ms.Close()
		require.Equal(t, 3*time.Second, time.Since(start))
		require.Equal(t, 1, q.Len())
		mq.Close() // again is harmless
		lambdatest.Advance(10 * time.Minute)
		require.Len(t, w.deliveries(), 2)
	})
}

// brittle is a stream that fails now and then.
type brittle struct {
	*kinesis.Stream
	reads atomic.Int64
}

func (b *brittle) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	if b.reads.Add(1)%2 == 0 {
		return eventsource.Page{}, errFault
	}
	return b.Stream.Read(ctx, shard, from, max)
}

// A source that fails is asked again.
func TestSourceFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), &brittle{Stream: kinesis.NewStream("s", 2)}
		defer w.mapping(s, eventsource.Config{BatchSize: 1}).Close()
		for i := range 20 {
			require.NoError(t, s.Put(strconv.Itoa(i), []byte("x")))
		}
		lambdatest.Advance(time.Minute)
		require.Len(t, w.deliveries(), 20)
	})
}

// pulled hides that a source can notify.
type pulled struct{ eventsource.Stream }

// A stream that is no Notifier is looked at once a second.
func TestPulledStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		defer w.mapping(pulled{s}, eventsource.Config{}).Close()
		synctest.Wait()
		put(t, s, 1, 1)
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"1"}, w.texts())
	})
}

// Two runs of the same calls leave the same trace.
func TestSameCallsSameTrace(t *testing.T) {
	run := func() (out []trace.Event) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, invoke.Options{Seed: 7}, script("FSFS"))
			q, s := sqs.NewQueue("q", sqs.Attributes{}), kinesis.NewStream("s", 1)
			send(t, q, "a", "b") // before anybody polls: what is sent to a live mapping may meet it at any point
			defer w.mapping(q, eventsource.Config{}).Close()
			lambdatest.Advance(time.Minute)
			put(t, s, 1, 3)
			defer w.mapping(s, eventsource.Config{}).Close()
			lambdatest.Advance(time.Minute)
			out = w.tl.Events()
		})
		// A mapping's state is reported beside its first poll: within one instant their order is nobody's.
		slices.SortStableFunc(out, func(a, b trace.Event) int {
			return cmp.Or(trace.Compare(a, b), cmp.Compare(a.Kind, b.Kind))
		})
		return out
	}
	require.Equal(t, run(), run())
}

// What is in flight when a stream's mapping is disabled is acknowledged, and not repeated.
func TestStreamDisableInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { time.Sleep(time.Second); return "", nil })
		s := kinesis.NewStream("s", 1)
		m := w.mapping(s, eventsource.Config{})
		defer m.Close()
		put(t, s, 1, 1)
		synctest.Wait()
		require.NoError(t, m.Disable())
		require.NoError(t, m.Enable()) // the new poller waits for what is in flight
		put(t, s, 2, 2)
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1", "2"}, w.texts())
		require.Equal(t, 1, w.most())
	})
}

// Shards that the stream has dropped are forgotten, in the store too.
func TestDroppedShardsAreForgotten(t *testing.T) {
	bubble(t, "once their records are resolved", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
			if d.At < 23*time.Hour {
				return "", errScripted
			}
			time.Sleep(2 * time.Second)
			return "", nil
		})
		s, store := kinesis.NewStream("s", 1), eventsource.NewMemoryCheckpoints()
		put(t, s, 1, 1)
		parent := s.ListShards()[0]
		require.NoError(t, s.SplitShard(parent.ShardID, parent.HashKeyRange.Half()))
		lambdatest.Advance(time.Hour - time.Second)
		hourly := func(int) time.Duration { return time.Hour }
		m := w.mapping(s, eventsource.Config{Checkpoints: store, Backoff: hourly})
		defer m.Close()
		lambdatest.Advance(23*time.Hour + 1500*time.Millisecond)
		put(t, s, 2, 2) // the stream is looked at, without the parent, whose record is on its way
		lambdatest.Advance(time.Minute)
		kept, err := store.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		require.Len(t, kept, 2)
		require.NotContains(t, kept, parent.ShardID)
		require.Equal(t, 24, strings.Count(strings.Join(w.texts(), " "), "1"))
	})
	bubble(t, "which they were long ago", func(t *testing.T) {
		w, s, store := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1), eventsource.NewMemoryCheckpoints()
		m := w.mapping(s, eventsource.Config{Checkpoints: store})
		defer m.Close()
		put(t, s, 1, 1)
		parent := s.ListShards()[0]
		require.NoError(t, s.SplitShard(parent.ShardID, parent.HashKeyRange.Half()))
		lambdatest.Advance(25 * time.Hour)
		put(t, s, 2, 2)
		synctest.Wait()
		kept, err := store.Load(t.Context(), m.Source().ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		require.NotContains(t, kept, parent.ShardID)
		require.NotEmpty(t, kept)
	})
}

// The state of an open tumbling window is in memory: who starts again builds it anew from all of the window's records.
func TestTumblingWindowIsRepeatedAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(n int, _ delivery) (string, error) { return `{"state":{"n":` + strconv.Itoa(n) + `}}`, nil })
		s := kinesis.NewStream("s", 1)
		c := eventsource.Config{TumblingWindow: time.Minute, Checkpoints: eventsource.NewMemoryCheckpoints()}
		m := w.mapping(s, c)
		put(t, s, 1, 1)
		synctest.Wait()
		put(t, s, 2, 2)
		synctest.Wait()
		m.Close()
		defer w.mapping(s, c).Close()
		lambdatest.Advance(4 * time.Minute)
		require.Equal(t, []string{"1", "2", "1,2", ""}, w.texts())
		got := w.deliveries()
		require.Equal(t, []string{`{}`, `{"n":1}`, `{}`, `{"n":3}`}, []string{got[0].State, got[1].State, got[2].State, got[3].State})
		require.True(t, got[3].Final)
		require.Len(t, w.tl.Of(trace.Checkpointed), 1)
	})
}

// largeQueue is a queue with one message too large for any event.
type largeQueue struct{ *sqs.Queue }

func (q largeQueue) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	for i := range got {
		if string(got[i].Data) == "0:large" {
			got[i].JSON = append(append([]byte(`{"body":"`), make([]byte, 7<<20)...), `"}`...)
		}
	}
	return got, err
}

// A message that no event can hold stays in its queue, for the dead-letter queue, and holds up no other.
func TestMessageTooLarge(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		bubble(t, name, func(t *testing.T) {
			w := newWorld(t, invoke.Options{}, script("S"))
			q, dead := redriven(name, 2)
			send(t, q, "0:large", "1:a", "2:b")
			defer w.mapping(largeQueue{q}, eventsource.Config{}).Close()
			lambdatest.Advance(3 * visibility)
			require.Equal(t, []string{"1:a,2:b"}, w.texts())
			require.Equal(t, 1, dead.Len())
			failures := 0
			for _, e := range w.tl.Of(trace.BatchEnded) {
				if e.Outcome == trace.Failure {
					failures++
				}
			}
			require.Equal(t, 2, failures, "the function never saw it")
		})
	}
}

// A Service that closes stops the mappings of streams, too.
func TestServiceClosesUnderAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		m := w.mapping(s, eventsource.Config{})
		w.svc.Close()
		put(t, s, 1, 1)
		synctest.Wait()
		require.Empty(t, w.texts())
		m.Close()
		_, err := eventsource.NewMapping(w.svc, s, eventsource.Config{FunctionName: "f"})
		require.ErrorIs(t, err, invoke.ErrClosed)
	})
}

// An idle mapping that nobody closes keeps no bubble from ending.
func TestIdleMappingNeedsNoClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q, s := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{}), kinesis.NewStream("s", 3)
		w.mapping(q, eventsource.Config{MaximumBatchingWindow: time.Second})
		w.mapping(s, eventsource.Config{MaximumBatchingWindow: time.Second})
		send(t, q, "a")
		put(t, s, 1, 1)
		lambdatest.Advance(time.Second)
		require.ElementsMatch(t, []string{"a", "1"}, w.texts())
	})
}

// looseQueue is a FIFO queue that does not hold its groups back, and blocks.
type looseQueue struct{ ch chan eventsource.Record }

func (looseQueue) ARN() string { return "arn:aws:sqs:us-east-1:123456789012:loose.fifo" }

func (q looseQueue) Receive(ctx context.Context, _ int, _ bool) ([]eventsource.Record, error) {
	select {
	case r := <-q.ch:
		return []eventsource.Record{r}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (looseQueue) Delete(context.Context, []eventsource.Record) error { return nil }

// Whatever a FIFO queue gives out, one batch of a group is in flight at a time, and groups go side by side.
func TestGroupsOfALooseQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flying := map[string]bool{}
		var mu sync.Mutex
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
			group := d.Items[0].Text[:1]
			mu.Lock()
			require.False(t, flying[group])
			flying[group] = true
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			flying[group] = false
			mu.Unlock()
			return "", nil
		})
		q := looseQueue{make(chan eventsource.Record, 10)}
		for i, text := range []string{"a1", "a2", "b1", "a3", "b2", "c1"} {
			q.ch <- eventsource.Record{ID: strconv.Itoa(i), Group: text[:1], JSON: []byte(`{"messageId":"` + text + `","body":"` + text + `"}`)}
		}
		defer w.mapping(q, eventsource.Config{BatchSize: 1}).Close()
		synctest.Wait()
		require.ElementsMatch(t, []string{"a1", "b1", "c1"}, w.texts())
		lambdatest.Advance(time.Second)
		require.ElementsMatch(t, []string{"a2", "b2"}, w.texts()[3:])
		lambdatest.Advance(time.Second)
		require.Equal(t, "a3", w.texts()[5])
		lambdatest.Advance(time.Second)
	})
}

// The end of a stream that a LATEST mapping began at is kept, even if nothing came before it was closed.
func TestLatestIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		c := eventsource.Config{StartingPosition: eventsource.Latest, Checkpoints: eventsource.NewMemoryCheckpoints()}
		put(t, s, 1, 1)
		w.mapping(s, c).Close()
		put(t, s, 2, 2)
		defer w.mapping(s, c).Close()
		synctest.Wait()
		require.Equal(t, []string{"2"}, w.texts())
	})
}

// A batch that fails for the last time while its mapping is closed is recorded before it is passed over.
func TestCloseRecordsWhatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
			time.Sleep(time.Duration(1+len(d.Items[0].Key)) * time.Second / 3) // the lanes end one after the other
			return "", errScripted
		})
		s, discards := kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
		for _, key := range []string{"x", "yyyy"} {
			require.NoError(t, s.Put(key, []byte(key)))
		}
		m := w.mapping(s, eventsource.Config{ParallelizationFactor: 10, MaximumRetryAttempts: new(0), OnFailure: destinations.SQS(discards)})
		synctest.Wait()
		require.Len(t, w.deliveries(), 2)
		m.Close()
		require.Equal(t, 2, discards.Len())
	})
}
