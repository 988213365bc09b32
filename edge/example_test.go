package edge_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"
	"time"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// serve makes a distribution and sends it requests; it prints what comes back. In the examples a request is a path and,
// after it, header lines.
func serve(c edge.Config, requests ...string) *edge.Distribution {
	d, err := edge.NewDistribution(c)
	if err != nil {
		panic(err)
	}
	ask(d, requests...)
	return d
}

func ask(d *edge.Distribution, requests ...string) {
	for _, line := range requests {
		path, header, _ := strings.Cut(line, " ")
		r := httptest.NewRequest("GET", "http://www.example.com"+path, nil)
		if name, value, ok := strings.Cut(header, ": "); ok {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body, "·", w.Header().Get("X-Cache"))
	}
}

// greeting is an origin that says what it is asked for.
func greeting() *edge.Origin {
	return edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := strings.Fields(r.URL.RequestURI() + " " + r.Header.Get("Cookie") + " " + r.Header.Get("CloudFront-Viewer-Country"))
		fmt.Fprint(w, strings.Join(seen, " "))
	}))
}

// What the key holds also goes to the origin; what it does not hold does neither.
func ExampleCachePolicy() {
	serve(edge.Config{
		Origin: greeting(),
		CacheBehaviors: []edge.CacheBehavior{{
			PathPattern: "*",
			CachePolicy: edge.CachePolicy{QueryStrings: edge.Only("page"), Cookies: edge.Only("lang")},
		}},
	},
		"/list?page=1&utm=mail",
		"/list?utm=feed&page=1",
		"/list?page=2",
		"/list?page=1 Cookie: lang=fr; session=1",
	)
	// Output:
	// 200 /list?page=1 · Miss from cloudfront
	// 200 /list?page=1 · Hit from cloudfront
	// 200 /list?page=2 · Miss from cloudfront
	// 200 /list?page=1 lang=fr · Miss from cloudfront
}

// What an origin request policy chooses goes to the origin and is not in the key: the first viewer's is everybody's.
func ExampleOriginRequestPolicy() {
	serve(edge.Config{
		Origin:         greeting(),
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", OriginRequestPolicy: edge.OriginRequestPolicy{QueryStrings: edge.All()}}},
	}, "/a?x=1", "/a?x=2")
	// Output:
	// 200 /a?x=1 · Miss from cloudfront
	// 200 /a?x=1 · Hit from cloudfront
}

// An origin group asks the second origin where the first one fails.
func ExampleGroup() {
	broken := edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
	broken.DomainName = "primary.example.org"
	serve(edge.Config{Origin: edge.Group(broken, greeting(), 500, 502, 503)}, "/a")
	// Output:
	// 200 /a · Miss from cloudfront
}

// A page for errors of one status, with a status of its own.
func ExampleCustomErrorResponse() {
	serve(edge.Config{
		Origin: edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/index.html" {
				w.WriteHeader(404)
				return
			}
			fmt.Fprint(w, "the application")
		})),
		CustomErrorResponses: []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: "/index.html", ResponseCode: 200}},
	}, "/a/client/side/route", "/index.html")
	// Output:
	// 200 the application · Error from cloudfront
	// 200 the application · Hit from cloudfront
}

// An invalidation is compared with the path after the viewer-request function.
func ExampleDistribution_Invalidate() {
	d := serve(edge.Config{Origin: greeting()}, "/news/1", "/news/2", "/about")
	fmt.Println(d.Invalidate("/news/*"))
	ask(d, "/news/1", "/about")
	// Output:
	// 200 /news/1 · Miss from cloudfront
	// 200 /news/2 · Miss from cloudfront
	// 200 /about · Miss from cloudfront
	// 2 <nil>
	// 200 /news/1 · Miss from cloudfront
	// 200 /about · Hit from cloudfront
}

