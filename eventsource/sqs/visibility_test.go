package sqs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

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
