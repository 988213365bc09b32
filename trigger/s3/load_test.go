package s3_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestObjectsFromTheStart(t *testing.T) {
	files := fstest.MapFS{
		"index.html": {Data: []byte("<h1>")}, "img/red kite.png": {Data: []byte("png")}, "empty": {Mode: fs.ModeDir},
	}
	var l taker
	b := watched(t, &l, s3.Options{Objects: files})
	require.Empty(t, l.taken())
	list, err := b.ListObjects(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, list, 2)
	o, err := b.GetObject(t.Context(), "img/red kite.png", "")
	require.NoError(t, err)
	require.Equal(t, "png", string(o.Body))
	files["index.html"] = &fstest.MapFile{Data: []byte("changed")}
	o, err = b.GetObject(t.Context(), "index.html", "")
	require.NoError(t, err)
	require.Equal(t, "<h1>", string(o.Body), "they were read once")
	put(t, b, "index.html", "new")
	require.Len(t, l.taken(), 1)
}

type broken struct{}

func (broken) Open(string) (fs.File, error) { return nil, errors.New("broken") }

func TestObjectsThatCannotBe(t *testing.T) {
	_, err := s3.New("pictures", s3.Options{Objects: broken{}})
	require.EqualError(t, err, "broken")
	_, err = s3.New("pictures", s3.Options{Objects: fstest.MapFS{strings.Repeat("x", 1025): {}}})
	require.ErrorIs(t, err, s3.ErrKeyTooLong)
	_, err = s3.New("pictures", s3.Options{Objects: fstest.MapFS{"k": {Data: make([]byte, 11)}}, MaxBytes: 10})
	require.ErrorIs(t, err, s3.ErrEntityTooLarge)
}

// A bucket's files are an origin of an edge distribution.
func TestEdgeServesFromABucket(t *testing.T) {
	b := s3.NewBucket("site-files", s3.Options{})
	put(t, b, "css/site.css", "body{}")
	origin := &edge.Bucket{Name: b.Name(), Objects: b.FS(), Public: true}
	answer, err := origin.RoundTrip(httptest.NewRequest(http.MethodGet, "https://site-files.s3.amazonaws.com/css/site.css", nil))
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
}
