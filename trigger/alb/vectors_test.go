package alb_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
)

// TestRequestVectors are the vectors 1 to 11: a request, and the telling part of its event.
func TestRequestVectors(t *testing.T) {
	for _, row := range []struct {
		name  string
		multi bool
		r     *http.Request
		want  string
		not   string
	}{
		{"vector 1", false, request("GET", "/", ""), `"queryStringParameters":{}`, "multiValue"},
		{"vector 2", false, request("GET", "/?myKey=val1&myKey=val2", ""), `"queryStringParameters":{"myKey":"val2"}`, "multiValue"},
		{"vector 3", true, request("GET", "/?myKey=val1&myKey=val2", ""),
			`"multiValueQueryStringParameters":{"myKey":["val1","val2"]}`, `"queryStringParameters"`},
		{"vector 4", false, request("GET", "/?foo%5Ba%5D=foo%5B", ""), `"queryStringParameters":{"foo%5Ba%5D":"foo%5B"}`, "multiValue"},
		{"vector 5", true, request("GET", "/?a=a+b&b=a%2Bb&c=", ""),
			`"multiValueQueryStringParameters":{"a":["a+b"],"b":["a%2Bb"],"c":[""]}`, `"headers"`},
		{"vector 6", false, request("GET", "/", "", "Cookie: n1=v1", "Cookie: n2=v2"), `"cookie":"n2=v2"`, "n1=v1"},
		{"vector 7", true, request("GET", "/", "", "Cookie: n1=v1", "Cookie: n2=v2"), `"cookie":["n1=v1","n2=v2"]`, `"headers"`},
		{"vector 8", false, request("POST", "/", `{"a":1}`, "Content-Type: application/json"),
			`"body":"{\"a\":1}","isBase64Encoded":false`, "multiValue"},
		{"vector 9", false, request("POST", "/", `a=1`, "Content-Type: application/x-www-form-urlencoded"),
			`"body":"YT0x","isBase64Encoded":true`, "multiValue"},
		{"vector 10", false, request("POST", "/", `hi`), `"body":"aGk=","isBase64Encoded":true`, "multiValue"},
		{"vector 11", false, request("POST", "/", "\x1f\x8b\x08", "Content-Type: application/json", "Content-Encoding: gzip"),
			`"body":"H4sI","isBase64Encoded":true`, "multiValue"},
		{"multi-value without a query", true, request("GET", "/", ""), `"multiValueQueryStringParameters":{},"multiValueHeaders":{`, ""},
		{"an empty body with no type", false, request("POST", "/", ""), `"body":"","isBase64Encoded":false`, ""},
		{"one header with commas", true, request("GET", "/", "", "Accept: a, b"), `"accept":["a, b"]`, ""},
		{"a key without a value", false, request("GET", "/?k", ""), `"queryStringParameters":{"k":""}`, ""},
		{"an encoded path", false, request("GET", "/capture/space%20value", ""), `"path":"/capture/space%20value"`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := newLab(t, alb.Options{MultiValueHeaders: row.multi})
			res, _ := l.do(row.r)
			require.Equal(t, 200, res.StatusCode)
			require.Contains(t, l.event(), row.want)
			if row.not != "" {
				require.NotContains(t, l.event(), row.not)
			}
			var e events.ALBTargetGroupRequest
			require.NoError(t, json.Unmarshal([]byte(l.event()), &e))
			require.Equal(t, TG, e.RequestContext.ELB.TargetGroupArn)
		})
	}
}

