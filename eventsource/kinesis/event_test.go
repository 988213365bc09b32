package kinesis

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
)

func TestRecordJSON(t *testing.T) {
	s := newAt(t, Options{InvokeIdentityARN: "arn:aws:iam::123456789012:role/r"})
	s.mustPut(t, 0, "k", "hello")
	s.mustPut(t, 13*time.Millisecond, `"é\`+"\x01\n", "")
	s.mustPut(t, 513*time.Millisecond, "k", "")
	p := s.mustRead(t, time.Second, shard0, horizon, 10)
	require.Equal(t, `{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"k","sequenceNumber":"`+p.Records[0].ID+`","data":"aGVsbG8=","approximateArrivalTimestamp":1545084650.987},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000000:`+p.Records[0].ID+`","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/r","awsRegion":"us-east-1","eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s"}`,
		string(p.Records[0].JSON))
	require.Contains(t, string(p.Records[1].JSON), `"partitionKey":"\"é\\\u0001\n",`)
	require.Contains(t, string(p.Records[1].JSON), `"data":"","approximateArrivalTimestamp":1545084651}`)
	require.Contains(t, string(p.Records[2].JSON), `"approximateArrivalTimestamp":1545084651.5}`)
	require.Equal(t, epoch.Add(513*time.Millisecond), p.Records[2].Arrival)
	require.Equal(t, "k", p.Records[0].Group)
	require.Regexp(t, `^49\d{54}$`, p.Records[0].ID)
}

func TestIdentity(t *testing.T) {
	s := newAt(t, Options{Identity: lambda.Identity{Account: "210987654321", Region: "cn-north-1", Partition: "aws-cn"}})
	s.mustPut(t, 0, "k", "")
	text := string(s.mustRead(t, 0, shard0, horizon, 1).Records[0].JSON)
	require.Contains(t, text, `"invokeIdentityArn":"arn:aws-cn:iam::210987654321:role/lambda-role","awsRegion":"cn-north-1","eventSourceARN":"arn:aws-cn:kinesis:cn-north-1:210987654321:stream/s"}`)
	_, err := s.readAt(epoch, shard3, horizon, 1)
	require.ErrorContains(t, err, "under account 210987654321")
}

// What encoding/json and aws-lambda-go read is what was put.
func TestRecordJSONIsTheRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := newStreamAt(epoch, "s", Options{})
		require.NoError(t, err)
		key := rapid.StringOfN(rapid.Rune(), 1, 100, 1000).Draw(t, "key")
		data := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "data")
		ms := rapid.Int64Range(0, 5000).Draw(t, "ms")
		when := epoch.Add(time.Duration(ms) * time.Millisecond)
		out, err := s.putRecordAt(when, PutRecordInput{PartitionKey: key, Data: data})
		require.NoError(t, err)
		r, err := s.readAt(when, shard0, horizon, 1)
		require.NoError(t, err)
		var e events.KinesisEventRecord
		require.NoError(t, json.Unmarshal(s.page(r).Records[0].JSON, &e))
		require.Equal(t, key, e.Kinesis.PartitionKey)
		require.Equal(t, string(data), string(e.Kinesis.Data))
		require.Equal(t, out.SequenceNumber, e.Kinesis.SequenceNumber)
		require.Equal(t, out.ShardID+":"+out.SequenceNumber, e.EventID)
		require.WithinDuration(t, when, e.Kinesis.ApproximateArrivalTimestamp.Time, time.Millisecond/2)
	})
}

// Records of one page share an array, but none can grow into the next.
func TestRecordsDoNotOverlap(t *testing.T) {
	s := newAt(t, Options{})
	s.mustPut(t, 0, "a", "1")
	s.mustPut(t, 0, "b", "2")
	p := s.mustRead(t, 0, shard0, horizon, 10)
	second := string(p.Records[1].JSON)
	_ = append(p.Records[0].JSON, "overwritten"...)
	require.Equal(t, second, string(p.Records[1].JSON))
}
