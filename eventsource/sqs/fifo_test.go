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

func TestDeduplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q.fifo", Attributes{ContentBasedDeduplication: true})
		put := func(body, group, dedup string) Message {
			m, err := q.SendMessage(t.Context(), fifoMessage(body, group, dedup))
			require.NoError(t, err)
			return m
		}
		first := put("x", "a", "")
		again := put("x", "b", "")
		require.Equal(t, first.MessageId, again.MessageId, "of whatever group")
		require.Equal(t, first.Attributes["SequenceNumber"], again.Attributes["SequenceNumber"])
		require.Equal(t, 1, q.Len())

		require.NotEqual(t, first.MessageId, put("x", "a", "own").MessageId, "an id of its own wins over the body")
		require.Equal(t, 2, q.Len())

		for _, m := range q.ReceiveMessages(10) {
			require.NoError(t, q.DeleteMessage(t.Context(), m.ReceiptHandle))
		}
		time.Sleep(5*time.Minute - time.Nanosecond)
		require.Equal(t, first.MessageId, put("x", "a", "").MessageId, "deleted or not, and a repetition does not prolong it")
		require.Zero(t, q.Len())
		time.Sleep(time.Nanosecond)
		late := put("x", "a", "")
		require.NotEqual(t, first.MessageId, late.MessageId)
		require.Less(t, first.Attributes["SequenceNumber"], late.Attributes["SequenceNumber"])
		require.Equal(t, 1, q.Len())
	})
}

// The table forgets what is over and does not grow with it.
func TestDeduplicationForgets(t *testing.T) {
	var table dedupTable
	for i := range int64(1000) {
		now := i * int64(time.Minute)
		m := &message{content: &content{dedupID: string(rune(i)), id: string(rune(i))}, number: uint64(i)}
		_, known := table.lookup(m.dedupID, now)
		require.False(t, known)
		table.remember(m, now)
		for back := range int64(10) {
			a, known := table.lookup(string(rune(i-back)), now)
			require.Equal(t, back < 5 && i >= back, known)
			if known {
				require.Equal(t, string(rune(i-back)), a.id)
			}
		}
	}
	require.LessOrEqual(t, len(table.order), 12)
	require.Len(t, table.seen, 5)
}