// A whole event, byte for byte: the members in the order of AWS's example.
func TestWholeEvent(t *testing.T) {
	l := newLab(t, alb.Options{})
	r := request("POST", "/a?b=c", "hello", "Content-Type: text/plain", "X-Forwarded-For: 203.0.113.7", "X-Amzn-Trace-Id: Root=1-a-b", "X-Forwarded-Proto: gopher")
	l.do(r)
	self := regexp.MustCompile(`Self=(1-[0-9a-f]{8}-[0-9a-f]{24});`)
	require.Regexp(t, self, l.event())
	require.Equal(t, `{"requestContext":{"elb":{"targetGroupArn":"`+TG+`"}},"httpMethod":"POST","path":"/a",`+
		`"queryStringParameters":{"b":"c"},"headers":{"content-length":"5","content-type":"text/plain","host":"example.com",`+
		`"x-amzn-trace-id":"Self=S;Root=1-a-b","x-forwarded-for":"203.0.113.7, 192.0.2.1","x-forwarded-port":"80",`+
		`"x-forwarded-proto":"http"},"body":"hello","isBase64Encoded":false}`, self.ReplaceAllString(l.event(), "Self=S;"))
	in := l.inputs[0]
	require.Equal(t, "elasticloadbalancing.amazonaws.com", in.Caller.Principal)
	require.Equal(t, TG, in.Caller.SourceARN)
	require.Equal(t, "123456789012", in.Caller.SourceAccount)
}

// The load balancer leaves the trace that a client began, with what else the client says, and puts its own part in the
// place of an earlier load balancer's.
func TestTraceHeader(t *testing.T) {
	own := regexp.MustCompile(`1-[0-9a-f]{8}-[0-9a-f]{24}`)
	for had, want := range map[string]string{
		"":                              "Root=NEW",
		"Sampled=1":                     "Root=NEW;Sampled=1",
		"Root=1-a-b":                    "Self=NEW;Root=1-a-b",
		"Root=1-a-b;CalledFrom=app":     "Self=NEW;Root=1-a-b;CalledFrom=app",
		"Self=1-c-d;Root=1-a-b":         "Self=NEW;Root=1-a-b",
		"Root=1-a-b; Self=1-c-d;Self=x": "Self=NEW;Root=1-a-b",
		"NoRoot=1":                      "Root=NEW;NoRoot=1",
	} {
		l := newLab(t, alb.Options{})
		l.do(request("GET", "/", "", "X-Amzn-Trace-Id: "+had))
		require.Equal(t, want, own.ReplaceAllString(l.entry().TraceID, "NEW"), had)
		require.Contains(t, l.event(), `"x-amzn-trace-id":"`+l.entry().TraceID+`"`)
		require.Equal(t, l.entry().TraceID, l.inputs[0].TraceHeader)
	}
}

// Vector 12: a health check carries exactly one header.
func TestVector12_healthCheck(t *testing.T) {
	l := newLab(t, alb.Options{})
	require.Equal(t, alb.Health{State: "healthy"}, l.CheckHealth(t.Context()))
	require.Equal(t, `{"requestContext":{"elb":{"targetGroupArn":"`+TG+`"}},"httpMethod":"GET","path":"/","queryStringParameters":{},`+
		`"headers":{"user-agent":"ELB-HealthChecker/2.0"},"body":"","isBase64Encoded":false}`, l.event())
}