// A resolver tells where viewers are; those headers are CloudFront's, whatever viewers send.
func ExampleConfig_viewerHeaders() {
	serve(edge.Config{
		Origin: greeting(),
		ViewerHeaders: func(r *http.Request) map[string]string {
			return map[string]string{"CloudFront-Viewer-Country": "FR"} // by r.RemoteAddr, in earnest
		},
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", CachePolicy: edge.CachePolicy{Headers: edge.Only("CloudFront-Viewer-Country")}}},
	}, "/a CloudFront-Viewer-Country: XX")
	// Output:
	// 200 /a FR · Miss from cloudfront
}

// Only viewers from the countries that are listed are let in.
func ExampleGeoRestriction() {
	d := serve(edge.Config{
		Origin:         greeting(),
		GeoRestriction: &edge.GeoRestriction{Countries: []string{"FR", "DE"}},
		ViewerHeaders: func(r *http.Request) map[string]string {
			return map[string]string{"CloudFront-Viewer-Country": r.Header.Get("X-Country")}
		},
	})
	for _, country := range []string{"FR", "US"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Country", country)
		d.ServeHTTP(w, r)
		fmt.Println(country, w.Code)
	}
	// Output:
	// FR 200
	// US 403
}

// The six device headers of a User-Agent.
func ExampleDeviceHeaders() {
	h := edge.DeviceHeaders("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)")
	fmt.Println(h["CloudFront-Is-IOS-Viewer"], h["CloudFront-Is-Tablet-Viewer"], h["CloudFront-Is-Mobile-Viewer"])
	// Output:
	// true true false
}

// A behavior with trusted keys serves signed URLs only, until they expire. What was signed goes no further than the
// edge.
func ExampleCacheBehavior_trustedKeys() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	expires := time.Now().Add(time.Hour).Unix()
	policy := fmt.Sprintf(`{"Statement":[{"Resource":"http://www.example.com/video","Condition":{"DateLessThan":{"AWS:EpochTime":%d}}}]}`, expires)
	sum := sha1.Sum([]byte(policy))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA1, sum[:])
	if err != nil {
		panic(err)
	}
	signature := strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(sig))
	query := fmt.Sprintf("?Expires=%d&Signature=%s&Key-Pair-Id=K2JCJMDEHXQW5F", expires, signature)
	serve(edge.Config{
		Origin:         greeting(),
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", TrustedKeys: map[string]*rsa.PublicKey{"K2JCJMDEHXQW5F": &key.PublicKey}}},
	}, "/video"+query, "/video", "/other"+query)
	// Output:
	// 200 /video · Miss from cloudfront
	// 403 <?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error> · Error from cloudfront
	// 403 <?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error> · Error from cloudfront
}

// The four functions, in the order in which they run. The two in the middle run only for what is not in the cache.
func ExampleHooks() {
	request := func(ctx context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
		fmt.Println(edge.ConfigOf(ctx).EventType)
		return r, nil, nil
	}
	response := func(ctx context.Context, _ *edge.Request, r *edge.Response) (*edge.Response, error) {
		fmt.Println(edge.ConfigOf(ctx).EventType, r.Status)
		return r, nil
	}
	serve(edge.Config{
		Origin: greeting(),
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", Hooks: edge.Hooks{
			ViewerRequest: request, OriginRequest: request, OriginResponse: response, ViewerResponse: response,
		}}},
	}, "/a", "/a")
	// Output:
	// viewer-request
	// origin-request
	// origin-response 200
	// viewer-response 200
	// 200 /a · Miss from cloudfront
	// viewer-request
	// viewer-response 200
	// 200 /a · Hit from cloudfront
}

// A function that makes the answer itself, which is cached as an origin's would be.
func ExampleResponse() {
	made := func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) {
		r := &edge.Response{Status: "200", Body: new("made at the edge"), Headers: edge.Headers{}}
		r.Headers.Set("Cache-Control", "max-age=60")
		return nil, r, nil
	}
	serve(edge.Config{
		Origin:         greeting(),
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", Hooks: edge.Hooks{OriginRequest: made}}},
	}, "/a", "/a")
	// Output:
	// 200 made at the edge · LambdaGeneratedResponse from cloudfront
	// 200 made at the edge · Hit from cloudfront
}

