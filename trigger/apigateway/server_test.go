package apigateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// echo deploys a function for each kind of API that answers with the method, the path, the query and the body.
func echo(t *testing.T) *invoke.Service {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "rest"}, lambda.Handler(func(_ context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		return events.APIGatewayProxyResponse{
			StatusCode: 201, Headers: map[string]string{"Content-Type": "text/plain", "x-kind": e.Headers["X-Kind"]},
			MultiValueHeaders: map[string][]string{"Set-Cookie": {"a=1", "b=2"}},
			Body:              strings.Join([]string{e.HTTPMethod, e.Path, e.QueryStringParameters["q"], e.Body}, " "),
		}, nil
	}))
	lambdatest.Deploy(t, svc, lambda.Config{Name: "http"}, lambda.Handler(func(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{
			StatusCode: 201, Headers: map[string]string{"Content-Type": "text/plain", "x-kind": e.Headers["x-kind"]}, Cookies: []string{"a=1", "b=2"},
			Body: strings.Join([]string{e.RequestContext.HTTP.Method, e.RawPath, e.QueryStringParameters["q"], e.Body}, " "),
		}, nil
	}))
	return svc
}

// servers are both kinds of API behind a real server.
func servers(t *testing.T) map[string]string {
	svc := echo(t)
	rest := httptest.NewServer(restWith(t, nil, func(c *apigateway.RESTConfig) {
		c.Invoker, c.Methods[0].Integration.Function = svc, "rest"
	}))
	t.Cleanup(rest.Close)
	web := httptest.NewServer(httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker, c.Routes[0].Function = svc, "http" }))
	t.Cleanup(web.Close)
	return map[string]string{rest.URL + "/stage": "", web.URL: ""}
}

func TestClientGetsThrough(t *testing.T) {
	for base := range servers(t) {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH"} {
			var body io.Reader
			want := method + " /a/b hello world "
			if method != "GET" {
				body, want = strings.NewReader(`{"n":1}`), want+`{"n":1}`
			}
			r, err := http.NewRequest(method, base+"/a/b?q=hello+world", body)
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-Kind", "test")
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.Equal(t, 201, resp.StatusCode)
			require.Equal(t, want, bodyOf(t, resp))
			require.NoError(t, resp.Body.Close())
			require.Equal(t, []string{"a=1", "b=2"}, resp.Header.Values("Set-Cookie"))
			require.Equal(t, "test", resp.Header.Get("x-kind"))
		}
		resp, err := http.Head(base + "/a")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 201, resp.StatusCode)
		require.EqualValues(t, len("HEAD /a  "), resp.ContentLength)
	}
}

func TestCurlGetsThrough(t *testing.T) {
	for base := range servers(t) {
		out := doortest.Curl(t, "-i", "-X", "PUT", "-H", "Content-Type: application/json", "-H", "x-kind: curl", "--data", `{"n":1}`, base+"/caf%C3%A9?q=a%26b")
		require.Contains(t, out, "HTTP/1.1 201 Created\r\n")
		require.Contains(t, out, "Set-Cookie: a=1\r\n")
		require.Contains(t, out, "Set-Cookie: b=2\r\n")
		require.Contains(t, out, "X-Kind: curl\r\n")
		require.Contains(t, out, `a&b {"n":1}`)
	}
}

// TestBinary: an image goes in and comes out, where the API knows its type.
func TestBinary(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(_ context.Context, e json.RawMessage) (map[string]any, error) {
		var in struct {
			Body            string `json:"body"`
			IsBase64Encoded bool   `json:"isBase64Encoded"`
		}
		err := json.Unmarshal(e, &in)
		return map[string]any{"statusCode": 200, "headers": map[string]any{"Content-Type": "image/png"}, "body": in.Body, "isBase64Encoded": in.IsBase64Encoded}, err
	}))
	rest := httptest.NewServer(restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker, c.BinaryMediaTypes = svc, []string{"image/png"} }))
	defer rest.Close()
	web := httptest.NewServer(httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc }))
	defer web.Close()
	image := "\x89PNG\r\n\x00\xff"
	for _, base := range []string{rest.URL + "/stage", web.URL} {
		r, err := http.NewRequest("POST", base+"/image", strings.NewReader(image))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "image/png")
		r.Header.Set("Accept", "image/png")
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.Equal(t, image, bodyOf(t, resp))
		require.NoError(t, resp.Body.Close())
	}
}

// TestStreamedAnswers: no API of the two streams. What a function streams is put together before it is looked at: to a
// REST API it is no answer, and an HTTP API, which takes anything for a body, sends prelude and all.
func TestStreamedAnswers(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(context.Context) (*events.APIGatewayProxyStreamingResponse, error) {
		return &events.APIGatewayProxyStreamingResponse{StatusCode: 201, Body: strings.NewReader("secret")}, nil
	}))
	rest := restWith(t, nil, func(c *apigateway.RESTConfig) {
		c.Invoker, c.Methods[0].Integration.ResponseTransferMode = svc, apigateway.Buffered
	})
	requireFailure(t, ask(rest, get("/stage/x")), 502, internalError, serverError)
	resp := ask(httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc }), get("/"))
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, `{"statusCode":201}`+strings.Repeat("\x00", 8)+"secret", bodyOf(t, resp))
}

// TestLambdasLimits: 10 MB may come in, but Lambda takes 6 MB for an event and gives 6 MB for a result.
func TestLambdasLimits(t *testing.T) {
	synctest.Test(t, testLambdasLimits) // or a busy machine would be over the function's 3 s
}

func testLambdasLimits(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	ran := 0
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(_ context.Context, e struct {
		Query map[string]string `json:"queryStringParameters"`
	}) (map[string]any, error) {
		ran++
		n, _ := strconv.Atoi(e.Query["n"])
		return map[string]any{"statusCode": 200, "body": strings.Repeat("x", n)}, nil
	}))
	rest := restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = svc })
	web := httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc })
	for _, api := range []http.Handler{rest, web} {
		ran = 0
		require.Equal(t, 413, ask(api, request("POST", "/stage/x", strings.Repeat("x", 7<<20), "Content-Type", "text/plain")).StatusCode)
		require.Zero(t, ran)
		require.Equal(t, 200, ask(api, request("POST", "/stage/x", strings.Repeat("x", 5<<20), "Content-Type", "text/plain")).StatusCode)
		require.Len(t, bodyOf(t, ask(api, get("/stage/x?n=5000000"))), 5000000)
		ran = 0
		require.GreaterOrEqual(t, ask(api, get("/stage/x?n=7000000")).StatusCode, 500)
		require.Equal(t, 1, ran)
	}
	requireFailure(t, ask(rest, get("/stage/x?n=7000000")), 502, internalError, serverError)
	require.Equal(t, `{"message":"Internal Server Error"}`, bodyOf(t, ask(web, get("/?n=7000000"))))
}
