package edge_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// The sentences of the error page.
const (
	notObject   = "The Lambda function returned invalid JSON: The JSON output must be an object type."
	blacklisted = "The Lambda function result failed validation: The function tried to add a blacklisted header."
	readOnly    = "The Lambda function result failed validation: The function tried to add, delete, or change a read-only header."
	badBody     = "The Lambda function result failed validation: The body is not a string, is not an object, or exceeds the maximum size."
	mustBeArray = "The Lambda function returned an invalid entry in the headers object: Each header entry in the headers object must be an array."
	invalid     = "The Lambda function returned an invalid request or response to CloudFront."
	throttled   = "The Lambda function associated with the CloudFront distribution was throttled."
	noFunction  = "The Lambda function associated with the CloudFront distribution is invalid or doesn't have the required permissions."
	notJSON     = "The Lambda function returned invalid JSON: The JSON output is not parsable."
	badCustom   = "The Lambda function returned an invalid origin configuration: One or more HeaderName or HeaderValue values are invalid."
)

func generatedBody(status, body string) edge.RequestHook {
	return makes(&edge.Response{Status: status, Body: &body})
}

// TestVectorsRefusedResults are the results that a function must not return: all 502, and none leaves anything in the
// cache.
func TestVectorsRefusedResults(t *testing.T) {
	set := func(name, value string) func(*edge.Request) {
		return func(r *edge.Request) { r.Headers.Set(name, value) }
	}
	for _, c := range []struct {
		name string
		vq   edge.RequestHook
		oq   edge.RequestHook
		text string
	}{
		{name: "row 16: 204 with a body", vq: generatedBody("204", "x"), text: invalid},
		{name: "row 17: status 199", vq: generatedBody("199", ""), text: invalid},
		{name: "row 17: status 600", vq: generatedBody("600", ""), text: invalid},
		{name: "row 18: body over 40 KB", vq: generatedBody("200", strings.Repeat("x", 40<<10+1)), text: badBody},
		{name: "row 20: body over 1 MB", oq: generatedBody("200", strings.Repeat("x", 1<<20+1)), text: badBody},
		{name: "row 21: invalid base64", vq: makes(&edge.Response{Status: "200", Body: new("%%"), BodyEncoding: "base64"}), text: badBody},
		{name: "row 22: Connection", vq: edits(set("Connection", "close")), text: blacklisted},
		{name: "row 23: Host", vq: edits(set("Host", "other.example")), text: readOnly},
		{name: "row 25: Via", oq: edits(func(r *edge.Request) { r.Headers.Del("Via") }), text: readOnly},
		{name: "row 37: no slash", vq: edits(func(r *edge.Request) { r.URI = "b" }), text: invalid},
		{name: "row 38: too long", vq: edits(func(r *edge.Request) { r.URI, r.QueryString = "/"+strings.Repeat("a", 4095), strings.Repeat("q", 4096) }), text: invalid},
		{name: "row 51: two origins", oq: edits(func(r *edge.Request) {
			r.Origin.S3 = &edge.S3Origin{AuthMethod: "none", DomainName: "b.s3.amazonaws.com"}
		}), text: invalid},
		{name: "row 52: port 81", oq: edits(func(r *edge.Request) { r.Origin.Custom.Port = 81 }), text: invalid},
		{name: "row 52: readTimeout 3", oq: edits(func(r *edge.Request) { r.Origin.Custom.ReadTimeout = 3 }), text: invalid},
		{name: "row 52: path /p/", oq: edits(func(r *edge.Request) { r.Origin.Custom.Path = "/p/" }), text: invalid},
		{name: "row 55: viewer country", vq: edits(set("CloudFront-Viewer-Country", "FR")), text: blacklisted},
		{name: "an identity that was not there", oq: edits(func(r *edge.Request) {
			r.Origin = &edge.RequestOrigin{S3: &edge.S3Origin{AuthMethod: "origin-access-identity", DomainName: "b.s3.amazonaws.com", Region: "us-east-1"}}
		}), text: invalid},
		{name: "custom header of the request", oq: edits(func(r *edge.Request) { r.Origin.Custom.CustomHeaders.Set("User-Agent", "x") }), text: badCustom},
		{name: "denied custom header", oq: edits(func(r *edge.Request) { r.Origin.Custom.CustomHeaders.Set("X-Amz-A", "x") }), text: badCustom},
		{name: "origin at the viewer's side", vq: edits(func(r *edge.Request) { r.Origin = &edge.RequestOrigin{} }), text: invalid},
		{name: "method", vq: edits(func(r *edge.Request) { r.Method = "POST" }), text: invalid},
		{name: "client's address", vq: edits(func(r *edge.Request) { r.ClientIP = "10.0.0.1" }), text: invalid},
		{name: "nothing", vq: makes(nil), text: notObject},
		{name: "Content-Length of a response", oq: makes(&edge.Response{Status: "200", Headers: edge.Headers{"content-length": {{Value: "0"}}}}), text: readOnly},
		{name: "a line break in a value", vq: edits(set("X-A", "1\r\nHost: evil")), text: invalid},
		{name: "a line break in a name", vq: edits(func(r *edge.Request) { r.Headers["x\r\ny"] = []edge.Header{{Value: "1"}} }), text: invalid},
		{name: "a line break in the URI", vq: edits(func(r *edge.Request) { r.URI = "/a HTTP/1.1\r\nX: y" }), text: invalid},
		{name: "a space in the query string", vq: edits(func(r *edge.Request) { r.QueryString = "a b" }), text: invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, func(t *testing.T, s *site) {
				s.vq, s.oq = c.vq, c.oq
				runs := "vq"
				if c.oq != nil {
					runs = "vq oq"
				}
				r := s.get("/a").is(t, 502, "LambdaValidationError", runs)
				require.Contains(t, r.body, "\n"+c.text+"\n")
				require.NotEmpty(t, s.logs)
				s.vq, s.oq = nil, nil
				s.get("/a").is(t, 200, "Miss", missed)
			})
		})
	}
}

