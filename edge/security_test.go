package edge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
)

// TestUnkeyedHeadersDoNotPoison: an answer that depends on what is not in the key cannot be made to, because it does
// not get there.
func TestUnkeyedHeadersDoNotPoison(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.origin = func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.Host, r.Header["X-Forwarded-Host"], r.Header["X-Original-Url"], r.Header["Cookie"], r.Header["X-Forwarded-Proto"], r.Header["Te"], r.Header["If-Else"], r.URL.RawQuery)
		}
		clean := s.get("/a").body
		_, err := s.d.Invalidate("/*")
		require.NoError(t, err)
		evil := s.do(request("GET", "http://evil.example/a?utm=1", "X-Forwarded-Host", "evil", "X-Original-URL", "/admin", "Cookie", "a=1",
			"X-Forwarded-Proto", "http", "Te", "trailers", "If-Else", "x", "Connection", "Host, Via"))
		require.Equal(t, clean, evil.body)
		require.Equal(t, clean, s.get("/a").is(t, 200, "Hit", cached).body)
	})
}

// TestBodiesDoNotPoison: OPTIONS may have a body, which is in no key.
func TestBodiesDoNotPoison(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.b.AllowedMethods, s.b.CacheOptions, s.b.Hooks = edge.GetHeadOptions, true, edge.Hooks{}
		s.origin = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "of "+s.posted) }
		options := func(body string) reply {
			return s.do(httptest.NewRequest("OPTIONS", "/a", strings.NewReader(body)))
		}
		require.Equal(t, "of evil", options("evil").is(t, 200, "Miss", "O").body)
		require.Equal(t, "of ", options("").is(t, 200, "Miss", "O").body)
		require.Equal(t, "of ", options("").is(t, 200, "Hit", "").body)
		require.Equal(t, "of mine", options("mine").is(t, 200, "Miss", "O").body)
		require.Equal(t, "of ", options("").is(t, 200, "Hit", "").body)
	})
}

// TestConditionsDoNotPoison: a part, or a 304, that one viewer asked for is no answer for others.
func TestConditionsDoNotPoison(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.origin = func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Header.Get("Range") != "":
				w.WriteHeader(206)
			case r.Header.Get("If-None-Match") != "":
				w.WriteHeader(304)
			default:
				io.WriteString(w, "page")
			}
		}
		require.Equal(t, 206, s.do(request("GET", "/a", "Range", "bytes=0-0")).code)
		require.Equal(t, 304, s.do(request("GET", "/a", "If-None-Match", "x")).code)
		require.Equal(t, "page", s.get("/a").is(t, 200, "Miss", missed).body)
	})
}

// TestCacheDoesNotShareItsHeaders: what a wrapping handler does to a reply stays there.
func TestCacheDoesNotShareItsHeaders(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.gives(200, "page", "X-A", "1")
		for range 3 {
			r := s.get("/a")
			require.Equal(t, []string{"1"}, r.header["X-A"])
			r.header["X-A"][0] = "evil"
		}
	})
}

// TestRequestsAreNotSmuggled looks at the bytes that leave for a real origin: whatever a function returns, there is one
// request, with the length that it has.
func TestRequestsAreNotSmuggled(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	heads := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r, err := http.ReadRequest(bufio.NewReader(c))
			if err == nil {
				body, _ := io.ReadAll(r.Body)
				heads <- fmt.Sprintf("%s %s %d %v %q", r.Method, r.RequestURI, r.ContentLength, r.TransferEncoding, body)
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			c.Close()
		}
	}()
	s := newSite(t)
	s.b.AllowedMethods = edge.AllMethods
	s.config.Origin.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}}
	s.config.Origin.Protocol = "http-only"
	s.oq = edits(func(r *edge.Request) {
		r.URI = "/a?b#c d"
		r.Body = &edge.Body{Action: edge.Replace, Encoding: edge.Text, Data: "0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"}
	})
	require.Equal(t, 200, s.post("/a", "some body").code)
	require.Equal(t, `POST /a%3Fb%23c%20d 28 [] "0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"`, <-heads)
	s.oq = edits(func(r *edge.Request) { r.Headers.Set("Transfer-Encoding", "chunked") })
	require.Equal(t, 502, s.post("/a", "x").code)
	s.oq = edits(func(r *edge.Request) { r.Headers.Set("Content-Length", "0") })
	require.Equal(t, 502, s.post("/a", "x").code)
}

