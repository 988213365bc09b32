package edge_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

// The functions of AWS's guide as Go hooks, and what they do to requests.

func abCookie(r *edge.Request) {
	if r.URI != "/experiment-pixel.jpg" {
		return
	}
	for _, c := range r.Headers.Values("Cookie") {
		switch {
		case strings.Contains(c, "X-Experiment-Name=A"):
			r.URI = "/experiment-group/control-pixel.jpg"
			return
		case strings.Contains(c, "X-Experiment-Name=B"):
			r.URI = "/experiment-group/treatment-pixel.jpg"
			return
		}
	}
}

func overrideHeader(r *edge.Response) {
	if lines := r.Headers["x-amz-meta-last-modified"]; len(lines) > 0 {
		r.Headers["last-modified"] = lines[:1] // the element keeps the other header's key
	}
}

func queryToHeader(r *edge.Request) {
	q, _ := url.ParseQuery(r.QueryString)
	r.Headers.Set("Auth-Header", q.Get("auth"))
	q.Del("auth")
	r.QueryString = q.Encode()
}

func normaliseQuery(r *edge.Request) {
	parts := strings.Split(strings.ToLower(r.QueryString), "&")
	slices.Sort(parts)
	r.QueryString = strings.Join(parts, "&")
}

func signIn(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
	for _, c := range r.Headers.Values("Cookie") {
		if strings.Contains(c, "session-id=") {
			return r, nil, nil
		}
	}
	original := r.URI
	if r.QueryString != "" {
		original += "?" + r.QueryString
	}
	return nil, &edge.Response{Status: "302", StatusDescription: "Found", Headers: edge.Headers{
		"location": {{Value: "https://www.example.com/signin?redirect_url=" + url.QueryEscape(original)}},
	}}, nil
}

func countryRedirect(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
	to := "https://example.com/"
	switch r.Headers.Get("CloudFront-Viewer-Country") {
	case "TW":
		to = "https://tw.example.com/"
	case "US":
		to = "https://us.example.com/"
	}
	return nil, &edge.Response{Status: "302", Headers: edge.Headers{"location": {{Value: to}}}}, nil
}

func deviceVariant(r *edge.Request) {
	for _, device := range []string{"Desktop", "Mobile", "Tablet", "SmartTV"} {
		if r.Headers.Get("CloudFront-Is-"+device+"-Viewer") == "true" {
			r.URI = "/" + strings.ToLower(device) + r.URI
			return
		}
	}
}

func useS3(r *edge.Request) {
	if r.QueryString == "useS3Origin=true" {
		r.Origin = &edge.RequestOrigin{S3: &edge.S3Origin{AuthMethod: "none", DomainName: "bucket.s3.amazonaws.com"}}
		r.Headers.Set("Host", "bucket.s3.amazonaws.com")
	}
}

func useCustom(r *edge.Request) {
	if r.QueryString == "useCustomOrigin=true" {
		r.Origin = &edge.RequestOrigin{Custom: &edge.CustomOrigin{DomainName: "www.example.com", Port: 443, Protocol: "https",
			KeepaliveTimeout: 5, ReadTimeout: 5, SSLProtocols: []string{"TLSv1", "TLSv1.1"}}}
		r.Headers.Set("Host", "www.example.com")
	}
}

func countryOrigin(r *edge.Request) {
	switch r.Headers.Get("CloudFront-Viewer-Country") {
	case "GB", "DE", "IE":
		r.Origin.Custom.DomainName = "eu.example.com"
		r.Headers.Set("Host", "eu.example.com")
	}
}

func errorTo200(r *edge.Response) {
	if status, _ := strconv.Atoi(r.Status); status >= 400 && status <= 599 {
		r.Status, r.StatusDescription, r.Body = "200", "OK", new("Body generation example")
	}
}

func errorTo302(_ context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
	if status, _ := strconv.Atoi(r.Status); status >= 400 && status <= 599 {
		r.Status, r.StatusDescription, r.Body = "302", "Found", new("")
		r.Headers.Set("Location", "/plan-b/path?"+req.QueryString)
	}
	return r, nil
}

func securityHeaders(r *edge.Response) {
	for name, value := range map[string]string{
		"Strict-Transport-Security": "max-age=63072000; includeSubdomains; preload", "Content-Security-Policy": "default-src 'none'",
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "X-XSS-Protection": "1; mode=block", "Referrer-Policy": "same-origin",
	} {
		r.Headers.Set(name, value)
	}
}

