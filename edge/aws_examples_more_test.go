package edge_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

// The rest of the guide's functions: those that draw lots, make whole answers, or choose a bucket; and four that are
// often asked for and are not there.

// abTest puts viewers without a cookie into a group: three of four into the control group.
func abTest(lot func() float64) edge.RequestHook {
	return edits(func(r *edge.Request) {
		if abCookie(r); r.URI != "/experiment-pixel.jpg" {
			return
		}
		r.URI = "/experiment-group/treatment-pixel.jpg"
		if lot() < 0.75 {
			r.URI = "/experiment-group/control-pixel.jpg"
		}
	})
}

func staticPage() *edge.Response {
	return &edge.Response{Status: "200", StatusDescription: "OK", Body: new("<html>Lambda@Edge</html>"), Headers: edge.Headers{
		"cache-control": {{Key: "Cache-Control", Value: "max-age=100"}}, "content-type": {{Key: "Content-Type", Value: "text/html"}},
	}}
}

func redirectHome() *edge.Response {
	return &edge.Response{Status: "302", StatusDescription: "Found", Headers: edge.Headers{"location": {{Value: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-edge.html"}}}}
}

// bucketByCountry chooses the Region's own bucket.
func bucketByCountry(r *edge.Request) {
	regions := map[string]string{"DE": "eu-central-1", "IE": "eu-west-1", "GB": "eu-west-2", "FR": "eu-west-3", "JP": "ap-northeast-1", "IN": "ap-south-1"}
	region := regions[r.Headers.Get("CloudFront-Viewer-Country")]
	if region == "" {
		return
	}
	r.Origin.S3.Region = region
	r.Origin.S3.DomainName = "amzn-example-bucket-in-" + region + ".s3." + region + ".amazonaws.com"
	r.Headers.Set("Host", r.Origin.S3.DomainName)
}

// shift sends four of five misses to the blue bucket.
func shift(lot func() int) edge.RequestHook {
	return edits(func(r *edge.Request) {
		if lot() <= 80 {
			r.Origin.S3.DomainName = "blue-bucket.s3.amazonaws.com"
			r.Headers.Set("Host", r.Origin.S3.DomainName)
		}
	})
}

// readForm answers with what a form said.
func readForm(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
	if r.Method != "POST" {
		return r, nil, nil
	}
	data, err := r.Body.Bytes()
	if err != nil {
		return nil, nil, err
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, nil, err
	}
	return nil, &edge.Response{Status: "200", Body: new("hello " + form.Get("name"))}, nil
}

// checkHMAC admits bodies that are signed with a shared secret.
func checkHMAC(secret string) edge.RequestHook {
	return func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
		data, err := r.Body.Bytes()
		if err != nil || r.Body.InputTruncated {
			return nil, &edge.Response{Status: "413"}, nil
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(data)
		if !hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(r.Headers.Get("X-Signature"))) {
			return nil, &edge.Response{Status: "403"}, nil
		}
		return r, nil, nil
	}
}

// basicAuth asks for a name and a password.
func basicAuth(name, password string) edge.RequestHook {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
	return func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
		if r.Headers.Get("Authorization") == want {
			return r, nil, nil
		}
		return nil, &edge.Response{Status: "401", Body: new("who are you?"), Headers: edge.Headers{"www-authenticate": {{Value: "Basic"}}}}, nil
	}
}

func directoryIndex(r *edge.Request) {
	if strings.HasSuffix(r.URI, "/") {
		r.URI += "index.html"
	}
}

// signV4 signs a request to a bucket with Signature Version 4, for what an access control does not do: a bucket of
// another service, or of another account.
func signV4(keyID, secret string, now func() time.Time) edge.RequestHook {
	return edits(func(r *edge.Request) {
		at := now().UTC().Format("20060102T150405Z")
		scope := at[:8] + "/us-east-1/s3/aws4_request"
		const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		canonical := strings.Join([]string{r.Method, r.URI, r.QueryString, "host:" + r.Headers.Get("Host"), "x-amz-content-sha256:" + empty, "x-amz-date:" + at, "",
			"host;x-amz-content-sha256;x-amz-date", empty}, "\n")
		hash := sha256.Sum256([]byte(canonical))
		key := []byte("AWS4" + secret)
		for _, part := range append(strings.Split(scope, "/"), strings.Join([]string{"AWS4-HMAC-SHA256", at, scope, hex.EncodeToString(hash[:])}, "\n")) {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(part))
			key = mac.Sum(nil)
		}
		r.Headers.Set("X-Amz-Date", at)
		r.Headers.Set("X-Amz-Content-Sha256", empty)
		r.Headers.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=%x", keyID, scope, key))
	})
}

// buckets is a site over a bucket, which answers with the name of the bucket that was asked.
func buckets(s *site) {
	answer := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ContentLength: -1, Body: http.NoBody, Header: http.Header{"X-Bucket": {r.Host}}}, nil
	})
	s.config.Origin = &edge.Origin{DomainName: "green-bucket.s3.amazonaws.com", S3: &edge.S3Access{}, Transport: answer}
	s.config.Transport = answer
}