// TestServerAndClient is the chain over a real connection.
func TestServerAndClient(t *testing.T) {
	s := newSite(t)
	d, err := edge.NewDistribution(s.config)
	require.NoError(t, err)
	server := httptest.NewServer(d)
	defer server.Close()
	for _, want := range []string{"Miss", "Hit"} {
		resp, err := http.Get(server.URL + "/a")
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, "page", string(body))
		require.Equal(t, want+" from cloudfront", resp.Header.Get("X-Cache"))
		require.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
	}
}

// TestInvariant09IdentityChangesNothing: functions that return what they got change no byte of what viewer and origin get.
func TestInvariant09IdentityChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + rapid.StringMatching(`[a-c%]{0,3}`).Draw(t, "path")
		if strings.Contains(path, "%") {
			path = strings.ReplaceAll(path, "%", "%41")
		}
		query := rapid.StringMatching(`[a-b=&]{0,5}`).Draw(t, "query")
		value := rapid.StringOf(rapid.RuneFrom([]rune("ab ,;\u00e9"))).Draw(t, "value")
		body := rapid.StringN(0, 20, -1).Draw(t, "body")
		status := rapid.SampledFrom([]int{200, 201, 301, 404, 500}).Draw(t, "status")
		method := rapid.SampledFrom([]string{"GET", "POST", "HEAD"}).Draw(t, "method")
		var seen, got [2]string
		for i, with := range []bool{false, true} {
			s := newSite(nil)
			s.b.AllowedMethods = edge.AllMethods
			s.b.CachePolicy = edge.CachePolicy{QueryStrings: edge.All(), Headers: edge.Only("X-A")}
			s.b.IncludeBody = []edge.EventType{edge.ViewerRequest, edge.OriginRequest}
			if !with {
				s.b.Hooks, s.b.IncludeBody = edge.Hooks{}, nil
			}
			s.gives(status, "answer", "X-B", value, "Set-Cookie", "a", "ETag", "x")
			d, err := edge.NewDistribution(s.config)
			require.NoError(t, err)
			var sent io.Reader
			if method == "POST" {
				sent = strings.NewReader(body)
			}
			r := httptest.NewRequest(method, path+"?"+query, sent)
			r.Header.Set("X-A", value)
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			seen[i] = fmt.Sprint(s.asked.Method, s.asked.RequestURI, s.asked.Header, s.posted)
			got[i] = fmt.Sprint(w.Code, w.Header(), w.Body.String())
		}
		require.Equal(t, seen[0], seen[1])
		require.Equal(t, got[0], got[1])
	})
}

// FuzzResult: any output of a function gives a valid response.
func FuzzResult(f *testing.F) {
	for _, seed := range []string{
		`null`, `{"status":"200"}`, `{"uri":"/a","headers":{}}`, `{"status":200,"headers":{"a":[{"value":["x"]}]},"body":"x","bodyEncoding":"base64"}`,
		`{"uri":"/","method":"GET","headers":{"host":[{"value":"example.com"}]},"origin":{"custom":{"domainName":"a.b","port":80}},"body":{"action":"replace"}}`,
		`{"status":"304"}`, `{"status":"204","body":""}`, `{"status":"200","headers":{"a b":[{"value":"\n"}]}}`,
	} {
		for i := range 4 {
			f.Add(uint8(i), []byte(seed))
		}
	}
	types := []edge.EventType{edge.ViewerRequest, edge.OriginRequest, edge.OriginResponse, edge.ViewerResponse}
	f.Fuzz(func(t *testing.T, at uint8, payload []byte) {
		s := newSite(t)
		s.config.Origin.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})
		s.config.Transport = s.config.Origin.Transport
		s.returns(types[at%4], string(payload))
		r := s.get("/a")
		if r.code < 200 || r.code > 599 {
			t.Fatalf("status %d", r.code)
		}
		if !json.Valid(payload) && r.code != 502 {
			t.Fatalf("status %d for %q", r.code, payload)
		}
		for name, values := range r.header {
			for _, v := range values {
				if strings.ContainsAny(name+v, "\r\n") {
					t.Fatalf("%q: %q", name, v)
				}
			}
		}
	})
}

