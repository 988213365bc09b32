package s3_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		var l taker
		b := watched(t, &l, s3.Options{Trace: timeline.Trace})
		_, err := b.Put(t.Context(), s3.PutObjectInput{Key: "cold", Metadata: s3.Metadata{StorageClass: s3.Glacier}})
		require.NoError(t, err)
		require.NoError(t, b.RestoreObject(t.Context(), "cold", "", 1, ""))
		l.setRefusal(always("ServiceException"))
		put(t, b, "k", "x")
		b.Close()
		require.Len(t, timeline.Of(trace.Lost), 1)
		taken := len(l.taken())
		lambdatest.Advance(48 * time.Hour)
		require.Len(t, l.taken(), taken)
		put(t, b, "k", "y")
		require.Len(t, timeline.Of(trace.Lost), 2)
		o, err := b.GetObject(t.Context(), "k", "")
		require.NoError(t, err)
		require.Equal(t, "y", string(o.Body))
	})
}

// Writers at once, readers, a changing configuration: every write is told of once.
func TestConcurrentUse(t *testing.T) {
	const writers, each = 8, 50
	var l taker
	b := watched(t, &l, s3.Options{})
	require.NoError(t, b.PutBucketVersioning(t.Context(), s3.Enabled))
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				key := string(rune('a' + w%3))
				if err := b.PutObject(t.Context(), key, "", []byte(key)); err != nil {
					t.Error(err)
				}
				if o, err := b.GetObject(t.Context(), key, ""); err != nil || string(o.Body) != key {
					t.Error(o, err)
				}
				_, _ = b.ListObjects(t.Context(), "")
				_ = b.GetBucketNotificationConfiguration()
			}
		})
	}
	wg.Go(func() {
		for range each {
			if err := b.PutBucketNotificationConfiguration(t.Context(), toFunction("cfg", all)); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	seen := map[string]bool{}
	for _, event := range l.taken() {
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(event), &e))
		seen[e.Records[0].S3.Object.Sequencer] = true
	}
	require.Len(t, seen, writers*each)
}

func TestDoneContext(t *testing.T) {
	var l taker
	b := watched(t, &l, s3.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.PutObject(ctx, "k", "", nil), context.Canceled)
	_, err := b.GetObject(ctx, "k", "")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, b.PutBucketNotificationConfiguration(ctx, s3.NotificationConfiguration{}), context.Canceled)
	require.Empty(t, l.taken())
}
