package s3_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestFS(t *testing.T) {
	b := s3.NewBucket("site-files", s3.Options{})
	require.NoError(t, fstest.TestFS(b.FS()))
	for _, key := range []string{"index.html", "img/a.png", "img/deep/b.png", "a b/ü", "/leading", "a//b", "trailing/", "."} {
		put(t, b, key, "content of "+key)
	}
	require.NoError(t, fstest.TestFS(b.FS(), "index.html", "img/a.png", "img/deep/b.png", "a b/ü"))
	body, err := fs.ReadFile(b.FS(), "img/deep/b.png")
	require.NoError(t, err)
	require.Equal(t, "content of img/deep/b.png", string(body))
	_, err = fs.ReadFile(b.FS(), "img/none")
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = b.FS().Open("../x")
	require.ErrorIs(t, err, fs.ErrInvalid)
}

// An open file keeps its bytes; a file system that is opened again sees the bucket as it is.
func TestFSFollowsTheBucket(t *testing.T) {
	b := s3.NewBucket("site-files", s3.Options{})
	put(t, b, "k", "old")
	files := b.FS()
	open, err := files.Open("k")
	require.NoError(t, err)
	put(t, b, "k", "newer")
	info, err := open.Stat()
	require.NoError(t, err)
	require.Equal(t, int64(3), info.Size())
	body, err := fs.ReadFile(files, "k")
	require.NoError(t, err)
	require.Equal(t, "newer", string(body))
	require.NoError(t, b.PutBucketVersioning(t.Context(), s3.Enabled))
	_, err = b.DeleteObject(t.Context(), "k", "")
	require.NoError(t, err)
	_, err = files.Open("k")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// A key that is also a directory is a file; what is below it can be opened.
func TestFSKeyAndDirectory(t *testing.T) {
	b := s3.NewBucket("site-files", s3.Options{})
	put(t, b, "a", "file")
	put(t, b, "a/b", "below")
	entries, err := fs.ReadDir(b.FS(), ".")
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.False(t, entries[0].IsDir())
	body, err := fs.ReadFile(b.FS(), "a/b")
	require.NoError(t, err)
	require.Equal(t, "below", string(body))
}

// Whatever is in the bucket is in the file system, if its key is a path and nothing is both file and directory.
func TestFSHasEveryPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := s3.NewBucket("site-files", s3.Options{})
		keys := rapid.SliceOfDistinct(rapid.StringMatching(`f[ab](/f[ab]){0,2}`), rapid.ID).Draw(t, "keys")
		var expected []string
		for _, key := range keys {
			require.NoError(t, b.PutObject(t.Context(), key+".txt", "", []byte(key)))
			expected = append(expected, key+".txt")
		}
		require.NoError(t, fstest.TestFS(b.FS(), expected...))
	})
}
