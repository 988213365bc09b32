package destinations_test

import (
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestSQSWrapping(t *testing.T) {
	q := &fakeQueue{}
	target := destinations.SQS(q)
	require.Equal(t, q.ARN(), target.ARN())
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success), TraceHeader: "Root=1"}))
	require.Nil(t, q.got[0].MessageAttributes, "a record goes without message attributes")
	require.Equal(t, map[string]string{"AWSTraceHeader": "Root=1"}, q.got[0].Attributes)

	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{DeadLetter: letter}))
	require.Nil(t, q.got[1].Attributes)
	require.Equal(t, `{"a":1}`, q.got[1].Body)
	require.Equal(t, map[string]events.SQSMessageAttribute{
		"RequestID":    {DataType: "String", StringValue: new("id")},
		"ErrorCode":    {DataType: "Number", StringValue: new("429")},
		"ErrorMessage": {DataType: "String", StringValue: new("Rate Exceeded.")},
	}, q.got[1].MessageAttributes)
}
