package apigateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

func TestHTTPPathVectors(t *testing.T) {
	for _, c := range []struct{ name, sent, want string }{ // "" for not invoked
		{"vector 22", "/capture/question%3Fvalue", "/capture/question"},
		{"vector 23", "/capture/literal%252Fvalue", "/capture/literal/value"},
		{"vector 24", "/capture/percent%25done", ""},
		{"space", "/capture/space%20value", "/capture/space value"},
		{"hash", "/capture/a%23b", "/capture/a#b"},
		{"slash", "/capture/a%2Fb", "/capture/a/b"},
		{"question mark, twice encoded", "/capture/a%253Fb", "/capture/a?b"},
		{"percent, twice encoded", "/capture/a%2525b", "/capture/a%b"},
		{"percent, once encoded, at the end", "/capture/a%25", ""},
		{"UTF-8", "/caf%C3%A9", "/café"},
		{"plus", "/a+b%2Bc", "/a+b+c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fn{}
			resp := ask(httpWith(t, f, nil), get(c.sent))
			if c.want == "" {
				require.Equal(t, 400, resp.StatusCode)
				require.Empty(t, f.calls)
				return
			}
			require.Equal(t, 200, resp.StatusCode)
			var e events.APIGatewayV2HTTPRequest
			require.NoError(t, json.Unmarshal(f.event(t), &e))
			require.Equal(t, c.want, e.RawPath)
			require.Equal(t, c.want, e.RequestContext.HTTP.Path)
		})
	}
}

func TestHTTPCookies(t *testing.T) {
	t.Run("vector 25", func(t *testing.T) {
		f := &fn{}
		ask(httpWith(t, f, nil), get("/", "Cookie", "a=1; b=2"))
		m := fields(t, f.event(t))
		require.JSONEq(t, `["a=1","b=2"]`, string(m["cookies"]))
		require.NotContains(t, fields(t, m["headers"]), "cookie")
	})
}

// TestHTTPEvent compares whole events, byte by byte.
func TestHTTPEvent(t *testing.T) {
	const headers = `"accept":"*/*","host":"example.com","user-agent":"test/1","x-amzn-trace-id":"Root=1-386d4380-8c66564a537a1aea5337d828",` +
		`"x-forwarded-for":"192.0.2.1","x-forwarded-port":"443","x-forwarded-proto":"https"`
	const about = `"accountId":"123456789012","apiId":"a1b2c3d4e5",`
	const domain = `"domainName":"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com","domainPrefix":"a1b2c3d4e5",`
	const when = `"time":"01/Jan/2000:00:00:00 +0000","timeEpoch":946684800000}`
	synctest.Test(t, func(t *testing.T) {
		f := &fn{}
		ask(httpWith(t, f, nil), get("/", "Accept", "*/*", "User-Agent", "test/1"))
		require.Equal(t, `{"version":"2.0","routeKey":"$default","rawPath":"/","rawQueryString":"","headers":{`+headers+`},`+
			`"requestContext":{`+about+domain+`"http":{"method":"GET","path":"/","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"test/1"},`+
			`"requestId":"qD2kX4OpOPF-y7A=","routeKey":"$default","stage":"$default",`+when+`,"isBase64Encoded":false}`, string(f.event(t)))
	})
	synctest.Test(t, func(t *testing.T) {
		f := &fn{}
		api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
			c.Stages = []apigateway.Stage{{Name: "prod", Variables: map[string]string{"table": "pets"}}}
			c.Routes[0].RouteKey = "POST /pets/{id}"
		})
		ask(api, request("POST", "/prod/pets/a%20b?x=1&x=2&y=a+b", `{"a":1}`, "Accept", "*/*", "User-Agent", "test/1", "Content-Type", "application/json", "X-Probe", "first", "X-Probe", "second"))
		require.Equal(t, `{"version":"2.0","routeKey":"POST /pets/{id}","rawPath":"/prod/pets/a b","rawQueryString":"x=1&x=2&y=a+b","headers":{`+
			strings.Replace(headers, `"host"`, `"content-length":"7","content-type":"application/json","host"`, 1)+
			`,"x-probe":"first,second"},"queryStringParameters":{"x":"1,2","y":"a b"},`+
			`"requestContext":{`+about+domain+`"http":{"method":"POST","path":"/prod/pets/a b","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"test/1"},`+
			`"requestId":"qD2kX4OpOPF-y7A=","routeKey":"POST /pets/{id}","stage":"prod",`+when+
			`,"pathParameters":{"id":"a b"},"body":"{\"a\":1}","isBase64Encoded":false,"stageVariables":{"table":"pets"}}`, string(f.event(t)))
	})
	synctest.Test(t, func(t *testing.T) {
		f := &fn{result: `{"statusCode":200}`}
		api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
			c.Routes[0].RouteKey, c.Routes[0].PayloadFormatVersion = "ANY /{proxy+}", apigateway.Payload1
		})
		require.Equal(t, 200, ask(api, request("POST", "/a/b", "x", "Content-Type", "text/plain")).StatusCode)
		requireMembers(t, f.event(t), map[string]string{
			"version": `"1.0"`, "resource": `"/{proxy+}"`, "path": `"/a/b"`, "pathParameters": `{"proxy":"a/b"}`,
			"queryStringParameters": "null", "stageVariables": "null", "body": `"x"`, "context.stage": `"$default"`,
			"headers.Content-Length": `"1"`, "context.resourceId": `"ANY /{proxy+}"`,
		})
		var e events.APIGatewayProxyRequest
		require.NoError(t, json.Unmarshal(f.event(t), &e))
	})
}

