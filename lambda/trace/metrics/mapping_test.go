package metrics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

var mapping = metrics.Dimensions{EventSourceMappingUUID: "u"}

func TestMappingCountsRecords(t *testing.T) {
	s := newScript()
	emit := func(k trace.Kind, n int, e trace.Event) {
		e.Kind, e.Count, e.Source, e.Function = k, n, "u", "f"
		s.emit(e)
	}
	emit(trace.Polled, 10, trace.Event{})
	emit(trace.Polled, 0, trace.Event{})
	emit(trace.Filtered, 4, trace.Event{})
	emit(trace.Filtered, 0, trace.Event{})
	emit(trace.BatchFormed, 6, trace.Event{})
	emit(trace.BatchEnded, 6, trace.Event{Outcome: trace.Error})
	emit(trace.BatchEnded, 6, trace.Event{Outcome: trace.Success})
	emit(trace.Deleted, 6, trace.Event{})
	emit(trace.Deleted, 0, trace.Event{}) // the delete failed
	for _, c := range []struct {
		name    metrics.Name
		sum     float64
		samples int
	}{
		{metrics.PolledEventCount, 10, 2},
		{metrics.FilteredOutEventCount, 4, 2},
		{metrics.InvokedEventCount, 12, 2},
		{metrics.FailedInvokeEventCount, 6, 1},
		{metrics.DeletedEventCount, 6, 2},
		{metrics.DroppedEventCount, 0, 0},
	} {
		got := s.Total(c.name, mapping)
		require.Equal(t, c.sum, got.Sum, c.name)
		require.Equal(t, c.samples, got.SampleCount, c.name)
	}
}

// The capture that tells delivered from dropped: three delivered, three denied; and what the guide says without a
// destination.
func TestDiscardedRecords(t *testing.T) {
	for _, c := range []struct {
		name                         string
		target, condition            string
		result                       trace.Kind
		delivered, dropped, failures float64
	}{
		{"delivered", "arn", "RetryAttemptsExhausted", trace.Delivered, 3, 0, 0},
		{"denied", "arn", "RecordAgeExceeded", trace.DeliveryFailed, 0, 3, 1},
		{"no destination", "", "RetryAttemptsExhausted", 0, 0, 3, 0},
		{"expired in the source", "", "RetentionExpired", 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript()
			e := trace.Event{Source: "u", Function: "f", Count: 3, Target: c.target}
			e.Kind, e.Detail = trace.Discarded, c.condition
			s.emit(e)
			if c.result != 0 {
				e.Kind, e.Route = c.result, trace.OnFailure
				s.emit(e)
			}
			require.Equal(t, c.delivered, s.Total(metrics.OnFailureDestinationDeliveredEventCount, mapping).Sum)
			require.Equal(t, c.dropped, s.Total(metrics.DroppedEventCount, mapping).Sum)
			require.Equal(t, c.failures, s.Total(metrics.DestinationDeliveryFailures, function).Sum)
		})
	}
}

func TestIteratorAgeIsOfStreamsOnly(t *testing.T) {
	s := newScript()
	ended := func(shard string, age time.Duration) {
		s.emit(trace.Event{Kind: trace.BatchEnded, Source: "u", Function: "f", Shard: shard, Age: age, Count: 1, Outcome: trace.Success})
	}
	ended("shardId-000000000000", 1500*time.Millisecond)
	ended("shardId-000000000000", 0)
	ended("a message group", 0)
	ended("", 0)
	got := s.Total(metrics.IteratorAge, function)
	require.Equal(t, 2, got.SampleCount)
	require.Equal(t, 1500.0, got.Maximum)
}