// FuzzRequest: any request is served or refused.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a?b=c", "X-A", "1")
	f.Add("OPTIONS", "*", "Cookie", "a=b; c")
	f.Add("CONNECT", "example.com:443", "Range", "bytes=5-")
	f.Add("GET", "/%2e%2e/%00", "Accept-Encoding", ",;q=")
	f.Fuzz(func(t *testing.T, method, target, name, value string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: h\r\n" + name + ": " + value + "\r\n\r\n")))
		if err != nil {
			return // net/http refuses it before us
		}
		s := newSite(t)
		s.b.AllowedMethods = edge.AllMethods
		s.b.CachePolicy = edge.CachePolicy{QueryStrings: edge.Only("b"), Cookies: edge.All(), Headers: edge.Only("X-A", "Host"), Gzip: true}
		s.config.Origin.Transport = &edge.Bucket{Name: "example", DomainName: "example.org", Public: true, Objects: nothing{}}
		r.RemoteAddr = "192.0.2.1:1"
		if got := s.do(r); got.code < 200 || got.code > 599 {
			t.Fatalf("status %d", got.code)
		}
	})
}

// TestDeployedFunctionGetsTheEvent: the JSON, byte for byte.
func TestDeployedFunctionGetsTheEvent(t *testing.T) {
	s := newSite(t)
	var events []string
	s.config.Invoker = invokerFunc(func(_ context.Context, in invoke.Input) (*invoke.Output, error) {
		events = append(events, string(in.Payload))
		var e edge.Event
		require.NoError(t, json.Unmarshal(in.Payload, &e))
		out, err := json.Marshal(e.Records[0].CF.Request)
		if r := e.Records[0].CF.Response; r != nil {
			out, err = json.Marshal(r)
		}
		return &invoke.Output{Payload: out}, err
	})
	s.config.CacheBehaviors = []edge.CacheBehavior{{PathPattern: "*", AllowedMethods: edge.AllMethods, IncludeBody: []edge.EventType{edge.ViewerRequest},
		ViewerRequest: "f:1", OriginRequest: "f:1", OriginResponse: "f:1", ViewerResponse: "f:1"}}
	r := httptest.NewRequest("POST", "http://www.example.com/a?b=<c>", strings.NewReader("hi"))
	r.Header["Cookie"] = []string{"a=1", "b=2"}
	got := s.do(r)
	require.Equal(t, 200, got.code)
	id := got.header.Get("X-Amz-Cf-Id")
	via := s.asked.Header.Get("Via")
	config := func(event string) string {
		return `{"Records":[{"cf":{"config":{"distributionDomainName":"d111111abcdef8.cloudfront.net","distributionId":"EDFDVBD6EXAMPLE","eventType":"` + event + `","requestId":"` + id + `"},"request":{`
	}
	viewer := `"clientIp":"192.0.2.1","headers":{"content-length":[{"key":"Content-Length","value":"2"}],"cookie":[{"key":"Cookie","value":"a=1"},{"key":"Cookie","value":"b=2"}],"host":[{"key":"Host","value":"www.example.com"}]},"method":"POST","querystring":"b=<c>","uri":"/a"}`
	origin := `"clientIp":"192.0.2.1","headers":{"content-length":[{"key":"Content-Length","value":"2"}],"host":[{"key":"Host","value":"example.org"}],"user-agent":[{"key":"User-Agent","value":"Amazon CloudFront"}],"via":[{"key":"Via","value":"` + via + `"}],"x-forwarded-for":[{"key":"X-Forwarded-For","value":"192.0.2.1"}]},"method":"POST","origin":{"custom":{"customHeaders":{},"domainName":"example.org","keepaliveTimeout":5,"path":"","port":443,"protocol":"https","readTimeout":30,"sslProtocols":["TLSv1","TLSv1.1","TLSv1.2"]}},"querystring":"","uri":"/a"}`
	response := `,"response":{"headers":{"content-length":[{"key":"Content-Length","value":"4"}],"content-type":[{"key":"Content-Type","value":"text/plain; charset=utf-8"}]},"status":"200","statusDescription":"OK"}}}]}`
	require.Equal(t, []string{
		config("viewer-request") + `"body":{"action":"read-only","data":"aGk=","encoding":"base64","inputTruncated":false},` + viewer + `}}]}`,
		config("origin-request") + origin + `}}]}`,
		config("origin-response") + origin + response,
		config("viewer-response") + viewer + response,
	}, events)
}

// nothing is a file system without files.
type nothing struct{}

func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
