package sqs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

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
