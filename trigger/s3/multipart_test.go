package s3_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestMultipartUpload(t *testing.T) {
	ctx := t.Context()
	var l taker
	b := watched(t, &l, s3.Options{})
	id, err := b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "k", Metadata: s3.Metadata{ContentType: "text/plain"}, Tags: map[string]string{"a": "b"}})
	require.NoError(t, err)
	big := bytes.Repeat([]byte("a"), 5<<20)
	first, err := b.UploadPart(ctx, id, 2, big)
	require.NoError(t, err)
	_, err = b.UploadPart(ctx, id, 7, []byte("other"))
	require.NoError(t, err)
	last, err := b.UploadPart(ctx, id, 7, []byte("tail"))
	require.NoError(t, err)
	small, err := b.UploadPart(ctx, id, 1, []byte("small"))
	require.NoError(t, err)
	for _, c := range []struct {
		parts []s3.CompletedPart
		want  error
	}{
		{nil, s3.ErrInvalidRequest},
		{[]s3.CompletedPart{{PartNumber: 7, ETag: last}, {PartNumber: 2, ETag: first}}, s3.ErrInvalidPartOrder},
		{[]s3.CompletedPart{{PartNumber: 2, ETag: last}}, s3.ErrInvalidPart},
		{[]s3.CompletedPart{{PartNumber: 3, ETag: first}}, s3.ErrInvalidPart},
		{[]s3.CompletedPart{{PartNumber: 1, ETag: small}, {PartNumber: 2, ETag: first}}, s3.ErrEntityTooSmall},
	} {
		_, err := b.CompleteMultipartUpload(ctx, id, c.parts)
		require.ErrorIs(t, err, c.want)
	}
	require.Empty(t, l.taken())
	o, err := b.CompleteMultipartUpload(ctx, id, []s3.CompletedPart{{PartNumber: 2, ETag: first}, {PartNumber: 7, ETag: last}})
	require.NoError(t, err)
	require.Equal(t, int64(5<<20+4), o.Size)
	require.Equal(t, "text/plain", o.ContentType)
	require.Equal(t, "-2", o.ETag[32:])
	got, err := b.GetObject(ctx, "k", "")
	require.NoError(t, err)
	require.Equal(t, append(big, "tail"...), got.Body)
	_, err = b.CompleteMultipartUpload(ctx, id, []s3.CompletedPart{{PartNumber: 2, ETag: first}})
	require.ErrorIs(t, err, s3.ErrNoSuchUpload)
	require.ErrorIs(t, b.AbortMultipartUpload(ctx, id), s3.ErrNoSuchUpload)
	_, err = b.UploadPart(ctx, id, 1, nil)
	require.ErrorIs(t, err, s3.ErrNoSuchUpload)
	_, err = b.UploadPart(ctx, id, 10_001, nil)
	require.ErrorIs(t, err, s3.ErrInvalidArgument)
	_, err = b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "k", Body: []byte{}})
	require.ErrorIs(t, err, s3.ErrInvalidRequest)
	require.Len(t, l.taken(), 1)
}
