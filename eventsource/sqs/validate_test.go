package sqs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSendRefuses(t *testing.T) {
	const letters = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
	long := strings.Repeat("x", 129)
	attribute := func(name string, a MessageAttribute) Message {
		return Message{Body: "x", MessageAttributes: map[string]MessageAttribute{name: a}}
	}
	text := func(value string) MessageAttribute { return MessageAttribute{DataType: "String", StringValue: &value} }
	system := func(kv ...string) Message {
		m := Message{Body: "x", Attributes: map[string]string{}}
		for i := 0; i < len(kv); i += 2 {
			m.Attributes[kv[i]] = kv[i+1]
		}
		return m
	}
	eleven := Message{Body: "x", MessageAttributes: map[string]MessageAttribute{}}
	for i := range 11 {
		eleven.MessageAttributes[fmt.Sprint("a", i)] = text("x")
	}
	list := text("x")
	list.StringListValues = []string{"x"}
	for _, c := range []struct {
		name  string
		queue string
		m     Message
		kind  *Error
		text  string
	}{
		{"no body", "q", Message{}, ErrMissingParameter, "The request must contain the parameter MessageBody."},
		{"control character", "q", Message{Body: "\x00"}, ErrInvalidMessageContents, letters},
		{"U+FFFE", "q", Message{Body: "a\uFFFE"}, ErrInvalidMessageContents, letters},
		{"no UTF-8", "q", Message{Body: "\xff"}, ErrInvalidMessageContents, letters},
		{"too long", "q", Message{Body: strings.Repeat("x", 1025)}, ErrInvalidParameterValue, "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."},
		{"too long with its attributes", "q", func() Message {
			m := attribute("ab", text("c"))
			m.Body = strings.Repeat("x", 1024-len("abStringc")+1)
			return m
		}(), ErrInvalidParameterValue, "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."},
		{"eleven attributes", "q", eleven, ErrInvalidParameterValue, "Number of message attributes [11] exceeds the allowed maximum [10]."},
		{"attribute name", "q", attribute("a b", text("x")), ErrInvalidParameterValue, ""},
		{"attribute name with two periods", "q", attribute("a..b", text("x")), ErrInvalidParameterValue, ""},
		{"attribute name of AWS's", "q", attribute("aws.x", text("x")), ErrInvalidParameterValue, ""},
		{"no type", "q", attribute("a", MessageAttribute{StringValue: new("x")}), ErrInvalidParameterValue, "The message attribute 'a' must contain non-empty message attribute type."},
		{"unknown type", "q", attribute("a", MessageAttribute{DataType: "string", StringValue: new("x")}), ErrInvalidParameterValue, "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."},
		{"no value", "q", attribute("a", text("")), ErrInvalidParameterValue, "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'."},
		{"nil value", "q", attribute("a", MessageAttribute{DataType: "Number.int"}), ErrInvalidParameterValue, "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'Number'."},
		{"no binary value", "q", attribute("a", MessageAttribute{DataType: "Binary", StringValue: new("x")}), ErrInvalidParameterValue, "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'Binary'."},
		{"no number", "q", attribute("a", MessageAttribute{DataType: "Number", StringValue: new("0x1")}), ErrInvalidParameterValue, "Can't cast the value of message (user) attribute 'a' to a number."},
		{"character in a value", "q", attribute("a", text("\x01")), ErrInvalidMessageContents, ""},
		{"list", "q", attribute("a", list), ErrInvalidParameterValue, "Message attribute list values in SendMessage operation are not supported."},
		{"unknown system attribute", "q", system("SenderId", "me"), ErrInvalidAttributeName, "Unknown Attribute SenderId."},
		{"trace header", "q", system("AWSTraceHeader", "\x01"), ErrInvalidParameterValue, ""},
		{"group in a standard queue", "q", system("MessageGroupId", "g"), ErrInvalidParameterValue, "Value g for parameter MessageGroupId is invalid. Reason: The request include parameter that is not valid for this queue type"},
		{"deduplication id in a standard queue", "q", system("MessageDeduplicationId", "d"), ErrInvalidParameterValue, "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type"},
		{"no group", "q.fifo", system("MessageDeduplicationId", "d"), ErrMissingParameter, "The request must contain the parameter MessageGroupId."},
		{"no deduplication id", "q.fifo", system("MessageGroupId", "g"), ErrInvalidParameterValue, "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"},
		{"long group", "q.fifo", system("MessageGroupId", long, "MessageDeduplicationId", "d"), ErrInvalidParameterValue, "Value " + long + " for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length"},
		{"blank in a deduplication id", "q.fifo", system("MessageGroupId", "g", "MessageDeduplicationId", "a b"), ErrInvalidParameterValue, "Value a b for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := NewQueue(c.queue, Attributes{MaximumMessageSize: 1024})
			sent, err := q.SendMessage(t.Context(), c.m)
			require.ErrorIs(t, err, c.kind)
			if c.text != "" {
				require.EqualError(t, err, c.kind.Code+": "+c.text)
			}
			require.Zero(t, sent)
			require.Zero(t, q.Len(), "a refused message changes nothing")
		})
	}
}

func TestSendAccepts(t *testing.T) {
	q := NewQueue("q", Attributes{MaximumMessageSize: 1024})
	m := Message{
		Body:              strings.Repeat("x", 1024-len("A.b-c_1Number.int-1.5e3")),
		MessageAttributes: map[string]MessageAttribute{"A.b-c_1": {DataType: "Number.int", StringValue: new("-1.5e3")}},
		Attributes:        map[string]string{"AWSTraceHeader": strings.Repeat("x", 2000)}, // its size does not count
	}
	_, err := q.SendMessage(t.Context(), m)
	require.NoError(t, err)
	_, err = q.Send("\t\n\r ~\uE000\uFFFD\U0010FFFF")
	require.NoError(t, err)
}

func TestDelayRefused(t *testing.T) {
	for _, c := range []struct {
		queue string
		m     Message
		delay time.Duration
		text  string
	}{
		{"q", Message{Body: "x"}, 901 * time.Second, "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."},
		{"q", Message{Body: "x"}, -time.Second, "Value -1 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."},
		{"q", Message{Body: "x"}, 1500 * time.Millisecond, "Value 1.5 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."},
		{"q.fifo", fifoMessage("x", "g", "d"), time.Second, "Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type"},
	} {
		q := NewQueue(c.queue, Attributes{})
		_, err := q.SendMessageDelayed(t.Context(), c.m, c.delay)
		require.EqualError(t, err, "InvalidParameterValue: "+c.text)
		require.Zero(t, q.Len())
	}
}

// fifoMessage is a message for a FIFO queue.
func fifoMessage(body, group, dedup string) Message {
	m := Message{Body: body, Attributes: map[string]string{"MessageGroupId": group}}
	if dedup != "" {
		m.Attributes["MessageDeduplicationId"] = dedup
	}
	return m
}
