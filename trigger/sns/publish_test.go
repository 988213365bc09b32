package sns_test

import (
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/sns"
)

// Each protocol gets its own text, and the others the default.
func TestMessageStructure(t *testing.T) {
	var l taker
	q := newQueue("q")
	p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
	_, err := p.Subscribe(sns.SubscribeInput{Queue: q, Attributes: sns.Attributes{RawMessageDelivery: true}})
	require.NoError(t, err)
	publish(t, p, sns.PublishInput{MessageStructure: "json", Message: `{"default":"d","lambda":"for functions","sqs":7,"email":"e"}`})
	_, record := l.only(t)
	require.Equal(t, "for functions", record.SNS.Message)
	require.Equal(t, "d", q.messages()[0].Body, "what is no string does not count")
	for message, want := range map[string]string{
		"x":             "Message Structure - JSON message body failed to parse",
		"null":          "Message Structure - JSON message body failed to parse",
		`{"sqs":"x"}`:   "Message Structure - No default entry in JSON message body",
		`{"default":1}`: "Message Structure - No default entry in JSON message body",
	} {
		_, err := p.PublishMessage(t.Context(), sns.PublishInput{MessageStructure: "json", Message: message})
		require.ErrorContains(t, err, "InvalidParameter: Invalid parameter: "+want)
	}
}

func TestRefusedEntities(t *testing.T) {
	p := sns.NewTopic("t", sns.Options{})
	for _, v := range []any{"x", nil, map[string]any{"Type": "String"}, map[string]any{"Type": 1, "Value": "x"}, map[string]any{"Type": "Binary", "Value": "!"}} {
		err := p.Publish(t.Context(), events.SNSEntity{Message: "x", MessageAttributes: map[string]any{"a": v}})
		require.ErrorIs(t, err, sns.ErrParameterValueInvalid, "%v", v)
	}
	require.NoError(t, p.Publish(t.Context(), events.SNSEntity{Message: "x", MessageAttributes: map[string]any{"a": sns.MessageAttribute{DataType: "String", StringValue: "x"}}}))
}