// TestResultVectors are the vectors 45 to 51, and the other rows of the response contract: a result, and its answer.
func TestResultVectors(t *testing.T) {
	type answer struct {
		status int
		body   string
		typ    string
	}
	const octets = "application/octet-stream"
	for _, row := range []struct {
		name   string
		multi  bool
		result string
		want   answer // the zero answer is the 502
	}{
		{"vector 45", false, `{"statusCode":200}`, answer{200, "", octets}},
		{"vector 46", false, `{"statusCode":200,"body":null}`, answer{}},
		{"vector 47", false, `{"statusCode":200,"headers":null,"multiValueHeaders":{"a":["b"]},"body":"x"}`, answer{}},
		{"vector 48", false, `{"statusCode":200,"multiValueHeaders":{"Content-Type":["text/html"]},"body":"x"}`, answer{200, "x", octets}},
		{"vector 49 header", false, `{"statusCode":200,"headers":{"a":true}}`, answer{}},
		{"vector 49 status", false, `{"message":"hi"}`, answer{}},
		{"vector 51", false, `{"statusCode":200,"isBase64Encoded":true,"headers":{"content-type":"image/png"},"body":"iVBORw=="}`,
			answer{200, "\x89PNG", "image/png"}},

		{"null map of multi-value mode", true, `{"statusCode":200,"multiValueHeaders":null}`, answer{}},
		{"the other map null", false, `{"statusCode":200,"headers":{},"multiValueHeaders":null,"body":"x"}`, answer{200, "x", octets}},
		{"the other map null, multi-value", true, `{"statusCode":200,"headers":null,"multiValueHeaders":{"content-type":["a/b"]},"body":"x"}`, answer{200, "x", "a/b"}},
		{"the other map malformed", false, `{"statusCode":200,"multiValueHeaders":7,"body":"x"}`, answer{200, "x", octets}},
		{"multi-value mode, only headers", true, `{"statusCode":200,"headers":{"content-type":"a/b"},"body":"x"}`, answer{200, "x", octets}},
		{"null description", false, `{"statusCode":200,"statusDescription":null}`, answer{}},
		{"numeric description", false, `{"statusCode":200,"statusDescription":200}`, answer{}},
		{"description", false, `{"statusCode":404,"statusDescription":"404 Not Found"}`, answer{404, "", octets}},
		{"numeric header", false, `{"statusCode":200,"headers":{"a":1}}`, answer{}},
		{"null header", false, `{"statusCode":200,"headers":{"a":null}}`, answer{}},
		{"list in headers", false, `{"statusCode":200,"headers":{"a":["b"]}}`, answer{}},
		{"string in multiValueHeaders", true, `{"statusCode":200,"multiValueHeaders":{"a":"b"}}`, answer{}},
		{"both maps", false, `{"statusCode":200,"headers":{"content-type":"a/b"},"multiValueHeaders":{"content-type":["c/d"]}}`, answer{200, "", "a/b"}},
		{"both maps, multi-value", true, `{"statusCode":200,"headers":{"content-type":"a/b"},"multiValueHeaders":{"content-type":["c/d"]}}`, answer{200, "", "c/d"}},
		{"MIME line breaks", false, `{"statusCode":200,"isBase64Encoded":true,"body":"iVBO\r\nRw=="}`, answer{}},
		{"no Base64", false, `{"statusCode":200,"isBase64Encoded":true,"body":"?"}`, answer{}},
		{"flag that is no boolean", false, `{"statusCode":200,"isBase64Encoded":"true","body":"eA=="}`, answer{}},
		{"body that is no string", false, `{"statusCode":200,"body":{"a":1}}`, answer{}},
		{"status in a string", false, `{"statusCode":"200"}`, answer{}},
		{"status 0", false, `{"statusCode":0}`, answer{}},
		{"status 101", false, `{"statusCode":101}`, answer{}},
		{"status 600", false, `{"statusCode":600}`, answer{}},
		{"status with a fraction", false, `{"statusCode":200.5}`, answer{}},
		{"string", false, `"hi"`, answer{}},
		{"array", false, `[]`, answer{}},
		{"number", false, `200`, answer{}},
		{"null", false, `null`, answer{}},
		{"not JSON", false, `{"statusCode":200`, answer{}},
		{"empty", false, ``, answer{}},
		{"smuggled line", false, `{"statusCode":200,"headers":{"a":"b\r\nc: d"}}`, answer{}},
		{"no header's name", false, `{"statusCode":200,"headers":{"a b":"c"}}`, answer{}},
		{"404", false, `{"statusCode":404,"headers":{"content-type":"text/plain"},"body":"no"}`, answer{404, "no", "text/plain"}},
		{"204", false, `{"statusCode":204,"body":"ignored"}`, answer{204, "", octets}},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := newLab(t, alb.Options{MultiValueHeaders: row.multi})
			l.returns(row.result)
			res, body := l.get("/")
			require.Len(t, l.inputs, 1)
			if row.want == (answer{}) {
				require502(t, res, body)
				require.Equal(t, "LambdaInvalidResponse", l.entry().ErrorReason)
				require.Equal(t, "LambdaUserError", l.entry().Metric)
				require.Zero(t, l.entry().TargetStatusCode)
				return
			}
			require.Equal(t, row.want, answer{res.StatusCode, body, res.Header.Get("Content-Type")})
			require.Equal(t, row.want.status, l.entry().TargetStatusCode)
			require.Empty(t, l.entry().Metric, "the function chose it")
		})
	}
}

