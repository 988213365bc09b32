package edge

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOriginDefaults(t *testing.T) {
	o := (&Origin{DomainName: "example.org"}).withDefaults()
	require.NoError(t, o.check())
	require.Equal(t, &RequestOrigin{Custom: &CustomOrigin{
		CustomHeaders: Headers{}, DomainName: "example.org", KeepaliveTimeout: 5, Port: 443, Protocol: "https", ReadTimeout: 30,
		SSLProtocols: []string{"TLSv1", "TLSv1.1", "TLSv1.2"},
	}}, o.event(true))
	require.Equal(t, []any{10 * time.Second, 3}, []any{o.ConnectionTimeout, o.ConnectionAttempts})
}

func TestOriginChecks(t *testing.T) {
	for name, edit := range map[string]func(*Origin){
		"no domain name":                 func(o *Origin) { o.DomainName = "" },
		"an address":                     func(o *Origin) { o.DomainName = "127.0.0.1" },
		"a port in the name":             func(o *Origin) { o.DomainName = "example.org:80" },
		"a path that ends in a slash":    func(o *Origin) { o.Path = "/a/" },
		"a path without a slash":         func(o *Origin) { o.Path = "a" },
		"an unknown protocol":            func(o *Origin) { o.Protocol = "https" },
		"a port below 80":                func(o *Origin) { o.HTTPPort = 79 },
		"a port that is reserved":        func(o *Origin) { o.HTTPSPort = 444 },
		"an unknown SSL protocol":        func(o *Origin) { o.SSLProtocols = []string{"TLSv1.3"} },
		"no time to read":                func(o *Origin) { o.ReadTimeout = -time.Second },
		"too much time to read":          func(o *Origin) { o.ReadTimeout = 181 * time.Second },
		"half a second":                  func(o *Origin) { o.ReadTimeout = 1500 * time.Millisecond },
		"too long kept alive":            func(o *Origin) { o.KeepaliveTimeout = 181 * time.Second },
		"too long to connect":            func(o *Origin) { o.ConnectionTimeout = 11 * time.Second },
		"too short to connect":           func(o *Origin) { o.ConnectionTimeout = time.Millisecond },
		"no attempt":                     func(o *Origin) { o.ConnectionAttempts = -1 },
		"four attempts":                  func(o *Origin) { o.ConnectionAttempts = 4 },
		"a denied custom header":         func(o *Origin) { o.CustomHeaders = map[string]string{"Host": "h"} },
		"a custom header of two lines":   func(o *Origin) { o.CustomHeaders = map[string]string{"X-A": "1\r\nX-B: 2"} },
		"one custom header twice":        func(o *Origin) { o.CustomHeaders = map[string]string{"X-A": "1", "x-a": "2"} },
		"failover codes alone":           func(o *Origin) { o.FailoverStatusCodes = []int{500} },
		"an unknown access control":      func(o *Origin) { o.S3 = &S3Access{OriginAccessControl: "sometimes"} },
		"an identity and a control":      func(o *Origin) { o.S3 = &S3Access{OriginAccessControl: "always", OriginAccessIdentity: true} },
		"a bucket with capitals":         func(o *Origin) { o.DomainName, o.S3 = "B.example.org", &S3Access{} },
		"a bucket with a long name":      func(o *Origin) { o.DomainName, o.S3 = strings.Repeat("a.", 64)+"b", &S3Access{} },
		"a code that nothing fails over": func(o *Origin) { o.Secondary, o.FailoverStatusCodes = &Origin{DomainName: "b.example"}, []int{401} },
		"a group in a group": func(o *Origin) {
			o.Secondary = &Origin{DomainName: "b.example", Secondary: &Origin{DomainName: "c.example"}}
		},
		"a group with a wrong second part": func(o *Origin) { o.Secondary = &Origin{} },
	} {
		o := &Origin{ID: "o", DomainName: "example.org"}
		edit(o)
		err := o.withDefaults().check()
		require.ErrorContains(t, err, "edge: origin", name)
	}
}