// TestVectorsRefusedJSON are outputs that only a function in another language can give.
func TestVectorsRefusedJSON(t *testing.T) {
	for _, c := range []struct{ name, payload, text string }{
		{"row 33: null", `null`, notObject},
		{"row 33: string", `"x"`, notObject},
		{"row 33: array", `[]`, notObject},
		{"row 34: header value not in an array", `{"status":"200","headers":{"x-a":{"value":"1"}}}`, mustBeArray},
		{"no JSON", `{"status":`, notJSON},
		{"nothing", ``, notJSON},
		{"over 1 MB", `{"status":"200","body":"` + strings.Repeat("x", 1<<20) + `"}`, notJSON},
		{"a proxy's response", `{"statusCode":200}`, invalid},
		{"names are exact", `{"STATUS":"200"}`, invalid},
		{"body is a number", `{"status":"200","body":1}`, badBody},
		{"header value is a number", `{"status":"200","headers":{"x-a":[{"value":1}]}}`, invalid},
		{"status is an object", `{"status":{}}`, invalid},
		{"status is a fraction", `{"status":200.5}`, invalid},
		{"all headers left out", `{"uri":"/a"}`, readOnly},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, func(t *testing.T, s *site) {
				s.returns(edge.ViewerRequest, c.payload)
				r := s.get("/a").is(t, 502, "LambdaValidationError", "vq")
				require.Contains(t, r.body, "\n"+c.text+"\n")
			})
		})
	}
	t.Run("status as a number, values as an array", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.returns(edge.ViewerRequest, `{"status":404,"headers":{"X-A":[{"key":"Other","value":["1","2"]}]},"body":""}`)
			r := s.get("/a").is(t, 404, "LambdaGeneratedResponse", "vq")
			require.Equal(t, []string{"1", "2"}, r.header["X-A"])
		})
	})
}

