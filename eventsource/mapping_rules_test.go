package eventsource_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// A record about records that were never sent has a request id of its own, not that of a batch before.
func TestDiscardsOfUnsentRecordsHaveTheirOwnRequest(t *testing.T) {
	bubble(t, "throttled until it was too old", func(t *testing.T) {
		w, s, discards := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
		put(t, s, 1, 1)
		defer w.mapping(s, eventsource.Config{MaximumRecordAge: time.Minute, OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(0)
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
		put(t, s, 2, 2)
		lambdatest.Advance(2 * time.Minute)
		require.Equal(t, []string{"1"}, w.texts())
		r := only(t, discards)
		require.Equal(t, 1, r.RequestContext.ApproximateInvokeCount)
		require.NotEqual(t, w.deliveries()[0].ID, r.RequestContext.RequestID)
	})
	bubble(t, "too old before it was sent", func(t *testing.T) {
		w, s, discards := newWorld(t, invoke.Options{}, second), kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
		put(t, s, 1, 2)
		lambdatest.Advance(59500 * time.Millisecond)
		defer w.mapping(s, eventsource.Config{BatchSize: 1, MaximumRecordAge: time.Minute, OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(2 * time.Second)
		require.Equal(t, []string{"1"}, w.texts())
		require.NotEqual(t, w.deliveries()[0].ID, only(t, discards).RequestContext.RequestID)
	})
	bubble(t, "too large", func(t *testing.T) {
		s, err := kinesis.New("s", kinesis.Options{MaxRecordSize: 10 << 20})
		require.NoError(t, err)
		w, discards := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("d", sqs.Attributes{})
		put(t, s, 1, 1)
		require.NoError(t, s.Put("k", make([]byte, 6<<20)))
		defer w.mapping(s, eventsource.Config{MaximumRetryAttempts: new(1), OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1"}, w.texts())
		require.NotEqual(t, w.deliveries()[0].ID, only(t, discards).RequestContext.RequestID)
	})
	bubble(t, "but one that was sent keeps it", func(t *testing.T) {
		w, s, discards := newWorld(t, invoke.Options{}, script("F")), kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
		put(t, s, 1, 1)
		defer w.mapping(s, eventsource.Config{MaximumRecordAge: time.Minute, OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(5 * time.Minute)
		require.Equal(t, w.deliveries()[0].ID, only(t, discards).RequestContext.RequestID)
	})
}

// A FIFO batch that is throttled until its leases end meets its own messages, which come again at that very instant:
// they are what is to be sent next, and must not be given up with the copy before.
func TestThrottledGroupIsSentAtItsNextReceive(t *testing.T) {
	for range 20 { // the two wake at one instant, in any order
		bubble(t, "once more", func(t *testing.T) {
			w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q.fifo", sqs.Attributes{})
			require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
			send(t, q, "g:1", "g:2", "g:3")
			defer w.mapping(q, eventsource.Config{BatchSize: 2}).Close()
			lambdatest.Advance(visibility + time.Second)
			require.NoError(t, w.svc.DeleteFunctionConcurrency("f"))
			lambdatest.Advance(visibility - 2*time.Second)
			require.Equal(t, []string{"g:1,g:2", "g:3"}, w.texts())
			require.Equal(t, 2, w.deliveries()[0].Items[0].Count)
		})
	}
}

// With filters every poll leaves a sample of what was filtered out, also if that was nothing; without, none does.
func TestFilteredOutHasSamplesOfZero(t *testing.T) {
	for filters, want := range map[string][]int{"": nil, `{"partitionKey":[{"exists":true}]}`: {0}, `{"partitionKey":["x"]}`: {2}} {
		bubble(t, "stream "+filters, func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
			put(t, s, 1, 2)
			w.filtered(t, s, filters, want)
		})
	}
	for filters, want := range map[string][]int{"": nil, `{"messageId":[{"exists":true}]}`: {0}, `{"messageId":["x"]}`: {2}} {
		bubble(t, "queue "+filters, func(t *testing.T) {
			w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
			send(t, q, "a", "b")
			w.filtered(t, q, filters, want)
		})
	}
}

// filtered runs a mapping with a filter, if any, and expects the counts of its Filtered steps.
func (w *world) filtered(t *testing.T, source eventsource.Source, filter string, want []int) {
	c := eventsource.Config{}
	if filter != "" {
		c.Filters = []string{filter}
	}
	defer w.mapping(source, c).Close()
	lambdatest.Advance(0)
	var counts []int
	for _, e := range w.tl.Of(trace.Filtered) {
		counts = append(counts, e.Count)
	}
	require.Equal(t, want, counts)
}

// A mapping that is disabled has done with its records: what becomes too old meanwhile is given up once, by the mapping as
// it is when it is enabled again, and not at all if it is closed or deleted instead.
func TestDisabledMappingsGiveUpNothing(t *testing.T) {
	play := func(name string, then func(t *testing.T, w *world, m *eventsource.Mapping), want int) {
		bubble(t, name, func(t *testing.T) {
			w, s, discards := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g"}, w.code())
			put(t, s, 1, 2)
			m := w.mapping(s, eventsource.Config{MaximumBatchingWindow: 10 * time.Second, MaximumRecordAge: time.Minute, OnFailure: destinations.SQS(discards)})
			defer m.Close()
			lambdatest.Advance(0)
			require.NoError(t, m.Disable())
			lambdatest.Advance(2 * time.Minute)
			then(t, w, m)
			lambdatest.Advance(time.Minute)
			given := 0
			for _, r := range recordsOf(t, discards) {
				given += r.KinesisBatchInfo.BatchSize
				require.Equal(t, m.Configuration().FunctionARN, r.RequestContext.FunctionARN)
			}
			require.Equal(t, want, given)
			require.Empty(t, w.texts())
		})
	}
	play("closed", func(_ *testing.T, _ *world, m *eventsource.Mapping) { m.Close() }, 0)
	play("deleted", func(t *testing.T, _ *world, m *eventsource.Mapping) {
		_, err := m.Delete()
		require.NoError(t, err)
	}, 0)
	play("updated", func(t *testing.T, _ *world, m *eventsource.Mapping) {
		_, err := m.Update(eventsource.UpdateInput{BatchSize: new(7)})
		require.NoError(t, err)
	}, 0)
	play("enabled", func(t *testing.T, _ *world, m *eventsource.Mapping) { require.NoError(t, m.Enable()) }, 2)
	play("renamed and enabled", func(t *testing.T, _ *world, m *eventsource.Mapping) {
		_, err := m.Update(eventsource.UpdateInput{FunctionName: "g"})
		require.NoError(t, err)
		require.NoError(t, m.Enable())
	}, 2)
}

// A mapping that has stopped gives up only what its last batches failed at. What another lane would have given up by then
// for its age, or a lane would have turned to next, is left to the mapping as it is afterwards, which may no longer mind, or
// be gone.
func TestStoppedLanesGiveUpOnlyWhatTheyTried(t *testing.T) {
	disable := func(t *testing.T, m *eventsource.Mapping) { require.NoError(t, m.Disable()) }
	aged := eventsource.Config{MaximumRecordAge: time.Minute}
	for _, c := range []struct {
		name  string
		stop  func(t *testing.T, m *eventsource.Mapping)
		cfg   eventsource.Config
		large bool // a record that cannot be sent is behind the one in flight
		fails bool // the one in flight
		want  []string
	}{
		{name: "updated", cfg: aged, stop: func(t *testing.T, m *eventsource.Mapping) {
			_, err := m.Update(eventsource.UpdateInput{MaximumRecordAge: new(-time.Second)})
			require.NoError(t, err)
		}},
		{name: "disabled", cfg: aged, stop: disable},
		{name: "closed", cfg: aged, stop: func(_ *testing.T, m *eventsource.Mapping) { m.Close() }},
		{name: "deleted", cfg: aged, stop: func(t *testing.T, m *eventsource.Mapping) {
			_, err := m.Delete()
			require.NoError(t, err)
		}},
		{name: "before its next record", cfg: eventsource.Config{MaximumRetryAttempts: new(0)}, large: true, stop: disable,
			want: []string{"old: RetryAttemptsExhausted"}},
		{name: "but its last try failed", cfg: eventsource.Config{MaximumRetryAttempts: new(0)}, fails: true, stop: disable,
			want: []string{"old: RetryAttemptsExhausted", "slow: RetryAttemptsExhausted"}},
	} {
		bubble(t, c.name, func(t *testing.T) {
			s, err := kinesis.New("s", kinesis.Options{MaxRecordSize: 10 << 20})
			require.NoError(t, err)
			discards := sqs.NewQueue("d", sqs.Attributes{})
			w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
				switch {
				case d.text() == "slow":
					time.Sleep(20 * time.Second)
					return "", map[bool]error{true: errScripted}[c.fails]
				case d.At < 70*time.Second:
					return "", errScripted
				}
				return "", nil
			})
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g", Timeout: time.Minute}, w.code())
			c.cfg.FunctionName, c.cfg.BatchSize, c.cfg.ParallelizationFactor, c.cfg.OnFailure = "g", 1, 2, destinations.SQS(discards)
			m := w.mapping(s, c.cfg)
			defer m.Close()
			texts := map[string]string{} // by sequence number
			lanes := keysOfLanes(2)
			require.NoError(t, s.Put(lanes[0], []byte("old")))
			lambdatest.Advance(50 * time.Second)
			require.NoError(t, s.Put(lanes[1], []byte("slow")))
			if c.large {
				require.NoError(t, s.Put(lanes[1], make([]byte, 6<<20)))
			}
			lambdatest.Advance(5 * time.Second)
			c.stop(t, m)
			lambdatest.Advance(time.Minute)
			for _, d := range w.deliveries() {
				texts[d.Items[0].ID] = d.text()
			}
			var given []string
			for _, r := range recordsOf(t, discards) {
				given = append(given, texts[r.KinesisBatchInfo.StartSequenceNumber]+": "+string(r.RequestContext.Condition))
			}
			require.Equal(t, c.want, given)
			if c.name == "updated" {
				again := func(d delivery) bool { return d.text() == "old" && d.At >= 70*time.Second }
				require.True(t, slices.ContainsFunc(w.deliveries(), again))
			}
		})
	}
}

// keysOfLanes are partition keys, one for every lane.
func keysOfLanes(factor int) []string {
	keys := make([]string, factor)
	for i := range 100 {
		k := strconv.Itoa(i)
		keys[batch.LaneOf(k, factor)] = k
	}
	return keys
}

// IteratorAge is the age of a batch's last record when the function is done with it. Messages have none, nor has the end of
// a window without records.
func TestAgeIsThatOfTheLastRecord(t *testing.T) {
	ages := func(w *world) (ages []time.Duration) {
		for _, e := range w.tl.Of(trace.BatchEnded) {
			ages = append(ages, e.Age)
		}
		return ages
	}
	bubble(t, "stream", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, second), kinesis.NewStream("s", 1)
		put(t, s, 1, 1)
		lambdatest.Advance(10 * time.Second)
		put(t, s, 2, 2)
		lambdatest.Advance(5 * time.Second)
		defer w.mapping(s, eventsource.Config{}).Close()
		lambdatest.Advance(time.Second)
		require.Equal(t, []time.Duration{6 * time.Second}, ages(w))
	})
	bubble(t, "window", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { return `{"state":{}}`, nil }), kinesis.NewStream("s", 1)
		put(t, s, 1, 1)
		lambdatest.Advance(5 * time.Second)
		defer w.mapping(s, eventsource.Config{TumblingWindow: time.Minute}).Close()
		lambdatest.Advance(10 * time.Minute)
		require.Equal(t, []time.Duration{5 * time.Second, 0}, ages(w))
	})
	bubble(t, "queue", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		send(t, q, "a")
		lambdatest.Advance(5 * time.Second)
		defer w.mapping(q, eventsource.Config{}).Close()
		lambdatest.Advance(0)
		require.Equal(t, []time.Duration{0}, ages(w))
	})
}

