package s3_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

// The telling fragments of the vectors, by row.
func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(b *s3.Bucket) error
		want []string
		not  []string
	}{
		{"vector 32: Put a@b", func(b *s3.Bucket) error {
			return b.PutObject(t.Context(), "a@b", "", nil)
		}, []string{`"eventName":"ObjectCreated:Put"`, `"key":"a%40b"`}, nil},
		{"vector 33: Put red flower.jpg", func(b *s3.Bucket) error {
			return b.PutObject(t.Context(), "red flower.jpg", "", nil)
		}, []string{`"key":"red+flower.jpg"`}, nil},
		{"vector 34: Delete, unversioned", func(b *s3.Bucket) error {
			if err := b.PutObject(t.Context(), "k", "", []byte("x")); err != nil {
				return err
			}
			_, err := b.DeleteObject(t.Context(), "k", "")
			return err
		}, []string{`"eventVersion":"2.1"`, `"eventName":"ObjectRemoved:Delete"`, `"object":{"key":"k","sequencer":"`}, []string{"size", "eTag", "versionId"}},
		{"vector 35: PutObjectTagging", func(b *s3.Bucket) error {
			if err := b.PutObject(t.Context(), "k", "", nil); err != nil {
				return err
			}
			return b.PutObjectTagging(t.Context(), "k", "", map[string]string{"a": "b"})
		}, []string{`"eventVersion":"2.3"`, `"eventName":"ObjectTagging:Put"`, `"object":{"key":"k","eTag":"d41d8cd98f00b204e9800998ecf8427e"}}`}, []string{"sequencer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l taker
			require.NoError(t, c.do(watched(t, &l, s3.Options{})))
			for _, want := range c.want {
				require.Contains(t, l.last(), want)
			}
			for _, not := range c.not {
				require.NotContains(t, l.last(), not)
			}
		})
	}
}

// The whole record, byte for byte.
func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l taker
		b := watched(t, &l, s3.Options{})
		require.NoError(t, b.PutObject(t.Context(), "red flower.jpg", "image/jpeg", make([]byte, 1024)))
		require.Equal(t, `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2000-01-01T00:00:00.000Z",`+
			`"eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:AIDAIENQZJOLO23YVJ4VO"},`+
			`"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"3F271E4BC9D2543D",`+
			`"x-amz-id-2":"wt4hPRxKfu6iYtSuRKRACEHZqQSxMBP6PkdXOYR3NCyyRBcT5h+OTHfkI+Up4lJi+3wc/axYtLNr"},"s3":{"s3SchemaVersion":"1.0","configurationId":"cfg","bucket":{"name":"pictures",`+
			`"ownerIdentity":{"principalId":"A3NL1KOZZKEXAMPLE"},"arn":"arn:aws:s3:::pictures"},"object":{"key":"red+flower.jpg",`+
			`"size":1024,"eTag":"0f343b0931126a20f133d67c2b018a3b","sequencer":"00386D438000000000"}}}]}`, l.last())
	})
}

// keysOf names the members of the object of the only record, in order.
func keysOf(t *testing.T, event string) (keys []string) {
	var e struct {
		Records []struct {
			S3 struct{ Object json.RawMessage }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(event), &e))
	require.Len(t, e.Records, 1)
	d := json.NewDecoder(bytes.NewReader(e.Records[0].S3.Object))
	_, err := d.Token()
	require.NoError(t, err)
	for d.More() {
		key, err := d.Token()
		require.NoError(t, err)
		keys = append(keys, key.(string))
		_, err = d.Token()
		require.NoError(t, err)
	}
	return keys
}