func TestAWSExamples(t *testing.T) {
	row := func(name string, test func(t *testing.T, s *site)) {
		t.Run(name, func(t *testing.T) { virtual(t, test) })
	}
	row("A/B cookie", func(t *testing.T, s *site) {
		s.vq = edits(abCookie)
		for cookie, want := range map[string]string{"X-Experiment-Name=A": "/experiment-group/control-pixel.jpg", "X-Experiment-Name=B": "/experiment-group/treatment-pixel.jpg"} {
			s.do(request("GET", "/experiment-pixel.jpg", "Cookie", "first=1", "Cookie", cookie)).is(t, 200, "Miss", missed)
			require.Equal(t, want, s.asked.URL.Path)
		}
		s.do(request("GET", "/other", "Cookie", "X-Experiment-Name=A"))
		require.Equal(t, "/other", s.asked.URL.Path)
	})
	row("override a response header", func(t *testing.T, s *site) {
		s.gives(200, "page", "X-Amz-Meta-Last-Modified", "2016-01-01")
		s.op = changes(overrideHeader)
		require.Equal(t, "2016-01-01", s.get("/a").is(t, 200, "Miss", missed).header.Get("Last-Modified"))
	})
	row("query string to header", func(t *testing.T, s *site) {
		s.b.CachePolicy.QueryStrings = edge.All()
		s.oq = edits(queryToHeader)
		s.get("/a?auth=x&b=1").is(t, 200, "Miss", missed)
		require.Equal(t, "x", s.asked.Header.Get("Auth-Header"))
		require.Equal(t, "b=1", s.asked.URL.RawQuery)
	})
	row("normalise the query string", func(t *testing.T, s *site) {
		s.b.CachePolicy.QueryStrings = edge.All()
		s.vq = edits(normaliseQuery)
		s.get("/?B=2&A=1").is(t, 200, "Miss", missed)
		require.Equal(t, "a=1&b=2", s.asked.URL.RawQuery)
		s.get("/?a=1&b=2").is(t, 200, "Hit", cached)
	})
	row("sign in", func(t *testing.T, s *site) {
		s.vq = signIn
		r := s.get("/a?b=c").is(t, 302, "LambdaGeneratedResponse", "vq")
		require.Equal(t, "https://www.example.com/signin?redirect_url=%2Fa%3Fb%3Dc", r.header.Get("Location"))
		s.do(request("GET", "/a", "Cookie", "session-id=1")).is(t, 200, "Miss", missed)
	})
	country := func(s *site, code string) {
		s.b.CachePolicy.Headers = edge.Only("CloudFront-Viewer-Country")
		s.config.ViewerHeaders = func(*http.Request) map[string]string {
			return map[string]string{"CloudFront-Viewer-Country": code}
		}
	}
	for code, want := range map[string]string{"TW": "https://tw.example.com/", "US": "https://us.example.com/", "FR": "https://example.com/"} {
		row("redirect by country "+code, func(t *testing.T, s *site) {
			country(s, code)
			s.oq = countryRedirect
			r := s.get("/a").is(t, 302, "LambdaGeneratedResponse", "vq oq vp")
			require.Equal(t, want, r.header.Get("Location"))
		})
	}
	row("variants by device", func(t *testing.T, s *site) {
		s.b.CachePolicy.Headers = edge.Only("CloudFront-Is-Desktop-Viewer", "CloudFront-Is-Mobile-Viewer", "CloudFront-Is-Tablet-Viewer", "CloudFront-Is-SmartTV-Viewer")
		s.oq = edits(deviceVariant)
		s.do(request("GET", "/a", "User-Agent", "iPhone")).is(t, 200, "Miss", missed)
		require.Equal(t, "/mobile/a", s.asked.URL.Path)
		s.do(request("GET", "/a", "User-Agent", "Windows")).is(t, 200, "Miss", missed)
		require.Equal(t, "/desktop/a", s.asked.URL.Path)
		s.do(request("GET", "/a", "User-Agent", "Windows 11")).is(t, 200, "Hit", cached)
	})
	row("custom origin to S3 and back", func(t *testing.T, s *site) {
		s.b.CachePolicy.QueryStrings = edge.All()
		var asked *http.Request
		s.config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = r
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})
		s.oq = edits(useS3)
		s.get("/a?useS3Origin=true").is(t, 200, "Miss", "vq oq op vp")
		require.Equal(t, "http://bucket.s3.amazonaws.com/a?useS3Origin=true", asked.URL.String())
		require.Equal(t, "bucket.s3.amazonaws.com", asked.Host)
		s.oq = edits(useCustom)
		s.get("/a?useCustomOrigin=true").is(t, 200, "Miss", "vq oq op vp")
		require.Equal(t, "https://www.example.com/a?useCustomOrigin=true", asked.URL.String())
	})
	row("origin by country", func(t *testing.T, s *site) {
		country(s, "DE")
		s.config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			require.Equal(t, "eu.example.com", r.Host)
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})
		s.oq = edits(countryOrigin)
		s.get("/a").is(t, 200, "Miss", "vq oq op vp")
	})
	row("error to 200", func(t *testing.T, s *site) {
		s.gives(500, "broken")
		s.op = changes(errorTo200)
		require.Equal(t, "Body generation example", s.get("/a").is(t, 200, "Miss", missed).body)
		s.get("/a").is(t, 200, "Hit", cached)
	})
	row("error to 302", func(t *testing.T, s *site) {
		s.b.CachePolicy.QueryStrings = edge.All()
		s.gives(404, "none")
		s.op = errorTo302
		r := s.get("/a?b=c").is(t, 302, "Miss", missed)
		require.Equal(t, "/plan-b/path?b=c", r.header.Get("Location"))
		require.Empty(t, r.body)
	})
	row("forms", func(t *testing.T, s *site) {
		s.b.AllowedMethods, s.b.IncludeBody = edge.AllMethods, []edge.EventType{edge.OriginRequest}
		s.oq = edits(func(r *edge.Request) {
			form, _ := r.Body.Bytes()
			r.Body = &edge.Body{Action: edge.Replace, Encoding: edge.Text, Data: string(form) + "&new-param-name=new-param-value"}
		})
		s.post("/a", "a=1").is(t, 200, "Miss", missed)
		require.Equal(t, "a=1&new-param-name=new-param-value", s.posted)
	})
	row("security headers", func(t *testing.T, s *site) {
		s.op = changes(securityHeaders)
		r := s.get("/a").is(t, 200, "Miss", missed)
		require.Equal(t, "DENY", r.header.Get("X-Frame-Options"))
	})
}