func TestHTTPResponseVectors(t *testing.T) {
	const bad = `{"message":"Internal Server Error"}`
	require.Len(t, bad, 35)
	const plain, jsonType = "text/plain; charset=utf-8", "application/json"
	for _, c := range []struct {
		name, result, fault string
		format              apigateway.PayloadFormatVersion
		status              int
		body, contentType   string
		headers             map[string][]string
	}{
		{"vector 61", `{"statusCode":200,"body":"Hello, World!"}`, "", "", 200, "Hello, World!", plain, nil},
		{"vector 62, status 0", `{"statusCode":0}`, "", "", 500, bad, jsonType, map[string][]string{"Content-Length": {"35"}}},
		{"vector 62, function error", ``, `{"errorMessage":"secret"}`, "", 500, bad, jsonType, nil},
		{"object as it is", `{"hello": "world"}`, "", "", 200, `{"hello": "world"}`, jsonType, nil},
		{"broken JSON as it is", `{"hello": `, "", "", 200, `{"hello": `, jsonType, nil},
		{"array", `["hello", 3, true]`, "", "", 200, `["hello", 3, true]`, jsonType, nil},
		{"string without its quotes", `"hello"`, "", "", 200, "hello", jsonType, nil},
		{"number", `3.1`, "", "", 200, "3.1", jsonType, nil},
		{"boolean", `true`, "", "", 200, "true", jsonType, nil},
		{"status as text", `{"statusCode":"418","body":"i'm a teapot"}`, "", "", 418, "i'm a teapot", plain, nil},
		{"status with a fraction", `{"statusCode":200.5}`, "", "", 500, bad, jsonType, nil},
		{"cookies", `{"statusCode":200,"cookies":["a=1","b=2"]}`, "", "", 200, "", plain, map[string][]string{"Set-Cookie": {"a=1", "b=2"}}},
		{"multiValueHeaders are ignored", `{"statusCode":200,"multiValueHeaders":{"x":["1"]}}`, "", "", 200, "", plain, map[string][]string{"X": nil}},
		{"always decoded", `{"statusCode":200,"isBase64Encoded":true,"body":"dGVzdA=="}`, "", "", 200, "test", plain, nil},
		{"bad base64", `{"statusCode":200,"isBase64Encoded":true,"body":"?"}`, "", "", 500, bad, jsonType, nil},
		{"unknown keys are ignored", `{"statusCode":200,"wrong":1,"body":"x"}`, "", "", 200, "x", plain, nil},
		{"content type", `{"statusCode":200,"headers":{"content-type":"text/css"}}`, "", "", 200, "", "text/css", nil},
		{"hop by hop", `{"statusCode":200,"headers":{"connection":"close","content-length":"99"},"body":"x"}`, "", "", 200, "x", plain, map[string][]string{"Connection": nil, "Content-Length": {"1"}}},

		{"1.0", `{"statusCode":200,"body":"x"}`, "", "1.0", 200, "x", plain, nil},
		{"1.0 multiValueHeaders", `{"statusCode":200,"multiValueHeaders":{"x":["1","2"]}}`, "", "1.0", 200, "", plain, map[string][]string{"X": {"1", "2"}}},
		{"1.0 no status", `{"body":"x"}`, "", "1.0", 500, bad, jsonType, nil},
		{"1.0 status 0", `{"statusCode":0}`, "", "1.0", 500, bad, jsonType, nil},
		{"1.0 text", `"hello"`, "", "1.0", 500, bad, jsonType, nil},
		{"1.0 decoded", `{"statusCode":200,"isBase64Encoded":true,"body":"dGVzdA=="}`, "", "1.0", 200, "test", plain, nil},
		{"1.0 function error", ``, `{"errorMessage":"secret"}`, "1.0", 500, bad, jsonType, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fn{result: c.result, fault: c.fault}
			api := httpWith(t, f, func(h *apigateway.HTTPConfig) { h.Routes[0].PayloadFormatVersion = c.format })
			resp := ask(api, get("/x"))
			require.Equal(t, c.status, resp.StatusCode)
			require.Equal(t, c.body, bodyOf(t, resp))
			require.Equal(t, c.contentType, resp.Header.Get("Content-Type"))
			for name, values := range c.headers {
				require.Equal(t, values, resp.Header[name], name)
			}
			require.Regexp(t, `^[A-Za-z0-9_-]{15}=$`, resp.Header.Get("Apigw-Requestid"))
			require.Len(t, f.calls, 1)
		})
	}
}

