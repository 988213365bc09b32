package s3_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestCopyBetweenBuckets(t *testing.T) {
	ctx := t.Context()
	from, to := s3.NewBucket("from", s3.Options{}), s3.NewBucket("to-bucket", s3.Options{})
	_, err := from.Put(ctx, s3.PutObjectInput{Key: "k", Body: []byte("x"), Metadata: s3.Metadata{ContentType: "text/plain", StorageClass: "STANDARD_IA"}, ACL: "public-read"})
	require.NoError(t, err)
	o, err := to.CopyObject(ctx, s3.CopyObjectInput{Source: from, SourceKey: "k", Key: "l"})
	require.NoError(t, err)
	require.Equal(t, "text/plain", o.ContentType)
	require.Equal(t, s3.Standard, o.StorageClass)
	acl, err := to.GetObjectACL(ctx, "l", "")
	require.NoError(t, err)
	require.Equal(t, "private", acl)
	o, err = from.CopyObject(ctx, s3.CopyObjectInput{SourceKey: "k", Key: "k", Metadata: &s3.Metadata{ContentType: "text/css"}})
	require.NoError(t, err)
	require.Equal(t, "text/css", o.ContentType)
}
