package edge_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

// What the chain does beyond the vectors.

func TestChain(t *testing.T) {
	row := func(name string, test func(t *testing.T, s *site)) {
		t.Run(name, func(t *testing.T) { virtual(t, test) })
	}
	row("the viewer's protocol is not in the key", func(t *testing.T, s *site) {
		s.get("/a").is(t, 200, "Miss", missed)
		secure := request("GET", "/a")
		secure.TLS = &tls.ConnectionState{}
		s.do(secure).is(t, 200, "Hit", cached)
	})
	row("unless its header is", func(t *testing.T, s *site) {
		s.b.CachePolicy.Headers = edge.Only("CloudFront-Forwarded-Proto")
		s.get("/a").is(t, 200, "Miss", missed)
		secure := request("GET", "/a")
		secure.TLS = &tls.ConnectionState{}
		s.do(secure).is(t, 200, "Miss", missed)
		s.do(secure).is(t, 200, "Hit", cached)
	})
	row("viewers' wishes about the cache are ignored", func(t *testing.T, s *site) {
		s.get("/a").is(t, 200, "Miss", missed)
		s.do(request("GET", "/a", "Cache-Control", "no-cache, no-store, max-age=0", "Pragma", "no-cache")).is(t, 200, "Hit", cached)
	})
	row("OPTIONS is not cached by itself", func(t *testing.T, s *site) {
		s.b.AllowedMethods = edge.GetHeadOptions
		for range 2 {
			s.do(request("OPTIONS", "/a")).is(t, 200, "Miss", missed)
		}
	})
	row("redirects are cached and not followed", func(t *testing.T, s *site) {
		s.gives(301, "", "Location", "/b")
		s.get("/a").is(t, 301, "Miss", missed)
		require.Equal(t, "/b", s.get("/a").is(t, 301, "Hit", cached).header.Get("Location"))
	})
	row("an answer from the cache is not asked for twice by a group", func(t *testing.T, s *site) {
		s.config.Origin = edge.Group(s.config.Origin, &edge.Origin{DomainName: "second.example.org", Transport: s.config.Origin.Transport}, 404)
		s.gives(404, "none")
		s.get("/a").is(t, 404, "Error", "vq oq O op oq O op")
		s.get("/a").is(t, 404, "Error", "vq")
	})
	row("a group's second answer is judged alone", func(t *testing.T, s *site) {
		n := 0
		s.config.Origin = edge.Group(s.config.Origin, &edge.Origin{DomainName: "second.example.org", Transport: s.config.Origin.Transport}, 500)
		s.origin = func(w http.ResponseWriter, _ *http.Request) {
			if n++; n == 1 {
				w.WriteHeader(500)
				return
			}
			w.WriteHeader(403)
		}
		s.get("/a").is(t, 403, "Error", "vq oq O op oq O op")
	})
	row("a failing function ends a group's attempts", func(t *testing.T, s *site) {
		s.config.Origin = edge.Group(s.config.Origin, &edge.Origin{DomainName: "second.example.org", Transport: s.config.Origin.Transport}, 500)
		s.gives(500, "down")
		s.op = func(context.Context, *edge.Request, *edge.Response) (*edge.Response, error) {
			return nil, errors.New("boom")
		}
		s.get("/a").is(t, 503, "LambdaExecutionError", failing)
	})
	row("Vary is reduced to what is forwarded", func(t *testing.T, s *site) {
		s.b.OriginRequestPolicy.Headers = edge.Only("X-A")
		s.gives(200, "page", "Vary", "X-A, X-B", "Vary", "Accept-Encoding, Cookie, User-Agent")
		require.Equal(t, []string{"X-A, Accept-Encoding, Cookie"}, s.get("/a").header["Vary"])
	})
	row("Vary for all is never reused", func(t *testing.T, s *site) {
		s.gives(200, "page", "Vary", "*", "ETag", `"v1"`)
		for range 2 {
			s.get("/a").is(t, 200, "Miss", missed)
			require.Empty(t, s.asked.Header.Get("If-None-Match"), "nor revalidated")
		}
	})
	row("no-cache for a field keeps it from the others", func(t *testing.T, s *site) {
		s.b.OriginRequestPolicy.Cookies = edge.All()
		s.gives(200, "page", "Cache-Control", `max-age=60, no-cache="Set-Cookie"`, "Set-Cookie", "a=1")
		require.Equal(t, "a=1", s.get("/a").is(t, 200, "Miss", missed).header.Get("Set-Cookie"))
		require.Empty(t, s.get("/a").is(t, 200, "Hit", cached).header.Get("Set-Cookie"))
	})
	row("max-age=0 with a validator is revalidated each time", func(t *testing.T, s *site) {
		s.origin = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=0")
			w.Header().Set("Last-Modified", "Thu, 01 Jan 2004 00:00:00 GMT")
			if r.Header.Get("If-Modified-Since") != "" {
				w.WriteHeader(304)
				return
			}
			io.WriteString(w, "page")
		}
		s.get("/a").is(t, 200, "Miss", missed)
		for range 2 {
			require.Equal(t, "page", s.get("/a").is(t, 200, "RefreshHit", missed).body)
		}
	})
	row("origin-response sees the 304 of a revalidation", func(t *testing.T, s *site) {
		expired(t, s)
		var status string
		s.op = changes(func(r *edge.Response) { status = r.Status; r.Headers.Set("X-A", "1") })
		s.gives(304, "")
		require.Equal(t, "1", s.get("/a").is(t, 200, "RefreshHit", missed).header.Get("X-A"))
		require.Equal(t, "304", status)
		require.Equal(t, "1", s.get("/a").is(t, 200, "Hit", cached).header.Get("X-A"))
	})
	row("and may make another answer of it", func(t *testing.T, s *site) {
		expired(t, s)
		s.gives(304, "")
		s.op = changes(func(r *edge.Response) { r.Status, r.Body = "200", new("other") })
		require.Equal(t, "other", s.get("/a").is(t, 200, "Miss", missed).body)
	})
	row("origin-request's error stands in for no stale page", func(t *testing.T, s *site) {
		expired(t, s)
		s.oq = generatedBody("503", "made")
		s.get("/a").is(t, 503, "LambdaGeneratedResponse", "vq oq")
	})
	row("a failing function leaves the entry", func(t *testing.T, s *site) {
		expired(t, s)
		s.oq = makes(nil)
		s.get("/a").is(t, 502, "LambdaValidationError", "vq oq")
		s.oq = nil
		s.gives(304, "")
		s.get("/a").is(t, 200, "RefreshHit", missed)
	})
	row("an origin that does not answer leaves the entry, too", func(t *testing.T, s *site) {
		expired(t, s)
		s.origin = func(http.ResponseWriter, *http.Request) { panic("down") }
		require.Equal(t, "page", s.get("/a").is(t, 200, "Hit", "vq oq O vp").body)
	})
	row("a failing viewer-response on a hit leaves it as well", func(t *testing.T, s *site) {
		s.get("/a")
		s.vp = changes(func(r *edge.Response) { r.Headers.Set("Connection", "close") })
		s.get("/a").is(t, 502, "LambdaValidationError", cached)
		s.vp = nil
		s.get("/a").is(t, 200, "Hit", cached)
	})
	row("what viewer-request made of it is what viewer-response sees", func(t *testing.T, s *site) {
		s.vq = edits(func(r *edge.Request) { r.URI = "/b"; r.Headers.Set("X-A", "1") })
		s.oq = edits(func(r *edge.Request) { r.URI = "/c" })
		var seen []string
		s.op = func(_ context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
			seen = append(seen, req.URI, fmt.Sprint(req.Origin != nil))
			return r, nil
		}
		s.vp = func(_ context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
			seen = append(seen, req.URI, req.Headers.Get("X-A"), fmt.Sprint(req.Origin != nil), req.Headers.Get("Host"))
			return r, nil
		}
		s.get("http://www.example.com/a").is(t, 200, "Miss", missed)
		require.Equal(t, []string{"/c", "true", "/b", "1", "false", "www.example.com"}, seen)
	})
	row("a name that a function chose is resolved, too", func(t *testing.T, s *site) {
		var asked []string
		s.config.LookupHost = func(_ context.Context, host string) error {
			asked = append(asked, host)
			if host == "nowhere.example" {
				return errors.New("no such host")
			}
			return nil
		}
		s.oq = edits(func(r *edge.Request) { r.Origin.Custom.DomainName = "nowhere.example" })
		s.get("/a").is(t, 502, "Error", "vq oq")
		require.Equal(t, []string{"example.org", "nowhere.example"}, asked)
	})
	row("the error page goes by the behavior of its own path", func(t *testing.T, s *site) {
		s.config.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: "/errors/404.html", ResponseCode: 404}}
		pages := edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { s.ran("pages"); io.WriteString(w, "sorry") }))
		pages.ID = "pages"
		s.config.Origins = []*edge.Origin{pages}
		s.config.CacheBehaviors = []edge.CacheBehavior{{PathPattern: "/errors/*", TargetOriginID: "pages"}, s.config.CacheBehaviors[0]}
		s.gives(404, "none")
		require.Equal(t, "sorry", s.get("/a").is(t, 404, "Error", failing+" pages").body)
		require.Equal(t, "sorry", s.get("/b").is(t, 404, "Error", failing).body, "and is cached as any other")
	})
	row("an error page without a body has a length under its new status", func(t *testing.T, s *site) {
		s.config.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: "/e.html", ResponseCode: 200}}
		s.origin = func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[string]int{"/e.html": 204, "/a": 404}[r.URL.Path])
		}
		for _, runs := range []string{failing + " oq O op", "vq"} {
			require.Equal(t, "0", s.get("/a").is(t, 200, "Error", runs).header.Get("Content-Length"))
		}
	})
	row("Error Caching Minimum TTL of none", func(t *testing.T, s *site) {
		s.config.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ErrorCachingMinTTL: new(time.Duration(0))}}
		s.gives(404, "none")
		for range 2 {
			s.get("/a").is(t, 404, "Error", failing)
		}
	})
	row("HEAD of an error has no body", func(t *testing.T, s *site) {
		s.vq = makes(nil)
		r := s.do(request("HEAD", "/a")).is(t, 502, "LambdaValidationError", "vq")
		require.Empty(t, r.body)
		require.NotEqual(t, "0", r.header.Get("Content-Length"))
	})
	row("the viewer's timeout can be set", func(t *testing.T, s *site) {
		s.config.ViewerTimeout = 30 * time.Second
		s.vq = edits(func(*edge.Request) { time.Sleep(29 * time.Second) })
		s.get("/a").is(t, 200, "Miss", missed)
	})
	row("no goroutine is left", func(t *testing.T, s *site) {
		s.get("/a")
		s.d.Close()
		s.d.Close() // twice is once
	})
}