func TestHTTPTimeout(t *testing.T) {
	t.Run("vector 63", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ran := 0
			svc := slow(t, 31*time.Second, &ran)
			start := time.Now()
			resp := ask(httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc }), get("/"))
			require.Equal(t, 503, resp.StatusCode)
			require.Equal(t, `{"message":"Service Unavailable"}`, bodyOf(t, resp))
			require.Equal(t, 30*time.Second, time.Since(start))
			lambdatest.Advance(time.Second)
			require.Equal(t, 1, ran, "the function goes on")
		})
	})
}

func TestHTTPRoutes(t *testing.T) {
	f := &fn{}
	api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
		c.Routes = nil
		for _, key := range []string{"GET /pets/{id}", "GET /pets/all", "POST /pets", "ANY /pets/{proxy+}", "GET /", "PUT /{proxy+}"} {
			c.Routes = append(c.Routes, apigateway.Route{RouteKey: key, Function: "f"})
		}
	})
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/pets/1", "GET /pets/{id}"},
		{"GET", "/pets/all", "GET /pets/all"},
		{"POST", "/pets/all", "ANY /pets/{proxy+}"},
		{"DELETE", "/pets/1", "ANY /pets/{proxy+}"},
		{"GET", "/pets/1/toys", "ANY /pets/{proxy+}"},
		{"POST", "/pets", "POST /pets"},
		{"PUT", "/pets", "PUT /{proxy+}"},
		{"GET", "/", "GET /"},
		{"GET", "/pets", ""},
		{"GET", "/none", ""},
		{"PUT", "/", ""},
	} {
		f.calls = nil
		resp := ask(api, request(c.method, c.path, ""))
		if c.want == "" {
			require.Equal(t, http.StatusNotFound, resp.StatusCode, c)
			require.Equal(t, `{"message":"Not Found"}`, bodyOf(t, resp))
			require.Empty(t, f.calls)
			continue
		}
		require.Equal(t, 200, resp.StatusCode, c)
		requireMembers(t, f.event(t), map[string]string{"routeKey": `"` + c.want + `"`})
	}
}
