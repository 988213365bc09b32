package sqs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRedrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := NewQueue("dead", Attributes{Retention: 2 * time.Minute})
		q := NewQueue("q", Attributes{DeadLetterQueue: dead, MaxReceiveCount: 2})
		sent, err := q.SendMessage(t.Context(), Message{Body: "a", Attributes: map[string]string{"AWSTraceHeader": "Root=1"},
			MessageAttributes: map[string]MessageAttribute{"k": {DataType: "String", StringValue: new("v")}}})
		require.NoError(t, err)
		first := q.ReceiveMessages(1)[0]
		time.Sleep(30 * time.Second)
		second := q.ReceiveMessages(1)[0]
		require.Equal(t, "2", second.Attributes["ApproximateReceiveCount"])
		time.Sleep(30 * time.Second)
		require.Equal(t, Counts{Visible: 1}, q.Counts(), "row Q2: SQS moves it when someone tries to receive it")
		require.Zero(t, dead.Len())
		require.Empty(t, q.ReceiveMessages(1))
		require.Zero(t, q.Len())

		got := dead.ReceiveMessages(1)[0]
		require.Equal(t, sent.MessageId, got.MessageId, "row Q2: with the same id")
		require.Equal(t, "3", got.Attributes["ApproximateReceiveCount"], "SQS counts over all queues")
		require.Equal(t, first.Attributes["SentTimestamp"], got.Attributes["SentTimestamp"])
		require.Equal(t, q.ARN(), got.Attributes["DeadLetterQueueSourceArn"])
		require.Equal(t, "Root=1", got.Attributes["AWSTraceHeader"])
		require.Equal(t, first.MessageAttributes, got.MessageAttributes)
		require.Equal(t, dead.ARN(), got.EventSourceARN)

		require.NoError(t, q.DeleteMessage(t.Context(), second.ReceiptHandle), "its old handle does nothing")
		time.Sleep(time.Minute - time.Nanosecond)
		require.Equal(t, 1, dead.Len())
		time.Sleep(time.Nanosecond)
		require.Zero(t, dead.Len(), "its age goes on in the dead-letter queue")
	})
}

func TestRedriveGivesTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, suffix := range []string{"", ".fifo"} {
			dead := NewQueue("dead"+suffix, Attributes{})
			q := NewQueue("q"+suffix, Attributes{DeadLetterQueue: dead, MaxReceiveCount: 1})
			send(t, q, "a", "b", "c")
			require.Equal(t, []string{"a", "b"}, bodies(q.ReceiveMessages(2)))
			time.Sleep(30 * time.Second)
			require.Equal(t, []string{"c"}, bodies(q.ReceiveMessages(3)), "in the same receive")
			require.Equal(t, []string{"a", "b"}, bodies(dead.ReceiveMessages(5)), "row Q9")
		}
	})
}
