package sns_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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

// Whoever decodes an event reads what was published.
func TestEventRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := sns.PublishInput{
			Message:           rapid.StringN(1, 30, -1).Draw(t, "message"),
			Subject:           rapid.StringMatching(`([!-~][ -~]{0,20})?`).Draw(t, "subject"),
			MessageAttributes: rapid.MapOfN(rapid.StringMatching(`[A-Za-z0-9_-]{1,5}`), genAttribute(), 0, 5).Draw(t, "attributes"),
		}
		var l taker
		p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
		id, err := p.PublishMessage(t.Context(), in)
		require.NoError(t, err)
		_, record := l.only(t)
		require.Equal(t, in.Message, record.SNS.Message)
		require.Equal(t, in.Subject, record.SNS.Subject)
		require.Equal(t, id, record.SNS.MessageID)
		require.NotNil(t, record.SNS.MessageAttributes)

		var again taker // what a function was shown can be published as it is
		q := subscribed(t, &again, sns.Options{}, sns.Attributes{})
		require.NoError(t, q.Publish(t.Context(), record.SNS))
		_, second := again.only(t)
		require.Equal(t, record.SNS.MessageAttributes, second.SNS.MessageAttributes)
		require.Len(t, second.SNS.MessageAttributes, len(in.MessageAttributes))
	})
}

func genAttribute() *rapid.Generator[sns.MessageAttribute] {
	return rapid.OneOf(
		rapid.Map(rapid.StringN(1, 10, -1), func(s string) sns.MessageAttribute { return sns.MessageAttribute{DataType: "String", StringValue: s} }),
		rapid.Map(rapid.StringMatching(`-?[0-9]{1,5}(\.[0-9]{1,3})?`), func(s string) sns.MessageAttribute { return sns.MessageAttribute{DataType: "Number", StringValue: s} }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 10), func(b []byte) sns.MessageAttribute { return sns.MessageAttribute{DataType: "Binary", BinaryValue: b} }),
		rapid.Map(rapid.SliceOf(rapid.OneOf(rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](1), rapid.Just[any]("x"))), func(list []any) sns.MessageAttribute {
			b, err := json.Marshal(list)
			if err != nil || list == nil {
				b = []byte("[]")
			}
			return sns.MessageAttribute{DataType: "String.Array", StringValue: string(b)}
		}),
	)
}

func TestRefusedMessages(t *testing.T) {
	attribute := func(name string, a sns.MessageAttribute) sns.PublishInput {
		return sns.PublishInput{Message: "x", MessageAttributes: map[string]sns.MessageAttribute{name: a}}
	}
	text := sns.MessageAttribute{DataType: "String", StringValue: "x"}
	for _, c := range []struct {
		name string
		in   sns.PublishInput
		want string
	}{
		{"empty", sns.PublishInput{}, "InvalidParameter: Invalid parameter: Empty message"},
		{"not UTF-8", sns.PublishInput{Message: "\xff"}, "Message is not valid UTF-8"},
		{"long", sns.PublishInput{Message: strings.Repeat("x", sns.MaxMessage+1)}, "InvalidParameter: Invalid parameter: Message too long"},
		{"long with attributes", sns.PublishInput{Message: strings.Repeat("x", sns.MaxMessage-7), MessageAttributes: map[string]sns.MessageAttribute{"a": text}}, "Message too long"},
		{"long subject", sns.PublishInput{Message: "x", Subject: strings.Repeat("x", 101)}, "Invalid parameter: Subject"},
		{"subject with a line", sns.PublishInput{Message: "x", Subject: "a\nb"}, "Invalid parameter: Subject"},
		{"subject not ASCII", sns.PublishInput{Message: "x", Subject: "é"}, "Invalid parameter: Subject"},
		{"subject begins with a blank", sns.PublishInput{Message: "x", Subject: " x"}, "Invalid parameter: Subject"},
		{"structure", sns.PublishInput{Message: "x", MessageStructure: "xml"}, "Invalid parameter: MessageStructure: xml"},
		{"no name", attribute("", text), "non-empty message attribute name"},
		{"long name", attribute(strings.Repeat("x", 256), text), "less than 256 bytes"},
		{"name", attribute("a b", text), "Invalid non-alphanumeric character"},
		{"name", attribute("a..b", text), "Invalid non-alphanumeric character"},
		{"no type", attribute("a", sns.MessageAttribute{StringValue: "x"}), "ParameterValueInvalid: The message attribute 'a' must contain non-empty message attribute type."},
		{"type", attribute("a", sns.MessageAttribute{DataType: "Text", StringValue: "x"}), "set of supported type prefixes"},
		{"no value", attribute("a", sns.MessageAttribute{DataType: "String"}), "non-empty message attribute value"},
		{"no binary value", attribute("a", sns.MessageAttribute{DataType: "Binary", StringValue: "x"}), "non-empty message attribute value"},
		{"two values", attribute("a", sns.MessageAttribute{DataType: "String", StringValue: "x", BinaryValue: []byte{1}}), "value of another type"},
		{"number", attribute("a", sns.MessageAttribute{DataType: "Number", StringValue: "1x"}), "value to number"},
		{"number", attribute("a", sns.MessageAttribute{DataType: "Number", StringValue: "0x10"}), "value to number"},
		{"array", attribute("a", sns.MessageAttribute{DataType: "String.Array", StringValue: "x"}), "no JSON array"},
		{"nested array", attribute("a", sns.MessageAttribute{DataType: "String.Array", StringValue: "[[]]"}), "no JSON array"},
		{"value not UTF-8", attribute("a", sns.MessageAttribute{DataType: "String", StringValue: "\xff"}), "not valid UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l taker
			p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
			_, err := p.PublishMessage(t.Context(), c.in)
			require.ErrorContains(t, err, c.want)
			require.IsType(t, &sns.Error{}, err)
			require.Equal(t, 400, err.(*sns.Error).HTTPStatus())
			require.Empty(t, l.taken())
		})
	}
	var l taker
	p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
	publish(t, p, sns.PublishInput{Message: strings.Repeat("x", sns.MaxMessage-8), MessageAttributes: map[string]sns.MessageAttribute{"a": text}})
	require.Len(t, l.taken(), 1, "the largest that there is")
}

func TestRefusedEntities(t *testing.T) {
	p := sns.NewTopic("t", sns.Options{})
	for _, v := range []any{"x", nil, map[string]any{"Type": "String"}, map[string]any{"Type": 1, "Value": "x"}, map[string]any{"Type": "Binary", "Value": "!"}} {
		err := p.Publish(t.Context(), events.SNSEntity{Message: "x", MessageAttributes: map[string]any{"a": v}})
		require.ErrorIs(t, err, sns.ErrParameterValueInvalid, "%v", v)
	}
	require.NoError(t, p.Publish(t.Context(), events.SNSEntity{Message: "x", MessageAttributes: map[string]any{"a": sns.MessageAttribute{DataType: "String", StringValue: "x"}}}))
}

// Invariant 21: the largest message is no larger as an event than one may be, unless it is all escapes; then Lambda
// refuses it, and it goes to the dead-letter queue.
func TestInvariant21(t *testing.T) {
	var l taker
	publish(t, subscribed(t, &l, sns.Options{}, sns.Attributes{}), sns.PublishInput{Message: strings.Repeat("\n", sns.MaxMessage)})
	event, _ := l.only(t)
	require.Less(t, len(event), 1<<20)
}
