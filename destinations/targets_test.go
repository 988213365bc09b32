package destinations_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func record(c destinations.Condition) *destinations.Record {
	return destinations.NewRecord(destinations.Ending{Time: created, RequestID: "id", FunctionARN: latest, Condition: c, StatusCode: 200, ExecutedVersion: "$LATEST"})
}

var letter = &destinations.DeadLetter{Body: []byte(`{"a":1}`), RequestID: "id", ErrorCode: 429, ErrorMessage: "Rate Exceeded."}

func TestSQSWrapping(t *testing.T) {
	q := &fakeQueue{}
	target := destinations.SQS(q)
	require.Equal(t, q.ARN(), target.ARN())
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success), TraceHeader: "Root=1"}))
	require.Nil(t, q.got[0].MessageAttributes, "a record goes without message attributes")
	require.Equal(t, map[string]string{"AWSTraceHeader": "Root=1"}, q.got[0].Attributes)

	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{DeadLetter: letter}))
	require.Nil(t, q.got[1].Attributes)
	require.Equal(t, `{"a":1}`, q.got[1].Body)
	require.Equal(t, map[string]events.SQSMessageAttribute{
		"RequestID":    {DataType: "String", StringValue: new("id")},
		"ErrorCode":    {DataType: "Number", StringValue: new("429")},
		"ErrorMessage": {DataType: "String", StringValue: new("Rate Exceeded.")},
	}, q.got[1].MessageAttributes)
}

func TestSNSWrapping(t *testing.T) {
	topic := &fakeTopic{}
	target := destinations.SNS(topic)
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success), TraceHeader: "Root=1"}))
	require.Equal(t, "Root=1", topic.got[0].trace)
	require.Empty(t, topic.got[0].message.Subject)
	require.Nil(t, topic.got[0].message.MessageAttributes)
	require.True(t, strings.HasPrefix(topic.got[0].message.Message, `{"version":"1.0",`))

	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{DeadLetter: letter}))
	require.Equal(t, map[string]any{
		"RequestID":    map[string]any{"Type": "String", "Value": "id"},
		"ErrorCode":    map[string]any{"Type": "Number", "Value": "429"},
		"ErrorMessage": map[string]any{"Type": "String", "Value": "Rate Exceeded."},
	}, topic.got[1].message.MessageAttributes)
}

func TestLambdaWrapping(t *testing.T) {
	f := &fakeFunction{}
	target := destinations.Lambda(targetFunction, f)
	require.Equal(t, targetFunction, target.ARN())
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success), TraceHeader: "Root=1"}))
	require.Equal(t, targetFunction, f.got[0].arn)
	require.Equal(t, "Root=1", f.got[0].trace)
	require.True(t, strings.HasPrefix(string(f.got[0].payload), `{"version":"1.0",`))
}

func TestEventBridgeWrapping(t *testing.T) {
	b := &fakeBus{}
	target := destinations.EventBridge(b)
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success)}))
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.EventAgeExceeded)}))
	e := b.got[0].event
	require.Equal(t, "lambda", e.Source)
	require.Equal(t, "Lambda Function Invocation Result - Success", e.DetailType)
	require.Equal(t, "Lambda Function Invocation Result - Failure", b.got[1].event.DetailType)
	require.Equal(t, []string{busARN, latest}, e.Resources)
	require.Equal(t, created.Truncate(time.Second), e.Time)
	require.True(t, strings.HasPrefix(string(e.Detail), `{"version":"1.0","timestamp":"2026-10-01T12:03:42.085Z"`))
}

func TestS3Wrapping(t *testing.T) {
	b := &fakeBucket{}
	target := destinations.S3(b)
	d := destinations.Delivery{Function: "fn", Record: record(destinations.RetriesExhausted)}
	require.NoError(t, target.Deliver(t.Context(), d))
	require.Regexp(t, `^aws/lambda/async/fn/2026/10/01/2026-10-01T12\.03\.42-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, b.got[0].key)
	require.Equal(t, "application/octet-stream", b.got[0].contentType)
	require.True(t, strings.HasPrefix(string(b.got[0].body), `{"version":"1.0",`))

	d = destinations.Delivery{Function: "fn", Mapping: "14e0db71-5d35-4eb5-b481-8945cf9d10c2", Batch: destinations.NewBatchRecord(discard(kinesisARN))}
	require.NoError(t, target.Deliver(t.Context(), d))
	require.Regexp(t, `^aws/lambda/14e0db71-5d35-4eb5-b481-8945cf9d10c2/shardId-000000000000/2019/11/14/2019-11-14T00\.38\.05-[0-9a-f-]{36}$`, b.got[1].key)
	require.True(t, strings.HasSuffix(string(b.got[1].body), `,"payload":"{\"Records\":[\"<\\\">\"]}"}`), "row K20: %s", b.got[1].body)

	require.NoError(t, target.Deliver(t.Context(), d))
	require.Equal(t, b.got[1].key, b.got[2].key, "the same document has the same key in every run")
	d.Batch.RequestContext.RequestID = "other"
	require.NoError(t, target.Deliver(t.Context(), d))
	require.NotEqual(t, b.got[1].key, b.got[3].key)
}

func TestObjectKeyNeedsATime(t *testing.T) {
	_, err := destinations.ObjectKey(destinations.Delivery{Record: &destinations.Record{Timestamp: "noon"}}, nil)
	require.ErrorContains(t, err, "the record's timestamp")
	_, err = destinations.ObjectKey(destinations.Delivery{DeadLetter: letter}, nil)
	require.ErrorIs(t, err, destinations.ErrDelivery)
	require.ErrorContains(t, destinations.EventBridge(&fakeBus{}).Deliver(t.Context(), destinations.Delivery{Record: &destinations.Record{}}), "timestamp")
}

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

func TestTraceHeader(t *testing.T) {
	require.Empty(t, destinations.TraceHeader(t.Context()))
	topic := &fakeTopic{}
	require.NoError(t, destinations.SNS(topic).Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success)}))
	require.Empty(t, topic.got[0].trace)

	// A delivery without a header of its own leaves the context's alone; one with a header replaces it.
	require.NoError(t, topicWith(t, topic, "Root=outer", ""))
	require.NoError(t, topicWith(t, topic, "Root=outer", "Root=own"))
	require.Equal(t, "Root=outer", topic.got[1].trace)
	require.Equal(t, "Root=own", topic.got[2].trace)
}

// topicWith delivers with one trace header in the context and one in the delivery.
func topicWith(t *testing.T, topic *fakeTopic, outer, own string) error {
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", outer) //lint:ignore SA1029 the key is aws-lambda-go's
	return destinations.SNS(topic).Deliver(ctx, destinations.Delivery{Record: record(destinations.Success), TraceHeader: own})
}
