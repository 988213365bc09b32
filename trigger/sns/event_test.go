package sns_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/sns"
)

// The telling fragments of the vectors, by row.
func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name string
		in   sns.PublishInput
		want string
	}{
		{"vector 36: no subject or attributes", sns.PublishInput{Message: "Hello"}, `"Subject":null,"Message":"Hello",`},
		{"vector 36: no subject or attributes", sns.PublishInput{Message: "Hello"}, `"MessageAttributes":{}}}]}`},
		{"vector 37: Binary 02 03 04", sns.PublishInput{Message: "Hello", MessageAttributes: map[string]sns.MessageAttribute{
			"b": {DataType: "Binary", BinaryValue: []byte{2, 3, 4}},
		}}, `"MessageAttributes":{"b":{"Type":"Binary","Value":"AgME"}}}}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l taker
			publish(t, subscribed(t, &l, sns.Options{}, sns.Attributes{}), c.in)
			event, _ := l.only(t)
			require.Contains(t, event, c.want)
		})
	}
}

const (
	signature   = `[A-Za-z0-9+/]{342}==`
	certificate = `https://sns\.us-east-1\.amazonaws\.com/SimpleNotificationService-[0-9a-f]{32}\.pem`
	anyID       = `[0-9a-f-]{36}`
	topicARN    = `arn:aws:sns:us-east-1:123456789012:t`
	unsubscribe = `https://sns\.us-east-1\.amazonaws\.com/\?Action=Unsubscribe&SubscriptionArn=` + topicARN + `:` + anyID
)

// The whole event, byte for byte.
func TestEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l taker
		p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
		id := publish(t, p, sns.PublishInput{
			Message: "a \"b\" <é>\n", Subject: "greetings & more", MessageAttributes: map[string]sns.MessageAttribute{
				"n": {DataType: "Number", StringValue: "1.50"}, "a": {DataType: "String.Array", StringValue: `["x",1]`}, "s": {DataType: "String.label", StringValue: "\t"},
			},
		})
		event, record := l.only(t)
		require.Regexp(t, `^\{"Records":\[\{"EventSource":"aws:sns","EventVersion":"1\.0","EventSubscriptionArn":"`+topicARN+`:`+anyID+`",`+
			`"Sns":\{"Type":"Notification","MessageId":"`+id+`","TopicArn":"`+topicARN+`","Subject":"greetings & more",`+
			`"Message":"a \\"b\\" <é>\\n","Timestamp":"2000-01-01T00:00:00\.000Z","SignatureVersion":"1","Signature":"`+signature+`",`+
			`"SigningCertUrl":"`+certificate+`","UnsubscribeUrl":"`+unsubscribe+`","MessageAttributes":\{`+
			`"a":\{"Type":"String\.Array","Value":"\[\\"x\\",1\]"\},"n":\{"Type":"Number","Value":"1\.50"\},"s":\{"Type":"String\.label","Value":"\\t"\}\}\}\}\]\}$`, event)
		require.Equal(t, p.Subscriptions()[0].ARN, record.EventSubscriptionArn)
		require.Equal(t, "greetings & more", record.SNS.Subject)
	})
}

// The whole body of a queue's message.
func TestEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue("q")
		p := sns.NewTopic("t", sns.Options{})
		_, err := p.Subscribe(sns.SubscribeInput{Queue: q})
		require.NoError(t, err)
		const common = `  "Timestamp" : "2000-01-01T00:00:00\.000Z",` + "\n" + `  "SignatureVersion" : "1",` + "\n" + `  "Signature" : "` + signature + `",` + "\n" +
			`  "SigningCertURL" : "` + certificate + `",` + "\n" + `  "UnsubscribeURL" : "` + unsubscribe + `"`
		plain := publish(t, p, sns.PublishInput{Message: "Hello"})
		full := publish(t, p, sns.PublishInput{Message: "{\"a\":1}", Subject: "s", MessageAttributes: map[string]sns.MessageAttribute{
			"b": {DataType: "Binary", BinaryValue: []byte{2, 3, 4}}, "a": {DataType: "Number", StringValue: "7"},
		}})
		got := q.messages()
		require.Len(t, got, 2)
		require.Regexp(t, `^\{\n  "Type" : "Notification",\n  "MessageId" : "`+plain+`",\n  "TopicArn" : "`+topicARN+`",\n  "Message" : "Hello",\n`+common+`\n\}$`, got[0].Body)
		require.Regexp(t, `^\{\n  "Type" : "Notification",\n  "MessageId" : "`+full+`",\n  "TopicArn" : "`+topicARN+`",\n  "Subject" : "s",\n  "Message" : "\{\\"a\\":1\}",\n`+common+
			`,\n  "MessageAttributes" : \{\n    "a" : \{"Type":"Number","Value":"7"\},\n    "b" : \{"Type":"Binary","Value":"AgME"\}\n  \}\n\}$`, got[1].Body)
		for _, m := range got {
			require.Empty(t, m.MessageAttributes)
			require.True(t, json.Valid([]byte(m.Body)))
		}
	})
}

func TestRawMessageDelivery(t *testing.T) {
	q := newQueue("q")
	p := sns.NewTopic("t", sns.Options{})
	_, err := p.Subscribe(sns.SubscribeInput{Queue: q, Attributes: sns.Attributes{RawMessageDelivery: true}})
	require.NoError(t, err)
	publish(t, p, sns.PublishInput{Message: "Hello", Subject: "lost", MessageAttributes: map[string]sns.MessageAttribute{
		"b": {DataType: "Binary", BinaryValue: []byte{2}}, "s": {DataType: "String", StringValue: "x"},
	}})
	publish(t, p, sns.PublishInput{Message: "again"})
	require.Equal(t, []events.SQSMessage{
		{Body: "Hello", MessageAttributes: map[string]events.SQSMessageAttribute{
			"b": {DataType: "Binary", BinaryValue: []byte{2}}, "s": {DataType: "String", StringValue: new("x")},
		}},
		{Body: "again"},
	}, q.messages())
}

// Invariant 21: the largest message is no larger as an event than one may be, unless it is all escapes; then Lambda
// refuses it, and it goes to the dead-letter queue.
func TestInvariant21(t *testing.T) {
	var l taker
	publish(t, subscribed(t, &l, sns.Options{}, sns.Attributes{}), sns.PublishInput{Message: strings.Repeat("\n", sns.MaxMessage)})
	event, _ := l.only(t)
	require.Less(t, len(event), 1<<20)
}
