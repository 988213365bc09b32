package sqs

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
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
