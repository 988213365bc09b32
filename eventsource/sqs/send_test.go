package sqs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Nothing of a message is kept: the sender may change it.
func TestSendKeepsNothing(t *testing.T) {
	value, data := "v", []byte("d")
	m := Message{Body: "x", MessageAttributes: map[string]MessageAttribute{"a": {DataType: "String", StringValue: &value}, "b": {DataType: "Binary", BinaryValue: data}}}
	q := NewQueue("q", Attributes{})
	_, err := q.SendMessage(t.Context(), m)
	require.NoError(t, err)
	value, data[0] = "w", 'e'
	delete(m.MessageAttributes, "a")
	got := q.ReceiveMessages(1)[0]
	require.Equal(t, "v", *got.MessageAttributes["a"].StringValue)
	require.Equal(t, []byte("d"), got.MessageAttributes["b"].BinaryValue)
}
