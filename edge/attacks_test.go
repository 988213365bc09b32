package edge_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/edge"
)

// TestConnectionTakesNothingEssential: an origin, or what stands before it, names headers of one connection; what says
// whether and how an answer may be used is not of one.
func TestConnectionTakesNothingEssential(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.gives(200, "private page", "Cache-Control", "private", "Connection", "Cache-Control, Content-Type, Vary, X-Hop", "Content-Type", "text/plain",
			"X-Hop", "1", "Keep-Alive", "timeout=5", "Trailer", "X-T", "Upgrade", "h2c", "Proxy-Authenticate", "Basic")
		for range 2 {
			r := s.get("/a").is(t, 200, "Miss", missed)
			require.Equal(t, []string{"private", "text/plain"}, []string{r.header.Get("Cache-Control"), r.header.Get("Content-Type")})
			for _, name := range []string{"X-Hop", "Connection", "Keep-Alive", "Trailer", "Upgrade", "Proxy-Authenticate"} {
				require.NotContains(t, r.header, name)
			}
		}
	})
}

// TestOriginsCannotSpeakForCloudFront: what tells viewers where an answer comes from is CloudFront's own.
func TestOriginsCannotSpeakForCloudFront(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.gives(200, "page", "X-Cache", "Hit from cloudfront", "X-Amz-Cf-Id", "theirs", "X-Amz-Cf-Pop", "theirs")
		for _, want := range []string{"Miss", "Hit"} {
			r := s.get("/a")
			require.Equal(t, []string{want + " from cloudfront"}, r.header["X-Cache"])
			require.NotEqual(t, "theirs", r.header.Get("X-Amz-Cf-Id"))
			require.NotEqual(t, "theirs", r.header.Get("X-Amz-Cf-Pop"))
		}
	})
}

// TestCookiesStayWithTheirViewer: without a policy for cookies nobody's reach the origin and nobody gets another's; with
// one, each has an entry.
func TestCookiesStayWithTheirViewer(t *testing.T) {
	greet := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "session="+r.Header.Get("Cookie"))
		fmt.Fprint(w, "hello ", r.Header.Get("Cookie"))
	}
	virtual(t, func(t *testing.T, s *site) {
		s.origin = greet
		for _, viewer := range []string{"user=ada", "user=bob"} {
			r := s.do(request("GET", "/a", "Cookie", viewer))
			require.Equal(t, "hello ", r.body)
			require.NotContains(t, r.header, "Set-Cookie")
		}
	})
	virtual(t, func(t *testing.T, s *site) {
		s.origin = greet
		s.b.CachePolicy.Cookies = edge.Only("user")
		for _, want := range []string{"Miss", "Hit"} {
			for _, viewer := range []string{"user=ada", "user=bob"} {
				r := s.do(request("GET", "/a", "Cookie", "other=1; "+viewer))
				require.Equal(t, []string{want, "hello " + viewer, "session=" + viewer}, []string{r.xCache, r.body, r.header.Get("Set-Cookie")})
			}
		}
	})
}

// TestNothingUnkeyedChangesWhatIsCached: two viewers of one key get one answer, whatever else they send: an origin that
// echoes all it sees cannot be made to say anything else to the second.
func TestNothingUnkeyedChangesWhatIsCached(t *testing.T) {
	names := []string{"X-Forwarded-Host", "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "Forwarded", "Origin", "Referer", "Accept-Language", "Authorization",
		"Cookie", "Pragma", "Cache-Control", "Te", "Connection", "Transfer-Encoding", "Content-Length", "X-Forwarded-Proto", "X-Forwarded-Scheme", "Via", "Max-Forwards", "Proxy-X", "User-Agent", "Accept"}
	rapid.Check(t, func(t *rapid.T) {
		viewer := func(label string) (*http.Request, string) {
			r := request("GET", "http://"+rapid.SampledFrom([]string{"www.example.com", "evil.example"}).Draw(t, label+" host")+"/a?"+rapid.SampledFrom([]string{"", "q=1", "a=<script>"}).Draw(t, label+" query"))
			for range rapid.IntRange(0, 4).Draw(t, label+" lines") {
				r.Header.Add(rapid.SampledFrom(names).Draw(t, label+" name"), rapid.SampledFrom([]string{"evil", "POST", "X-Forwarded-For, Via", "no-cache", "0"}).Draw(t, label+" value"))
			}
			return r, r.RemoteAddr
		}
		answer := func(r *http.Request) string {
			s := newSite(nil)
			s.origin = func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("X-Amz-Cf-Id") // new for each
				fmt.Fprint(w, r.Method, r.Host, r.RequestURI, r.Header)
			}
			d, err := edge.NewDistribution(s.config)
			require.NoError(t, err)
			s.d = d
			first := s.do(r)
			require.Equal(t, 200, first.code)
			clean := s.get("/a")
			require.Equal(t, "Hit", clean.xCache)
			require.Equal(t, first.body, clean.body)
			return first.body
		}
		one, _ := viewer("one")
		two, _ := viewer("two")
		require.Equal(t, answer(one), answer(two))
	})
}

