package destinations_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestS3Wrapping(t *testing.T) {
	b := &fakeBucket{}
	target := destinations.S3(b)
	d := destinations.Delivery{Function: "fn", Record: record(destinations.RetriesExhausted)}
	require.NoError(t, target.Deliver(t.Context(), d))
	require.Regexp(t, `^aws/lambda/async/fn/2026/10/01/2026-10-01T12\.03\.42-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, b.got[0].key)
	require.Equal(t, "application/octet-stream", b.got[0].contentType)
	require.True(t, strings.HasPrefix(string(b.got[0].body), `{"version":"1.0",`))

	d = destinations.Delivery{Function: "fn", Mapping: "14e0db71-5d35-4eb5-b481-8945cf9d10c2", Batch: destinations.NewBatchRecord(discard(kinesisARN))}
	require.NoError(t, target.Deliver(t.Context(), d))
	require.Regexp(t, `^aws/lambda/14e0db71-5d35-4eb5-b481-8945cf9d10c2/shardId-000000000000/2019/11/14/2019-11-14T00\.38\.05-[0-9a-f-]{36}$`, b.got[1].key)
	require.True(t, strings.HasSuffix(string(b.got[1].body), `,"payload":"{\"Records\":[\"<\\\">\"]}"}`), "row K20: %s", b.got[1].body)

	require.NoError(t, target.Deliver(t.Context(), d))
	require.Equal(t, b.got[1].key, b.got[2].key, "the same document has the same key in every run")
	d.Batch.RequestContext.RequestID = "other"
	require.NoError(t, target.Deliver(t.Context(), d))
	require.NotEqual(t, b.got[1].key, b.got[3].key)
}

func TestObjectKeyNeedsATime(t *testing.T) {
	_, err := destinations.ObjectKey(destinations.Delivery{Record: &destinations.Record{Timestamp: "noon"}}, nil)
	require.ErrorContains(t, err, "the record's timestamp")
	_, err = destinations.ObjectKey(destinations.Delivery{DeadLetter: letter}, nil)
	require.ErrorIs(t, err, destinations.ErrDelivery)
	require.ErrorContains(t, destinations.EventBridge(&fakeBus{}).Deliver(t.Context(), destinations.Delivery{Record: &destinations.Record{}}), "timestamp")
}

// ObjectPrefix is what every key of the sender begins with.
func TestObjectPrefix(t *testing.T) {
	async := destinations.Delivery{Function: "f", Record: &destinations.Record{Timestamp: "2025-11-25T02:26:14.123Z"}}
	batch := destinations.Delivery{Function: "f", Mapping: "uuid", Batch: &destinations.BatchRecord{Timestamp: "2025-11-25T02:26:14.123Z"}}
	for want, d := range map[string]destinations.Delivery{"aws/lambda/async/f/": async, "aws/lambda/uuid/": batch} {
		require.Equal(t, want, destinations.ObjectPrefix(d))
		key, err := destinations.ObjectKey(d, nil)
		require.NoError(t, err)
		require.Contains(t, key, want)
		require.Equal(t, 0, strings.Index(key, want))
	}
}
