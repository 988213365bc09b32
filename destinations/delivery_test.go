package destinations_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func record(c destinations.Condition) *destinations.Record {
	return destinations.NewRecord(destinations.Ending{Time: created, RequestID: "id", FunctionARN: latest, Condition: c, StatusCode: 200, ExecutedVersion: "$LATEST"})
}

var letter = &destinations.DeadLetter{Body: []byte(`{"a":1}`), RequestID: "id", ErrorCode: 429, ErrorMessage: "Rate Exceeded."}

func TestUnsupported(t *testing.T) {
	batch := destinations.NewBatchRecord(discard(kinesisARN))
	for _, c := range []struct {
		target   destinations.Target
		delivery destinations.Delivery
		kind     string
	}{
		{destinations.Lambda(targetFunction, &fakeFunction{}), destinations.Delivery{Batch: batch}, "batch record"},
		{destinations.Lambda(targetFunction, &fakeFunction{}), destinations.Delivery{DeadLetter: letter}, "dead letter"},
		{destinations.EventBridge(&fakeBus{}), destinations.Delivery{Batch: batch}, "batch record"},
		{destinations.S3(&fakeBucket{}), destinations.Delivery{DeadLetter: letter}, "dead letter"},
		{destinations.S3(&fakeBucket{}), destinations.Delivery{Record: record(destinations.Success)}, "success record"},
	} {
		err := c.target.Deliver(t.Context(), c.delivery)
		var u *destinations.UnsupportedError
		require.ErrorAs(t, err, &u)
		require.Equal(t, destinations.UnsupportedError{ARN: c.target.ARN(), Kind: c.kind}, *u)
		require.EqualError(t, err, "destinations: "+c.target.ARN()+" takes no "+c.kind)
	}
}

// A port's failure is the delivery's, and is not tried again.
func TestOneCallIsOneTry(t *testing.T) {
	down := errors.New("down")
	q, topic, f, b, s := &fakeQueue{}, &fakeTopic{}, &fakeFunction{}, &fakeBus{}, &fakeBucket{}
	q.err, topic.err, f.err, b.err, s.err = down, down, down, down, down
	for _, target := range []destinations.Target{destinations.SQS(q), destinations.SNS(topic), destinations.Lambda(targetFunction, f), destinations.EventBridge(b), destinations.S3(s)} {
		require.ErrorIs(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.RetriesExhausted)}), down)
	}
	require.Equal(t, []int{1, 1, 1, 1, 1}, []int{len(q.got), len(topic.got), len(f.got), len(b.got), len(s.got)})
}