func ExampleDistribution() {
	site := edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "page ", r.URL.Path) }))
	d, err := edge.NewDistribution(edge.Config{
		Origin: site,
		CacheBehaviors: []edge.CacheBehavior{{
			PathPattern: "*",
			Hooks: edge.Hooks{
				ViewerRequest: func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
					r.URI = strings.TrimSuffix(r.URI, "/") + "/index.html"
					return r, nil, nil
				},
				OriginResponse: func(_ context.Context, _ *edge.Request, r *edge.Response) (*edge.Response, error) {
					r.Headers.Set("Cache-Control", "max-age=60")
					return r, nil
				},
			},
		}},
	})
	if err != nil {
		panic(err)
	}
	defer d.Close()
	for _, path := range []string{"/a", "/a/"} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, request("GET", path))
		fmt.Println(w.Code, w.Body, w.Header().Get("X-Cache"))
	}
	// Output:
	// 200 page /a/index.html Miss from cloudfront
	// 200 page /a/index.html Hit from cloudfront
}

// A header that a function must not add is a red test, not a failed deploy.
func ExampleRequestHook() {
	var hook edge.RequestHook = func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
		r.Headers.Set("Connection", "close")
		return r, nil, nil
	}
	d, err := edge.NewDistribution(edge.Config{
		Origin:         edge.HandlerOrigin(http.NotFoundHandler()),
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", Hooks: edge.Hooks{OriginRequest: hook}}},
		Logf:           func(format string, args ...any) { fmt.Println(args[1]) },
	})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, request("GET", "/"))
	fmt.Println(w.Code, w.Header().Get("X-Cache"))
	// Output:
	// Validation error: Lambda function result failed validation, the function tried to add a blacklisted header in headers, headerName : connection.
	// 502 LambdaValidationError from cloudfront
}
