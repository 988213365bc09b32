package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambdatest"
)

// want is what the story tells.
const want = `
The first viewer of the page asks the bucket, and is put into a group.
  GET  /             200  Miss from cloudfront                            the page as it is (variant=a; Secure; HttpOnly)

The second, of the same group, does not ask the bucket.
  GET  /             200  Hit from cloudfront                      Age 0  the page as it is

One of the other group gets another page.
  GET  /             200  Miss from cloudfront                            the page as it could be

A part of a cached page.
  GET  /style.css    200  Miss from cloudfront                            body { margin: 0 }
  GET  /style.css    206  Hit from cloudfront                      Age 0  body

After its time, the bucket only says that nothing changed.
  GET  /style.css    200  RefreshHit from cloudfront               Age 0  body { margin: 0 }

An old address.
  GET  /home         302  LambdaGeneratedResponse from cloudfront         -> /

The bucket says 403 for what is missing; viewers get a page.
  GET  /nothing      404  Error from cloudfront                           there is nothing here

The API, at the edge: nobody has voted yet.
  GET  /api/votes/a  200  LambdaGeneratedResponse from cloudfront         a has 0 votes

A vote goes to the table in eu-west-1 ...
  POST /api/votes/a  202  LambdaGeneratedResponse from cloudfront         thank you

... and is read from its replica in us-east-1.
  GET  /api/votes/a  200  LambdaGeneratedResponse from cloudfront         a has 1 votes
`

// inMemory is a browser without a network.
type inMemory struct{ http.Handler }

// RoundTrip serves the request on the spot.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	server := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), r.Body)
	server.Header = r.Header
	m.ServeHTTP(w, server)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := newSite(t.Context())
		require.NoError(t, err)
		defer s.Close()
		var out lambdatest.Output
		require.NoError(t, story(t.Context(), &out, inMemory{s.edge}, "http://www.example.com"))
		require.Equal(t, want, out.String())
	})
}

// TestRun is the same as a program, over sockets: it listens on loopback only, tells the same story, and ends.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, false))
	first, rest, _ := strings.Cut(out.String(), "\n")
	require.Regexp(t, regexp.MustCompile(`^Serving http://127\.0\.0\.1:\d+$`), first)
	require.Equal(t, strings.Count(want, "\n"), strings.Count(rest, "\n"))
	for _, xCache := range []string{"Miss", "Error", "LambdaGeneratedResponse"} { // what is a hit is a question of time
		require.Contains(t, rest, "  "+xCache+" from cloudfront")
	}
	_, err := net.Dial("tcp", strings.TrimPrefix(first, "Serving http://"))
	require.Error(t, err, "it does not listen any more")
}

func TestRunStays(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var out lambdatest.Output
	ended := make(chan error)
	go func() { ended <- run(ctx, &out, true) }()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "Still serving") }, time.Minute, 10*time.Millisecond)
	select {
	case <-ended:
		t.Fatal("it did not stay")
	default:
	}
	interrupt()
	require.NoError(t, <-ended)
}

// TestHeadersAndCookies: every page is secured, cached or not, and no viewer gets another's cookie.
func TestHeadersAndCookies(t *testing.T) {
	s, err := newSite(t.Context())
	require.NoError(t, err)
	defer s.Close()
	get := func(path, cookie string) http.Header {
		r := httptest.NewRequest("GET", path, nil)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		w := httptest.NewRecorder()
		s.edge.ServeHTTP(w, r)
		return w.Header()
	}
	for range 2 {
		h := get("/", "")
		require.Equal(t, "DENY", h.Get("X-Frame-Options"))
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Contains(t, h.Get("Set-Cookie"), "variant=a")
		require.Empty(t, get("/", "variant=a").Get("Set-Cookie"))
		require.Empty(t, get("/style.css", "").Get("Set-Cookie"))
	}
}

// TestVotesAtOnce: no vote is lost on its way, whatever the order.
func TestVotesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := newSite(t.Context())
		require.NoError(t, err)
		defer s.Close()
		ask := func(method, path string) (int, string) {
			w := httptest.NewRecorder()
			s.edge.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			return w.Code, w.Body.String()
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { ask("POST", "/api/votes/a") })
		}
		all.Wait()
		lambdatest.Advance(replication)
		_, body := ask("GET", "/api/votes/a")
		require.Equal(t, "a has 50 votes", body)
		require.NoError(t, s.api.home.DeleteItem(key("a")))
		lambdatest.Advance(replication)
		_, body = ask("GET", "/api/votes/a")
		require.Equal(t, "a has 0 votes", body)
		for path, want := range map[string]int{"/api/": 404, "/api/votes/": 404, "/api/other": 404} {
			code, _ := ask("GET", path)
			require.Equal(t, want, code, path)
		}
		code, _ := ask("DELETE", "/api/votes/a")
		require.Equal(t, 405, code)
	})
}
