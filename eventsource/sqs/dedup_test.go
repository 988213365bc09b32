package sqs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

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