// Every event that a bucket brings about: its version and the members of its object.
func TestEventTable(t *testing.T) {
	ctx := context.Background()
	tag := map[string]string{"a": "b"}
	existing := func(b *s3.Bucket) error {
		_, err := b.Put(ctx, s3.PutObjectInput{Key: "k", Metadata: s3.Metadata{StorageClass: s3.Glacier}})
		return err
	}
	for _, c := range []struct {
		event, version string
		members        string
		do             func(b *s3.Bucket) error
	}{
		{"ObjectCreated:Put", "2.1", "key size eTag sequencer", existing},
		{"ObjectCreated:Post", "2.1", "key size eTag sequencer", func(b *s3.Bucket) error {
			_, err := b.PostObject(ctx, s3.PutObjectInput{Key: "k"})
			return err
		}},
		{"ObjectCreated:Copy", "2.1", "key size eTag sequencer", func(b *s3.Bucket) error {
			if err := b.PutObject(ctx, "k", "", nil); err != nil {
				return err
			}
			_, err := b.CopyObject(ctx, s3.CopyObjectInput{SourceKey: "k", Key: "l"})
			return err
		}},
		{"ObjectCreated:CompleteMultipartUpload", "2.1", "key size eTag sequencer", func(b *s3.Bucket) error {
			id, err := b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "k"})
			if err != nil {
				return err
			}
			part, err := b.UploadPart(ctx, id, 1, []byte("x"))
			if err != nil {
				return err
			}
			o, err := b.CompleteMultipartUpload(ctx, id, []s3.CompletedPart{{PartNumber: 1, ETag: part}})
			require.True(t, strings.HasSuffix(o.ETag, "-1"))
			return err
		}},
		{"ObjectRemoved:Delete", "2.1", "key sequencer", func(b *s3.Bucket) error {
			if err := existing(b); err != nil {
				return err
			}
			_, err := b.DeleteObject(ctx, "k", "")
			return err
		}},
		{"ObjectRemoved:DeleteMarkerCreated", "2.1", "key eTag versionId sequencer", func(b *s3.Bucket) error {
			if err := b.PutBucketVersioning(ctx, s3.Enabled); err != nil {
				return err
			}
			_, err := b.DeleteObject(ctx, "k", "")
			return err
		}},
		{"ObjectRestore:Post", "2.1", "key size eTag sequencer", func(b *s3.Bucket) error {
			if err := existing(b); err != nil {
				return err
			}
			return b.RestoreObject(ctx, "k", "", 1, "")
		}},
		{"ObjectRestore:Completed", "2.1", "key size eTag sequencer", func(b *s3.Bucket) error {
			if err := existing(b); err != nil {
				return err
			}
			err := b.RestoreObject(ctx, "k", "", 1, "")
			lambdatest.Advance(5 * time.Hour)
			return err
		}},
		{"ObjectTagging:Put", "2.3", "key eTag", func(b *s3.Bucket) error {
			if err := existing(b); err != nil {
				return err
			}
			return b.PutObjectTagging(ctx, "k", "", tag)
		}},
		{"ObjectTagging:Delete", "2.3", "key eTag", func(b *s3.Bucket) error {
			if err := existing(b); err != nil {
				return err
			}
			return b.DeleteObjectTagging(ctx, "k", "")
		}},
		{"ObjectAcl:Put", "2.3", "key eTag", func(b *s3.Bucket) error {
			if err := existing(b); err != nil {
				return err
			}
			return b.PutObjectACL(ctx, "k", "", "public-read")
		}},
	} {
		t.Run(c.event, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l taker
				b := watched(t, &l, s3.Options{})
				defer b.Close()
				require.NoError(t, c.do(b))
				require.Equal(t, c.members, strings.Join(keysOf(t, l.last()), " "))
				var e events.S3Event
				require.NoError(t, json.Unmarshal([]byte(l.last()), &e))
				r := e.Records[0]
				require.Equal(t, c.event, r.EventName)
				require.Equal(t, c.version, r.EventVersion)
				require.Equal(t, "cfg", r.S3.ConfigurationID)
				require.True(t, r.EventTime.Equal(time.Now()))
			})
		})
	}
}

func TestRestoreCompletedRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l taker
		b := watched(t, &l, s3.Options{})
		_, err := b.Put(t.Context(), s3.PutObjectInput{Key: "k", Metadata: s3.Metadata{StorageClass: s3.DeepArchive}})
		require.NoError(t, err)
		require.NoError(t, b.RestoreObject(t.Context(), "k", "", 2, s3.Bulk))
		require.NoError(t, b.Wait(t.Context()))
		lambdatest.Advance(48 * time.Hour)
		require.Contains(t, l.last(), `"userIdentity":{"principalId":"AmazonCustomer:`)
		require.True(t, strings.HasSuffix(l.last(), `,"glacierEventData":{"restoreEventData":{"lifecycleRestorationExpiryTime":"2000-01-06T00:00:00.000Z",`+
			`"lifecycleRestoreStorageClass":"DEEP_ARCHIVE"}}}]}`), l.last())
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(l.last()), &e))
		require.Equal(t, s3.DeepArchive, e.Records[0].GlacierEventData.RestoreEventData.LifecycleRestoreStorageClass)
	})
}

// Versions show in the records of what was written with versioning, and only there.
func TestVersionIDs(t *testing.T) {
	var l taker
	b := watched(t, &l, s3.Options{})
	ctx := t.Context()
	versionOf := func() string {
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(l.last()), &e))
		return e.Records[0].S3.Object.VersionID
	}
	require.Empty(t, put(t, b, "k", "1").VersionID)
	require.Empty(t, versionOf())
	require.NoError(t, b.PutBucketVersioning(ctx, s3.Enabled))
	second := put(t, b, "k", "2")
	require.Equal(t, second.VersionID, versionOf())
	require.Len(t, second.VersionID, 32)
	require.NoError(t, b.PutObjectTagging(ctx, "k", second.VersionID, nil))
	require.Equal(t, second.VersionID, versionOf())
	require.NoError(t, b.PutObjectTagging(ctx, "k", "null", nil))
	require.Empty(t, versionOf())
	marker, err := b.DeleteObject(ctx, "k", "")
	require.NoError(t, err)
	require.True(t, marker.DeleteMarker)
	require.Equal(t, marker.VersionID, versionOf())
	_, err = b.DeleteObject(ctx, "k", second.VersionID)
	require.NoError(t, err)
	require.Equal(t, second.VersionID, versionOf())
	require.Contains(t, l.last(), `"ObjectRemoved:Delete"`)
	require.NoError(t, b.PutBucketVersioning(ctx, s3.Suspended))
	require.Equal(t, "null", put(t, b, "k", "3").VersionID)
	require.Empty(t, versionOf())
}
