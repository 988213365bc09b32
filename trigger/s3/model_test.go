package s3_test

import (
	"context"
	"maps"
	"slices"
	"testing"

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