// The load balancer counts a body itself, and has no word on one that there is not.
func TestContentLength(t *testing.T) {
	l := newLab(t, alb.Options{})
	for result, want := range map[string][]string{
		`{"statusCode":200,"headers":{"content-length":"99"},"body":"x"}`: {"1"},
		`{"statusCode":204,"headers":{"content-length":"99"},"body":"x"}`: nil,
		`{"statusCode":304,"headers":{"content-length":"99"}}`:            nil,
	} {
		l.returns(result)
		res, _ := l.get("/")
		require.Equal(t, want, res.Header["Content-Length"], result)
	}
}

// Vector 49: also a function error and a throttle.
func TestVector49_failures(t *testing.T) {
	l := newLab(t, alb.Options{})
	l.functionFails()
	res, body := l.get("/")
	require502(t, res, body)
	require.Equal(t, "LambdaUnhandled", l.entry().ErrorReason)
	l.fails(lambda.RateExceeded("ConcurrentInvocationLimitExceeded"))
	res, body = l.get("/")
	require502(t, res, body)
	require.Equal(t, "LambdaThrottling", l.entry().ErrorReason)
}

func TestVector50_severalLines(t *testing.T) {
	l := newLab(t, alb.Options{MultiValueHeaders: true})
	l.returns(`{"statusCode":200,"multiValueHeaders":{"Set-Cookie":["a=1","a=2"]}}`)
	res, _ := l.get("/")
	require.Equal(t, 200, res.StatusCode)
	require.ElementsMatch(t, []string{"a=1", "a=2"}, res.Header["Set-Cookie"])
}

func TestHeadersOfTheLoadBalancer(t *testing.T) {
	l := newLab(t, alb.Options{})
	l.returns(`{"statusCode":200,"headers":{"connection":"close","transfer-encoding":"chunked","content-length":"99","upgrade":"h2c","X-Mine":"1"},"body":"x"}`)
	res, body := l.get("/")
	require.Equal(t, "x", body)
	require.Equal(t, http.Header{
		"Connection": {"keep-alive"}, "Content-Length": {"1"}, "Server": {"awselb/2.0"}, "X-Mine": {"1"},
		"Content-Type": {"application/octet-stream"},
	}, res.Header)
}

// What a middleware has said already is the function's to replace, and stays where the function says nothing.
func TestHeadersSetBefore(t *testing.T) {
	for name, multi := range map[string]bool{"single": false, "multi": true} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, alb.Options{MultiValueHeaders: multi})
			l.returns(`{"statusCode":200,"headers":{"x-both":"1"},"multiValueHeaders":{"X-Both":["1"],"x-none":[]}}`)
			w := httptest.NewRecorder()
			for _, name := range []string{"X-Both", "X-None", "X-Mine"} {
				w.Header()[name] = []string{"a", "b"}
			}
			l.ServeHTTP(w, request("GET", "/", ""))
			for name, want := range map[string][]string{"X-Both": {"1"}, "X-None": {"a", "b"}, "X-Mine": {"a", "b"}} {
				require.Equal(t, want, w.Result().Header[name], name)
			}
		})
	}
}
