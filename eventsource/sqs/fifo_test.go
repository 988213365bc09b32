package sqs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFIFOGroupBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q.fifo", Attributes{})
		for _, m := range []Message{fifoMessage("a1", "a", "1"), fifoMessage("a2", "a", "2"), fifoMessage("b1", "b", "3"), fifoMessage("a3", "a", "4"), fifoMessage("b2", "b", "5")} {
			_, err := q.SendMessage(t.Context(), m)
			require.NoError(t, err)
		}
		first := q.ReceiveMessages(2)
		require.Equal(t, []string{"a1", "a2"}, bodies(first), "as many of one group as possible")
		require.Equal(t, []string{"b1", "b2"}, bodies(q.ReceiveMessages(10)), "a is blocked")
		require.Empty(t, q.ReceiveMessages(10))
		require.Equal(t, Counts{Visible: 1, NotVisible: 4}, q.Counts(), "a blocked message counts as visible")

		require.NoError(t, q.DeleteMessage(t.Context(), first[0].ReceiptHandle))
		require.Empty(t, q.ReceiveMessages(10), "a2 is still in flight")
		require.NoError(t, q.DeleteMessage(t.Context(), first[1].ReceiptHandle))
		time.Sleep(time.Second)
		require.Equal(t, []string{"a3"}, bodies(q.ReceiveMessages(10)))
		time.Sleep(30 * time.Second)
		require.Equal(t, []string{"b1", "b2", "a3"}, bodies(q.ReceiveMessages(10)), "groups come in the order in which they opened")
	})
}

// A group is blocked by any message in flight, not by its first one only.
func TestFIFOLaterMessageBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q.fifo", Attributes{})
		send(t, q, "1", "2")
		got := q.ReceiveMessages(2)
		require.NoError(t, q.ChangeMessageVisibility(t.Context(), got[0].ReceiptHandle, 0))
		require.Empty(t, q.ReceiveMessages(1))
		require.NoError(t, q.DeleteMessage(t.Context(), got[1].ReceiptHandle))
		require.Equal(t, []string{"1"}, bodies(q.ReceiveMessages(1)))
	})
}

// A failed message comes again before newer ones of its group.
func TestFIFOFailedMessageComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q.fifo", Attributes{})
		send(t, q, "1", "2", "3")
		got := q.ReceiveMessages(3)
		require.NoError(t, q.ChangeMessageVisibility(t.Context(), got[1].ReceiptHandle, 0))
		require.Empty(t, q.ReceiveMessages(3), "1 and 3 are in flight")
		require.NoError(t, q.DeleteMessage(t.Context(), got[0].ReceiptHandle))
		require.NoError(t, q.DeleteMessage(t.Context(), got[2].ReceiptHandle))
		send(t, q, "4")
		require.Equal(t, []string{"2", "4"}, bodies(q.ReceiveMessages(3)))
	})
}

func TestFIFOExpiredHandle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q.fifo", Attributes{})
		send(t, q, "1")
		h := q.ReceiveMessages(1)[0].ReceiptHandle
		time.Sleep(30 * time.Second)
		require.EqualError(t, q.DeleteMessage(t.Context(), h), "InvalidParameterValue: Value "+h+" for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
		require.Equal(t, 1, q.Len())
		again := q.ReceiveMessages(1)[0].ReceiptHandle
		require.ErrorIs(t, q.DeleteMessage(t.Context(), h), ErrInvalidParameterValue, "received again since")
		require.NoError(t, q.DeleteMessage(t.Context(), again))
		require.NoError(t, q.DeleteMessage(t.Context(), again), "twice is no error")
		require.NoError(t, q.DeleteMessage(t.Context(), h))
		send(t, q, "2")
		require.NoError(t, q.DeleteMessage(t.Context(), again), "a handle never stands for another message")
		require.Equal(t, 1, q.Len())
	})
}

// The queue's delay applies to a group's messages one by one; the first holds back the others.
func TestFIFODelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q.fifo", Attributes{Delay: 10 * time.Second})
		send(t, q, "1")
		time.Sleep(5 * time.Second)
		send(t, q, "2")
		require.Empty(t, q.ReceiveMessages(5))
		time.Sleep(5 * time.Second)
		require.Equal(t, []string{"1"}, bodies(q.ReceiveMessages(5)))
		time.Sleep(25 * time.Second)
		require.Empty(t, q.ReceiveMessages(5), "2 is visible, but 1 is in flight")
		time.Sleep(5 * time.Second)
		require.Equal(t, []string{"1", "2"}, bodies(q.ReceiveMessages(5)))
	})
}
