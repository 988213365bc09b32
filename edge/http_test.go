package edge_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

// network is a distribution between a real client and a real origin: two servers, two clients, four sockets.
type network struct {
	t      *testing.T
	edge   *httptest.Server
	asked  atomic.Int64 // how often the origin was
	client *http.Client
}

// newNetwork listens; edit changes the default behavior and the config before.
func newNetwork(t *testing.T, origin http.HandlerFunc, edit func(*edge.Config, *edge.CacheBehavior)) *network {
	n := &network{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.asked.Add(1)
		origin(w, r)
	}))
	t.Cleanup(server.Close)
	transport := &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}}
	t.Cleanup(transport.CloseIdleConnections)
	c := edge.Config{
		Origin:         &edge.Origin{DomainName: "origin.example.org", Protocol: "http-only", Transport: transport},
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", AllowedMethods: edge.AllMethods}},
	}
	if edit != nil {
		edit(&c, &c.CacheBehaviors[0])
	}
	d, err := edge.NewDistribution(c)
	require.NoError(t, err)
	n.edge = httptest.NewServer(d)
	t.Cleanup(func() { n.edge.Close(); d.Close() })
	n.client = n.edge.Client()
	n.client.Transport.(*http.Transport).DisableCompression = true
	n.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return n
}

// do sends a request and reads the whole answer.
func (n *network) do(method, path string, body io.Reader, header ...string) (*http.Response, string) {
	n.t.Helper()
	r, err := http.NewRequest(method, n.edge.URL+path, body)
	require.NoError(n.t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := n.client.Do(r)
	require.NoError(n.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(n.t, err)
	return resp, string(text)
}

func xCache(r *http.Response) string {
	name, _ := strings.CutSuffix(r.Header.Get("X-Cache"), " from cloudfront")
	return name
}

// echo answers with what it got.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	sum := sha256.Sum256(body)
	w.Header().Set("X-Length", fmt.Sprint(r.ContentLength))
	fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Host, r.RequestURI, hex.EncodeToString(sum[:]))
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func TestRoundTripMethods(t *testing.T) {
	n := newNetwork(t, echo, nil)
	for _, want := range []string{"Miss", "Hit"} {
		resp, body := n.do("GET", "/a", nil)
		require.Equal(t, []any{200, want}, []any{resp.StatusCode, xCache(resp)})
		require.Equal(t, "GET origin.example.org /a "+sum(""), body)
	}
	head, body := n.do("HEAD", "/a", nil)
	require.Equal(t, []any{200, "Hit", ""}, []any{head.StatusCode, xCache(head), body})
	require.EqualValues(t, len("GET origin.example.org /a "+sum("")), head.ContentLength)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		resp, body := n.do(method, "/a", strings.NewReader("x=1"))
		require.Equal(t, []any{200, "Miss"}, []any{resp.StatusCode, xCache(resp)}, method)
		require.Equal(t, method+" origin.example.org /a "+sum("x=1"), body)
		require.Equal(t, "3", resp.Header.Get("X-Length"))
	}
	require.EqualValues(t, 6, n.asked.Load())
}

func TestRoundTripHeadFirst(t *testing.T) {
	n := newNetwork(t, echo, nil)
	resp, body := n.do("HEAD", "/a", nil)
	require.Equal(t, []any{200, "Miss", ""}, []any{resp.StatusCode, xCache(resp), body})
	resp, body = n.do("GET", "/a", nil)
	require.Equal(t, "Hit", xCache(resp))
	require.Equal(t, "GET origin.example.org /a "+sum(""), body, "what HEAD asked for serves GET")
}

func TestRoundTripKeepAlive(t *testing.T) {
	n := newNetwork(t, echo, nil)
	reused := 0
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		if c.Reused {
			reused++
		}
	}}
	for i := range 10 {
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "POST", n.edge.URL+"/a", strings.NewReader(strings.Repeat("x", i*1000)))
		require.NoError(t, err)
		resp, err := n.client.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		require.Contains(t, string(body), sum(strings.Repeat("x", i*1000)), "no answer is another's")
	}
	require.Equal(t, 9, reused, "one connection for all")
}

