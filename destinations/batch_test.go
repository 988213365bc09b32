package destinations_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

const (
	kinesisARN  = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
	dynamodbARN = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"
	fn          = "arn:aws:lambda:us-east-1:123456789012:function:fn"
	shardID     = "shardId-000000000000"
)

// discard is a batch of two records that failed.
func discard(stream string) destinations.Discard {
	at := time.Date(2019, 11, 14, 0, 38, 4, 835e6, time.UTC)
	return destinations.Discard{
		Time: at.Add(time.Second), RequestID: "id", FunctionARN: fn, Condition: destinations.RetryAttemptsExhausted, Invokes: 2,
		Answered: true, ExecutedVersion: "$LATEST", FunctionError: "Unhandled",
		StreamARN: stream, Shard: shardID, Size: 2,
		First: destinations.StreamPoint{SequenceNumber: "10", Arrival: at}, Last: destinations.StreamPoint{SequenceNumber: "11", Arrival: at.Add(5 * time.Millisecond)},
		Event: []byte(`{"Records":["<\">"]}`),
	}
}

func TestBatchRecord(t *testing.T) {
	head := func(condition, count, response string) string {
		return `{"requestContext":{"requestId":"id","functionArn":"` + fn + `","condition":"` + condition + `","approximateInvokeCount":` + count + `},` + response +
			`"version":"1.0","timestamp":"2019-11-14T00:38:05.835Z",`
	}
	const (
		unhandled = `"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},`
		reported  = `"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":null},`
		kinesis   = `"KinesisBatchInfo":{"shardId":"shardId-000000000000","startSequenceNumber":"10","endSequenceNumber":"11","approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z","approximateArrivalOfLastRecord":"2019-11-14T00:38:04.840Z","batchSize":2,"streamArn":"` + kinesisARN + `"}`
		dynamodb  = `"DDBStreamBatchInfo":{"shardId":"shardId-000000000000","startSequenceNumber":"10","endSequenceNumber":"11","approximateArrivalOfFirstRecord":"2019-11-14T00:38:04Z","approximateArrivalOfLastRecord":"2019-11-14T00:38:04Z","batchSize":2,"streamArn":"` + dynamodbARN + `"}`
	)
	window := &destinations.TimeWindowInfo{
		Window:                 destinations.NewWindow(time.Unix(1607497440, 0), time.Unix(1607497560, 0)),
		IsFinalInvokeForWindow: true,
	}
	for _, c := range []struct {
		name   string
		stream string
		change func(*destinations.Discard)
		want   string
	}{
		{"row K2: handler error", kinesisARN, nil, head("RetryAttemptsExhausted", "2", unhandled) + kinesis + `}`},
		{"DynamoDB: whole seconds", dynamodbARN, nil, head("RetryAttemptsExhausted", "2", unhandled) + dynamodb + `}`},
		{"row K4: reported records", kinesisARN, func(d *destinations.Discard) { d.FunctionError, d.Invokes = "", 4 }, head("RetryAttemptsExhausted", "4", reported) + kinesis + `}`},
		{"row K7: too old", kinesisARN, func(d *destinations.Discard) { d.Condition, d.Invokes = destinations.RecordAgeExceeded, 0 }, head("RecordAgeExceeded", "1", "") + kinesis + `}`},
		{"row K19: too large to be asked", kinesisARN, func(d *destinations.Discard) { d.Answered, d.Invokes = false, 3 }, head("RetryAttemptsExhausted", "3", "") + kinesis + `}`},
		{"final invocation of a window, no records", dynamodbARN, func(d *destinations.Discard) { d.Size, d.Window = 0, window },
			head("RetryAttemptsExhausted", "2", unhandled) + `"DDBStreamBatchInfo":{"shardId":"shardId-000000000000","streamArn":"` + dynamodbARN + `"},` +
				`"timeWindowInfo":{"window":{"start":"2020-12-09T07:04:00Z","end":"2020-12-09T07:06:00Z"},"isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := discard(c.stream)
			if c.change != nil {
				c.change(&d)
			}
			r := destinations.NewBatchRecord(d)
			require.Equal(t, c.want, deliveredBody(t, destinations.Delivery{Batch: r}))

			var back destinations.BatchRecord
			require.NoError(t, json.Unmarshal([]byte(c.want), &back))
			back.Event = r.Event
			require.Equal(t, *r, back, "a record reads as it was written")
		})
	}
}
