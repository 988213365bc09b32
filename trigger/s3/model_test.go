package s3_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

// modelVersion and model are a bucket as one would explain it: a list of everything that was written, oldest first.
type modelVersion struct {
	key, id, body string
	marker        bool
	tags          map[string]string
}

type model struct {
	versioning s3.Versioning
	versions   []*modelVersion
}

func (m *model) find(key, id string) *modelVersion {
	for _, v := range slices.Backward(m.versions) {
		if v.key == key && (id == "" || v.id == id) {
			return v
		}
	}
	return nil
}

func (m *model) add(v *modelVersion) {
	if m.versioning != s3.Enabled {
		v.id = "null"
		m.remove(v.key, "null")
	}
	m.versions = append(m.versions, v)
}

func (m *model) remove(key, id string) {
	m.versions = slices.DeleteFunc(m.versions, func(v *modelVersion) bool { return v.key == key && v.id == id })
}

// shown is the id as it is answered.
func (m *model) shown(id string) string {
	if m.versioning == s3.Unversioned {
		return ""
	}
	return id
}

// A bucket behaves as the model does under every sequence of operations.
func TestBucketIsItsModel(t *testing.T) {
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		b, m := s3.NewBucket("pictures", s3.Options{Seed: 7}), &model{}
		key := rapid.SampledFrom([]string{"a", "b", "c/d"})
		version := func(t *rapid.T, key string) string {
			ids := []string{"", "null", "unknown"}
			for _, v := range m.versions {
				if v.key == key {
					ids = append(ids, v.id)
				}
			}
			return rapid.SampledFrom(ids).Draw(t, "version")
		}
		t.Repeat(map[string]func(*rapid.T){
			"versioning": func(t *rapid.T) {
				m.versioning = rapid.SampledFrom([]s3.Versioning{s3.Enabled, s3.Suspended}).Draw(t, "status")
				require.NoError(t, b.PutBucketVersioning(ctx, m.versioning))
				require.Equal(t, m.versioning, b.GetBucketVersioning())
			},
			"put": func(t *rapid.T) {
				v := &modelVersion{key: key.Draw(t, "key"), body: rapid.StringN(0, 5, -1).Draw(t, "body")}
				if rapid.Bool().Draw(t, "tagged") {
					v.tags = map[string]string{"t": v.body}
				}
				o, err := b.Put(ctx, s3.PutObjectInput{Key: v.key, Body: []byte(v.body), Tags: v.tags})
				require.NoError(t, err)
				v.id = o.VersionID
				m.add(v)
				require.Equal(t, m.shown(v.id), o.VersionID)
			},
			"copy": func(t *rapid.T) {
				from, to := key.Draw(t, "from"), key.Draw(t, "to")
				id := version(t, from)
				o, err := b.CopyObject(ctx, s3.CopyObjectInput{SourceKey: from, SourceVersionID: id, Key: to})
				v := m.find(from, id)
				switch {
				case from == to && id == "":
					require.ErrorIs(t, err, s3.ErrInvalidRequest)
				case v == nil || v.marker:
					require.Error(t, err)
				default:
					require.NoError(t, err)
					m.add(&modelVersion{key: to, id: o.VersionID, body: v.body, tags: maps.Clone(v.tags)})
				}
			},
			"delete": func(t *rapid.T) {
				key := key.Draw(t, "key")
				id := version(t, key)
				out, err := b.DeleteObject(ctx, key, id)
				require.NoError(t, err)
				if id == "" && m.versioning != s3.Unversioned {
					require.True(t, out.DeleteMarker)
					m.add(&modelVersion{key: key, id: out.VersionID, marker: true})
					return
				}
				if id == "" {
					id = "null"
				}
				v := m.find(key, id)
				require.Equal(t, v != nil && v.marker, out.DeleteMarker)
				m.remove(key, id)
			},
			"tag": func(t *rapid.T) {
				key := key.Draw(t, "key")
				id := version(t, key)
				v := m.find(key, id)
				err := b.PutObjectTagging(ctx, key, id, map[string]string{"new": id})
				require.Equal(t, v != nil && !v.marker, err == nil)
				if err == nil {
					v.tags = map[string]string{"new": id}
				}
			},
			"": func(t *rapid.T) {
				var want []string
				for _, key := range []string{"a", "b", "c/d"} {
					if v := m.find(key, ""); v != nil && !v.marker {
						want = append(want, key)
					}
					for _, id := range append([]string{"", "null"}, idsOf(m, key)...) {
						checkObject(t, ctx, b, m, key, id)
					}
				}
				list, err := b.ListObjects(ctx, "")
				require.NoError(t, err)
				var got []string
				for _, o := range list {
					got = append(got, o.Key)
				}
				require.Equal(t, want, got)
			},
		})
	})
}

func idsOf(m *model, key string) (ids []string) {
	for _, v := range m.versions {
		if v.key == key {
			ids = append(ids, v.id)
		}
	}
	return ids
}

func checkObject(t *rapid.T, ctx context.Context, b *s3.Bucket, m *model, key, id string) {
	o, err := b.GetObject(ctx, key, id)
	v := m.find(key, id)
	switch {
	case v == nil && id == "", v != nil && v.marker && id == "":
		require.ErrorIs(t, err, s3.ErrNoSuchKey)
	case v == nil:
		require.ErrorIs(t, err, s3.ErrNoSuchVersion)
	case v.marker:
		require.ErrorIs(t, err, s3.ErrMethodNotAllowed)
	default:
		require.NoError(t, err)
		require.Equal(t, v.body, string(o.Body))
		require.Equal(t, m.shown(v.id), o.VersionID)
		tags, err := b.GetObjectTagging(ctx, key, id)
		require.NoError(t, err)
		require.Equal(t, len(v.tags), len(tags))
		for name, value := range v.tags {
			require.Equal(t, value, tags[name])
		}
	}
}

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

func TestACL(t *testing.T) {
	var l taker
	b := watched(t, &l, s3.Options{})
	put(t, b, "k", "")
	require.NoError(t, b.PutObjectACL(t.Context(), "k", "", ""))
	require.Len(t, l.taken(), 1, "no change, no event")
	require.NoError(t, b.PutObjectACL(t.Context(), "k", "", "public-read"))
	require.Len(t, l.taken(), 2)
}

func TestBucketNames(t *testing.T) {
	for _, name := range []string{"abc", "a.b", "my-bucket.eu", "123", "1.2.3"} {
		_, err := s3.New(name, s3.Options{})
		require.NoError(t, err, name)
	}
	for _, name := range []string{
		"", "ab", string(bytes.Repeat([]byte("a"), 64)), "Abc", "a_b", "-ab", "ab-", ".ab", "a..b", "1.2.3.4", "xn--a", "sthree-a",
		"a-s3alias", "a--ol-s3", "a.mrap", "a--x-s3", "é12", "a b",
	} {
		_, err := s3.New(name, s3.Options{})
		require.ErrorIs(t, err, s3.ErrInvalidBucketName, "%q", name)
	}
	require.Panics(t, func() { s3.NewBucket("A", s3.Options{}) })
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
