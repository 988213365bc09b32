package edge

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWirePath(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b":       "/a/b",
		"/a%20b":     "/a%20b",
		"/a b":       "/a%20b",
		"/é":         "/%C3%A9",
		"/a?b#c":     "/a%3Fb%23c",
		"/100%":      "/100%25",
		"/%zz":       "/%25zz",
		"/../x":      "/../x",
		`/a\b"<>`:    "/a%5Cb%22%3C%3E",
		"/-_.~!'()*": "/-_.~!'()*",
	} {
		require.Equal(t, want, wirePath(in))
		require.Equal(t, want, target(address{scheme: "https", host: "h"}, in, "").EscapedPath())
	}
}

func TestWireQuery(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a=1&b=2": "a=1&b=2", "a=%20": "a=%20", "a b": "a%20b", "a#b": "a%23b", "a\r\nb": "a%0D%0Ab", "\x7f": "%7F",
		"caf\xe9": "caf\xe9", // bytes over 0x7F go as they came
	} {
		require.Equal(t, want, wireQuery(in), "%q", in)
	}
}

// TestInvariant09PathsGoOutAsTheyCame: a path that is encoded well is not changed by a byte.
func TestInvariant09PathsGoOutAsTheyCame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := "/" + rapid.StringMatching(`([a-z/.~!'()*;:@&=+$,_-]|%[0-9A-Fa-f]{2}){0,12}`).Draw(t, "path")
		require.Equal(t, p, wirePath(p))
		require.Equal(t, p, target(address{scheme: "https", host: "h"}, p, "").EscapedPath())
	})
	rapid.Check(t, func(t *rapid.T) { // and any other becomes one
		p := "/" + rapid.String().Draw(t, "path")
		wire := wirePath(p)
		require.Equal(t, wire, wirePath(wire))
		require.Equal(t, -1, strings.IndexFunc(wire, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == '?' || r == '#' }), wire)
	})
}

func TestTarget(t *testing.T) {
	u := target(address{scheme: "https", host: "example.org:8443", path: "/base"}, "/a%2Fb", "q=1")
	require.Equal(t, "https://example.org:8443/base/a%2Fb?q=1", u.String())
	require.Equal(t, "/base/a%2Fb", u.RequestURI()[:len("/base/a%2Fb")])
}

// forwarding is a behavior with two policies.
func forwarding(t require.TestingT, p CachePolicy, o OriginRequestPolicy) *behavior {
	b, err := newBehavior(&Config{}, &CacheBehavior{PathPattern: "*", CachePolicy: p, OriginRequestPolicy: o})
	require.NoError(t, err)
	return b
}

