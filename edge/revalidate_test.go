package edge_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRevalidationThatForbidsToKeep: an entry of which the origin says that it is still good, and is not to be kept, is
// shown and forgotten: the next request asks for the whole.
func TestRevalidationThatForbidsToKeep(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.gives(200, "page", "Cache-Control", "max-age=1", "ETag", `"v1"`)
		s.get("/a").is(t, 200, "Miss", missed)
		time.Sleep(2 * time.Second)
		s.gives(304, "", "Cache-Control", "no-store", "ETag", `"v1"`)
		require.Equal(t, "page", s.get("/a").is(t, 200, "RefreshHit", missed).body)
		require.Equal(t, `"v1"`, s.asked.Header.Get("If-None-Match"))
		require.Empty(t, s.d.Cache())
		s.gives(200, "new")
		require.Equal(t, "new", s.get("/a").is(t, 200, "Miss", missed).body)
		require.Empty(t, s.asked.Header.Get("If-None-Match"))
	})
}

// TestErrorsAreNotRevalidated: what was an error is asked for anew, whatever validators it had.
func TestErrorsAreNotRevalidated(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.gives(404, "none", "ETag", `"gone"`, "Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		s.get("/a").is(t, 404, "Error", failing)
		time.Sleep(11 * time.Second)
		s.gives(200, "page")
		s.get("/a").is(t, 200, "Miss", missed)
		require.Empty(t, s.asked.Header.Get("If-None-Match"))
		require.Empty(t, s.asked.Header.Get("If-Modified-Since"))
	})
}

// TestTransportsNeedNotKnowTheLength: one that leaves ContentLength as it is says nothing about it.
func TestTransportsNeedNotKnowTheLength(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.config.Origin.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("page"))}, nil
		})
		require.Equal(t, "page", s.get("/a").is(t, 200, "Miss", "vq oq op vp").body)
	})
}