func TestRoundTripLargeBodies(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<18) // 4 MB
	n := newNetwork(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			echo(w, r)
			return
		}
		io.WriteString(w, large)
	}, func(_ *edge.Config, b *edge.CacheBehavior) {
		b.IncludeBody = []edge.EventType{edge.ViewerRequest, edge.OriginRequest}
		b.Hooks.ViewerRequest = edits(func(r *edge.Request) { require.Equal(t, r.Method == "POST", r.Body.InputTruncated) })
		b.Hooks.OriginRequest = edits(func(r *edge.Request) { require.Equal(t, r.Method == "POST", r.Body.InputTruncated) })
	})
	for _, want := range []string{"Miss", "Hit"} {
		resp, body := n.do("GET", "/a", nil)
		require.Equal(t, want, xCache(resp))
		require.Equal(t, sum(large), sum(body))
		require.EqualValues(t, len(large), resp.ContentLength)
	}
	_, body := n.do("POST", "/a", strings.NewReader(large))
	require.Contains(t, body, sum(large), "with a length")
	resp, body := n.do("POST", "/a", io.MultiReader(strings.NewReader(large)))
	require.Contains(t, body, sum(large), "in chunks")
	require.Equal(t, "-1", resp.Header.Get("X-Length"))
}

func TestRoundTripChunked(t *testing.T) {
	n := newNetwork(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 5 {
			fmt.Fprintf(w, "part %d\n", i)
			w.(http.Flusher).Flush()
		}
	}, func(_ *edge.Config, b *edge.CacheBehavior) {
		b.Hooks.OriginResponse = changes(func(r *edge.Response) { require.Equal(t, "chunked", r.Headers.Get("Transfer-Encoding")) })
	})
	for _, want := range []string{"Miss", "Hit"} {
		resp, body := n.do("GET", "/a", nil)
		require.Equal(t, want, xCache(resp))
		require.Equal(t, "part 0\npart 1\npart 2\npart 3\npart 4\n", body)
	}
}

func TestRoundTripConditionsAndRanges(t *testing.T) {
	n := newNetwork(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "a.txt", time.Unix(1_700_000_000, 0), strings.NewReader("0123456789"))
	}, nil)
	part, body := n.do("GET", "/a", nil, "Range", "bytes=2-4") // of an origin that knows ranges, and not cached
	require.Equal(t, []any{206, "234", "Miss"}, []any{part.StatusCode, body, xCache(part)})
	full, body := n.do("GET", "/a", nil)
	require.Equal(t, []any{200, "0123456789", "Miss"}, []any{full.StatusCode, body, xCache(full)})
	for _, c := range []struct {
		header []string
		status int
		body   string
	}{
		{[]string{"Range", "bytes=2-4"}, 206, "234"},
		{[]string{"Range", "bytes=-1"}, 206, "9"},
		{[]string{"Range", "bytes=8-"}, 206, "89"},
		{[]string{"If-None-Match", `"v1"`}, 304, ""},
		{[]string{"If-None-Match", `"v2"`}, 200, "0123456789"},
		{[]string{"If-Modified-Since", full.Header.Get("Last-Modified")}, 304, ""},
		{[]string{"Range", "bytes=2-4", "If-Range", `"v2"`}, 200, "0123456789"},
	} {
		resp, body := n.do("GET", "/a", nil, c.header...)
		require.Equal(t, []any{c.status, c.body, "Hit"}, []any{resp.StatusCode, body, xCache(resp)}, "%v", c.header)
	}
	ranges, body := n.do("GET", "/a", nil, "Range", "bytes=0-0,9-9")
	require.Equal(t, 206, ranges.StatusCode)
	require.Contains(t, ranges.Header.Get("Content-Type"), "multipart/byteranges")
	require.Contains(t, body, "Content-Range: bytes 9-9/10")
	require.EqualValues(t, 2, n.asked.Load())
}

func TestRoundTripCompressed(t *testing.T) {
	page := strings.Repeat("<p>page</p>", 1000)
	n := newNetwork(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", fmt.Sprint(len(page)))
		io.WriteString(w, page)
	}, func(_ *edge.Config, b *edge.CacheBehavior) {
		b.Compress, b.CachePolicy.Gzip = true, true
	})
	for _, want := range []string{"Miss", "Hit"} {
		resp, body := n.do("GET", "/a", nil, "Accept-Encoding", "gzip")
		require.Equal(t, []any{want, "gzip"}, []any{xCache(resp), resp.Header.Get("Content-Encoding")})
		z, err := gzip.NewReader(strings.NewReader(body))
		require.NoError(t, err)
		var plain bytes.Buffer
		_, err = plain.ReadFrom(z)
		require.NoError(t, err)
		require.Equal(t, page, plain.String())
	}
}

