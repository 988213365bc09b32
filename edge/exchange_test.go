package edge

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAdmission is steps 1 to 4 of the chain: what ends there, and with what.
func TestAdmission(t *testing.T) {
	d, err := NewDistribution(Config{
		Origin: HandlerOrigin(http.NotFoundHandler()), Aliases: []string{"www.example.com"},
		CacheBehaviors: []CacheBehavior{
			{PathPattern: "/all/*", AllowedMethods: AllMethods}, {PathPattern: "/options/*", AllowedMethods: GetHeadOptions},
			{PathPattern: "/secure/*", ViewerProtocolPolicy: "https-only"}, {PathPattern: "/moved/*", ViewerProtocolPolicy: "redirect-to-https", AllowedMethods: AllMethods},
			{PathPattern: "*"},
		},
	})
	require.NoError(t, err)
	long := strings.Repeat("a", 8191)
	for _, c := range []struct {
		name           string
		method, target string
		edit           func(*http.Request)
		status         int // 0 for admitted
	}{
		{"a page", "GET", "/a", nil, 0},
		{"HEAD", "HEAD", "/a", nil, 0},
		{"a URL of 8,192 bytes", "GET", "/" + long, nil, 0},
		{"a URL of 8,193 bytes", "GET", "/a" + long, nil, 413},
		{"a query with 8,192 bytes", "GET", "/?" + long[1:], nil, 0},
		{"a query with 8,193 bytes", "GET", "/?" + long, nil, 413},
		{"long headers", "GET", "/a", func(r *http.Request) { r.Header.Set("X-A", strings.Repeat("x", 20_000)) }, 0},
		{"a head of 20,480 bytes", "GET", "/a", func(r *http.Request) { r.Header.Set("X-A", strings.Repeat("x", 20_480-47)) }, 0},
		{"a head of 20,481 bytes", "GET", "/a", func(r *http.Request) { r.Header.Set("X-A", strings.Repeat("x", 20_481-47)) }, 413},
		{"many headers", "GET", "/a", func(r *http.Request) { r.Header["X-A"] = make([]string, 3000) }, 413},
		{"the distribution's own name", "GET", "/a", func(r *http.Request) { r.Host = "D111111abcdef8.cloudfront.net:443" }, 0},
		{"another host", "GET", "/a", func(r *http.Request) { r.Host = "other.example" }, 403},
		{"no path", "OPTIONS", "*", nil, 400},
		{"POST", "POST", "/a", nil, 403},
		{"POST where it may", "POST", "/all/a", nil, 0},
		{"PATCH where it may", "PATCH", "/all/a", nil, 0},
		{"OPTIONS", "OPTIONS", "/a", nil, 403},
		{"OPTIONS where it may", "OPTIONS", "/options/a", nil, 0},
		{"DELETE where OPTIONS may", "DELETE", "/options/a", nil, 403},
		{"a method of its own", "BREW", "/all/a", nil, 403},
		{"lower case", "get", "/a", nil, 403},
		{"GET with a body", "GET", "/a", func(r *http.Request) { r.ContentLength = 1 }, 403},
		{"GET with a body of unknown length", "GET", "/all/a", func(r *http.Request) { r.ContentLength = -1 }, 403},
		{"HEAD with a body", "HEAD", "/a", func(r *http.Request) { r.ContentLength = 1 }, 403},
		{"OPTIONS with a body", "OPTIONS", "/options/a", func(r *http.Request) { r.ContentLength = 1 }, 0},
		{"plain where it must be secure", "GET", "/secure/a", nil, 403},
		{"secure", "GET", "/secure/a", func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, 0},
		{"moved", "GET", "/moved/a", nil, 301},
		{"moved, with a method", "PUT", "/moved/a", nil, 307},
		{"moved, before HTTP/1.1", "PUT", "/moved/a", func(r *http.Request) { r.ProtoMinor = 0 }, 403},
		{"moved already", "PUT", "/moved/a", func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "/", nil)
			r.Host = "www.example.com"
			u, err := r.URL.Parse(c.target)
			require.NoError(t, err)
			if c.target == "*" {
				u.Path = "*"
			}
			r.URL, r.RequestURI = u, c.target
			if c.edit != nil {
				c.edit(r)
			}
			a := (&exchange{d: d, r: r, secure: r.TLS != nil}).admit()
			require.Equal(t, c.status == 0, a == nil)
			if a != nil {
				require.Equal(t, c.status, a.response.status)
				require.Equal(t, c.status == 413, a.close)
			}
		})
	}
}

func TestClientIP(t *testing.T) {
	for remote, want := range map[string]string{"192.0.2.1:4711": "192.0.2.1", "[2001:db8::1]:4711": "2001:db8::1", "192.0.2.1": "192.0.2.1", "@": "@", "": ""} {
		require.Equal(t, want, clientIP(&http.Request{RemoteAddr: remote}))
	}
}

// TestDefaultRootObject: for / alone, whatever the method, and never for a directory below.
func TestDefaultRootObject(t *testing.T) {
	for _, root := range []string{"index.html", "/index.html"} {
		d, err := NewDistribution(Config{Origin: HandlerOrigin(http.NotFoundHandler()), DefaultRootObject: root, CacheBehaviors: []CacheBehavior{{PathPattern: "*", AllowedMethods: AllMethods}}})
		require.NoError(t, err)
		for target, want := range map[string]string{"/": "/index.html", "/?q=1": "/index.html", "/sub/": "/sub/", "//": "//", "/a": "/a"} {
			for _, method := range []string{"GET", "POST"} {
				arrived := exchange{d: d, r: httptest.NewRequest(method, "http://h"+target, nil)}
				require.Nil(t, arrived.admit())
				x := arrived.move()
				x.bind()
				require.Equal(t, want, x.bound.uri, "%s %s", method, target)
				require.NotEqual(t, "/index.html", x.viewer.uri, "what the viewer's functions see is not changed")
			}
		}
	}
}

func TestRequestIDs(t *testing.T) {
	ids := func(seed uint64) (list []string) {
		d, err := NewDistribution(Config{Origin: HandlerOrigin(http.NotFoundHandler()), Seed: seed})
		require.NoError(t, err)
		for range 3 {
			list = append(list, d.requestID())
		}
		return list
	}
	one := ids(1)
	require.Equal(t, one, ids(1), "the same every time")
	require.NotEqual(t, one, ids(2))
	require.NotEqual(t, one[0], one[1])
	for _, id := range one {
		require.Regexp(t, `^[A-Za-z0-9_-]{54}==$|^[A-Za-z0-9_-]{56}$|^[A-Za-z0-9_-]{55}=$`, id)
	}
}
