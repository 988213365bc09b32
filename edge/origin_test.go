package edge_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

// roundTripper is an origin's transport as a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOriginThatDoesNotAnswer(t *testing.T) {
	t.Run("a GET is tried three times", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.origin = func(http.ResponseWriter, *http.Request) { time.Sleep(time.Hour) }
			start := time.Now()
			s.get("/a").is(t, 504, "Error", "vq oq O O O")
			require.Equal(t, 90*time.Second, time.Since(start))
			s.get("/a").is(t, 504, "Error", "vq") // cached as an error
			s.d.Close()                           // waits for the handlers
			require.Equal(t, time.Hour+60*time.Second, time.Since(start))
		})
	})
	t.Run("a POST once", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.b.AllowedMethods = edge.AllMethods
			s.origin = func(http.ResponseWriter, *http.Request) { time.Sleep(time.Minute) }
			s.post("/a", "x").is(t, 504, "Error", "vq oq O")
			s.d.Close()
		})
	})
	t.Run("connections are tried as often as configured", func(t *testing.T) {
		for _, c := range []struct {
			err    error
			status int
			tries  int
		}{
			{&net.OpError{Op: "dial", Err: errors.New("refused")}, 502, 2},
			{&net.OpError{Op: "dial", Err: &net.DNSError{}}, 502, 1},
			{errors.New("broken"), 502, 1},
		} {
			virtual(t, func(t *testing.T, s *site) {
				tries := 0
				s.config.Origin.ConnectionAttempts = 2
				s.config.Origin.Transport = roundTripper(func(*http.Request) (*http.Response, error) { tries++; return nil, c.err })
				s.get("/a").is(t, c.status, "Error", "vq oq")
				require.Equal(t, c.tries, tries)
			})
		}
	})
	t.Run("a group fails over", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			second := edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ran("O2") }))
			s.config.Origin.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") })
			s.config.Origin = edge.Group(s.config.Origin, second)
			s.b.AllowedMethods = edge.AllMethods
			s.get("/a").is(t, 200, "Miss", "vq oq oq O2 op vp")
			s.post("/a", "x").is(t, 502, "Error", "vq oq")
		})
	})
	t.Run("a handler that panics", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.origin = func(http.ResponseWriter, *http.Request) { panic("boom") }
			s.get("/a").is(t, 502, "Error", "vq oq O")
		})
	})
	t.Run("an answer that is cut is none", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.config.Origin.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, ContentLength: 9, Body: io.NopCloser(strings.NewReader("x"))}, nil
			})
			s.get("/a").is(t, 502, "Error", "vq oq")
		})
	})
	t.Run("a name that does not resolve", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.config.LookupHost = func(_ context.Context, host string) error { return errors.New(host) }
			s.get("/a").is(t, 502, "Error", "vq") // origin-request never runs
		})
	})
}

func TestWhatOriginsSee(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.config.Origin.Path = "/base"
		s.config.Origin.CustomHeaders = map[string]string{"X-Secret": "s"}
		s.b.OriginRequestPolicy = edge.OriginRequestPolicy{Headers: edge.Only("Accept-Language", "X-Secret"), Cookies: edge.Only("a"), QueryStrings: edge.Only("q")}
		var shown *edge.Request
		s.oq = edits(func(r *edge.Request) { shown = r.Clone() })
		s.do(request("GET", "/a%2Fb?p=1&q=2", "Accept-Language", "fr", "X-Secret", "mine", "Referer", "http://x/", "User-Agent", "curl",
			"Authorization", "x", "Cookie", "b=2; a=1", "Connection", "X-Secret", "X-Forwarded-Proto", "gopher")).is(t, 200, "Miss", missed)
		got := s.asked
		require.Equal(t, "/base/a%2Fb?q=2", got.RequestURI)
		require.Equal(t, "example.org", got.Host)
		want := http.Header{
			"Accept-Language": {"fr"}, "X-Secret": {"s"}, "Cookie": {"a=1"}, "User-Agent": {"Amazon CloudFront"}, "X-Forwarded-For": {"192.0.2.1"},
			"Via": got.Header["Via"], "X-Amz-Cf-Id": got.Header["X-Amz-Cf-Id"],
		}
		require.Equal(t, want, got.Header)
		require.Regexp(t, `^1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$`, got.Header.Get("Via"))
		require.Equal(t, "https", shown.Origin.Custom.Protocol)
		require.Equal(t, "s", shown.Origin.Custom.CustomHeaders.Get("X-Secret"))
		require.Empty(t, shown.QueryString) // not all of it is forwarded
	})
}