func TestRoundTripFailures(t *testing.T) {
	n := newNetwork(t, func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		switch r.URL.Path {
		case "/closed":
		case "/nonsense":
			io.WriteString(c, "not HTTP at all\r\n\r\n")
		case "/short":
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
		case "/cut":
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		case "/status":
			io.WriteString(c, "HTTP/1.1 999 Whatever\r\nContent-Length: 0\r\n\r\n")
		}
		c.Close()
	}, nil)
	for _, path := range []string{"/closed", "/nonsense", "/short", "/cut", "/status"} {
		resp, body := n.do("POST", path, strings.NewReader("x"))
		require.Equal(t, []any{502, "Error"}, []any{resp.StatusCode, xCache(resp)}, path)
		require.Contains(t, body, "<H1>502 ERROR</H1>")
	}
}

func TestRoundTripConcurrent(t *testing.T) {
	n := newNetwork(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		echo(w, r)
	}, nil)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			path := fmt.Sprint("/", i%4)
			_, body := n.do("GET", path, nil)
			if body != "GET origin.example.org "+path+" "+sum("") {
				t.Errorf("%s: %s", path, body)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 4, n.asked.Load(), "one for each path")
}

// TestRoundTripRequestLines sends what no client would: raw lines on a socket.
func TestRoundTripRequestLines(t *testing.T) {
	n := newNetwork(t, echo, func(c *edge.Config, b *edge.CacheBehavior) { b.AllowedMethods = edge.GetHead })
	for _, c := range []struct {
		raw    string
		status int
	}{
		{"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", 200},
		{"GET /a HTTP/1.0\r\n\r\n", 200},
		{"GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 200},
		{"BREW /a HTTP/1.1\r\nHost: h\r\n\r\n", 403},
		{"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
		{"GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", 403},
		{"GET /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 403},
		{"GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400},
		{"GET /a HTTP/1.1\r\nHost: h\r\nX-A: " + strings.Repeat("x", 21_000) + "\r\n\r\n", 413},
		{"GET /" + strings.Repeat("a", 8192) + " HTTP/1.1\r\nHost: h\r\n\r\n", 413},
		{"GET /a\x00b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	} {
		conn, err := net.Dial("tcp", n.edge.Listener.Addr().String())
		require.NoError(t, err)
		_, err = io.WriteString(conn, c.raw)
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "GET"})
		require.NoError(t, err)
		require.Equal(t, c.status, resp.StatusCode, "%.60q", c.raw)
		if c.status == 413 {
			require.True(t, resp.Close, "the connection is closed")
		}
		resp.Body.Close()
		conn.Close()
	}
}

func TestRoundTripRedirectToHTTPS(t *testing.T) {
	n := newNetwork(t, echo, func(_ *edge.Config, b *edge.CacheBehavior) { b.ViewerProtocolPolicy = "redirect-to-https" })
	resp, body := n.do("GET", "/a?q=1", nil)
	require.Equal(t, []any{301, "Redirect", 167}, []any{resp.StatusCode, xCache(resp), len(body)})
	require.Equal(t, strings.Replace(n.edge.URL, "http:", "https:", 1)+"/a?q=1", resp.Header.Get("Location"))
	require.Zero(t, n.asked.Load())
}

func TestRoundTripTLS(t *testing.T) {
	d, err := edge.NewDistribution(edge.Config{
		Origin: edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.Header.Get("CloudFront-Forwarded-Proto"), " ", strings.Count(r.Header.Get("CloudFront-Viewer-TLS"), ":"))
		})),
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", ViewerProtocolPolicy: "https-only",
			OriginRequestPolicy: edge.OriginRequestPolicy{Headers: edge.Only("CloudFront-Viewer-TLS", "CloudFront-Forwarded-Proto")}}},
	})
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(d)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "https 2", string(body))
	require.Equal(t, 2, resp.ProtoMajor)
	require.Regexp(t, `^2\.0 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$`, resp.Header.Get("Via"))
}
