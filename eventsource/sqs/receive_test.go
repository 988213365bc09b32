package sqs

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInFlightLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, name := range []string{"q", "q.fifo"} {
			q := NewQueue(name, Attributes{})
			q.state.limit = 3
			send(t, q, "a", "b", "c", "d")
			require.Len(t, q.ReceiveMessages(10), 3)
			require.Empty(t, q.ReceiveMessages(10))
			time.Sleep(30 * time.Second)
			got := q.ReceiveMessages(10)
			require.Len(t, got, 3)
			n, stop := waking(q)
			for _, m := range got {
				require.NoError(t, q.DeleteMessage(t.Context(), m.ReceiptHandle))
			}
			require.NotZero(t, n.Load(), "a place became free for what was visible all the time")
			require.Len(t, q.ReceiveMessages(10), 1)
			stop()
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
