package s3_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

// The bytes that a bucket holds are those of its versions and parts, so that MaxBytes means what it says.
func TestMaxBytes(t *testing.T) {
	ctx := t.Context()
	b := s3.NewBucket("pictures", s3.Options{MaxBytes: 10, MaxObjectSize: 6})
	require.ErrorIs(t, b.PutObject(ctx, "a", "", make([]byte, 7)), s3.ErrEntityTooLarge)
	require.NoError(t, b.PutObject(ctx, "a", "", make([]byte, 6)))
	require.NoError(t, b.PutObject(ctx, "a", "", make([]byte, 5)), "in place of the six")
	require.NoError(t, b.PutObject(ctx, "b", "", make([]byte, 5)))
	require.ErrorIs(t, b.PutObject(ctx, "c", "", make([]byte, 1)), s3.ErrEntityTooLarge)
	id, err := b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "d"})
	require.NoError(t, err)
	_, err = b.UploadPart(ctx, id, 1, make([]byte, 1))
	require.ErrorIs(t, err, s3.ErrEntityTooLarge)
	_, err = b.DeleteObject(ctx, "a", "")
	require.NoError(t, err)
	part, err := b.UploadPart(ctx, id, 1, make([]byte, 5))
	require.NoError(t, err)
	require.ErrorIs(t, b.PutObject(ctx, "c", "", make([]byte, 1)), s3.ErrEntityTooLarge, "parts count")
	_, err = b.CompleteMultipartUpload(ctx, id, []s3.CompletedPart{{PartNumber: 1, ETag: part}})
	require.NoError(t, err)
	id, err = b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "d"})
	require.NoError(t, err)
	require.NoError(t, b.AbortMultipartUpload(ctx, id))
	_, err = b.DeleteObject(ctx, "d", "")
	require.NoError(t, err)
	require.NoError(t, b.PutObject(ctx, "c", "", make([]byte, 5)))
}
