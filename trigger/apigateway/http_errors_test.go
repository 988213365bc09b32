package apigateway_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

func TestHTTPFailures(t *testing.T) {
	const failed = `{"message":"Internal Server Error"}`
	ok := &fn{result: `"secret"`}
	for _, c := range []struct {
		name    string
		f       *fn
		edit    func(c *apigateway.HTTPConfig)
		request *http.Request
		status  int
		body    string
		runs    int
	}{
		{"no route", ok, func(c *apigateway.HTTPConfig) { c.Routes[0].RouteKey = "GET /pets" }, get("/dogs"), 404, `{"message":"Not Found"}`, 0},
		{"a slash too many", ok, func(c *apigateway.HTTPConfig) { c.Routes[0].RouteKey = "GET /pets" }, get("/pets/"), 404, `{"message":"Not Found"}`, 0},
		{"no stage", ok, func(c *apigateway.HTTPConfig) { c.Stages = []apigateway.Stage{{Name: "prod"}} }, get("/pets"), 404, `{"message":"Not Found"}`, 0},
		{"not a path", ok, nil, request("OPTIONS", "*", ""), 404, `{"message":"Not Found"}`, 0},
		{"no permission", &fn{err: lambda.NewError("AccessDeniedException", "secret")}, nil, get("/"), 500, failed, 1},
		{"gone", &fn{err: lambda.NewError("ResourceNotFoundException", "secret")}, nil, get("/"), 500, failed, 1},
		{"invoker breaks", &fn{err: errors.New("secret")}, nil, get("/"), 500, failed, 1},
		{"throttled", &fn{err: lambda.RateExceeded("ConcurrentInvocationLimitExceeded")}, nil, get("/"), 503, `{"message":"Service Unavailable"}`, 1},
		{"event over Lambda's limit", &fn{err: lambda.RequestTooLarge("InvokeFunction", 1)}, nil, get("/"), 413, `{"message":"Request Entity Too Large"}`, 1},
		{"over 10 MB", ok, nil, request("POST", "/", strings.Repeat("x", 10<<20+1)), 413, `{"message":"Request Entity Too Large"}`, 0},
		{"headers over 10,240 bytes", ok, nil, get("/", "X-Long", strings.Repeat("x", 10240)), 431, `{"message":"Request Header Fields Too Large"}`, 0},
		{"path over 10,240 bytes", ok, nil, get("/" + strings.Repeat("x", 10240)), 431, `{"message":"Request Header Fields Too Large"}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.f.calls = nil
			resp := ask(httpWith(t, c.f, c.edit), c.request)
			require.Equal(t, c.body, bodyOf(t, resp))
			require.Equal(t, c.status, resp.StatusCode)
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			require.Len(t, c.f.calls, c.runs)
		})
	}
	almost := get("/", "X-Long", strings.Repeat("x", 10240-len("GET / HTTP/1.1")-len("Host: example.com")-len("X-Long: ")))
	require.Equal(t, 200, ask(httpWith(t, ok, nil), almost).StatusCode)
	almost.Header["X-Long"][0] += "x"
	require.Equal(t, 431, ask(httpWith(t, ok, nil), almost).StatusCode)
}

func TestHTTPStages(t *testing.T) {
	f := &fn{}
	api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
		c.Stages = []apigateway.Stage{{Name: "$default"}, {Name: "beta"}}
		c.Routes[0].RouteKey = "ANY /{proxy+}"
	})
	for path, want := range map[string]string{"/a/b": "$default", "/beta/a": "beta", "/betas/a": "$default", "/$default/a": "$default"} {
		f.calls = nil
		require.Equal(t, 200, ask(api, get(path)).StatusCode, path)
		requireMembers(t, f.event(t), map[string]string{"context.stage": `"` + want + `"`, "rawPath": `"` + path + `"`})
	}
	require.Equal(t, 404, ask(api, get("/beta")).StatusCode, "a greedy parameter is not empty")
}

func TestCORS(t *testing.T) {
	f := &fn{result: `{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://function.example","x":"1"}}`}
	api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
		c.CORS = &apigateway.CORS{
			AllowOrigins: []string{"https://example.com", "http://*"}, AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"X-A", "X-B"},
			ExposeHeaders: []string{"X-Id"}, AllowCredentials: true, MaxAge: time.Minute,
		}
	})
	preflight := func(origin string) *http.Response {
		return ask(api, request("OPTIONS", "/none", "", "Origin", origin, "Access-Control-Request-Method", "PUT"))
	}
	resp := preflight("https://example.com")
	require.Equal(t, 204, resp.StatusCode)
	require.Equal(t, "https://example.com", resp.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "GET,PUT", resp.Header.Get("Access-Control-Allow-Methods"))
	require.Equal(t, "x-a,x-b", resp.Header.Get("Access-Control-Allow-Headers"))
	require.Equal(t, "60", resp.Header.Get("Access-Control-Max-Age"))
	require.Equal(t, "true", resp.Header.Get("Access-Control-Allow-Credentials"))
	require.Equal(t, "http://any.example", preflight("http://any.example").Header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, preflight("https://evil.example").Header.Values("Access-Control-Allow-Origin"))
	require.Empty(t, f.calls, "the API answers for itself")

	resp = ask(api, get("/", "Origin", "https://example.com"))
	require.Equal(t, []string{"https://example.com"}, resp.Header.Values("Access-Control-Allow-Origin"), "the function's does not count")
	require.Equal(t, "x-id", resp.Header.Get("Access-Control-Expose-Headers"))
	require.Equal(t, "1", resp.Header.Get("x"))
	require.Empty(t, ask(api, get("/")).Header.Values("Access-Control-Allow-Origin"))
	require.Equal(t, 200, ask(api, request("OPTIONS", "/", "", "Origin", "https://example.com")).StatusCode, "no preflight: the route's")

	open := httpWith(t, f, func(c *apigateway.HTTPConfig) { c.CORS = &apigateway.CORS{AllowOrigins: []string{"*"}} })
	require.Equal(t, "*", ask(open, get("/", "Origin", "https://any.example")).Header.Get("Access-Control-Allow-Origin"))
}