// TestDistinctKeysStayWithinTheBound fills a distribution with far more than its cache holds and looks at the memory of
// the process: the bound counts what entries really take.
func TestDistinctKeysStayWithinTheBound(t *testing.T) {
	many := 20_000
	if os.Getenv("LAMBDAKIT_LONG") == "1" {
		many = 1_000_000
	}
	const bound = 4 << 20
	page := strings.Repeat("x", 1000)
	d, err := edge.NewDistribution(edge.Config{CacheSize: bound, Origin: edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) }))})
	require.NoError(t, err)
	defer d.Close()
	used := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := used()
	w := &nullWriter{}
	for i := range many {
		w.h = http.Header{}
		d.ServeHTTP(w, request("GET", fmt.Sprint("/", i)))
	}
	require.Less(t, used()-before, int64(2*bound), "what is not freed yet included")
	entries := d.Cache()
	require.Greater(t, len(entries), bound/4/2000)
	require.Less(t, len(entries)*1000, bound)
	require.NotEmpty(t, d.Cache()[0].Body)
	w.h = http.Header{}
	d.ServeHTTP(w, request("GET", fmt.Sprint("/", many-1)))
	require.Equal(t, "Hit from cloudfront", w.h.Get("X-Cache"), "the newest are kept")
}