// topic keeps what is published.
type topic struct{ messages []string }

func (p *topic) ARN() string { return "arn:aws:sns:us-east-1:123456789012:failures" }
func (p *topic) Publish(_ context.Context, m events.SNSEntity) error {
	p.messages = append(p.messages, m.Message)
	return nil
}

// Over an enhanced fan-out consumer both the event and the record of a failure name the consumer; a topic gets the record
// as its message.
func TestFailuresOfAConsumerNameIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, seen := kinesis.NewStream("s", 1), &topic{}, ""
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(e events.KinesisEvent) error {
			seen = e.Records[0].EventSourceArn
			return errScripted
		}))
		consumer := s.Consumer("c")
		m, err := eventsource.NewMapping(svc, consumer, eventsource.Config{
			FunctionName: "f", MaximumRetryAttempts: new(0), OnFailure: destinations.SNS(p),
		})
		require.NoError(t, err)
		defer m.Close()
		put(t, s, 1, 1)
		synctest.Wait()
		require.Equal(t, consumer.ARN(), seen)
		require.Len(t, p.messages, 1)
		var r destinations.BatchRecord
		require.NoError(t, json.Unmarshal([]byte(p.messages[0]), &r))
		require.Equal(t, consumer.ARN(), r.KinesisBatchInfo.StreamARN)
		require.Equal(t, m.Configuration().FunctionARN, r.RequestContext.FunctionARN)
	})
}

