package sqs_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/destinations/destinationstest"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
)

// The embedded queue is a destination as it is.
func TestDestination(t *testing.T) {
	destinationstest.Run(t, destinationstest.Harness{
		MaxBytes: 1 << 20,
		New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			q := sqs.NewQueue("q", sqs.Attributes{VisibilityTimeout: new(time.Duration(0))})
			return destinations.SQS(q), func() (as []destinationstest.Arrival) {
				for _, m := range q.ReceiveMessages(q.Len()) {
					a := destinationstest.Arrival{Document: []byte(m.Body), Attributes: map[string]string{}, TraceHeader: m.Attributes["AWSTraceHeader"]}
					for name, v := range m.MessageAttributes {
						a.Attributes[name] = *v.StringValue
					}
					as = append(as, a)
				}
				return as
			}
		},
	})
}

// A FIFO queue as a destination shows as a failed delivery: nothing says which group.
func TestDestinationFIFO(t *testing.T) {
	q := sqs.NewQueue("q.fifo", sqs.Attributes{ContentBasedDeduplication: true})
	err := destinations.SQS(q).Deliver(t.Context(), destinations.Delivery{DeadLetter: &destinations.DeadLetter{Body: []byte("x"), RequestID: "id"}})
	require.ErrorIs(t, err, sqs.ErrMissingParameter)
	require.Zero(t, q.Len())
}

// A mapping's step, by hand: receive, invoke with the records, delete those that succeeded.
func TestRecordsMakeAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q eventsource.Queue
		work := sqs.NewQueue("work", sqs.Attributes{})
		q = work
		for _, body := range []string{"a", "bad", "c"} {
			_, err := work.Send(body)
			require.NoError(t, err)
		}
		rs, err := q.Receive(t.Context(), 10, true)
		require.NoError(t, err)
		event := []byte(`{"Records":[`)
		for i, r := range rs {
			if i > 0 {
				event = append(event, ',')
			}
			event = append(event, r.JSON...)
		}
		event = append(event, "]}"...)
		var e events.SQSEvent
		require.NoError(t, json.Unmarshal(event, &e))
		require.Len(t, e.Records, 3)
		require.Equal(t, "bad", e.Records[1].Body)
		require.Equal(t, rs[1].ID, e.Records[1].MessageId)
		require.NoError(t, q.Delete(t.Context(), []eventsource.Record{rs[0], rs[2]}))

		time.Sleep(30 * time.Second) // row Q3
		rs, err = q.Receive(t.Context(), 10, false)
		require.NoError(t, err)
		require.Len(t, rs, 1)
		require.Contains(t, string(rs[0].JSON), `"ApproximateReceiveCount":"2"`)
		require.NoError(t, q.Delete(t.Context(), rs))
		require.Zero(t, work.Len())
	})
}

// The records belong to the caller: appending to one changes no other, nor does the next receive.
func TestRecordsAreTheCallers(t *testing.T) {
	q := sqs.NewQueue("q", sqs.Attributes{})
	for range 3 {
		_, err := q.Send("same")
		require.NoError(t, err)
	}
	first, err := q.Receive(t.Context(), 2, false)
	require.NoError(t, err)
	before := []string{string(first[0].JSON), string(first[1].JSON)}
	for _, r := range first {
		_ = append(r.Data, "overwritten"...)
		_ = append(r.JSON, "overwritten"...)
	}
	_, err = q.Receive(t.Context(), 1, false)
	require.NoError(t, err)
	require.Equal(t, before, []string{string(first[0].JSON), string(first[1].JSON)})
}
