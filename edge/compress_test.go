package edge

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func ungzip(t *testing.T, body []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	return readAll(t, r)
}

func TestIsCompressible(t *testing.T) {
	of := func(status, size int, header ...string) *response {
		h := headerOf(append([]string{"Content-Length", itoa(size)}, header...)...)
		return &response{status: status, header: h, body: make([]byte, size)}
	}
	for name, c := range map[string]struct {
		r    *response
		want bool
	}{
		"a page":              {of(200, 1000, "Content-Type", "text/html"), true},
		"with a charset":      {of(200, 1000, "Content-Type", "Text/HTML; charset=utf-8"), true},
		"999 bytes":           {of(200, 999, "Content-Type", "text/html"), false},
		"10,000,000 bytes":    {of(200, 10_000_000, "Content-Type", "text/html"), true},
		"one more":            {of(200, 10_000_001, "Content-Type", "text/html"), false},
		"403":                 {of(403, 1000, "Content-Type", "text/html"), true},
		"404":                 {of(404, 1000, "Content-Type", "text/html"), true},
		"500":                 {of(500, 1000, "Content-Type", "text/html"), false},
		"201":                 {of(201, 1000, "Content-Type", "text/html"), false},
		"a picture":           {of(200, 1000, "Content-Type", "image/png"), false},
		"a drawing":           {of(200, 1000, "Content-Type", "image/svg+xml"), true},
		"no type":             {of(200, 1000), false},
		"two types":           {of(200, 1000, "Content-Type", "text/html", "Content-Type", "text/css"), false},
		"encoded already":     {of(200, 1000, "Content-Type", "text/html", "Content-Encoding", "br"), false},
		"encoded as identity": {of(200, 1000, "Content-Type", "text/html", "Content-Encoding", "identity"), false},
		"of unknown length":   {&response{status: 200, header: headerOf("Content-Type", "text/html", "Transfer-Encoding", "chunked"), body: make([]byte, 1000)}, false},
	} {
		require.Equal(t, c.want, isCompressible(c.r), name)
	}
}

func TestGzipped(t *testing.T) {
	page := strings.Repeat("page ", 1000)
	was := &response{status: 200, body: []byte(page), header: headerOf("Content-Length", itoa(len(page)), "ETag", `"v1"`, "Vary", "Cookie")}
	got := gzipped(was)
	require.Equal(t, page, ungzip(t, got.body))
	require.Less(t, len(got.body), 200)
	require.Equal(t, headerOf("Content-Length", itoa(len(got.body)), "Content-Encoding", "gzip", "ETag", `W/"v1"`, "Vary", "Cookie", "Vary", "Accept-Encoding"), got.header)
	require.Equal(t, page, string(was.body))
	require.Equal(t, `"v1"`, was.header.Get("ETag"))
	require.Equal(t, got, gzipped(was), "the same every time")
	for in, want := range map[string]string{`"a"`: `W/"a"`, `W/"a"`: `W/"a"`, `""`: `W/""`, `a`: "", `"a`: "", `"a"b"`: "", "": "", "W/": ""} {
		require.Equal(t, want, weakTag(in), in)
	}
	for _, line := range []string{"*", "accept-encoding", "Cookie , Accept-Encoding"} {
		require.Equal(t, []string{line}, gzipped(&response{header: headerOf("Vary", line)}).header["Vary"], "said already")
	}
}

func TestCompressNeedsGzip(t *testing.T) {
	require.NoError(t, (&CacheBehavior{Compress: true, CachePolicy: CachePolicy{Gzip: true, Brotli: true}}).checkCompression())
	require.ErrorContains(t, (&CacheBehavior{Compress: true}).checkCompression(), "Gzip")
	require.ErrorContains(t, (&CacheBehavior{Compress: true, CachePolicy: CachePolicy{Brotli: true}}).checkCompression(), "Brotli alone is not modelled")
	require.ErrorContains(t, (&CacheBehavior{Compress: true, CachePolicy: CachePolicy{Gzip: true, Headers: Only("X-A", "accept-encoding")}}).checkCompression(), "lists Accept-Encoding")
}

// compressing is a distribution that compresses, over a page with an ETag; asked counts what the origin was asked.
func compressing(t *testing.T, edit func(*CacheBehavior)) (get func(header ...string) *httptest.ResponseRecorder, page string, asked *[]http.Header) {
	page, asked = strings.Repeat("<p>page</p>", 500), new([]http.Header)
	b := CacheBehavior{PathPattern: "*", Compress: true, CachePolicy: CachePolicy{Gzip: true, Brotli: true}}
	edit(&b)
	d, err := NewDistribution(Config{CacheBehaviors: []CacheBehavior{b}, Origin: HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.Header)
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Cache-Control", "max-age=60")
		http.ServeContent(w, r, "page.html", time.Time{}, strings.NewReader(page))
	}))})
	require.NoError(t, err)
	return func(header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/page.html", nil)
		r.Header = headerOf(header...)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		return w
	}, page, asked
}

func TestCompressedAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		get, page, asked := compressing(t, func(*CacheBehavior) {})
		for _, want := range []string{"Miss", "Hit"} {
			w := get("Accept-Encoding", "gzip")
			require.Equal(t, want+" from cloudfront", w.Header().Get("X-Cache"))
			require.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
			require.Equal(t, `W/"v1"`, w.Header().Get("ETag"))
			require.Equal(t, itoa(w.Body.Len()), w.Header().Get("Content-Length"))
			require.Equal(t, page, ungzip(t, w.Body.Bytes()))
		}
		plain := get()
		require.Equal(t, "Miss from cloudfront", plain.Header().Get("X-Cache"), "an entry of its own")
		require.Equal(t, []string{page, "", `"v1"`}, []string{plain.Body.String(), plain.Header().Get("Content-Encoding"), plain.Header().Get("ETag")})
		require.Equal(t, page, get("Accept-Encoding", "br").Body.String(), "Brotli is not modelled")
		require.Equal(t, page, ungzip(t, get("Accept-Encoding", "br, gzip").Body.Bytes()))

		time.Sleep(time.Minute)
		*asked = nil
		w := get("Accept-Encoding", "gzip")
		require.Equal(t, "RefreshHit from cloudfront", w.Header().Get("X-Cache"))
		require.Equal(t, []string{`W/"v1"`}, (*asked)[0]["If-None-Match"])
		require.Equal(t, `W/"v1"`, w.Header().Get("ETag"), "the tag of the compressed body stays weak")
		require.Equal(t, page, ungzip(t, w.Body.Bytes()))
		require.Equal(t, 304, get("Accept-Encoding", "gzip", "If-None-Match", `W/"v1"`).Code)
	})
}

// TestHTTP10LosesAcceptEncoding: viewers before HTTP/1.1 get nothing compressed, and share the entry of those who do not
// ask for it.
func TestHTTP10LosesAcceptEncoding(t *testing.T) {
	var asked []http.Header
	d, err := NewDistribution(Config{
		CacheBehaviors: []CacheBehavior{{PathPattern: "*", Compress: true, CachePolicy: CachePolicy{Gzip: true}}},
		Origin: HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Header)
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, strings.Repeat("page", 1000))
		})),
	})
	require.NoError(t, err)
	for i, c := range []struct {
		minor                    int
		accept, xCache, encoding string
	}{
		{0, "gzip", xMiss, ""},
		{0, "gzip", xHit, ""},
		{1, "", xHit, ""},
		{1, "gzip", xMiss, "gzip"},
		{0, "gzip", xHit, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.ProtoMinor, r.Header = c.minor, headerOf("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		require.Equal(t, []string{c.xCache, c.encoding}, []string{w.Header().Get("X-Cache"), w.Header().Get("Content-Encoding")}, i)
	}
	require.Len(t, asked, 2)
	require.NotContains(t, asked[0], "Accept-Encoding")
	require.Equal(t, []string{"gzip"}, asked[1]["Accept-Encoding"])
}

func TestWhatIsNotCachedIsNotCompressed(t *testing.T) {
	get, page, _ := compressing(t, func(b *CacheBehavior) { b.CachingDisabled = true })
	require.Equal(t, page, get("Accept-Encoding", "gzip").Body.String())
	get, page, _ = compressing(t, func(b *CacheBehavior) { b.Compress = false })
	require.Equal(t, page, get("Accept-Encoding", "gzip").Body.String())
}

// TestViewerResponseSeesWhatIsSent: the function at the end sees the compressed answer, and may not touch its encoding.
func TestViewerResponseSeesWhatIsSent(t *testing.T) {
	var shown Headers
	get, _, _ := compressing(t, func(b *CacheBehavior) {
		b.Hooks.OriginResponse = func(_ context.Context, _ *Request, r *Response) (*Response, error) {
			require.Empty(t, r.Headers.Get("Content-Encoding"))
			return r, nil
		}
		b.Hooks.ViewerResponse = func(_ context.Context, _ *Request, r *Response) (*Response, error) {
			shown = r.Headers.Clone()
			return r, nil
		}
	})
	w := get("Accept-Encoding", "gzip")
	require.Equal(t, 200, w.Code)
	require.Equal(t, "gzip", shown.Get("Content-Encoding"))
	require.Equal(t, w.Header().Get("Content-Length"), shown.Get("Content-Length"))
}
