package apigateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// requireFailure is a failure of the API's own.
func requireFailure(t require.TestingT, resp *http.Response, status int, body, errorType string) {
	require.Equal(t, body, bodyOf(t, resp))
	require.Equal(t, status, resp.StatusCode)
	require.Equal(t, errorType, resp.Header.Get("x-amzn-ErrorType"))
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	require.NotEmpty(t, resp.Header.Get("x-amzn-RequestId"))
}

const internalError, serverError = `{"message": "Internal server error"}`, "InternalServerErrorException"

func TestRESTFailures(t *testing.T) {
	secret := &fn{result: `{"statusCode":200,"body":"secret"}`}
	pets := func(c *apigateway.RESTConfig) {
		c.Methods[0].Path, c.Methods[0].HTTPMethod = "/pets", "GET"
	}
	for _, c := range []struct {
		name            string
		f               *fn
		edit            func(c *apigateway.RESTConfig)
		request         *http.Request
		status          int
		body, errorType string
		runs            int
	}{
		{"unknown route", secret, pets, get("/stage/dogs"), 403, `{"message":"Missing Authentication Token"}`, "MissingAuthenticationTokenException", 0},
		{"below a route", secret, pets, get("/stage/pets/1"), 403, `{"message":"Missing Authentication Token"}`, "MissingAuthenticationTokenException", 0},
		{"wrong method", secret, pets, request("POST", "/stage/pets", ""), 403, `{"message":"Missing Authentication Token"}`, "MissingAuthenticationTokenException", 0},
		{"root without a method", secret, nil, get("/stage/"), 403, `{"message":"Missing Authentication Token"}`, "MissingAuthenticationTokenException", 0},
		{"unknown stage", secret, nil, get("/other/x"), 403, `{"message":"Forbidden"}`, "ForbiddenException", 0},
		{"no stage", secret, nil, get("/"), 403, `{"message":"Forbidden"}`, "ForbiddenException", 0},
		{"function error", &fn{fault: `{"errorMessage":"secret"}`}, nil, get("/stage/x"), 502, internalError, serverError, 1},
		{"throttled", &fn{err: lambda.RateExceeded("ReservedFunctionConcurrentInvocationLimitExceeded")}, nil, get("/stage/x"), 500, internalError, serverError, 1},
		{"no permission", &fn{err: lambda.NewError("AccessDeniedException", "secret")}, nil, get("/stage/x"), 500, internalError, serverError, 1},
		{"function gone", &fn{err: lambda.NewError("ResourceNotFoundException", "secret")}, nil, get("/stage/x"), 500, internalError, serverError, 1},
		{"invoker breaks", &fn{err: errors.New("secret")}, nil, get("/stage/x"), 500, internalError, serverError, 1},
		{"nothing at all", &fn{do: func(context.Context, invoke.Input) (*invoke.Output, error) { return nil, nil }}, nil, get("/stage/x"), 500, internalError, serverError, 1},
		{"event over Lambda's limit", &fn{err: lambda.RequestTooLarge("InvokeFunction", 1)}, nil, get("/stage/x"), 413, `{"message":"Request Too Long"}`, "RequestTooLargeException", 1},
		{"integration method", secret, func(c *apigateway.RESTConfig) { c.Methods[0].Integration.HTTPMethod = "GET" }, get("/stage/x"), 500, internalError, serverError, 0},
		{"over 10 MB", secret, nil, request("POST", "/stage/x", strings.Repeat("x", 10<<20+1)), 413, `{"message":"Request Too Long"}`, "RequestTooLargeException", 0},
		{"missing parameters", secret, func(c *apigateway.RESTConfig) {
			c.Methods[0].RequiredParameters = []string{"method.request.querystring.a", "method.request.querystring.c", "method.request.header.b"}
		}, get("/stage/x?c=", "B2", "1"), 400, `{"message": "Missing required request parameters: [a, b]"}`, "BadRequestException", 0},
		{"invalid body", secret, func(c *apigateway.RESTConfig) { c.Methods[0].ValidateBody = isJSON }, request("POST", "/stage/x", "{", "Content-Type", "application/json"), 400, `{"message": "Invalid request body"}`, "BadRequestException", 0},
		{"options of nothing", secret, nil, request("OPTIONS", "*", ""), 403, `{"message":"Forbidden"}`, "ForbiddenException", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.f.calls = nil
			requireFailure(t, ask(restWith(t, c.f, c.edit), c.request), c.status, c.body, c.errorType)
			require.Len(t, c.f.calls, c.runs)
		})
	}
}

func isJSON(body []byte) error {
	if !json.Valid(body) {
		return errors.New("[not JSON]")
	}
	return nil
}

