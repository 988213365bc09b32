package sqs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

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
