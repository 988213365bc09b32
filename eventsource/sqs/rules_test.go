package sqs

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

// send sends bodies, to group g of a FIFO queue.
func send(t *testing.T, q *Queue, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		m := Message{Body: b}
		if q.set.fifo {
			m = fifoMessage(b, "g", b+strconv.Itoa(q.Len()))
		}
		_, err := q.SendMessage(t.Context(), m)
		require.NoError(t, err)
	}
}

// bodies are those of messages.
func bodies(ms []Message) (all []string) {
	for _, m := range ms {
		all = append(all, m.Body)
	}
	return all
}

func TestVisibilityTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		send(t, q, "a")
		first := q.ReceiveMessages(1)[0]
		require.Equal(t, Counts{NotVisible: 1}, q.Counts())
		time.Sleep(30*time.Second - time.Nanosecond)
		require.Empty(t, q.ReceiveMessages(1))
		time.Sleep(time.Nanosecond)
		require.Equal(t, Counts{Visible: 1}, q.Counts())
		second := q.ReceiveMessages(1)[0]
		require.Equal(t, first.MessageId, second.MessageId)
		require.NotEqual(t, first.ReceiptHandle, second.ReceiptHandle)
		require.Equal(t, "2", second.Attributes["ApproximateReceiveCount"])
		require.Equal(t, first.Attributes["ApproximateFirstReceiveTimestamp"], second.Attributes["ApproximateFirstReceiveTimestamp"])
	})
}

func TestVisibilityTimeoutOfZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{VisibilityTimeout: new(time.Duration(0))})
		send(t, q, "a", "b")
		require.Equal(t, []string{"a", "b"}, bodies(q.ReceiveMessages(5)), "one receive has each message once")
		require.Equal(t, Counts{Visible: 2}, q.Counts())
		require.Equal(t, []string{"a", "b"}, bodies(q.ReceiveMessages(5)))
	})
}

// A message that returns goes behind those that wait, so that a poisonous one starves nobody.
func TestReturnedMessageQueuesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		send(t, q, "a")
		require.Len(t, q.ReceiveMessages(1), 1)
		send(t, q, "b")
		time.Sleep(30 * time.Second)
		send(t, q, "c")
		require.Equal(t, []string{"b", "a", "c"}, bodies(q.ReceiveMessages(5)))
	})
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{Delay: 5 * time.Second})
		send(t, q, "a")
		_, err := q.SendMessageDelayed(t.Context(), Message{Body: "b"}, 0)
		require.NoError(t, err)
		_, err = q.SendMessageDelayed(t.Context(), Message{Body: "c"}, 900*time.Second)
		require.NoError(t, err)
		require.Equal(t, Counts{Visible: 1, Delayed: 2}, q.Counts())
		require.Equal(t, 3, q.Len())
		require.Equal(t, []string{"b"}, bodies(q.ReceiveMessages(5)))
		time.Sleep(5 * time.Second)
		require.Equal(t, []string{"a"}, bodies(q.ReceiveMessages(5)))
		time.Sleep(895 * time.Second)
		require.Equal(t, []string{"b", "a", "c"}, bodies(q.ReceiveMessages(5)))
	})
}

func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{Retention: time.Minute})
		send(t, q, "a", "b")
		time.Sleep(45 * time.Second)
		require.Len(t, q.ReceiveMessages(1), 1)
		time.Sleep(15*time.Second - time.Nanosecond)
		require.Equal(t, 2, q.Len())
		time.Sleep(time.Nanosecond)
		require.Zero(t, q.Len(), "in flight or not")
		send(t, q, "c")
		require.Equal(t, []string{"c"}, bodies(q.ReceiveMessages(5)))
	})
}

func TestDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		send(t, q, "a", "b")
		old := q.ReceiveMessages(2)
		time.Sleep(30 * time.Second)
		require.NoError(t, q.DeleteMessage(t.Context(), old[1].ReceiptHandle), "the lease is over, but nobody else has the message")
		again := q.ReceiveMessages(2)
		require.Equal(t, []string{"a"}, bodies(again))
		require.NoError(t, q.DeleteMessage(t.Context(), old[0].ReceiptHandle), "an old handle is no error")
		require.Equal(t, 1, q.Len(), "and deletes nothing")
		require.NoError(t, q.DeleteMessage(t.Context(), again[0].ReceiptHandle))
		require.Zero(t, q.Len())
		require.NoError(t, q.DeleteMessage(t.Context(), again[0].ReceiptHandle), "twice is no error")
		send(t, q, "c")
		fresh := q.ReceiveMessages(1)
		require.NoError(t, q.DeleteMessage(t.Context(), again[0].ReceiptHandle))
		require.Equal(t, 1, q.Len(), "a handle never stands for another message: %v", fresh)
	})
}

func TestReceiptHandleOfAnotherQueue(t *testing.T) {
	q, other := NewQueue("q", Attributes{}), NewQueue("other", Attributes{})
	send(t, q, "a")
	send(t, other, "a")
	handle := other.ReceiveMessages(1)[0].ReceiptHandle
	require.Len(t, q.ReceiveMessages(1), 1)
	never := string(appendReceipt(nil, receipt{q.ids, 0, 2}))
	for _, h := range []string{"", "x", handle, never} {
		text := `ReceiptHandleIsInvalid: The input receipt handle "` + h + `" is not a valid receipt handle.`
		require.EqualError(t, q.DeleteMessage(t.Context(), h), text)
		require.ErrorIs(t, q.ChangeMessageVisibility(t.Context(), h, 0), ErrReceiptHandleIsInvalid)
		require.EqualError(t, q.Delete(t.Context(), []eventsource.Record{{Receipt: h}}), text)
	}
	require.Equal(t, 1, q.Len())
}

func TestDeleteRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, name := range []string{"q", "q.fifo"} {
			q := NewQueue(name, Attributes{})
			send(t, q, "a", "b", "c")
			rs, err := q.Receive(t.Context(), 100, false)
			require.NoError(t, err)
			require.Len(t, rs, 3)
			require.NoError(t, q.Delete(t.Context(), rs[:1]))
			require.NoError(t, q.Delete(t.Context(), rs[:2]), "one of them is gone")
			require.Equal(t, 1, q.Len())
			require.ErrorIs(t, q.Delete(t.Context(), []eventsource.Record{{Receipt: "x"}, rs[2]}), ErrReceiptHandleIsInvalid)
			require.Zero(t, q.Len(), "a bad one does not keep the others")
		}
	})
}

func TestChangeMessageVisibility(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		send(t, q, "a")
		h := q.ReceiveMessages(1)[0].ReceiptHandle
		time.Sleep(20 * time.Second)
		require.NoError(t, q.ChangeMessageVisibility(t.Context(), h, 25*time.Second))
		time.Sleep(24 * time.Second)
		require.Equal(t, Counts{NotVisible: 1}, q.Counts())
		require.EqualError(t, q.ChangeMessageVisibility(t.Context(), h, 12*time.Hour), "InvalidParameterValue: Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
		require.NoError(t, q.ChangeMessageVisibility(t.Context(), h, 12*time.Hour-44*time.Second))
		require.NoError(t, q.ChangeMessageVisibility(t.Context(), h, 0))
		require.Equal(t, Counts{Visible: 1}, q.Counts())
		require.ErrorIs(t, q.ChangeMessageVisibility(t.Context(), h, 0), ErrMessageNotInflight)
		require.Len(t, q.ReceiveMessages(1), 1)
		require.EqualError(t, q.ChangeMessageVisibility(t.Context(), h, 0), "InvalidParameterValue: Value "+h+" for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.")
		for _, bad := range []time.Duration{-time.Second, 12*time.Hour + time.Second, time.Millisecond} {
			require.ErrorIs(t, q.ChangeMessageVisibility(t.Context(), h, bad), ErrInvalidParameterValue)
		}
	})
}

