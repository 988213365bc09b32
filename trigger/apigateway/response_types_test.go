package apigateway_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// cause is a way to one kind of failure.
type cause struct {
	name    string
	kind    apigateway.ResponseType
	status  int
	f       *fn
	edit    func(c *apigateway.RESTConfig)
	request *http.Request
}

// causes are ways to every kind of failure that a REST API has.
func causes() []cause {
	custom := func(i apigateway.Integration) func(c *apigateway.RESTConfig) {
		return func(c *apigateway.RESTConfig) {
			i.Type, i.Function = apigateway.AWS, "f"
			c.Methods[0].Integration = i
		}
	}
	guard := func(c *apigateway.RESTConfig) {
		c.Methods[0].Authorizer = &apigateway.LambdaAuthorizer{Function: "auth"}
	}
	keys := func(k apigateway.APIKey) func(c *apigateway.RESTConfig) {
		return func(c *apigateway.RESTConfig) {
			k.ID, k.Value = "k", "v"
			c.Methods[0].APIKeyRequired, c.APIKeys = true, []apigateway.APIKey{k}
		}
	}
	token := func() *http.Request { return get("/stage/x", "Authorization", "me") }
	return []cause{
		{"no stage", apigateway.AccessDenied, 403, &fn{}, nil, get("/other/x")},
		{"policy says no", apigateway.AccessDenied, 403, &fn{result: policyFor("Deny", "*", "")}, guard, token()},
		{"policy says nothing", apigateway.AccessDenied, 403, &fn{result: policyFor("Allow", executeAPI+"/none/*", "")}, guard, token()},
		{"template fails", apigateway.APIConfigurationError, 500, &fn{}, custom(apigateway.Integration{Responses: []apigateway.IntegrationResponse{
			{Template: func(apigateway.ResponseInput) ([]byte, error) { return nil, errors.New("no") }},
		}}), get("/stage/x")},
		{"authorizer answers nonsense", apigateway.AuthorizerConfigurationError, 500, &fn{}, guard, token()},
		{"authorizer fails", apigateway.AuthorizerFailure, 500, &fn{fault: `{"errorMessage":"x"}`}, guard, token()},
		{"invalid body", apigateway.BadRequestBody, 400, &fn{}, func(c *apigateway.RESTConfig) { c.Methods[0].ValidateBody = isJSON }, request("POST", "/stage/x", "{")},
		{"missing parameter", apigateway.BadRequestParameters, 400, &fn{}, func(c *apigateway.RESTConfig) {
			c.Methods[0].RequiredParameters = []string{"method.request.header.x-none"}
		}, get("/stage/x")},
		{"not an answer", apigateway.Default5XX, 502, &fn{result: `[]`}, nil, get("/stage/x")},
		{"call refused", apigateway.IntegrationFailure, 500, &fn{err: errors.New("x")}, nil, get("/stage/x")},
		{"wrong key", apigateway.InvalidAPIKey, 403, &fn{}, keys(apigateway.APIKey{}), get("/stage/x", "X-Api-Key", "w")},
		{"no route", apigateway.MissingAuthenticationToken, 403, &fn{}, nil, get("/stage")},
		{"no signature", apigateway.MissingAuthenticationToken, 403, &fn{}, func(c *apigateway.RESTConfig) {
			c.Methods[0].IAM = func(*http.Request) (*apigateway.IAMIdentity, error) { return nil, errors.New("x") }
		}, get("/stage/x")},
		{"quota", apigateway.QuotaExceeded, 429, &fn{}, keys(apigateway.APIKey{Quota: &apigateway.Quota{Period: apigateway.Day}}), get("/stage/x", "X-Api-Key", "v")},
		{"too large", apigateway.RequestTooLarge, 413, &fn{}, nil, request("POST", "/stage/x", strings.Repeat("x", 10<<20+1))},
		{"key's throttle", apigateway.Throttled, 429, &fn{}, keys(apigateway.APIKey{Throttle: &apigateway.Throttle{}}), get("/stage/x", "X-Api-Key", "v")},
		{"stage's throttle", apigateway.Throttled, 429, &fn{}, func(c *apigateway.RESTConfig) { c.Stages[0].Throttle = &apigateway.Throttle{} }, get("/stage/x")},
		{"no token", apigateway.Unauthorized, 401, &fn{}, guard, get("/stage/x")},
		{"no claims", apigateway.Unauthorized, 401, &fn{}, func(c *apigateway.RESTConfig) {
			c.Methods[0].Claims = func(*http.Request) (map[string]string, error) { return nil, nil }
		}, get("/stage/x")},
		{"no template for the type", apigateway.UnsupportedMediaType, 415, &fn{}, custom(apigateway.Integration{PassthroughBehavior: apigateway.Never}), get("/stage/x")},
	}
}

// TestResponseTypes: each failure is answered as its own gateway response says, else as the one for its class does, else
// as the API always does, and never as that of another kind.
func TestResponseTypes(t *testing.T) {
	for _, c := range causes() {
		t.Run(c.name, func(t *testing.T) {
			answered := func(list ...apigateway.GatewayResponse) *http.Response {
				return ask(restWith(t, c.f, func(r *apigateway.RESTConfig) {
					if c.edit != nil {
						c.edit(r)
					}
					r.GatewayResponses = list
				}), c.request)
			}
			always := answered()
			require.Equal(t, c.status, always.StatusCode)
			said := bodyOf(t, always)

			saying := func(kind apigateway.ResponseType, status int) apigateway.GatewayResponse {
				return apigateway.GatewayResponse{
					ResponseType: kind, StatusCode: status, Headers: map[string]string{"x-kind": "context.error.responseType", "x-color": "stageVariables.color"},
					Templates: map[string]string{"application/json": `$context.error.messageString|${context.requestId}`},
				}
			}
			class, other := apigateway.Default4XX, apigateway.Default5XX
			if c.status >= 500 {
				class, other = other, class
			}
			if c.kind != class {
				require.Equal(t, 477, answered(saying(class, 477)).StatusCode, "its class")
			}
			unmoved := answered(saying(other, 477))
			require.Equal(t, c.status, unmoved.StatusCode, "the other class")
			require.Equal(t, said, bodyOf(t, unmoved))

			own := answered(saying(c.kind, 478), saying(other, 477))
			require.Equal(t, 478, own.StatusCode)
			require.Equal(t, string(c.kind), own.Header.Get("x-kind"))
			require.Empty(t, own.Header.Values("x-color"), "there is no such variable")
			require.Equal(t, always.Header.Get("x-amzn-ErrorType"), own.Header.Get("x-amzn-ErrorType"))
			message, id, _ := strings.Cut(bodyOf(t, own), "|")
			require.Contains(t, strings.Replace(said, ": ", ":", 1), ":"+message+"}")
			require.Equal(t, own.Header.Get("x-amzn-RequestId"), id)
		})
	}
}

// TestNoStageHasNoVariables: a gateway response may ask for a stage's variable where there is no stage.
func TestNoStageHasNoVariables(t *testing.T) {
	api := restWith(t, &fn{}, func(c *apigateway.RESTConfig) {
		c.Stages[0].Variables = map[string]string{"color": "blue"}
		c.GatewayResponses = []apigateway.GatewayResponse{{
			ResponseType: apigateway.AccessDenied, Headers: map[string]string{"x-color": "stageVariables.color"},
			Templates: map[string]string{"application/json": `"$stageVariables.color$context.stage"`},
		}}
	})
	resp := ask(api, get("/other/x"))
	require.Equal(t, `""`, bodyOf(t, resp))
	require.Empty(t, resp.Header.Values("x-color"))
}