// A poller that crashes while its mapping is being deleted has no successor.
func TestCrashUnderADeletion(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Minute} {
		bubble(t, delay.String(), func(t *testing.T) {
			w, q := newWorld(t, invoke.Options{}, second), sqs.NewQueue("q", sqs.Attributes{})
			m := w.mapping(q, eventsource.Config{TransitionDelay: delay})
			lambdatest.Advance(delay)
			m.Control(once(eventsource.Acknowledge, func(*eventsource.Step, func() error) error { return eventsource.ErrCrash }))
			send(t, q, "a")
			lambdatest.Advance(0)
			_, err := m.Delete()
			require.NoError(t, err)
			send(t, q, "b")
			lambdatest.Advance(10 * time.Minute)
			require.Equal(t, []string{"a"}, w.texts())
			require.Equal(t, 2, q.Len())
			_, err = eventsource.Get(w.svc, m.UUID())
			require.ErrorIs(t, err, lambda.ErrResourceNotFound)
		})
	}
}

// Of two updates that overlap the one that comes second is refused, or it would undo what it never saw.
func TestOverlappingUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		m := w.mapping(s, eventsource.Config{})
		defer m.Close()
		_, err := m.Update(eventsource.UpdateInput{MaximumRetryAttempts: new(7), OnFailure: &meddler{func() {
			_, err := m.Update(eventsource.UpdateInput{BatchSize: new(3)})
			require.NoError(t, err)
		}}})
		require.ErrorIs(t, err, lambda.ErrResourceInUse)
		c := m.Configuration()
		require.Equal(t, 3, c.BatchSize)
		require.Equal(t, -1, c.MaximumRetryAttempts)
	})
}