func TestVectorsFunctions(t *testing.T) {
	row := func(name string, test func(t *testing.T, s *site)) {
		t.Run(name, func(t *testing.T) { virtual(t, test) })
	}
	addA := changes(func(r *edge.Response) { r.Headers.Set("X-A", "1") })
	row("row 19: body of 900 KB", func(t *testing.T, s *site) {
		s.oq = generatedBody("200", strings.Repeat("x", 900<<10))
		require.Len(t, s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq oq vp").body, 900<<10)
		s.get("/a").is(t, 200, "Hit", cached)
	})
	row("row 24: Host is writable in an origin-request", func(t *testing.T, s *site) {
		s.oq = edits(func(r *edge.Request) { r.Headers.Set("Host", "other.example") })
		s.get("/a").is(t, 200, "Miss", missed)
		require.Equal(t, "other.example", s.asked.Host)
	})
	row("row 26: Transfer-Encoding deleted", func(t *testing.T, s *site) {
		s.origin = func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() }
		s.op = changes(func(r *edge.Response) { r.Headers.Del("Transfer-Encoding") })
		require.Contains(t, s.get("/a").is(t, 502, "LambdaValidationError", failing).body, readOnly)
		s.op = nil
		s.get("/a").is(t, 200, "Miss", missed)
	})
	row("row 27: viewer-response changes the status", func(t *testing.T, s *site) {
		s.vp = changes(func(r *edge.Response) { r.Status = "201" })
		s.get("/a").is(t, 502, "LambdaValidationError", missed)
		s.vp = nil
		s.get("/a").is(t, 200, "Hit", cached)
	})
	row("viewer-response sets a body", func(t *testing.T, s *site) {
		s.vp = changes(func(r *edge.Response) { r.Body = new("x") })
		s.get("/a").is(t, 502, "LambdaValidationError", missed)
	})
	row("row 28: viewer-response adds a header", func(t *testing.T, s *site) {
		s.vp = addA
		require.Equal(t, "1", s.get("/a").is(t, 200, "Miss", missed).header.Get("X-A"))
		require.Equal(t, "1", s.get("/a").is(t, 200, "Hit", cached).header.Get("X-A"))
		s.vp = nil
		require.Empty(t, s.get("/a").header.Get("X-A"))
	})
	row("row 29: origin-response adds a header", func(t *testing.T, s *site) {
		s.op = addA
		require.Equal(t, "1", s.get("/a").is(t, 200, "Miss", missed).header.Get("X-A"))
		s.op = nil
		require.Equal(t, "1", s.get("/a").is(t, 200, "Hit", cached).header.Get("X-A"))
	})
	row("row 30: viewer-request fails", func(t *testing.T, s *site) {
		for _, fail := range []edge.RequestHook{
			func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) {
				return nil, nil, errors.New("boom")
			},
			func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) { panic("boom") },
		} {
			s.vq = fail
			require.Contains(t, s.get("/a").is(t, 503, "LambdaExecutionError", "vq").body, noFunction)
		}
	})
	row("row 31: origin-request takes too long", func(t *testing.T, s *site) {
		s.oq = func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) {
			time.Sleep(31 * time.Second)
			return nil, &edge.Response{Status: "200"}, nil
		}
		start := time.Now()
		s.get("/a").is(t, 503, "LambdaLimitExceeded", "vq oq")
		require.Equal(t, 30*time.Second, time.Since(start))
		s.d.Close()
		require.Equal(t, 31*time.Second, time.Since(start))
		s.oq = nil
		s.get("/a").is(t, 200, "Miss", missed) // the late result is dropped
	})
	row("row 39: the behavior is the viewer's path's", func(t *testing.T, s *site) {
		other := edge.HandlerOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { s.ran("other") }))
		other.ID = "api"
		s.config.Origins = []*edge.Origin{other}
		s.config.CacheBehaviors = []edge.CacheBehavior{{PathPattern: "/api/*", TargetOriginID: "api"}, s.config.CacheBehaviors[0]}
		s.vq = edits(func(r *edge.Request) { r.URI = "/api/x" })
		s.get("/a").is(t, 200, "Miss", missed)
		require.Equal(t, "other", s.get("/api/y").runs)
	})
	row("row 47: body shown up to 40 KB", func(t *testing.T, s *site) {
		s.b.AllowedMethods, s.b.IncludeBody = edge.AllMethods, []edge.EventType{edge.ViewerRequest}
		sent := strings.Repeat("0123456789", 5<<10)
		s.vq = edits(func(r *edge.Request) {
			require.True(t, r.Body.InputTruncated)
			require.Equal(t, "base64", r.Body.Encoding)
			seen, err := base64.StdEncoding.DecodeString(r.Body.Data)
			require.NoError(t, err)
			require.Equal(t, sent[:40<<10], string(seen))
			r.Body.Data = "" // has no effect while read-only
		})
		s.post("/a", sent).is(t, 200, "Miss", missed)
		require.Equal(t, sent, s.posted)
	})
	row("row 48: body replaced", func(t *testing.T, s *site) {
		s.b.AllowedMethods = edge.AllMethods
		s.oq = edits(func(r *edge.Request) { r.Body = &edge.Body{Action: edge.Replace, Encoding: edge.Text, Data: "x=1"} })
		s.post("/a", "something longer").is(t, 200, "Miss", missed)
		require.Equal(t, "x=1", s.posted)
		require.EqualValues(t, 3, s.asked.ContentLength)
	})
	row("row 49: body replaced by bad base64", func(t *testing.T, s *site) {
		s.b.AllowedMethods = edge.AllMethods
		s.oq = edits(func(r *edge.Request) { r.Body = &edge.Body{Action: edge.Replace, Data: "%%"} })
		require.Contains(t, s.post("/a", "x").is(t, 502, "LambdaValidationError", "vq oq").body, badBody)
	})
	row("row 53: origin-response makes a 200 of a 404", func(t *testing.T, s *site) {
		s.gives(404, "none")
		s.op = changes(func(r *edge.Response) { r.Status, r.Body = "200", new("made") })
		require.Equal(t, "made", s.get("/x").is(t, 200, "Miss", missed).body)
		s.livesFor("/x", day)
	})
	row("row 54: and keeps the body", func(t *testing.T, s *site) {
		s.gives(404, "none")
		s.op = changes(func(r *edge.Response) { r.Status = "200" })
		require.Equal(t, "none", s.get("/x").is(t, 200, "Miss", missed).body)
		require.Equal(t, "none", s.get("/x").is(t, 200, "Hit", cached).body)
	})
	row("row 56: a viewer cannot say its country", func(t *testing.T, s *site) {
		s.b.OriginRequestPolicy.Headers = edge.Only("CloudFront-Viewer-Country")
		s.config.ViewerHeaders = func(*http.Request) map[string]string {
			return map[string]string{"CloudFront-Viewer-Country": "FR"}
		}
		var seen []string
		look := edits(func(r *edge.Request) { seen = append(seen, r.Headers.Get("CloudFront-Viewer-Country")) })
		s.vq, s.oq = look, look
		s.do(request("GET", "/a", "CloudFront-Viewer-Country", "XX")).is(t, 200, "Miss", missed)
		require.Equal(t, []string{"XX", "FR"}, seen)
		require.Equal(t, "FR", s.asked.Header.Get("CloudFront-Viewer-Country"))
	})
}