func TestForwardedHeaders(t *testing.T) {
	viewer := headerOf("Accept", "text/html", "Accept-Charset", "x", "Accept-Encoding", "gzip", "Accept-Language", "fr", "Authorization", "secret",
		"Cookie", "a=1", "Host", "www.example.com", "If-None-Match", "x", "Range", "bytes=0-1", "Referer", "r", "Te", "trailers", "Proxy-Foo", "x", "User-Agent", "curl",
		"X-A", "1", "X-Forwarded-For", "192.0.2.9", "X-Http-Method-Override", "PUT", "Via", "1.0 other", "Cloudfront-Viewer-Country", "FR")
	always := "Host If-None-Match Range User-Agent Via X-Forwarded-For"
	for _, c := range []struct {
		name   string
		cache  CachePolicy
		origin OriginRequestPolicy
		s3     bool
		body   bool
		more   string
	}{
		{name: "no policies"},
		{name: "one header", cache: CachePolicy{Headers: Only("x-a")}, more: "X-A"},
		{name: "one header, without keying", origin: OriginRequestPolicy{Headers: Only("X-A")}, more: "X-A"},
		{name: "both", cache: CachePolicy{Headers: Only("x-a")}, origin: OriginRequestPolicy{Headers: Only("Referer")}, more: "X-A Referer"},
		{name: "all that viewers send", origin: OriginRequestPolicy{Headers: All()},
			more: "Accept Accept-Charset Accept-Encoding Accept-Language Authorization Referer X-A X-Http-Method-Override"},
		{name: "all that viewers send, to a bucket", origin: OriginRequestPolicy{Headers: All()}, s3: true,
			more: "Accept Accept-Charset Accept-Encoding Accept-Language Authorization Referer X-A X-Http-Method-Override"},
		{name: "and one of CloudFront's", origin: OriginRequestPolicy{Headers: AllAnd("CloudFront-Viewer-Country")},
			more: "Accept Accept-Charset Accept-Encoding Accept-Language Authorization Referer X-A X-Http-Method-Override Cloudfront-Viewer-Country"},
		{name: "all but some", origin: OriginRequestPolicy{Headers: AllExcept("authorization", "Accept-Encoding")},
			more: "Accept Accept-Charset Accept-Language Referer X-A X-Http-Method-Override"},
		{name: "a block does not beat what is keyed", cache: CachePolicy{Headers: Only("X-A")}, origin: OriginRequestPolicy{Headers: AllExcept("X-A", "Referer")},
			more: "Accept Accept-Charset Accept-Encoding Accept-Language Authorization X-A X-Http-Method-Override"},
		{name: "normalised encoding", cache: CachePolicy{Gzip: true}, more: "Accept-Encoding"},
		{name: "cookies", cache: CachePolicy{Cookies: Only("a")}, more: "Cookie"},
		{name: "cookies to a bucket", cache: CachePolicy{Cookies: Only("a")}, s3: true},
		{name: "other cookies", cache: CachePolicy{Cookies: Only("b")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := forwarding(t, c.cache, c.origin)
			o := (&Origin{DomainName: "example.org"}).withDefaults()
			if c.s3 {
				o = BucketOrigin(&Bucket{Name: "b"}, nil).withDefaults()
			}
			got := b.forward(&request{clientIP: "192.0.2.1", method: "GET", uri: "/", header: viewer}, o, "1.1 edge", true)
			var names []string
			for name := range got.header {
				names = append(names, name)
			}
			require.ElementsMatch(t, strings.Fields(always+" "+c.more), names)
			require.Equal(t, []string{"192.0.2.9,192.0.2.1"}, got.header["X-Forwarded-For"])
			require.Equal(t, []string{"1.1 edge"}, got.header["Via"])
			host := o.DomainName
			if !c.s3 && (c.origin.Headers.kind == selectAll || c.origin.Headers.kind == selectAllExcept) {
				host = "www.example.com" // one of those that viewers send
			}
			require.Equal(t, host, got.header.Get("Host"))
		})
	}
}

// TestCookiesThatOriginsSet go to viewers whose cookies go to the origin. Buckets know none.
func TestCookiesThatOriginsSet(t *testing.T) {
	custom, s3 := &RequestOrigin{Custom: &CustomOrigin{}}, &RequestOrigin{S3: &S3Origin{}}
	for _, c := range []struct {
		cookies Selection
		origin  *RequestOrigin
		want    []string
	}{
		{All(), custom, []string{"a=1"}}, {Only("b"), custom, []string{"a=1"}}, {None(), custom, nil}, {All(), s3, nil}, {None(), s3, nil},
	} {
		r := &response{header: headerOf("Set-Cookie", "a=1")}
		forwarding(t, CachePolicy{}, OriginRequestPolicy{Cookies: c.cookies}).clean(r, &request{origin: c.origin})
		require.Equal(t, c.want, r.header["Set-Cookie"])
	}
}

func TestForwardedHostAndUserAgent(t *testing.T) {
	o := (&Origin{DomainName: "example.org"}).withDefaults()
	r := &request{method: "POST", uri: "/", header: headerOf("Host", "www.example.com", "User-Agent", "curl", "Content-Type", "text/plain", "Content-Length", "1"), body: replaced([]byte("x"))}
	plain := forwarding(t, CachePolicy{}, OriginRequestPolicy{}).forward(r, o, "", true).header
	require.Equal(t, []string{"example.org", "Amazon CloudFront", "text/plain", "1"}, []string{plain.Get("Host"), plain.Get("User-Agent"), plain.Get("Content-Type"), plain.Get("Content-Length")})
	chosen := forwarding(t, CachePolicy{Headers: Only("Host")}, OriginRequestPolicy{Headers: Only("user-agent")}).forward(r, o, "", true).header
	require.Equal(t, []string{"www.example.com", "curl"}, []string{chosen.Get("Host"), chosen.Get("User-Agent")})
	require.Equal(t, "192.0.2.7", forwarding(t, CachePolicy{}, OriginRequestPolicy{}).forward(
		&request{clientIP: "192.0.2.7", method: "GET", header: http.Header{}}, o, "", true).header.Get("X-Forwarded-For"), "the peer alone")
}