func TestPurge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, name := range []string{"q", "q.fifo"} {
			q := NewQueue(name, Attributes{Delay: time.Second})
			send(t, q, "a", "b", "c")
			time.Sleep(time.Second)
			send(t, q, "d")
			require.Len(t, q.ReceiveMessages(1), 1)
			require.Equal(t, Counts{Visible: 2, NotVisible: 1, Delayed: 1}, q.Counts())
			require.NoError(t, q.PurgeQueue(t.Context()))
			require.Zero(t, q.Len())
			time.Sleep(59 * time.Second)
			send(t, q, "e")
			require.EqualError(t, q.PurgeQueue(t.Context()), "AWS.SimpleQueueService.PurgeQueueInProgress: Only one PurgeQueue operation on "+name+" is allowed every 60 seconds.")
			require.Equal(t, 1, q.Len())
			time.Sleep(time.Second)
			require.NoError(t, q.PurgeQueue(t.Context()))
			require.Zero(t, q.Len())
		}
	})
}

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

func TestInFlightLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, name := range []string{"q", "q.fifo"} {
			q := NewQueue(name, Attributes{})
			q.state.limit = 3
			send(t, q, "a", "b", "c", "d")
			require.Len(t, q.ReceiveMessages(10), 3)
			require.Empty(t, q.ReceiveMessages(10))
			time.Sleep(30 * time.Second)
			require.Len(t, q.ReceiveMessages(10), 3)
		}
	})
}

func TestOverLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("120,000 messages")
	}
	q, fifo := NewQueue("q", Attributes{}), NewQueue("q.fifo", Attributes{})
	for i := range maxInFlight + 1 {
		_, err := q.Send("x")
		require.NoError(t, err)
		_, err = fifo.SendMessage(t.Context(), fifoMessage("x", "g", strconv.Itoa(i)))
		require.NoError(t, err)
	}
	require.Len(t, q.lease(nil, maxInFlight, maxVisibility), maxInFlight)
	require.Len(t, fifo.lease(nil, maxInFlight, maxVisibility), maxInFlight)
	_, err := q.ReceiveMessage(t.Context(), ReceiveOptions{})
	require.ErrorIs(t, err, ErrOverLimit)
	ms, err := fifo.ReceiveMessage(t.Context(), ReceiveOptions{})
	require.NoError(t, err, "a FIFO queue answers no error")
	require.Empty(t, ms)
}

func TestReceiveOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		send(t, q, "a", "b", "c")
		ms, err := q.ReceiveMessage(t.Context(), ReceiveOptions{})
		require.NoError(t, err)
		require.Len(t, ms, 1, "MaxNumberOfMessages is 1 if not given")
		ms, err = q.ReceiveMessage(t.Context(), ReceiveOptions{MaxNumberOfMessages: 10, VisibilityTimeout: new(5 * time.Second)})
		require.NoError(t, err)
		require.Len(t, ms, 2)
		time.Sleep(5 * time.Second)
		require.Equal(t, Counts{Visible: 2, NotVisible: 1}, q.Counts())
		for _, c := range []struct {
			o    ReceiveOptions
			text string
		}{
			{ReceiveOptions{MaxNumberOfMessages: 11}, "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."},
			{ReceiveOptions{MaxNumberOfMessages: -1}, "Value -1 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."},
			{ReceiveOptions{VisibilityTimeout: new(-time.Second)}, "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided."},
			{ReceiveOptions{WaitTime: new(21 * time.Second)}, "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."},
		} {
			_, err := q.ReceiveMessage(t.Context(), c.o)
			require.EqualError(t, err, "InvalidParameterValue: "+c.text)
		}
		require.Equal(t, Counts{Visible: 2, NotVisible: 1}, q.Counts())
		require.Nil(t, q.ReceiveMessages(0))
		rs, err := q.Receive(t.Context(), 0, true)
		require.NoError(t, err)
		require.Empty(t, rs)
	})
}

func TestReceiveWithDoneContext(t *testing.T) {
	q := NewQueue("q", Attributes{})
	send(t, q, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, wait := range []bool{false, true} {
		_, err := q.Receive(ctx, 1, wait)
		require.ErrorIs(t, err, context.Canceled)
	}
	_, err := q.ReceiveMessage(ctx, ReceiveOptions{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, Counts{Visible: 1}, q.Counts())
}