func TestOriginProtocols(t *testing.T) {
	for _, c := range []struct {
		protocol string
		secure   bool
		want     string
		host     string
	}{
		{"http-only", true, "http", "example.org:8080"}, {"https-only", false, "https", "example.org"},
		{"match-viewer", true, "https", "example.org"}, {"match-viewer", false, "http", "example.org:8080"},
	} {
		o := (&Origin{DomainName: "example.org", Protocol: c.protocol, HTTPPort: 8080}).withDefaults()
		a := addressOf(o.event(c.secure), c.secure, 0)
		require.Equal(t, []string{c.want, c.host}, []string{a.scheme, a.host}, "%+v", c)
		require.Equal(t, 30*time.Second, a.readTimeout)
	}
	bucket := BucketOrigin(&Bucket{Name: "b"}, &S3Access{OriginAccessIdentity: true}).withDefaults()
	for secure, want := range map[bool]string{true: "https", false: "http"} {
		a := addressOf(bucket.event(secure), secure, time.Minute)
		require.Equal(t, []any{want, "b.s3.amazonaws.com", true, true, time.Minute}, []any{a.scheme, a.host, a.s3, a.identity, a.readTimeout}, "a bucket is asked as the viewer asks")
	}
}

func TestFailsOver(t *testing.T) {
	g := Group(&Origin{DomainName: "a.example"}, &Origin{DomainName: "b.example"}, 403, 503)
	whole, streamed := replaced([]byte("x")), &body{rest: strings.NewReader("x"), length: 1}
	for _, c := range []struct {
		name string
		o    *Origin
		r    *request
		resp *response
		want bool
	}{
		{"a listed status", g, &request{method: "GET"}, &response{status: 503}, true},
		{"another status", g, &request{method: "GET"}, &response{status: 500}, false},
		{"a good answer", g, &request{method: "GET"}, &response{status: 200}, false},
		{"no answer", g, &request{method: "HEAD"}, nil, true},
		{"OPTIONS", g, &request{method: "OPTIONS"}, nil, true},
		{"OPTIONS with a body that is here", g, &request{method: "OPTIONS", body: whole}, nil, true},
		{"OPTIONS with a body that is gone", g, &request{method: "OPTIONS", body: streamed}, nil, false},
		{"POST", g, &request{method: "POST"}, nil, false},
		{"no group", &Origin{}, &request{method: "GET"}, nil, false},
	} {
		require.Equal(t, c.want, c.o.failsOver(c.r, c.resp), c.name)
	}
	primary := &Origin{DomainName: "a.example"}
	require.NotSame(t, primary, Group(primary, primary))
	require.Nil(t, primary.Secondary, "the primary origin itself is not changed")
}

func TestSigning(t *testing.T) {
	origin := func(control string) *Origin { return &Origin{S3: &S3Access{OriginAccessControl: control}} }
	own, theirs := http.Header{}, headerOf("Authorization", "x")
	for _, c := range []struct {
		name string
		a    address
		o    *Origin
		h    http.Header
		want bool
	}{
		{"an identity", address{identity: true}, nil, own, true},
		{"nothing", address{}, origin(""), own, false},
		{"always", address{}, origin("always"), theirs, true},
		{"never", address{}, origin("never"), own, false},
		{"no override", address{}, origin("no-override"), own, true},
		{"no override of the viewer's", address{}, origin("no-override"), theirs, false},
		{"a bucket that is not ours", address{}, nil, own, false},
		{"a server", address{}, &Origin{}, own, false},
	} {
		require.Equal(t, c.want, c.a.signs(c.o, c.h), c.name)
	}
}

