package destinations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestKafkaBatchRecord(t *testing.T) {
	r := destinations.NewBatchRecord(discard(kinesisARN))
	r.KinesisBatchInfo = nil
	r.KafkaBatchInfo = &destinations.KafkaBatchInfo{
		BatchSize: 2, EventSourceARN: "arn:aws:kafka:us-east-1:123456789012:cluster/c/1", BootstrapServers: "h:9092", PayloadSize: 7,
		RecordsInfo: map[string]destinations.KafkaRange{
			"b-0": {FirstRecordOffset: "1", LastRecordOffset: "2", FirstRecordTimestamp: "2019-11-14T00:38:04.835Z", LastRecordTimestamp: "2019-11-14T00:38:04.840Z"},
			"a-1": {FirstRecordOffset: "3"},
		},
	}
	const info = `"version":"1.0","timestamp":"2019-11-14T00:38:05.835Z","KafkaBatchInfo":{"batchSize":2,"eventSourceArn":"arn:aws:kafka:us-east-1:123456789012:cluster/c/1","bootstrapServers":"h:9092","payloadSize":7,` +
		`"recordsInfo":{"a-1":{"firstRecordOffset":"3","lastRecordOffset":"","firstRecordTimestamp":"","lastRecordTimestamp":""},"b-0":{"firstRecordOffset":"1","lastRecordOffset":"2","firstRecordTimestamp":"2019-11-14T00:38:04.835Z","lastRecordTimestamp":"2019-11-14T00:38:04.840Z"}}}}`
	body := deliveredBody(t, destinations.Delivery{Batch: r})
	require.Contains(t, body, `"responseContext":{"statusCode":200,`)
	require.Contains(t, body, info)

	r.RequestContext.Condition, r.ResponseContext = destinations.MaximumPayloadSizeExceeded, nil
	body = deliveredBody(t, destinations.Delivery{Batch: r})
	require.Equal(t, `{"requestContext":{"requestId":"id","functionArn":"`+fn+`","condition":"MaximumPayloadSizeExceeded","approximateInvokeCount":2},"responseContext":null,`+info, body)

	key, err := destinations.ObjectKey(destinations.Delivery{Mapping: "uuid", Batch: r}, nil)
	require.NoError(t, err)
	require.Contains(t, key, "aws/lambda/uuid/a-1/2019/11/14/2019-11-14T00.38.05-")
}
