package s3_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestQueueTopicAndBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
		q, p, u := &queue{arn: queueARN}, &topic{arn: topicARN}, &bus{}
		b := s3.NewBucket("pictures", s3.Options{})
		require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{
			Queues:      []s3.QueueConfiguration{{Queue: q, Events: []string{"s3:ObjectCreated:*"}}},
			Topics:      []s3.TopicConfiguration{{Topic: p, Events: []string{"s3:ObjectRemoved:*"}}},
			EventBridge: u,
		}))
		ctx := destinations.WithTraceHeader(t.Context(), header)
		require.NoError(t, b.PutObject(ctx, "a b", "", []byte("hello")))
		_, err := b.DeleteObject(ctx, "a b", "")
		require.NoError(t, err)

		require.Len(t, q.got, 2) // the first is the test event
		require.Equal(t, map[string]string{"AWSTraceHeader": header}, q.got[1].Attributes)
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(q.got[1].Body), &e))
		require.Equal(t, "a b", e.Records[0].S3.Object.URLDecodedKey)
		require.Len(t, p.got, 2)
		require.Equal(t, "Amazon S3 Notification", p.got[1].Subject)
		require.Contains(t, p.got[1].Message, `"eventName":"ObjectRemoved:Delete"`)
		require.Equal(t, header, p.headers[1])

		require.Len(t, u.got, 2)
		require.Equal(t, []string{header, header}, u.headers)
		require.Equal(t, "aws.s3", u.got[0].Source)
		require.Equal(t, "Object Created", u.got[0].DetailType)
		require.Equal(t, []string{"arn:aws:s3:::pictures"}, u.got[0].Resources)
		require.Regexp(t, `^\{"version":"0","bucket":\{"name":"pictures"\},"object":\{"key":"a b","size":5,"etag":"5d41402abc4b2a76b9719d911017c592","sequencer":"[0-9A-F]{18}"\},"request-id":"[0-9A-F]{16}","requester":"123456789012","source-ip-address":"127.0.0.1","reason":"PutObject"\}$`, string(u.got[0].Detail))
		require.Equal(t, "Object Deleted", u.got[1].DetailType)
		require.Regexp(t, `"object":\{"key":"a b","sequencer":"[0-9A-F]{18}"\},.*,"reason":"DeleteObject","deletion-type":"Permanently Deleted"\}$`, string(u.got[1].Detail))
	})
}

// Every event has its name on the bus, and valid JSON.
func TestBusEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		u := &bus{}
		b := s3.NewBucket("pictures", s3.Options{})
		require.NoError(t, b.PutBucketNotificationConfiguration(ctx, s3.NotificationConfiguration{EventBridge: u}))
		_, err := b.Put(ctx, s3.PutObjectInput{Key: "k", Metadata: s3.Metadata{StorageClass: s3.Glacier}})
		require.NoError(t, err)
		require.NoError(t, b.RestoreObject(ctx, "k", "", 1, s3.Expedited))
		lambdatest.Advance(5 * time.Minute)
		require.NoError(t, b.PutObjectTagging(ctx, "k", "", nil))
		require.NoError(t, b.DeleteObjectTagging(ctx, "k", ""))
		require.NoError(t, b.PutObjectACL(ctx, "k", "", "public-read"))
		_, err = b.PostObject(ctx, s3.PutObjectInput{Key: "k"})
		require.NoError(t, err)
		_, err = b.CopyObject(ctx, s3.CopyObjectInput{SourceKey: "k", Key: "l"})
		require.NoError(t, err)
		id, err := b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "m"})
		require.NoError(t, err)
		part, err := b.UploadPart(ctx, id, 1, []byte("x"))
		require.NoError(t, err)
		_, err = b.CompleteMultipartUpload(ctx, id, []s3.CompletedPart{{PartNumber: 1, ETag: part}})
		require.NoError(t, err)
		require.NoError(t, b.PutBucketVersioning(ctx, s3.Enabled))
		_, err = b.DeleteObject(ctx, "k", "")
		require.NoError(t, err)
		var got []string
		for _, e := range u.got {
			var d struct {
				Reason, RestoreExpiryTime, SourceStorageClass string
				DeletionType                                  string `json:"deletion-type"`
			}
			require.NoError(t, json.Unmarshal(e.Detail, &d))
			got = append(got, strings.TrimRight(e.DetailType+"|"+d.Reason+"|"+d.DeletionType, "|"))
		}
		require.Equal(t, []string{
			"Object Created|PutObject", "Object Restore Initiated", "Object Restore Completed", "Object Tags Added",
			"Object Tags Deleted", "Object ACL Updated", "Object Created|POST Object", "Object Created|CopyObject",
			"Object Created|CompleteMultipartUpload", "Object Deleted|DeleteObject|Delete Marker Created",
		}, got)
	})
}
