package eventsource_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// What a tumbling window's failed invokes leave at the on-failure destination.
func TestTumblingFailures(t *testing.T) {
	bubble(t, "of records", func(t *testing.T) {
		w, s, discards := newWorld(t, invoke.Options{}, script("F")), kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
		put(t, s, 1, 2)
		defer w.mapping(s, eventsource.Config{TumblingWindow: time.Minute, MaximumRetryAttempts: new(0), OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(time.Second)
		r := only(t, discards)
		require.Equal(t, 2, r.KinesisBatchInfo.BatchSize)
		require.Equal(t, &destinations.TimeWindowInfo{Window: destinations.Window{Start: "2000-01-01T00:00:00Z", End: "2000-01-01T00:01:00Z"}}, r.TimeWindowInfo)
	})
	bubble(t, "of the final invoke", func(t *testing.T) {
		w, s, discards := newWorld(t, invoke.Options{}, func(n int, d delivery) (string, error) {
			if d.Final {
				return "", errScripted
			}
			return `{"state":{"n":1}}`, nil
		}), kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
		put(t, s, 1, 1)
		defer w.mapping(s, eventsource.Config{TumblingWindow: time.Minute, MaximumRetryAttempts: new(1), OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(10 * time.Minute)
		r := only(t, discards)
		require.Equal(t, destinations.StreamBatchInfo{ShardID: "shardId-000000000000", StreamARN: s.ARN()}, *r.KinesisBatchInfo)
		require.True(t, r.TimeWindowInfo.IsFinalInvokeForWindow)
		require.Equal(t, 2, r.RequestContext.ApproximateInvokeCount)
		require.Len(t, w.tl.Of(trace.Checkpointed), 1) // given up, and so through with
	})
}

// A state of more than 1 MB ends its window early.
func TestTumblingStateTooLarge(t *testing.T) {
	bubble(t, "early", func(t *testing.T) {
		large := `{"s":"` + strings.Repeat("x", 1<<20) + `"}`
		w, s := newWorld(t, invoke.Options{}, func(n int, _ delivery) (string, error) {
			if n == 1 {
				return `{"state":` + large + `}`, nil
			}
			return `{"state":{}}`, nil
		}), kinesis.NewStream("s", 1)
		put(t, s, 1, 1)
		defer w.mapping(s, eventsource.Config{TumblingWindow: time.Minute}).Close()
		lambdatest.Advance(time.Second)
		got := w.deliveries()
		require.Len(t, got, 2)
		require.True(t, got[1].Final && got[1].Early)
		require.Empty(t, got[1].Items)
		require.Equal(t, large, got[1].State)
	})
}

// Invariant 28: every record is in one window, every window has one final success, and states begin empty.
func TestTumblingWindowsAddUp(t *testing.T) {
	bubble(t, "sums", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, nil), kinesis.NewStream("s", 1)
		sums, total := map[string]int{}, 0
		w.answer = func(n int, d delivery) (string, error) {
			if n%3 == 0 {
				return "", errScripted
			}
			var sum int
			if d.State != "{}" {
				sum, _ = strconv.Atoi(strings.Trim(d.State, `{"sum:}`))
			}
			sum += len(d.Items)
			if d.Final {
				if _, twice := sums[d.Window.Start.String()]; twice {
					t.Errorf("window %v ended twice", d.Window)
				}
				sums[d.Window.Start.String()] = sum
				total += sum
			}
			return `{"state":{"sum":` + strconv.Itoa(sum) + `}}`, nil
		}
		defer w.mapping(s, eventsource.Config{TumblingWindow: 30 * time.Second, BatchSize: 3}).Close()
		for i := range 40 {
			put(t, s, i, i)
			lambdatest.Advance(7 * time.Second)
		}
		lambdatest.Advance(10 * time.Minute)
		require.Equal(t, 40, total)
		require.Len(t, sums, 10)
	})
}

// stingy is a stream that gives out one record a read, and fails at the second read.
type stingy struct {
	*kinesis.Stream
	reads int
}

func (s *stingy) Read(ctx context.Context, shard string, from eventsource.Position, _ int) (eventsource.Page, error) {
	if s.reads++; s.reads == 2 {
		return eventsource.Page{}, errFault
	}
	return s.Stream.Read(ctx, shard, from, 1)
}

// A window that is long over stays open while there may be more of its records to read.
func TestWindowsStayOpenForWhatIsNotReadYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { return `{"state":{}}`, nil })
		s := &stingy{Stream: kinesis.NewStream("s", 1)}
		put(t, s.Stream, 1, 2)
		lambdatest.Advance(time.Hour)
		defer w.mapping(s, eventsource.Config{TumblingWindow: time.Minute}).Close()
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1", "2", ""}, w.texts())
		got := w.deliveries()
		require.Equal(t, got[0].Window, got[1].Window)
		require.True(t, got[2].Final)
	})
}

// A window whose final invoke is under way when the mapping stops is through with, and is not built anew.
func TestWindowEndsWhileItsMappingStops(t *testing.T) {
	for _, fails := range []bool{false, true} {
		bubble(t, map[bool]string{false: "closed", true: "given up"}[fails], func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
				if d.Final {
					time.Sleep(time.Second)
					if fails {
						return "", errScripted
					}
				}
				return `{"state":{"n":1}}`, nil
			}), kinesis.NewStream("s", 1)
			m := w.mapping(s, eventsource.Config{TumblingWindow: time.Minute, MaximumRetryAttempts: new(0)})
			defer m.Close()
			put(t, s, 1, 1)
			lambdatest.Advance(time.Minute)
			put(t, s, 2, 2)
			lambdatest.Advance(0)
			require.NoError(t, m.Disable())
			lambdatest.Advance(time.Minute)
			require.Equal(t, []string{"1", ""}, w.texts())
			require.NoError(t, m.Enable())
			lambdatest.Advance(0)
			require.Equal(t, []string{"1", "", "2"}, w.texts())
			require.Equal(t, "{}", w.deliveries()[2].State)
		})
	}
}