func TestCustomHeadersComeInPlace(t *testing.T) {
	o := (&Origin{DomainName: "example.org", CustomHeaders: map[string]string{"user-agent": "robot", "X-A": "mine", "X-Forwarded-For": "nobody"}}).withDefaults()
	require.NoError(t, o.check())
	r := &request{clientIP: "192.0.2.1", method: "GET", uri: "/", header: headerOf("X-A", "theirs", "User-Agent", "curl")}
	got := forwarding(t, CachePolicy{Headers: Only("X-A")}, OriginRequestPolicy{}).forward(r, o, "", true)
	for _, name := range []string{"User-Agent", "X-A", "X-Forwarded-For"} {
		require.NotContains(t, got.header, name, "part of the origin, not of the request")
	}
	require.Equal(t, "robot", got.origin.Custom.CustomHeaders.Get("User-Agent"))
	_, f := applyRequest(OriginRequest, got, got.show(), got.show())
	require.Nil(t, f, "returning it as it came is no mistake")
}

func TestForwardedEncoding(t *testing.T) {
	o := (&Origin{DomainName: "example.org"}).withDefaults()
	for _, c := range []struct {
		policy CachePolicy
		accept []string
		want   []string
	}{
		{CachePolicy{Gzip: true, Brotli: true}, []string{"br, gzip, deflate"}, []string{"br,gzip"}},
		{CachePolicy{Gzip: true}, []string{"br, gzip"}, []string{"gzip"}},
		{CachePolicy{Gzip: true}, []string{"br"}, []string{"identity"}},
		{CachePolicy{Gzip: true}, nil, nil},
		{CachePolicy{Headers: Only("Accept-Encoding")}, []string{"br ,x"}, []string{"br ,x"}},
		{CachePolicy{}, []string{"gzip"}, nil},
	} {
		h := http.Header{}
		if c.accept != nil {
			h["Accept-Encoding"] = c.accept
		}
		got := forwarding(t, c.policy, OriginRequestPolicy{}).forward(&request{method: "GET", header: h}, o, "", true)
		require.Equal(t, c.want, got.header["Accept-Encoding"], "%+v", c)
	}
}

// TestQueriesAreForwardedIffEitherPolicyHasThem compares two policies with what is said of them: what either includes
// goes on, a list of exceptions never beats another's inclusion, and two such lists are one.
func TestQueriesAreForwardedIffEitherPolicyHasThem(t *testing.T) {
	has := func(s Selection, name string) bool {
		return s.kind == selectAll || s.kind == selectOnly && strings.Contains(strings.Join(s.names, ""), name) ||
			s.kind == selectAllExcept && !strings.Contains(strings.Join(s.names, ""), name)
	}
	rapid.Check(t, func(t *rapid.T) {
		one, two := drawSelection(t, "cache policy"), drawSelection(t, "origin request policy")
		b := forwarding(t, CachePolicy{QueryStrings: one, Cookies: one}, OriginRequestPolicy{QueryStrings: two, Cookies: two})
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 4).Draw(t, "names")
		var sent, kept []string
		for _, name := range names {
			sent = append(sent, name+"=1")
			goes := has(one, name) || has(two, name)
			if one.kind == selectAllExcept && two.kind == selectAllExcept {
				goes = has(one, name) && has(two, name)
			}
			if goes {
				kept = append(kept, name+"=1")
			}
		}
		require.Equal(t, strings.Join(kept, "&"), b.forwardQuery(strings.Join(sent, "&")))
		to := http.Header{}
		b.forwardCookies(http.Header{"Cookie": {strings.Join(sent, "; ")}}, to, &Origin{})
		require.Equal(t, strings.Join(kept, "; "), to.Get("Cookie"))
	})
}

func TestOriginTriggersSeeQueriesOnlyIfAllAreForwarded(t *testing.T) {
	for _, c := range []struct {
		one, two Selection
		want     bool
	}{{All(), None(), true}, {None(), All(), true}, {Only("a"), AllExcept("a"), false}, {None(), None(), false}} {
		require.Equal(t, c.want, forwarding(t, CachePolicy{QueryStrings: c.one}, OriginRequestPolicy{QueryStrings: c.two}).seesQuery())
	}
}