// meddler is a destination that does something when it is first looked at.
type meddler struct{ first func() }

func (d *meddler) ARN() string {
	if first := d.first; first != nil {
		d.first = nil
		first()
	}
	return "arn:aws:sqs:us-east-1:123456789012:d"
}

func (d *meddler) Deliver(context.Context, destinations.Delivery) error { return nil }

// However large a batch may be, so much is read that it fills.
func TestLargeBatchesFill(t *testing.T) {
	for factor, size := range map[int]int{1: 3_000, 4: 1_000} {
		bubble(t, strconv.Itoa(factor), func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
			for range size {
				for _, key := range keysOfLanes(factor) {
					require.NoError(t, s.Put(key, []byte("x")))
				}
			}
			defer w.mapping(s, eventsource.Config{BatchSize: size, ParallelizationFactor: factor, MaximumBatchingWindow: time.Minute}).Close()
			synctest.Wait()
			require.Len(t, w.deliveries(), factor)
			for _, d := range w.deliveries() {
				require.Len(t, d.Items, size)
			}
		})
	}
}

// Records that the filters reject move the position on, though a record behind them is not resolved.
func TestRejectedRecordsMoveThePosition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("F")), kinesis.NewStream("s", 1)
		var last string
		for _, key := range []string{"a", "b", "match", "c"} {
			out, err := s.PutRecord(kinesis.PutRecordInput{PartitionKey: key})
			require.NoError(t, err)
			if key == "b" {
				last = out.SequenceNumber
			}
		}
		store := eventsource.NewMemoryCheckpoints()
		m := w.mapping(s, eventsource.Config{Filters: []string{`{"partitionKey":["match"]}`}, Checkpoints: store})
		defer m.Close()
		lambdatest.Advance(time.Minute)
		at, err := store.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		require.Equal(t, map[string]eventsource.Position{s.ListShards()[0].ShardID: {Type: eventsource.After, Sequence: last}}, at)
	})
}