// TestCORSKeepsFunctionsOut: where the API has a configuration, nothing that a function says of the matter counts, also
// for origins that are not allowed; where it has none, everything does.
func TestCORSKeepsFunctionsOut(t *testing.T) {
	names := []string{
		"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers",
		"Access-Control-Allow-Methods", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
	}
	said := map[string]string{}
	for _, name := range names {
		said[name] = "said"
	}
	result, err := json.Marshal(map[string]any{"statusCode": 200, "headers": said})
	require.NoError(t, err)
	f := &fn{result: string(result)}
	configured := httpWith(t, f, func(c *apigateway.HTTPConfig) { c.CORS = &apigateway.CORS{AllowOrigins: []string{"https://a.example"}} })
	bare := httpWith(t, f, nil)
	for _, origin := range []string{"https://a.example", "https://b.example"} {
		for _, name := range names {
			require.NotContains(t, ask(configured, get("/", "Origin", origin)).Header.Values(name), "said", name)
			require.Equal(t, []string{"said"}, ask(bare, get("/", "Origin", origin)).Header.Values(name), name)
		}
	}
}

// TestConfigIsReadOnce: what becomes of a config after the API was made does not reach the API.
func TestConfigIsReadOnce(t *testing.T) {
	origins, variables := []string{"https://a.example"}, map[string]string{"v": "1"}
	types, patterns := []string{"image/png"}, []string{"method.request.querystring.a"}
	f := &fn{result: `{"statusCode":200}`}
	web := httpWith(t, f, func(c *apigateway.HTTPConfig) { c.CORS = &apigateway.CORS{AllowOrigins: origins} })
	rest := restWith(t, f, func(c *apigateway.RESTConfig) {
		c.Stages[0].Variables, c.BinaryMediaTypes, c.Methods[0].RequiredParameters = variables, types, patterns
	})
	origins[0], variables["v"], types[0], patterns[0] = "https://b.example", "2", "text/plain", "method.request.querystring.b"
	require.Equal(t, "https://a.example", ask(web, get("/", "Origin", "https://a.example")).Header.Get("Access-Control-Allow-Origin"))
	f.calls = nil
	require.Equal(t, 200, ask(rest, request("POST", "/stage/x?a=1", "x", "Content-Type", "text/plain")).StatusCode)
	requireMembers(t, f.event(t), map[string]string{"stageVariables": `{"v":"1"}`, "body": `"x"`})
}