func TestRESTBodyOfUnknownLength(t *testing.T) {
	f := &fn{}
	api := restWith(t, f, nil)
	r := request("POST", "/stage/x", "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 10<<20+1))), -1
	require.Equal(t, 413, ask(api, r).StatusCode)
	require.Empty(t, f.calls)

	r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", 10<<20)))
	require.Equal(t, 200, ask(api, r).StatusCode, "10 MB is no more than 10 MB; Lambda's 6 MB is the Invoker's to say")
}

func TestRESTValidator(t *testing.T) {
	f := &fn{}
	api := restWith(t, f, func(c *apigateway.RESTConfig) {
		c.Methods[0].ValidateBody = isJSON
		c.Methods[0].RequiredParameters = []string{"method.request.header.x-who", "method.request.path.proxy"}
	})
	require.Equal(t, 200, ask(api, request("POST", "/stage/x", "{}", "X-Who", "")).StatusCode, "an empty parameter is one")
	require.Equal(t, 200, ask(api, request("POST", "/stage/x", "<x/>", "X-Who", "me", "Content-Type", "text/xml")).StatusCode, "a model is one content type's")
	require.Equal(t, 400, ask(api, request("POST", "/stage/x", "<x/>", "X-Who", "me")).StatusCode, "no type is JSON")
}

func TestGatewayResponses(t *testing.T) {
	api := restWith(t, &fn{err: errors.New("x")}, func(c *apigateway.RESTConfig) {
		c.Stages[0].Variables = map[string]string{"color": "blue"}
		c.Methods[0].RequiredParameters = []string{"method.request.querystring.a"}
		c.GatewayResponses = []apigateway.GatewayResponse{
			{ResponseType: apigateway.MissingAuthenticationToken, StatusCode: 404, Headers: map[string]string{
				"X-Amzn-ErrorType": "'NotFoundException'", "x-request": "context.requestId", "x-origin": "method.request.header.origin", "x-color": "stageVariables.color",
			}},
			{ResponseType: apigateway.BadRequestParameters, Templates: map[string]string{
				"application/json": `{"error":$context.error.messageString,"missing":"$context.error.validationErrorString","type":"$context.error.responseType","stage":"${context.stage}","color":"$stageVariables.color."}`,
				"text/html":        "<h1>$context.error.message</h1>",
			}},
			{ResponseType: apigateway.Default5XX, StatusCode: 503},
		}
	})
	resp := ask(api, get("/stage/", "Origin", "https://example.com"))
	require.Equal(t, 404, resp.StatusCode)
	require.Equal(t, `{"message":"Missing Authentication Token"}`, bodyOf(t, resp))
	require.Equal(t, []string{"NotFoundException"}, resp.Header["X-Amzn-Errortype"])
	require.Equal(t, resp.Header.Get("x-amzn-RequestId"), resp.Header.Get("x-request"))
	require.Equal(t, "https://example.com", resp.Header.Get("x-origin"))
	require.Equal(t, "blue", resp.Header.Get("x-color"))

	resp = ask(api, get("/stage/x"))
	require.Equal(t, 400, resp.StatusCode)
	require.Equal(t, `{"error":"Missing required request parameters: [a]","missing":"[a]","type":"BAD_REQUEST_PARAMETERS","stage":"stage","color":"blue."}`, bodyOf(t, resp))

	resp = ask(api, get("/stage/x", "Accept", "application/pdf, text/html;q=0.9"))
	require.Equal(t, "<h1>Missing required request parameters: [a]</h1>", bodyOf(t, resp))
	require.Equal(t, "text/html", resp.Header.Get("Content-Type"))

	resp = ask(api, get("/stage/x?a=1"))
	require.Equal(t, 503, resp.StatusCode, "INTEGRATION_FAILURE falls to DEFAULT_5XX")
}

func TestAPIKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fn{}
		api := restWith(t, f, func(c *apigateway.RESTConfig) {
			c.Methods[0].APIKeyRequired = true
			c.APIKeys = []apigateway.APIKey{
				{ID: "k1", Value: "first", Throttle: &apigateway.Throttle{Rate: 1, Burst: 2}},
				{ID: "k2", Value: "second", Quota: &apigateway.Quota{Limit: 2, Period: apigateway.Month}},
			}
		})
		requireFailure(t, ask(api, get("/stage/x")), 403, `{"message":"Forbidden"}`, "ForbiddenException")
		requireFailure(t, ask(api, get("/stage/x", "X-Api-Key", "third")), 403, `{"message":"Forbidden"}`, "ForbiddenException")
		require.Empty(t, f.calls)

		with := func(key string) *http.Response { return ask(api, get("/stage/x", "X-Api-Key", key)) }
		require.Equal(t, 200, with("first").StatusCode)
		requireMembers(t, f.calls[0].Payload, map[string]string{})
		require.Contains(t, string(f.calls[0].Payload), `"apiKey":"first","apiKeyId":"k1"`)
		require.Equal(t, 200, with("first").StatusCode)
		requireFailure(t, with("first"), 429, `{"message":"Too Many Requests"}`, "TooManyRequestsException")
		lambdatest.Advance(time.Second)
		require.Equal(t, 200, with("first").StatusCode, "a token a second")
		require.Equal(t, 429, with("first").StatusCode)

		require.Equal(t, 200, with("second").StatusCode, "another key has a bucket of its own")
		require.Equal(t, 200, with("second").StatusCode)
		requireFailure(t, with("second"), 429, `{"message":"Limit Exceeded"}`, "LimitExceededException")
		lambdatest.Advance(30 * 24 * time.Hour)
		require.Equal(t, 429, with("second").StatusCode, "January has 31 days")
		lambdatest.Advance(24 * time.Hour)
		require.Equal(t, 200, with("second").StatusCode)
	})
}

func TestStageThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stages := []apigateway.Stage{{Name: "stage", Throttle: &apigateway.Throttle{Rate: 2, Burst: 1}}, {Name: "free"}}
		rest := restWith(t, &fn{}, func(c *apigateway.RESTConfig) { c.Stages = stages })
		web := httpWith(t, &fn{}, func(c *apigateway.HTTPConfig) { c.Stages = stages })
		for _, api := range []http.Handler{rest, web} {
			require.Equal(t, 200, ask(api, get("/stage/x")).StatusCode)
			resp := ask(api, get("/stage/x"))
			require.Equal(t, 429, resp.StatusCode)
			require.Equal(t, `{"message":"Too Many Requests"}`, bodyOf(t, resp))
			require.Equal(t, 200, ask(api, get("/free/x")).StatusCode)
			lambdatest.Advance(500 * time.Millisecond)
			require.Equal(t, 200, ask(api, get("/stage/x")).StatusCode)
		}
	})
}