func TestConfigChecks(t *testing.T) {
	origin := HandlerOrigin(http.NotFoundHandler())
	bucket := BucketOrigin(&Bucket{Name: "b"}, nil)
	for name, c := range map[string]Config{
		"no origin":            {},
		"an unknown origin":    {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", TargetOriginID: "x"}}},
		"two of one ID":        {Origins: []*Origin{origin, origin}},
		"no default behavior":  {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "/a"}}},
		"two default ones":     {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*"}, {PathPattern: "*"}}},
		"a bad pattern":        {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "a b"}, {PathPattern: "*"}}},
		"a bad policy":         {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", ViewerProtocolPolicy: "https"}}},
		"methods of one's own": {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", AllowedMethods: []string{"GET"}}}},
		"OPTIONS cached alone": {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", CacheOptions: true}}},
		"all headers keyed":    {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", CachePolicy: CachePolicy{Headers: All()}}}},
		"an address keyed":     {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", CachePolicy: CachePolicy{Headers: Only("CloudFront-Viewer-Address")}}}},
		"a cookie header":      {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", CachePolicy: CachePolicy{Headers: Only("Cookie")}}}},
		"a proxy's header":     {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", CachePolicy: CachePolicy{Headers: Only("Proxy-Foo")}}}},
		"a hidden header":      {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", OriginRequestPolicy: OriginRequestPolicy{Headers: Only("X-Cache")}}}},
		"a bucket's Host":      {Origin: bucket, CacheBehaviors: []CacheBehavior{{PathPattern: "*", CachePolicy: CachePolicy{Headers: Only("host")}}}},
		"Brotli alone":         {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", Compress: true, CachePolicy: CachePolicy{Brotli: true}}}},
		"a negative cache":     {Origin: origin, CacheSize: -1},
		"a negative timeout":   {Origin: origin, ViewerTimeout: -1},
		"a negative size":      {Origin: origin, MaxObjectSize: -1},
		"a bad error response": {Origin: origin, CustomErrorResponses: []CustomErrorResponse{{ErrorCode: 1}}},
		"countries of nobody":  {Origin: origin, GeoRestriction: &GeoRestriction{Countries: []string{"FR"}}},
		"a hook and a function": {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", ViewerRequest: "f:1",
			Hooks: Hooks{ViewerRequest: func(context.Context, *Request) (*Request, *Response, error) { return nil, nil, nil }}}}},
		"a function without an Invoker":     {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", ViewerRequest: "f:1"}}},
		"a body for nobody":                 {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", IncludeBody: []EventType{ViewerRequest}}}},
		"a function by a name that is none": {Origin: origin, CacheBehaviors: []CacheBehavior{{PathPattern: "*", ViewerRequest: "f g:1"}}},
	} {
		_, err := NewDistribution(c)
		require.Error(t, err, name)
	}
	_, err := NewDistribution(Config{Origin: origin})
	require.NoError(t, err)
}

// TestHowManyFunctionsADistributionMayHave counts them over all behaviors.
func TestHowManyFunctionsADistributionMayHave(t *testing.T) {
	hooks := Hooks{
		ViewerRequest: func(_ context.Context, r *Request) (*Request, *Response, error) { return r, nil, nil },
		OriginRequest: func(_ context.Context, r *Request) (*Request, *Response, error) { return r, nil, nil },
	}
	var behaviors []CacheBehavior
	for i := range 49 {
		behaviors = append(behaviors, CacheBehavior{PathPattern: "/" + itoa(i), Hooks: hooks})
	}
	behaviors = append(behaviors, CacheBehavior{PathPattern: "*", Hooks: hooks})
	c := Config{Origin: HandlerOrigin(http.NotFoundHandler()), CacheBehaviors: behaviors}
	_, err := NewDistribution(c)
	require.NoError(t, err)
	c.CacheBehaviors[0].Hooks.ViewerResponse = func(_ context.Context, _ *Request, r *Response) (*Response, error) { return r, nil }
	_, err = NewDistribution(c)
	require.ErrorContains(t, err, "TooManyLambdaFunctionAssociations: A distribution can have 100 function associations, not 101.")
}

// TestAnswersHaveABound: an answer over MaxObjectSize is CloudFront's 502, however it comes.
func TestAnswersHaveABound(t *testing.T) {
	for size, want := range map[int]int{10: 200, 11: 502} {
		for _, flush := range []bool{false, true} {
			d, err := NewDistribution(Config{MaxObjectSize: 10, Origin: HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if flush {
					w.(http.Flusher).Flush()
				}
				_, _ = w.Write(make([]byte, size))
			}))})
			require.NoError(t, err)
			require.Equal(t, want, served(d, "GET", "/").Code)
		}
	}
}

// served is a viewer's request.
func served(d *Distribution, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for name, values := range headerOf(header...) {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}