func TestWhatComesBack(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.gives(200, "page", "Set-Cookie", "a=1", "Connection", "X-Hop", "X-Hop", "1", "Keep-Alive", "1", "Vary", "Accept-Encoding, X-A", "X-Cache", "mine", "X-Amz-Cf-Pop", "mine")
		r := s.get("/a").is(t, 200, "Miss", missed)
		for _, name := range []string{"Set-Cookie", "X-Hop", "Keep-Alive", "Connection"} {
			require.Empty(t, r.header[name], name)
		}
		require.Equal(t, "Accept-Encoding", r.header.Get("Vary"))
		require.Equal(t, []string{"Miss from cloudfront"}, r.header["X-Cache"])
		require.NotEqual(t, "mine", r.header.Get("X-Amz-Cf-Pop"))
	})
	virtual(t, func(t *testing.T, s *site) {
		s.b.CachePolicy.Cookies = edge.Only("a")
		s.gives(200, "page", "Set-Cookie", "a=1", "Cache-Control", `no-cache="X-A"`, "X-A", "1")
		require.Equal(t, "1", s.get("/a").header.Get("X-A"))
		r := s.get("/a").is(t, 200, "Hit", cached)
		require.Equal(t, "a=1", r.header.Get("Set-Cookie"))
		require.Empty(t, r.header.Get("X-A")) // kept out of the entry
	})
}

func TestBucket(t *testing.T) {
	files := fstest.MapFS{"index.html": {Data: []byte("hello")}, "a b/c.bin": {Data: []byte("x")}}
	for _, c := range []struct {
		name   string
		bucket edge.Bucket
		access *edge.S3Access
		path   string
		status int
		code   string
	}{
		{"private, unsigned", edge.Bucket{}, nil, "/index.html", 403, "AccessDenied"},
		{"public", edge.Bucket{Public: true}, nil, "/index.html", 200, ""},
		{"identity", edge.Bucket{}, &edge.S3Access{OriginAccessIdentity: true}, "/index.html", 200, ""},
		{"access control", edge.Bucket{}, &edge.S3Access{OriginAccessControl: "always"}, "/index.html", 200, ""},
		{"no override", edge.Bucket{}, &edge.S3Access{OriginAccessControl: "no-override"}, "/index.html", 200, ""},
		{"never", edge.Bucket{}, &edge.S3Access{OriginAccessControl: "never"}, "/index.html", 403, "AccessDenied"},
		{"policy without the identity", edge.Bucket{DenyIdentity: true}, &edge.S3Access{OriginAccessIdentity: true}, "/index.html", 403, "AccessDenied"},
		{"missing, may not list", edge.Bucket{}, &edge.S3Access{OriginAccessIdentity: true}, "/none", 403, "AccessDenied"},
		{"missing, may list", edge.Bucket{ListBucket: true}, &edge.S3Access{OriginAccessIdentity: true}, "/none", 404, "NoSuchKey"},
		{"encoded key", edge.Bucket{Public: true}, nil, "/a%20b/c.bin", 200, ""},
		{"directory", edge.Bucket{Public: true, ListBucket: true}, nil, "/a%20b", 404, "NoSuchKey"},
		{"out of the tree", edge.Bucket{Public: true, ListBucket: true}, nil, "/../index.html", 404, "NoSuchKey"},
		{"out of the tree, encoded", edge.Bucket{Public: true, ListBucket: true}, nil, "/%2e%2e%2findex.html", 404, "NoSuchKey"},
		{"rooted", edge.Bucket{Public: true, ListBucket: true}, nil, "//index.html", 404, "NoSuchKey"},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, func(t *testing.T, s *site) {
				c.bucket.Name, c.bucket.Objects = "b", files
				s.config.Origin = edge.BucketOrigin(&c.bucket, c.access)
				r := s.get(c.path)
				require.Equal(t, c.status, r.code, r.body)
				require.Contains(t, r.body, c.code)
				if c.status == 200 {
					require.Regexp(t, `^"[0-9a-f]{32}"$`, r.header.Get("ETag"))
				}
			})
		})
	}
}