func TestMoreAWSExamples(t *testing.T) {
	row := func(name string, test func(t *testing.T, s *site)) {
		t.Run(name, func(t *testing.T) { virtual(t, test) })
	}
	row("A/B test by lot", func(t *testing.T, s *site) {
		lots := rand.New(rand.NewPCG(1, 2))
		s.vq = abTest(lots.Float64)
		groups := map[string]int{}
		s.origin = func(http.ResponseWriter, *http.Request) {}
		s.b.CachingDisabled = true
		for range 2000 {
			s.get("/experiment-pixel.jpg")
			groups[s.asked.URL.Path]++
		}
		require.Len(t, groups, 2)
		require.InDelta(t, 1500, groups["/experiment-group/control-pixel.jpg"], 100, "three of four")
		s.do(request("GET", "/experiment-pixel.jpg", "Cookie", "X-Experiment-Name=B"))
		require.Equal(t, "/experiment-group/treatment-pixel.jpg", s.asked.URL.Path, "a cookie decides")
		s.get("/other")
		require.Equal(t, "/other", s.asked.URL.Path)
	})
	row("static page at the viewers' side", func(t *testing.T, s *site) {
		s.vq = makes(staticPage())
		for range 2 {
			require.Equal(t, "<html>Lambda@Edge</html>", s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq").body)
		}
		require.Empty(t, s.d.Cache())
	})
	row("static page at the origin's side", func(t *testing.T, s *site) {
		s.oq = makes(staticPage())
		r := s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq oq vp")
		require.Equal(t, []string{"text/html", "max-age=100"}, []string{r.header.Get("Content-Type"), r.header.Get("Cache-Control")})
		s.get("/a").is(t, 200, "Hit", cached)
		time.Sleep(100 * time.Second)
		s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq oq vp")
	})
	row("redirect at either side", func(t *testing.T, s *site) {
		s.vq = makes(redirectHome())
		require.Equal(t, "https://docs.aws.amazon.com/lambda/latest/dg/lambda-edge.html", s.get("/a").is(t, 302, "LambdaGeneratedResponse", "vq").header.Get("Location"))
		s.vq, s.oq = nil, makes(redirectHome())
		s.get("/a").is(t, 302, "LambdaGeneratedResponse", "vq oq vp")
		s.get("/a").is(t, 302, "Hit", cached) // redirects are cached
	})
	row("override a header at the viewers' side", func(t *testing.T, s *site) {
		s.gives(200, "page", "X-Amz-Meta-Last-Modified", "2016-01-01")
		s.vp = changes(overrideHeader)
		for _, want := range []string{"Miss", "Hit"} {
			r := s.get("/a")
			require.Equal(t, []string{want, "2016-01-01"}, []string{r.xCache, r.header.Get("Last-Modified")})
		}
	})
	row("every kind of device", func(t *testing.T, s *site) {
		s.b.CachePolicy.Headers = edge.Only("CloudFront-Is-Desktop-Viewer", "CloudFront-Is-Mobile-Viewer", "CloudFront-Is-Tablet-Viewer", "CloudFront-Is-SmartTV-Viewer")
		s.oq = edits(deviceVariant)
		for agent, want := range map[string]string{"iPad": "/tablet/a", "SMART-TV": "/smarttv/a", "Android Mobile": "/mobile/a", "": "/desktop/a"} {
			s.do(request("GET", "/a", "User-Agent", agent)).is(t, 200, "Miss", missed)
			require.Equal(t, want, s.asked.URL.Path)
		}
	})
	row("bucket by country", func(t *testing.T, s *site) {
		buckets(s)
		s.b.CachePolicy.Headers = edge.Only("CloudFront-Viewer-Country")
		s.config.ViewerHeaders = func(r *http.Request) map[string]string {
			return map[string]string{"CloudFront-Viewer-Country": r.Header.Get("From")}
		}
		s.oq = edits(bucketByCountry)
		for country, want := range map[string]string{
			"DE": "amzn-example-bucket-in-eu-central-1.s3.eu-central-1.amazonaws.com", "JP": "amzn-example-bucket-in-ap-northeast-1.s3.ap-northeast-1.amazonaws.com",
			"BR": "green-bucket.s3.amazonaws.com",
		} {
			require.Equal(t, want, s.do(request("GET", "/a", "From", country)).is(t, 200, "Miss", "vq oq op vp").header.Get("X-Bucket"))
		}
	})
	row("gradual shift to another bucket", func(t *testing.T, s *site) {
		buckets(s)
		lots := rand.New(rand.NewPCG(1, 2))
		s.oq = shift(func() int { return lots.IntN(100) + 1 })
		blue := 0
		for i := range 1000 {
			first := s.get(fmt.Sprint("/", i)).header.Get("X-Bucket")
			require.Equal(t, first, s.get(fmt.Sprint("/", i)).is(t, 200, "Hit", cached).header.Get("X-Bucket"), "decided for the miss, then cached")
			if first == "blue-bucket.s3.amazonaws.com" {
				blue++
			}
		}
		require.InDelta(t, 800, blue, 50)
	})
	row("read a form at either side", func(t *testing.T, s *site) {
		s.b.AllowedMethods, s.b.IncludeBody = edge.AllMethods, []edge.EventType{edge.ViewerRequest, edge.OriginRequest}
		s.vq = readForm
		require.Equal(t, "hello Ada L", s.post("/a", "name=Ada+L&x=1").is(t, 200, "LambdaGeneratedResponse", "vq").body)
		s.vq, s.oq = nil, readForm
		require.Equal(t, "hello Ada L", s.post("/a", "name=Ada+L").is(t, 200, "LambdaGeneratedResponse", "vq oq vp").body)
		s.get("/a").is(t, 200, "Miss", missed)
	})
	row("origin by country, or not", func(t *testing.T, s *site) {
		s.config.ViewerHeaders = func(*http.Request) map[string]string { return map[string]string{"CloudFront-Viewer-Country": "US"} }
		s.b.CachePolicy.Headers = edge.Only("CloudFront-Viewer-Country")
		s.oq = edits(countryOrigin)
		s.get("/a").is(t, 200, "Miss", missed)
		require.Equal(t, "example.org", s.asked.Host)
	})
	row("HMAC of a body", func(t *testing.T, s *site) {
		s.b.AllowedMethods, s.b.IncludeBody = edge.AllMethods, []edge.EventType{edge.ViewerRequest}
		s.vq = checkHMAC("secret")
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write([]byte("x=1"))
		send := func(body, signature string) reply {
			r := request("POST", "/a", "X-Signature", signature)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			return s.do(r)
		}
		send("x=1", hex.EncodeToString(mac.Sum(nil))).is(t, 200, "Miss", missed)
		require.Equal(t, "x=1", s.posted)
		send("x=2", hex.EncodeToString(mac.Sum(nil))).is(t, 403, "LambdaGeneratedResponse", "vq")
		send(strings.Repeat("x", 50<<10), "").is(t, 413, "LambdaGeneratedResponse", "vq")
	})
	row("basic auth", func(t *testing.T, s *site) {
		s.vq = basicAuth("ada", "secret")
		require.Equal(t, "Basic", s.get("/a").is(t, 401, "LambdaGeneratedResponse", "vq").header.Get("Www-Authenticate"))
		r := request("GET", "/a")
		r.SetBasicAuth("ada", "secret")
		s.do(r).is(t, 200, "Miss", missed)
		require.Empty(t, s.asked.Header.Get("Authorization"), "it stays here")
	})
	row("index of a directory", func(t *testing.T, s *site) {
		s.oq = edits(directoryIndex)
		for path, want := range map[string]string{"/a/": "/a/index.html", "/": "/index.html", "/a.css": "/a.css"} {
			s.get(path).is(t, 200, "Miss", missed)
			require.Equal(t, want, s.asked.URL.Path)
		}
	})
	row("Signature Version 4 to a bucket", func(t *testing.T, s *site) {
		var asked http.Header
		s.config.Origin = &edge.Origin{DomainName: "examplebucket.s3.amazonaws.com", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = r.Header
			return &http.Response{StatusCode: 200, ContentLength: -1, Body: http.NoBody}, nil
		})}
		at := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
		s.oq = signV4("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", func() time.Time { return at })
		s.get("/test.txt").is(t, 200, "Miss", "vq oq op vp")
		require.Equal(t, "20130524T000000Z", asked.Get("X-Amz-Date"))
		require.Regexp(t, `^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$`, asked.Get("Authorization"))
	})
}
