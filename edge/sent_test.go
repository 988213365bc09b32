package edge

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestIndexed(t *testing.T) {
	r := &response{status: 200, body: []byte("page"), header: headerOf("X-B", "1", "X-A", "2", "X-A", "3", "Via", "1.0 a", "Via", "1.1 b",
		"Content-Length", "9", "Transfer-Encoding", "chunked", "X-Cache", "theirs", "X-Amz-Cf-Id", "theirs", "X-Amz-Cf-Pop", "theirs")}
	require.Equal(t, &sent{
		fields: []field{{"X-A", []string{"2", "3"}}, {"X-B", []string{"1"}}}, values: 3, via: "1.1 b, ", untyped: true, body: "4", asked: "4",
	}, r.indexed().sent)
	require.Nil(t, r.sent, "the response is not changed")
	require.False(t, (&response{header: headerOf("Content-Type", "text/plain")}).indexed().sent.untyped)
}

func TestLengthOfAReply(t *testing.T) {
	for _, c := range []struct {
		status      int
		body        string
		header      []string
		sent, asked string
	}{
		{200, "page", nil, "4", "4"},
		{200, "page", []string{"Content-Length", "9"}, "4", "4"},
		{200, "", []string{"Content-Length", "9"}, "0", "9"},
		{200, "", nil, "0", ""},
		{204, "", []string{"Content-Length", "9"}, "", ""},
		{304, "page", nil, "", ""},
		{404, "none", nil, "4", "4"},
	} {
		s := (&response{status: c.status, body: []byte(c.body), header: headerOf(c.header...)}).indexed().sent
		require.Equal(t, []string{c.sent, c.asked}, []string{s.length(false), s.length(true)}, "%+v", c)
	}
}

// TestPlainHits: what takes the short way, and what does not.
func TestPlainHits(t *testing.T) {
	for _, c := range []struct {
		name string
		b    CacheBehavior
		path string
		want bool
	}{
		{"nothing special", CacheBehavior{}, "/a", true},
		{"with a function", CacheBehavior{Hooks: Hooks{ViewerRequest: func(_ context.Context, r *Request) (*Request, *Response, error) { return r, nil, nil }}}, "/a", false},
		{"with one at the end", CacheBehavior{Hooks: Hooks{ViewerResponse: func(_ context.Context, _ *Request, r *Response) (*Response, error) { return r, nil }}}, "/a", false},
		{"with functions that do not run", CacheBehavior{Hooks: Hooks{OriginResponse: func(_ context.Context, _ *Request, r *Response) (*Response, error) { return r, nil }}}, "/a", true},
		{"Host in the key", CacheBehavior{CachePolicy: CachePolicy{Headers: Only("Host")}}, "/a", false},
		{"a header of CloudFront's", CacheBehavior{OriginRequestPolicy: OriginRequestPolicy{Headers: Only("CloudFront-Viewer-Country")}}, "/a", false},
		{"the root", CacheBehavior{}, "/", false},
		{"an error", CacheBehavior{}, "/none", false},
	} {
		c.b.PathPattern = "*"
		d, err := NewDistribution(Config{DefaultRootObject: "index.html", CacheBehaviors: []CacheBehavior{c.b}, Origin: HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/none" {
				w.WriteHeader(404)
			}
		}))})
		require.NoError(t, err)
		x := exchange{d: d, r: httptest.NewRequest("GET", c.path, nil), id: "id"}
		require.Nil(t, x.admit())
		_, ok := x.plainHit()
		require.False(t, ok, "%s: nothing is cached", c.name)
		d.ServeHTTP(httptest.NewRecorder(), x.r)
		_, ok = x.plainHit()
		require.Equal(t, c.want, ok, c.name)
	}
}

// TestPlainHitsAreTheChains compares the short way to a cached answer with the whole chain, through drawn behaviors and
// requests: where there is a short way, both end with the same answer.
func TestPlainHitsAreTheChains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			selection := func(label, name string) Selection {
				return rapid.SampledFrom([]Selection{None(), Only(name), All(), AllExcept(name)}).Draw(t, label)
			}
			b := CacheBehavior{PathPattern: "*", DefaultTTL: 10 * time.Second, AllowedMethods: GetHeadOptions, CacheOptions: rapid.Bool().Draw(t, "OPTIONS cached")}
			b.CachePolicy.QueryStrings, b.CachePolicy.Cookies = selection("queries", "q"), selection("cookies", "c")
			b.CachePolicy.Headers = rapid.SampledFrom([]Selection{None(), None(), Only("X-A"), Only("Host"), Only("CloudFront-Forwarded-Proto")}).Draw(t, "headers")
			b.CachePolicy.Gzip = rapid.Bool().Draw(t, "gzip")
			status := rapid.SampledFrom([]int{200, 200, 301, 404}).Draw(t, "status")
			d, err := NewDistribution(Config{
				DefaultRootObject: rapid.SampledFrom([]string{"", "index.html"}).Draw(t, "root"), CacheBehaviors: []CacheBehavior{b},
				Origin: HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					io.WriteString(w, "page")
				})),
			})
			require.NoError(t, err)
			for range rapid.IntRange(1, 20).Draw(t, "requests") {
				time.Sleep(time.Duration(rapid.SampledFrom([]int{0, 1, 9, 10}).Draw(t, "seconds")) * time.Second)
				r := httptest.NewRequest(rapid.SampledFrom([]string{"GET", "GET", "HEAD", "OPTIONS"}).Draw(t, "method"),
					rapid.SampledFrom([]string{"/", "/a", "/a?q=1", "/a?p=1&q=1"}).Draw(t, "target"), nil)
				r.ProtoMinor = rapid.SampledFrom([]int{1, 1, 0}).Draw(t, "HTTP/1")
				for _, name := range []string{"X-A", "Cookie", "Accept-Encoding"} {
					if v := rapid.SampledFrom([]string{"", "1", "c=1; d=2", "gzip"}).Draw(t, name); v != "" {
						r.Header.Set(name, v)
					}
				}
				x := exchange{d: d, r: r, id: "id"}
				require.Nil(t, x.admit())
				got, ok := x.plainHit()
				want := x.move().serve(t.Context(), nil)
				if ok {
					require.Equal(t, want, got)
					require.Same(t, want.response, got.response)
				}
			}
		})
	})
}
