package edge_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

const day = 24 * time.Hour

func TestVectorsHitAndMiss(t *testing.T) {
	row := func(name string, test func(t *testing.T, s *site)) {
		t.Run(name, func(t *testing.T) { virtual(t, test) })
	}
	row("rows 1 and 2: default TTL", func(t *testing.T, s *site) {
		s.get("/a").is(t, 200, "Miss", missed)
		time.Sleep(5 * time.Second)
		r := s.get("/a").is(t, 200, "Hit", cached)
		require.Equal(t, "5", r.header.Get("Age"))
		require.Equal(t, "page", r.body)
		s.livesFor("/a", day-5*time.Second)
	})
	row("row 3: max-age", func(t *testing.T, s *site) {
		s.gives(200, "page", "Cache-Control", "max-age=60")
		require.Empty(t, s.get("/a").is(t, 200, "Miss", missed).header.Get("Age"))
		s.livesFor("/a", time.Minute)
	})
	row("row 4: revalidated", func(t *testing.T, s *site) {
		expired(t, s)
		s.origin = func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, `"v1"`, r.Header.Get("If-None-Match"))
			w.Header().Set("Cache-Control", "max-age=60")
			w.WriteHeader(304)
		}
		r := s.get("/a").is(t, 200, "RefreshHit", missed)
		require.Equal(t, "page", r.body)
		require.Equal(t, "0", r.header.Get("Age"))
		s.livesFor("/a", time.Minute)
	})
	row("row 5: stale while the origin fails", func(t *testing.T, s *site) {
		expired(t, s)
		s.gives(503, "down")
		r := s.get("/a")
		require.Equal(t, 200, r.code)
		require.Equal(t, "page", r.body)
		require.Equal(t, missed, r.runs)
		require.Equal(t, "61", r.header.Get("Age"))
		time.Sleep(9 * time.Second)
		require.Equal(t, cached, s.get("/a").runs)
		time.Sleep(time.Second)
		require.Equal(t, missed, s.get("/a").runs)
	})
	row("row 6: but not a 404", func(t *testing.T, s *site) {
		expired(t, s)
		s.gives(404, "gone")
		s.get("/a").is(t, 404, "Error", failing)
		time.Sleep(9 * time.Second)
		s.get("/a").is(t, 404, "Error", "vq")
		time.Sleep(time.Second)
		s.gives(200, "back")
		s.get("/a").is(t, 200, "Miss", missed)
	})
	row("rows 7 to 9: errors live for 10 s", func(t *testing.T, s *site) {
		s.gives(404, "none")
		s.get("/x").is(t, 404, "Error", failing)
		time.Sleep(5 * time.Second)
		s.get("/x").is(t, 404, "Error", "vq")
		time.Sleep(6 * time.Second)
		s.gives(200, "page")
		s.get("/x").is(t, 200, "Miss", missed)
	})
	row("row 10: 403 without max-age", func(t *testing.T, s *site) {
		s.gives(403, "no")
		for range 2 {
			s.get("/x").is(t, 403, "Error", failing)
		}
	})
	row("row 11: 403 with max-age", func(t *testing.T, s *site) {
		s.gives(403, "no", "Cache-Control", "max-age=30")
		s.get("/x").is(t, 403, "Error", failing)
		s.livesFor("/x", 30*time.Second)
	})
	row("row 12: custom error page", func(t *testing.T, s *site) {
		s.config.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: "/e.html", ResponseCode: 200}}
		s.origin = only("/e.html", "sorry")
		r := s.get("/x").is(t, 200, "Error", failing+" oq O op")
		require.Equal(t, "sorry", r.body)
		require.Equal(t, "vq", s.get("/x").runs)
		s.livesFor("/x", 10*time.Second)
	})
	row("row 13: custom error page missing", func(t *testing.T, s *site) {
		s.config.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: "/e.html", ResponseCode: 200}}
		s.origin = func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[string]int{"/e.html": 403, "/x": 404}[r.URL.Path])
		}
		s.get("/x").is(t, 403, "Error", failing+" oq O op")
	})
	row("row 14: viewer-request responds", func(t *testing.T, s *site) {
		s.vq = makes(&edge.Response{Status: "302", Headers: edge.Headers{"location": {{Value: "/b"}}}})
		for range 2 {
			s.get("/a").is(t, 302, "LambdaGeneratedResponse", "vq")
		}
		s.vq = nil
		s.get("/a").is(t, 200, "Miss", missed) // it left nothing in the cache
	})
	row("row 15: origin-request responds", func(t *testing.T, s *site) {
		s.oq = makes(&edge.Response{Status: "200", Body: new("made"), Headers: edge.Headers{"cache-control": {{Value: "max-age=100"}}}})
		s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq oq vp")
		require.Equal(t, "made", s.get("/a").is(t, 200, "Hit", cached).body)
		time.Sleep(99 * time.Second)
		s.get("/a").is(t, 200, "Hit", cached)
		time.Sleep(time.Second)
		s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq oq vp")
	})
	row("row 57: MinTTL beats no-store", func(t *testing.T, s *site) {
		s.b.MinTTL = time.Minute
		s.gives(200, "page", "Cache-Control", "no-store")
		s.get("/a").is(t, 200, "Miss", missed)
		s.livesFor("/a", time.Minute)
	})
	row("row 58: private", func(t *testing.T, s *site) {
		s.gives(200, "page", "Cache-Control", "private")
		for range 2 {
			s.get("/a").is(t, 200, "Miss", missed)
		}
	})
	row("row 59: s-maxage first", func(t *testing.T, s *site) {
		s.gives(200, "page", "Cache-Control", "max-age=9,s-maxage=5", "Expires", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		s.get("/a").is(t, 200, "Miss", missed)
		s.livesFor("/a", 5*time.Second)
	})
}