// A function that reads a form and sends another one on.
func ExampleBody() {
	add := func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
		form, err := r.Body.Bytes()
		if err != nil {
			return nil, nil, err
		}
		r.Body = &edge.Body{Action: edge.Replace, Encoding: edge.Text, Data: string(form) + "&seen=edge"}
		return r, nil, nil
	}
	d := serve(edge.Config{
		Origin: edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.ContentLength, " bytes: ", r.FormValue("name"), ", ", r.FormValue("seen"))
		})),
		CacheBehaviors: []edge.CacheBehavior{{
			PathPattern: "*", AllowedMethods: edge.AllMethods, IncludeBody: []edge.EventType{edge.ViewerRequest}, Hooks: edge.Hooks{ViewerRequest: add},
		}},
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/form", strings.NewReader("name=Ada"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	d.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output:
	// 18 bytes: Ada, edge
}

// A function that sends some requests to a bucket instead.
func ExampleRequestOrigin() {
	archive := &edge.Bucket{Name: "archive", Public: true, Objects: fstest.MapFS{"2019.txt": {Data: []byte("long ago")}}}
	bucket := edge.BucketOrigin(archive, nil)
	toBucket := func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
		if strings.HasPrefix(r.URI, "/2019") {
			r.Origin = &edge.RequestOrigin{S3: &edge.S3Origin{AuthMethod: "none", DomainName: bucket.DomainName}}
			r.Headers.Set("Host", bucket.DomainName)
		}
		return r, nil, nil
	}
	serve(edge.Config{
		Origin: greeting(), Origins: []*edge.Origin{bucket},
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", Hooks: edge.Hooks{OriginRequest: toBucket}}},
	}, "/2019.txt", "/2020.txt")
	// Output:
	// 200 long ago · Miss from cloudfront
	// 200 /2020.txt · Miss from cloudfront
}

// A private bucket that only the distribution may read, with a page for what is missing.
func ExampleBucketOrigin() {
	bucket := &edge.Bucket{Name: "site", Objects: fstest.MapFS{
		"index.html": {Data: []byte("welcome")}, "missing.html": {Data: []byte("not here")},
	}}
	serve(edge.Config{
		Origin:            edge.BucketOrigin(bucket, &edge.S3Access{OriginAccessControl: "always"}),
		DefaultRootObject: "index.html",
		// Without s3:ListBucket, S3 says 403 for a key that is not there.
		CustomErrorResponses: []edge.CustomErrorResponse{{ErrorCode: 403, ResponsePagePath: "/missing.html", ResponseCode: 404}},
	}, "/", "/nothing")
	// Output:
	// 200 welcome · Miss from cloudfront
	// 404 not here · Error from cloudfront
}

// A deployed function that answers an API at the edge, and the event that it gets.
func ExampleEvent() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	err := svc.Deploy(lambda.Config{Name: "api"}, lambda.Handler(func(e edge.Event) (edge.Response, error) {
		cf := e.Records[0].CF
		return edge.Response{Status: "200", Body: new(string(cf.Config.EventType) + " of " + cf.Request.URI)}, nil
	}))
	if err != nil {
		panic(err)
	}
	if _, err := svc.PublishVersion("api"); err != nil {
		panic(err)
	}
	serve(edge.Config{
		Invoker: svc,
		Origin:  edge.BucketOrigin(&edge.Bucket{Name: "site", Objects: fstest.MapFS{}}, nil),
		CacheBehaviors: []edge.CacheBehavior{
			{PathPattern: "/api/*", ViewerRequest: "api:1", CachingDisabled: true},
			{PathPattern: "*"},
		},
	}, "/api/users")
	// Output:
	// 200 viewer-request of /api/users · LambdaGeneratedResponse from cloudfront
}
