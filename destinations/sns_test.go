package destinations_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestSNSWrapping(t *testing.T) {
	topic := &fakeTopic{}
	target := destinations.SNS(topic)
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success), TraceHeader: "Root=1"}))
	require.Equal(t, "Root=1", topic.got[0].trace)
	require.Empty(t, topic.got[0].message.Subject)
	require.Nil(t, topic.got[0].message.MessageAttributes)
	require.True(t, strings.HasPrefix(topic.got[0].message.Message, `{"version":"1.0",`))

	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{DeadLetter: letter}))
	require.Equal(t, map[string]any{
		"RequestID":    map[string]any{"Type": "String", "Value": "id"},
		"ErrorCode":    map[string]any{"Type": "Number", "Value": "429"},
		"ErrorMessage": map[string]any{"Type": "String", "Value": "Rate Exceeded."},
	}, topic.got[1].message.MessageAttributes)
}