func TestBucketIsRevalidated(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		files := fstest.MapFS{"k": {Data: []byte("hello")}}
		s.config.Origin = edge.BucketOrigin(&edge.Bucket{Name: "b", Objects: files}, &edge.S3Access{OriginAccessIdentity: true})
		s.get("/k").is(t, 200, "Miss", "vq oq op vp")
		time.Sleep(day)
		s.get("/k").is(t, 200, "RefreshHit", "vq oq op vp")
		files["k"].Data = []byte("other")
		time.Sleep(day)
		require.Equal(t, "other", s.get("/k").is(t, 200, "Miss", "vq oq op vp").body)
		part := s.do(request("GET", "/k", "Range", "bytes=1-2"))
		require.Equal(t, 206, part.code)
		require.Equal(t, "th", part.body)
		same := s.do(request("GET", "/k", "If-None-Match", part.header.Get("ETag")))
		require.Equal(t, 304, same.code)
		require.Empty(t, same.body)
	})
}

func TestStale(t *testing.T) {
	for _, c := range []struct {
		name, control string
		after         time.Duration
		status        int
	}{
		{"forbidden", "max-age=60, stale-if-error=0", 61 * time.Second, 503},
		{"within", "max-age=60, stale-if-error=30", 90 * time.Second, 200},
		{"beyond", "max-age=60, stale-if-error=30", 91 * time.Second, 503},
		{"without a bound", "max-age=60", 100 * day, 200},
	} {
		t.Run("stale-if-error "+c.name, func(t *testing.T) {
			virtual(t, func(t *testing.T, s *site) {
				s.gives(200, "page", "Cache-Control", c.control)
				s.get("/a")
				s.gives(503, "down")
				time.Sleep(c.after)
				require.Equal(t, c.status, s.get("/a").code)
			})
		})
	}
	t.Run("stale-while-revalidate", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.gives(200, "old", "Cache-Control", "max-age=60, stale-while-revalidate=30")
			s.get("/a")
			time.Sleep(61 * time.Second)
			s.gives(200, "new", "Cache-Control", "max-age=60")
			require.Equal(t, "old", s.get("/a").body)
			s.d.Close()
			r := s.get("/a")
			require.Equal(t, "new", r.body)
			require.Equal(t, "Hit", r.xCache)
		})
	})
	t.Run("stale-while-revalidate outlives the viewer's request", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.gives(200, "old", "Cache-Control", "max-age=60, stale-while-revalidate=30")
			s.get("/a")
			time.Sleep(61 * time.Second)
			s.origin = func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(time.Second)
				io.WriteString(w, "new")
			}
			ctx, end := context.WithCancel(t.Context())
			require.Equal(t, "old", s.do(request("GET", "/a").WithContext(ctx)).body)
			end() // as a server does when its handler returns
			s.d.Close()
			r := s.get("/a")
			require.Equal(t, []string{"new", "Hit"}, []string{r.body, r.xCache})
		})
	})
	t.Run("stale-while-revalidate ends with what is no answer for others", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.gives(200, "old", "Cache-Control", "max-age=60, stale-while-revalidate=30")
			s.get("/a")
			time.Sleep(61 * time.Second)
			s.gives(403, "no")
			require.Equal(t, "old", s.get("/a").body)
			s.d.Close()
			require.Equal(t, 403, s.get("/a").code, "the entry is gone")
		})
	})
	t.Run("stale-while-revalidate has an end", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.gives(200, "old", "Cache-Control", "max-age=60, stale-while-revalidate=5")
			s.get("/a")
			time.Sleep(61 * time.Second)
			s.origin = func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(20 * time.Second)
				io.WriteString(w, "new")
			}
			require.Equal(t, "old", s.get("/a").body)
			time.Sleep(4 * time.Second)
			require.Equal(t, "old", s.get("/a").body)
			time.Sleep(time.Millisecond)
			require.Equal(t, "new", s.get("/a").body, "who comes later waits for what is on its way")
		})
	})
}

func TestInvalidate(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.b.CachePolicy.QueryStrings = edge.All()
		for _, p := range []string{"/a", "/a?x=1", "/b/c", "/b/d"} {
			s.get(p)
		}
		n, err := s.d.Invalidate("/a", "/b/*")
		require.NoError(t, err)
		require.Equal(t, 3, n)
		s.get("/a").is(t, 200, "Miss", missed)
		s.get("/a?x=1").is(t, 200, "Hit", cached)
		s.get("/b/c").is(t, 200, "Miss", missed)
		for _, bad := range []string{"", "a", "/a*b", "/**"} {
			_, err := s.d.Invalidate(bad)
			require.Error(t, err, bad)
		}
	})
	virtual(t, func(t *testing.T, s *site) {
		s.origin = func(http.ResponseWriter, *http.Request) { _, _ = s.d.Invalidate("/*") }
		s.get("/a").is(t, 200, "Miss", missed)
		s.get("/a").is(t, 200, "Miss", missed) // what was asked before the invalidation is not kept
	})
}
