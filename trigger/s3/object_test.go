package s3_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

// What goes in is copied, and so is what comes out.
func TestBytesAreCopied(t *testing.T) {
	ctx := t.Context()
	b := s3.NewBucket("pictures", s3.Options{})
	body, user, tags := []byte("body"), map[string]string{"A": "1"}, map[string]string{"t": "1"}
	o, err := b.Put(ctx, s3.PutObjectInput{Key: "k", Body: body, Metadata: s3.Metadata{UserMetadata: user}, Tags: tags})
	require.NoError(t, err)
	clear(body)
	clear(user)
	clear(tags)
	clear(o.UserMetadata)
	for range 2 {
		o, err := b.GetObject(ctx, "k", "")
		require.NoError(t, err)
		require.Equal(t, "body", string(o.Body))
		require.Equal(t, map[string]string{"a": "1"}, o.UserMetadata)
		got, err := b.GetObjectTagging(ctx, "k", "")
		require.NoError(t, err)
		require.Equal(t, map[string]string{"t": "1"}, got)
		clear(o.Body)
		clear(o.UserMetadata)
		clear(got)
	}
}

func TestRefusedInput(t *testing.T) {
	ctx := t.Context()
	var l taker
	b := watched(t, &l, s3.Options{})
	elevenTags := map[string]string{}
	for i := range 11 {
		elevenTags[string(rune('a'+i))] = ""
	}
	for name, c := range map[string]struct {
		in   s3.PutObjectInput
		want error
	}{
		"no key":        {s3.PutObjectInput{}, s3.ErrInvalidArgument},
		"long key":      {s3.PutObjectInput{Key: string(bytes.Repeat([]byte("x"), 1025))}, s3.ErrKeyTooLong},
		"not UTF-8":     {s3.PutObjectInput{Key: "\xff"}, s3.ErrInvalidArgument},
		"class":         {s3.PutObjectInput{Key: "k", Metadata: s3.Metadata{StorageClass: "FROZEN"}}, s3.ErrInvalidArgument},
		"ACL":           {s3.PutObjectInput{Key: "k", ACL: "mine"}, s3.ErrInvalidArgument},
		"tags":          {s3.PutObjectInput{Key: "k", Tags: elevenTags}, s3.ErrInvalidTag},
		"empty tag":     {s3.PutObjectInput{Key: "k", Tags: map[string]string{"": "x"}}, s3.ErrInvalidTag},
		"long tag":      {s3.PutObjectInput{Key: "k", Tags: map[string]string{string(bytes.Repeat([]byte("x"), 129)): ""}}, s3.ErrInvalidTag},
		"long tag text": {s3.PutObjectInput{Key: "k", Tags: map[string]string{"k": string(bytes.Repeat([]byte("x"), 257))}}, s3.ErrInvalidTag},
	} {
		_, err := b.Put(ctx, c.in)
		require.ErrorIs(t, err, c.want, name)
	}
	require.ErrorIs(t, b.PutObjectTagging(ctx, "none", "", nil), s3.ErrNoSuchKey)
	require.ErrorIs(t, b.PutObjectACL(ctx, "none", "", ""), s3.ErrNoSuchKey)
	require.ErrorIs(t, b.PutObjectACL(ctx, "none", "", "mine"), s3.ErrInvalidArgument)
	require.ErrorIs(t, b.PutBucketVersioning(ctx, s3.Unversioned), s3.ErrInvalidArgument)
	_, err := b.DeleteObject(ctx, "", "")
	require.ErrorIs(t, err, s3.ErrInvalidArgument)
	_, err = b.DeleteObject(ctx, "none", "")
	require.NoError(t, err)
	require.Empty(t, l.taken(), "what is refused, or does nothing, is no event")
}

func TestErrorsAreTold(t *testing.T) {
	b := s3.NewBucket("pictures", s3.Options{})
	_, err := b.GetObject(t.Context(), "k", "")
	require.EqualError(t, err, "NoSuchKey: The specified key does not exist. (1: Key: k)")
	require.False(t, errors.Is(err, s3.ErrNoSuchVersion))
	require.False(t, errors.Is(err, context.Canceled))
}

func TestLastModified(t *testing.T) {
	b := s3.NewBucket("pictures", s3.Options{})
	before := time.Now()
	o := put(t, b, "k", "")
	require.False(t, o.LastModified.Before(before))
}