// TestKeysOfABucketStayInside: whatever viewers and functions make of a path, no file outside the bucket is read.
func TestKeysOfABucketStayInside(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "bucket", "sub"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bucket", "sub", "page"), []byte("page"), 0o600))
	bucket := &edge.Bucket{Name: "b", Objects: os.DirFS(filepath.Join(dir, "bucket")), Public: true, ListBucket: true}
	for _, path := range []string{
		"/../secret", "/sub/../../secret", "/%2e%2e/secret", "/..%2fsecret", "/sub/..%2f..%2fsecret", "/..%5csecret", "/%2e%2e%2fsecret", "//../secret",
		"/./../secret", "/sub/%2e./%2e./secret", "/..", "/.", "/%00/../secret", "/sub%00", filepath.ToSlash(filepath.Join(dir, "secret")),
	} {
		virtual(t, func(t *testing.T, s *site) {
			s.config.Origin = edge.BucketOrigin(bucket, nil)
			r := s.get(path)
			require.Contains(t, []int{403, 404, 500}, r.code, path)
			require.NotContains(t, r.body, "secret", path)
			s.oq = edits(func(r *edge.Request) { r.URI = path }) // a function is no way round
			r = s.get("/by-function" + fmt.Sprint(len(path)))
			require.Contains(t, []int{403, 404, 500}, r.code, path)
			require.NotContains(t, r.body, "secret", path)
		})
	}
	virtual(t, func(t *testing.T, s *site) {
		s.config.Origin = edge.BucketOrigin(bucket, nil)
		require.Equal(t, "page", s.get("/sub/page").is(t, 200, "Miss", "vq oq op vp").body)
	})
}