func TestVectorRow32RegionIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := concurrency.NewAccount(concurrency.Options{Limit: 1, MinimumUnreserved: new(0)})
		svc := lambdatest.NewService(t, invoke.Options{Account: account})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "other"}, lambda.Handler(func() { time.Sleep(time.Second) }))
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() error { return errors.New("boom") }))
		_, err := svc.PublishVersion("f")
		require.NoError(t, err)
		s := newSite(t)
		s.config.Invoker, s.b.ViewerRequest, s.b.Hooks.ViewerRequest = svc, "f:1", nil
		go svc.Invoke(t.Context(), invoke.Input{FunctionName: "other"})
		synctest.Wait()
		require.Contains(t, s.get("/a").is(t, 503, "LambdaLimitExceeded", "").body, throttled)
		time.Sleep(2 * time.Second)
		require.Contains(t, s.get("/a").is(t, 503, "LambdaExecutionError", "").body, noFunction)
	})
}

func TestDeployedFunctionTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: 2 * time.Second}, lambda.Handler(func() { time.Sleep(time.Hour) }))
		_, err := svc.PublishVersion("f")
		require.NoError(t, err)
		s := newSite(t)
		s.config.Invoker, s.b.ViewerRequest, s.b.Hooks.ViewerRequest = svc, "f:1", nil
		start := time.Now()
		s.get("/a").is(t, 503, "LambdaLimitExceeded", "")
		require.Equal(t, 2*time.Second, time.Since(start))
	})
}

func TestTheErrorPage(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.vq = makes(nil)
		r := s.get("/a")
		require.Equal(t, "text/html", r.header.Get("Content-Type"))
		require.Equal(t, "CloudFront", r.header.Get("Server"))
		require.Equal(t, `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">
<TITLE>ERROR: The request could not be satisfied</TITLE>
</HEAD><BODY>
<H1>502 ERROR</H1>
<H2>The request could not be satisfied.</H2>
<HR noshade size="1px">
The Lambda function returned invalid JSON: The JSON output must be an object type.
We can't connect to the server for this app or website at this time. There might be too much traffic or a configuration error. Try again later, or contact the app or website owner.
<BR clear="all">
If you provide content to customers through CloudFront, you can find steps to troubleshoot and help prevent this error by reviewing the CloudFront documentation.
<BR clear="all">
<HR noshade size="1px">
<PRE>
Generated by cloudfront (CloudFront)
Request ID: `+r.header.Get("X-Amz-Cf-Id")+`
</PRE>
<ADDRESS>
</ADDRESS>
</BODY></HTML>`, r.body)
		require.Len(t, r.header.Get("X-Amz-Cf-Id"), 56)
	})
}