// expired leaves an entry for /a, with an ETag and 60 s of life, that is a second too old.
func expired(t *testing.T, s *site) {
	s.gives(200, "page", "Cache-Control", "max-age=60", "ETag", `"v1"`)
	s.get("/a").is(t, 200, "Miss", missed)
	time.Sleep(61 * time.Second)
}

// only is an origin with one page.
func only(path, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			w.WriteHeader(404)
			return
		}
		io.WriteString(w, body)
	}
}

// crowd sends n equal requests at once and counts what ran and what X-Cache said.
func crowd(s *site, n int) (runs, caches map[string]int) {
	runs, caches = map[string]int{}, map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	s.get("/warm-up") // makes the distribution
	for range n {
		all.Go(func() {
			r := s.do(request("GET", "/a"))
			mu.Lock()
			defer mu.Unlock()
			caches[r.xCache]++
			for run := range strings.FieldsSeq(r.runs) {
				runs[run]++
			}
		})
	}
	all.Wait()
	return runs, caches
}

func TestVectorsCollapsing(t *testing.T) {
	slow := func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(time.Second)
		io.WriteString(w, "page")
	}
	t.Run("row 60: one miss for all", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.origin = slow
			runs, caches := crowd(s, 20)
			require.Equal(t, map[string]int{"vq": 20, "oq": 1, "O": 1, "op": 1, "vp": 20}, runs)
			require.Equal(t, map[string]int{"Miss": 1, "Hit": 19}, caches)
		})
	})
	t.Run("row 61: not without caching", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.b.CachingDisabled = true
			s.origin = slow
			runs, caches := crowd(s, 20)
			require.Equal(t, map[string]int{"vq": 20, "oq": 20, "O": 20, "op": 20, "vp": 20}, runs)
			require.Equal(t, map[string]int{"Miss": 20}, caches)
		})
	})
	t.Run("an answer that may not be shared is asked for by each", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.origin = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "private")
				slow(w, r)
			}
			start := time.Now()
			_, caches := crowd(s, 20)
			require.Equal(t, map[string]int{"Miss": 20}, caches)
			require.Equal(t, 3*time.Second, time.Since(start)) // the warm-up, the first, then all others at once
		})
	})
	t.Run("20,000 at once", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.b.Hooks = edge.Hooks{}
			s.origin = slow
			runs, caches := crowd(s, 20_000)
			require.Equal(t, map[string]int{"O": 1}, runs)
			require.Equal(t, map[string]int{"Miss": 1, "Hit": 19_999}, caches)
		})
	})
	t.Run("the first viewer leaves", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.origin = slow
			s.get("/warm-up")
			ctx, leave := context.WithCancel(t.Context())
			go s.do(request("GET", "/a").WithContext(ctx))
			synctest.Wait()
			leave()
			require.Equal(t, "Hit", s.get("/a").xCache) // who waited gets it, and keeps it for the others
			require.Equal(t, cached, s.get("/a").runs)
		})
	})
	t.Run("the only viewer leaves", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.origin = slow
			s.get("/warm-up")
			ctx, leave := context.WithCancel(t.Context())
			var gone sync.WaitGroup
			gone.Go(func() { s.do(request("GET", "/a").WithContext(ctx)) })
			synctest.Wait()
			leave()
			gone.Wait()
			require.Equal(t, "Miss", s.get("/a").xCache) // what a viewer gave up is not cached
		})
	})
}

