package sqs

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// one receives the next record.
func one(t *testing.T, q *Queue) eventsource.Record {
	t.Helper()
	rs, err := q.Receive(t.Context(), 1, false)
	require.NoError(t, err)
	require.Len(t, rs, 1)
	return rs[0]
}

func TestRecordJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // 2000-01-01T00:00:00Z
		q := NewQueue("work", Attributes{Region: "eu-west-1", Account: "210987654321"})
		sent, err := q.SendMessage(t.Context(), Message{
			Body:       "say \"<hi>\"\n",
			Attributes: map[string]string{"AWSTraceHeader": "Root=1-2-3;Lineage=\"x\""},
			MessageAttributes: map[string]MessageAttribute{
				"n": {DataType: "Number", StringValue: new("1.5")},
				"b": {DataType: "Binary.png", BinaryValue: []byte{1, 2, 3}},
			},
		})
		require.NoError(t, err)
		time.Sleep(1500 * time.Millisecond)
		r := one(t, q)
		require.Equal(t, `{"messageId":"`+sent.MessageId+`","receiptHandle":"`+r.Receipt+`","body":"say \"<hi>\"\n","attributes":{`+
			`"ApproximateReceiveCount":"1","AWSTraceHeader":"Root=1-2-3;Lineage=\"x\"","SentTimestamp":"946684800000","SenderId":"AIDAIENQZJOLO23YVJ4VO","ApproximateFirstReceiveTimestamp":"946684801500"},`+
			`"messageAttributes":{"b":{"binaryValue":"AQID","stringListValues":[],"binaryListValues":[],"dataType":"Binary.png"},"n":{"stringValue":"1.5","stringListValues":[],"binaryListValues":[],"dataType":"Number"}},`+
			`"md5OfMessageAttributes":"`+sent.Md5OfMessageAttributes+`","md5OfBody":"`+sent.Md5OfBody+`","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:210987654321:work","awsRegion":"eu-west-1"}`,
			string(r.JSON))
		require.Equal(t, sent.MessageId, r.ID)
		require.Equal(t, "say \"<hi>\"\n", string(r.Data))
		require.Empty(t, r.Group)
		require.Equal(t, time.Now().Add(30*time.Second).UnixNano(), r.Expires.UnixNano())
		require.Equal(t, time.Now().Add(-1500*time.Millisecond).UnixNano(), r.Arrival.UnixNano())
	})
}

func TestRecordJSONWithoutAttributes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("work", Attributes{})
		sent, err := q.Send("hello")
		require.NoError(t, err)
		r := one(t, q)
		require.Equal(t, `{"messageId":"`+sent.MessageId+`","receiptHandle":"`+r.Receipt+`","body":"hello","attributes":{`+
			`"ApproximateReceiveCount":"1","SentTimestamp":"946684800000","SenderId":"AIDAIENQZJOLO23YVJ4VO","ApproximateFirstReceiveTimestamp":"946684800000"},`+
			`"messageAttributes":{},"md5OfBody":"5d41402abc4b2a76b9719d911017c592","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:work","awsRegion":"us-east-1"}`, string(r.JSON))
	})
}

// The messages of one batch were sent, and first received, at different times.
func TestRecordJSONOfBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("work", Attributes{VisibilityTimeout: new(time.Second)})
		for i := range 3 {
			time.Sleep(1500 * time.Microsecond)
			send(t, q, "x")
			if i == 1 {
				require.Len(t, q.ReceiveMessages(2), 2)
			}
		}
		time.Sleep(time.Second)
		rs, err := q.Receive(t.Context(), 10, false)
		require.NoError(t, err)
		require.Len(t, rs, 3)
		for i, want := range []string{"946684800004", "946684800001", "946684800003"} {
			require.Contains(t, string(rs[i].JSON), `"SentTimestamp":"`+want+`"`)
			first := []string{"946684801004", "946684800003", "946684800003"}[i]
			require.Contains(t, string(rs[i].JSON), `"ApproximateFirstReceiveTimestamp":"`+first+`"`)
		}
	})
}

