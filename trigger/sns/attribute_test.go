package sns_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/sns"
)

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