// TestFunctionsCannotInjectLines: no text that a function returns, wherever it goes, starts another header line or
// another answer on the wire.
func TestFunctionsCannotInjectLines(t *testing.T) {
	evil := []string{"x\r\nSet-Cookie: evil=1", "x\nSet-Cookie: evil=1", "x\rSet-Cookie: evil=1", "x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "x\x00", "x\x0b"}
	for _, text := range evil {
		for name, set := range map[string]func(*site){
			"value at viewer-request": func(s *site) { s.vq = edits(func(r *edge.Request) { r.Headers.Set("X-A", text) }) },
			"name at viewer-request":  func(s *site) { s.vq = edits(func(r *edge.Request) { r.Headers[text] = []edge.Header{{Value: "1"}} }) },
			"URI at viewer-request":   func(s *site) { s.vq = edits(func(r *edge.Request) { r.URI = "/" + text }) },
			"query at origin-request": func(s *site) { s.oq = edits(func(r *edge.Request) { r.QueryString = text }) },
			"Host at origin-request":  func(s *site) { s.oq = edits(func(r *edge.Request) { r.Headers.Set("Host", text) }) },
			"custom header":           func(s *site) { s.oq = edits(func(r *edge.Request) { r.Origin.Custom.CustomHeaders.Set("X-A", text) }) },
			"path of an origin":       func(s *site) { s.oq = edits(func(r *edge.Request) { r.Origin.Custom.Path = "/" + text }) },
			"domain of an origin":     func(s *site) { s.oq = edits(func(r *edge.Request) { r.Origin.Custom.DomainName = text }) },
			"Location of a response": func(s *site) {
				s.vq = makes(&edge.Response{Status: "302", Headers: edge.Headers{"location": {{Value: text}}}})
			},
			"description of a response": func(s *site) { s.vq = makes(&edge.Response{Status: "200", StatusDescription: text}) },
			"status of a response":      func(s *site) { s.vq = makes(&edge.Response{Status: text}) },
			"value at origin-response":  func(s *site) { s.op = changes(func(r *edge.Response) { r.Headers.Set("X-A", text) }) },
			"value at viewer-response":  func(s *site) { s.vp = changes(func(r *edge.Response) { r.Headers.Set("X-A", text) }) },
			"name at viewer-response": func(s *site) {
				s.vp = changes(func(r *edge.Response) { r.Headers[text] = []edge.Header{{Value: "1"}} })
			},
			"description of the origin's": func(s *site) { s.op = changes(func(r *edge.Response) { r.StatusDescription = text }) },
		} {
			virtual(t, func(t *testing.T, s *site) {
				set(s)
				r := s.get("/a")
				require.Equal(t, 502, r.code, "%s: %q", name, text)
				require.Equal(t, "LambdaValidationError", r.xCache, name)
				for header, values := range r.header {
					require.NotContains(t, header+strings.Join(values, ""), "evil", name)
				}
			})
		}
	}
}

// TestReplacedBodiesHaveTheirOwnLength: what a function says of length and coding is refused, and what it makes of the
// body is sent with the length that it has, whatever the viewer's was.
func TestReplacedBodiesHaveTheirOwnLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := rapid.StringN(1, 50, -1).Draw(t, "sent")
		made := rapid.OneOf(rapid.StringN(0, 50, -1), rapid.Just("0\r\n\r\nGET /admin HTTP/1.1\r\nHost: h\r\n\r\n")).Draw(t, "made")
		at := rapid.SampledFrom([]string{"viewer-request", "origin-request", "both"}).Draw(t, "at")
		s := newSite(nil)
		s.b.AllowedMethods = edge.AllMethods
		s.b.IncludeBody = []edge.EventType{edge.OriginRequest}
		replace := func(r *edge.Request) { r.Body = &edge.Body{Action: edge.Replace, Encoding: edge.Text, Data: made} }
		if at != "origin-request" {
			s.vq = edits(replace)
		}
		s.oq = edits(func(r *edge.Request) {
			if at != "origin-request" {
				data, err := r.Body.Bytes()
				require.NoError(t, err)
				require.Equal(t, made, string(data), "the second function sees what the first made")
				require.Equal(t, fmt.Sprint(len(made)), r.Headers.Get("Content-Length"))
			}
			if at != "viewer-request" {
				replace(r)
			}
		})
		d, err := edge.NewDistribution(s.config)
		require.NoError(t, err)
		s.d = d
		r := request("POST", "/a")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(sent)), int64(len(sent))
		require.Equal(t, 200, s.do(r).code)
		require.Equal(t, made, s.posted)
		require.EqualValues(t, len(made), s.asked.ContentLength)
		require.Empty(t, s.asked.TransferEncoding)
	})
}

// TestAnIdentityIsForItsBucketOnly: a function that sends a request elsewhere does not take the distribution's signature
// along.
func TestAnIdentityIsForItsBucketOnly(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		private := func(name string) *edge.Bucket {
			return &edge.Bucket{Name: name, Objects: os.DirFS(t.TempDir()), ListBucket: true}
		}
		s.config.Origin = edge.BucketOrigin(private("mine"), &edge.S3Access{OriginAccessControl: "always"})
		s.config.Transport = private("other")
		s.get("/k").is(t, 404, "Error", "vq oq op") // signed, so S3 says what is not there
		s.oq = edits(func(r *edge.Request) {
			r.Origin.S3.DomainName = "other.s3.amazonaws.com"
			r.Headers.Set("Host", r.Origin.S3.DomainName)
		})
		s.get("/l").is(t, 403, "Error", "vq oq op")
	})
}