func TestRecordJSONOfFIFO(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := NewQueue("dead.fifo", Attributes{})
		q := NewQueue("work.fifo", Attributes{ContentBasedDeduplication: true, DeadLetterQueue: dead, MaxReceiveCount: 1})
		sent, err := q.SendMessage(t.Context(), Message{Body: "x", Attributes: map[string]string{"MessageGroupId": "g"}})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"MessageGroupId": "g", "SequenceNumber": "10000000000000000256"}, sent.Attributes)
		const hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
		attributes := `"SentTimestamp":"946684800000","SequenceNumber":"10000000000000000256","MessageGroupId":"g","SenderId":"AIDAIENQZJOLO23YVJ4VO","MessageDeduplicationId":"` + hash + `","ApproximateFirstReceiveTimestamp":"946684800000"}`
		r := one(t, q)
		require.Contains(t, string(r.JSON), `"attributes":{"ApproximateReceiveCount":"1",`+attributes)
		require.Equal(t, "g", r.Group)

		time.Sleep(30 * time.Second)
		require.Empty(t, q.ReceiveMessages(1))
		r = one(t, dead)
		attributes = strings.ReplaceAll(attributes, "946684800000", "946684830000") // a FIFO queue's dead letter is sent anew
		require.Contains(t, string(r.JSON), `"attributes":{"DeadLetterQueueSourceArn":"arn:aws:sqs:us-east-1:123456789012:work.fifo","ApproximateReceiveCount":"2",`+attributes)
		require.Equal(t, sent.MessageId, r.ID)
	})
}

// Whatever was sent, the record is JSON that decodes to it.
func TestRecordJSONDecodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\"\\\n\t\r<>&/\u2028\u007f\U0010FFFF")))).Filter(func(s string) bool {
			return s != "" && validCharacters(s)
		})
		q := NewQueue("q.fifo", Attributes{})
		m := Message{
			Body:              text.Draw(t, "body"),
			Attributes:        map[string]string{"MessageGroupId": `a"\b`, "MessageDeduplicationId": "1", "AWSTraceHeader": text.Draw(t, "trace")},
			MessageAttributes: map[string]MessageAttribute{"a": {DataType: "String." + strings.ToValidUTF8(text.Draw(t, "type"), ""), StringValue: new(text.Draw(t, "value"))}},
		}
		if len(m.MessageAttributes["a"].DataType) > maxAttributeName {
			t.Skip("the data type is longer than a queue takes")
		}
		sent, err := q.SendMessage(t.Context(), m)
		require.NoError(t, err)
		rs, err := q.Receive(t.Context(), 10, false)
		require.NoError(t, err)

		var got events.SQSMessage
		require.NoError(t, json.Unmarshal(rs[0].JSON, &got))
		require.Equal(t, m.Body, got.Body)
		require.Equal(t, m.Body, string(rs[0].Data))
		require.Equal(t, m.Attributes["AWSTraceHeader"], got.Attributes["AWSTraceHeader"])
		require.Equal(t, m.Attributes["MessageGroupId"], got.Attributes["MessageGroupId"])
		require.Equal(t, *m.MessageAttributes["a"].StringValue, *got.MessageAttributes["a"].StringValue)
		require.Equal(t, m.MessageAttributes["a"].DataType, got.MessageAttributes["a"].DataType)
		require.Equal(t, sent.MessageId, got.MessageId)
		require.Equal(t, sent.Md5OfBody, got.Md5OfBody)
		require.Equal(t, sent.Md5OfMessageAttributes, got.Md5OfMessageAttributes)
	})
}

// The escaper agrees with a decoder on any string, valid or not, and plainJSON says exactly when it changes nothing.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "a", `"`, `\`, "\x00\x1f\x7f", "ü\u2028\xff\xc3", "\xe2\x82", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		escaped := string(jsontext.AppendEscaped(nil, s))
		var back string
		require.NoError(t, json.Unmarshal([]byte(`"`+escaped+`"`), &back))
		var want []rune
		for _, r := range s {
			want = append(want, r)
		}
		require.Equal(t, string(want), back)
		require.Equal(t, escaped == s, plainJSON(s))
	})
}