func TestVectorsKey(t *testing.T) {
	row := func(name string, test func(t *testing.T, s *site)) {
		t.Run(name, func(t *testing.T) { virtual(t, test) })
	}
	normalise := edits(func(r *edge.Request) {
		if r.QueryString == "b=2&a=1" {
			r.QueryString = "a=1&b=2"
		}
	})
	row("row 35: viewer-request changes the URI", func(t *testing.T, s *site) {
		s.vq = edits(func(r *edge.Request) { r.URI = "/b" })
		s.get("/a").is(t, 200, "Miss", missed)
		require.Equal(t, "/b", s.asked.URL.Path)
		s.vq = nil
		s.get("/b").is(t, 200, "Hit", cached)
	})
	row("row 36: origin-request changes the URI", func(t *testing.T, s *site) {
		s.oq = edits(func(r *edge.Request) { r.URI = "/b" })
		s.get("/a").is(t, 200, "Miss", missed)
		require.Equal(t, "/b", s.asked.URL.Path)
		s.get("/a").is(t, 200, "Hit", cached)
		s.get("/b").is(t, 200, "Miss", missed)
	})
	row("row 40: all query strings", func(t *testing.T, s *site) {
		s.b.CachePolicy.QueryStrings = edge.All()
		s.get("/?a=1&b=2").is(t, 200, "Miss", missed)
		require.Equal(t, "a=1&b=2", s.asked.URL.RawQuery)
		s.get("/?b=2&a=1").is(t, 200, "Miss", missed)
		s.get("/?a=1&b=2").is(t, 200, "Hit", cached)
	})
	row("row 41: the same, normalised", func(t *testing.T, s *site) {
		s.b.CachePolicy.QueryStrings = edge.All()
		s.vq = normalise
		s.get("/?a=1&b=2").is(t, 200, "Miss", missed)
		s.get("/?b=2&a=1").is(t, 200, "Hit", cached)
	})
	row("row 42: no query strings", func(t *testing.T, s *site) {
		s.get("/?a=1").is(t, 200, "Miss", missed)
		require.Empty(t, s.asked.URL.RawQuery)
		s.get("/?a=2").is(t, 200, "Hit", cached)
	})
	row("row 46: POST never touches the cache", func(t *testing.T, s *site) {
		s.b.AllowedMethods = edge.AllMethods
		s.gives(200, "page", "Cache-Control", "max-age=60")
		for range 2 {
			s.post("/a", "x").is(t, 200, "Miss", missed)
		}
		s.get("/a").is(t, 200, "Miss", missed)
		s.post("/a", "x").is(t, 200, "Miss", missed)
	})
	row("row 62: default root object", func(t *testing.T, s *site) {
		s.config.DefaultRootObject = "index.html"
		var vq, oq string
		s.vq = edits(func(r *edge.Request) { vq = r.URI })
		s.oq = edits(func(r *edge.Request) { oq = r.URI })
		s.get("/").is(t, 200, "Miss", missed)
		require.Equal(t, []string{"/", "/index.html", "/index.html"}, []string{vq, oq, s.asked.URL.Path})
		s.get("/index.html").is(t, 200, "Hit", cached)
		s.get("/sub/")
		require.Equal(t, "/sub/", s.asked.URL.Path)
	})
	row("HEAD and GET share an entry", func(t *testing.T, s *site) {
		r := s.do(request("HEAD", "/a")).is(t, 200, "Miss", missed)
		require.Empty(t, r.body)
		require.Equal(t, "4", r.header.Get("Content-Length"))
		require.Equal(t, "page", s.get("/a").is(t, 200, "Hit", cached).body)
	})
	row("OPTIONS has a key of its own", func(t *testing.T, s *site) {
		s.b.AllowedMethods, s.b.CacheOptions = edge.GetHeadOptions, true
		s.get("/a").is(t, 200, "Miss", missed)
		s.do(request("OPTIONS", "/a")).is(t, 200, "Miss", missed)
		s.do(request("OPTIONS", "/a")).is(t, 200, "Hit", cached)
	})
}
