package apigateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// guarded is a function f with an authorizer function auth before it, which says what the test wants.
type guarded struct {
	fn
	asked []invoke.Input
	said  string
	fault string
}

func newGuarded() *guarded {
	g := &guarded{}
	g.do = func(_ context.Context, in invoke.Input) (*invoke.Output, error) {
		if in.FunctionName != "auth" {
			return &invoke.Output{StatusCode: 200, Payload: []byte(`{"statusCode":200}`)}, nil
		}
		g.calls = g.calls[:len(g.calls)-1]
		g.asked = append(g.asked, in)
		if g.fault != "" {
			return &invoke.Output{StatusCode: 200, FunctionError: lambda.Unhandled, Payload: []byte(g.fault)}, nil
		}
		return &invoke.Output{StatusCode: 200, Payload: []byte(g.said)}, nil
	}
	return g
}

func policyFor(effect, resource, rest string) string {
	return fmt.Sprintf(`{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":%q,"Resource":%q}]}%s}`, effect, resource, rest)
}

const methodARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/stage/GET/pets/1"

func (g *guarded) rest(t require.TestingT, a apigateway.LambdaAuthorizer) *apigateway.REST {
	a.Function = "auth"
	return restWith(t, &g.fn, func(c *apigateway.RESTConfig) { c.Methods[0].Authorizer = &a })
}

func (g *guarded) http(t require.TestingT, a apigateway.LambdaAuthorizer, edit func(r *apigateway.Route)) *apigateway.HTTP {
	a.Function = "auth"
	return httpWith(t, &g.fn, func(c *apigateway.HTTPConfig) {
		c.Stages = []apigateway.Stage{{Name: "stage", Variables: map[string]string{"v": "1"}}}
		c.Routes[0].Authorizer = &a
		if edit != nil {
			edit(&c.Routes[0])
		}
	})
}

func TestTokenAuthorizer(t *testing.T) {
	const unauthorized, forbidden = `{"message":"Unauthorized"}`, `{"Message":"User is not authorized to access this resource"}`
	for _, c := range []struct {
		name, said, fault string
		headers           []string
		status            int
		body, errorType   string
		asked             int
	}{
		{"let in", policyFor("Allow", methodARN, ""), "", []string{"Authorization", "Bearer x"}, 200, "", "", 1},
		{"by a wildcard", policyFor("Allow", "arn:aws:execute-api:*:*:*/stage/GET/pets/*", ""), "", []string{"Authorization", "Bearer x"}, 200, "", "", 1},
		{"by all", policyFor("Allow", "*", ""), "", []string{"Authorization", "Bearer x"}, 200, "", "", 1},
		{"denied", policyFor("Deny", "*", ""), "", []string{"Authorization", "Bearer x"}, 403, `{"Message":"User is not authorized to access this resource with an explicit deny"}`, "AccessDeniedException", 1},
		{"not allowed", policyFor("Allow", methodARN+"/x", ""), "", []string{"Authorization", "Bearer x"}, 403, forbidden, "AccessDeniedException", 1},
		{"no token", policyFor("Allow", "*", ""), "", nil, 401, unauthorized, "UnauthorizedException", 0},
		{"wrong token", policyFor("Allow", "*", ""), "", []string{"Authorization", "Basic x"}, 401, unauthorized, "UnauthorizedException", 0},
		{"the function says Unauthorized", "", `{"errorMessage":"Unauthorized","errorType":"errorString"}`, []string{"Authorization", "Bearer x"}, 401, unauthorized, "UnauthorizedException", 1},
		{"the function fails", "", `{"errorMessage":"secret"}`, []string{"Authorization", "Bearer x"}, 500, `{"message":null}`, "AuthorizerFailureException", 1},
		{"not a policy", `{"hello":"secret"}`, "", []string{"Authorization", "Bearer x"}, 500, `{"message":null}`, "AuthorizerConfigurationException", 1},
		{"context of objects", policyFor("Allow", "*", `,"context":{"a":{}}`), "", []string{"Authorization", "Bearer x"}, 500, `{"message":null}`, "AuthorizerConfigurationException", 1},
		{"a policy that is not modelled", `{"principalId":"me","policyDocument":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"1.2.3.4"}}}}}`, "", []string{"Authorization", "Bearer x"}, 500, `{"message":null}`, "AuthorizerConfigurationException", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGuarded()
			g.said, g.fault = c.said, c.fault
			api := g.rest(t, apigateway.LambdaAuthorizer{ID: "abc123", IdentityValidationExpression: `Bearer .*`})
			resp := ask(api, get("/stage/pets/1", c.headers...))
			require.Len(t, g.asked, c.asked)
			if c.status == 200 {
				require.Equal(t, 200, resp.StatusCode)
				require.Len(t, g.calls, 1)
				requireMembers(t, g.event(t), map[string]string{"context.authorizer": `{"principalId":"me","integrationLatency":0}`})
			} else {
				requireFailure(t, resp, c.status, c.body, c.errorType)
				require.Empty(t, g.calls)
			}
			if c.asked == 1 {
				require.Equal(t, `{"type":"TOKEN","methodArn":"`+methodARN+`","authorizationToken":"Bearer x"}`, string(g.asked[0].Payload))
				require.Equal(t, "apigateway.amazonaws.com", g.asked[0].Caller.Principal)
				require.Equal(t, "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/authorizers/abc123", g.asked[0].Caller.SourceARN)
			}
		})
	}
}

func TestRequestAuthorizer(t *testing.T) {
	g := newGuarded()
	g.said = policyFor("Allow", "*", `,"context":{"text":"a","number":1.50,"yes":true,"nothing":null},"usageIdentifierKey":"key"`)
	api := restWith(t, &g.fn, func(c *apigateway.RESTConfig) {
		c.Methods[0].Authorizer = &apigateway.LambdaAuthorizer{
			Function: "auth", Type: apigateway.Request, IdentitySource: []string{"method.request.header.X-Who", "method.request.querystring.q", "context.stage"},
		}
		c.Methods[0].APIKeyRequired = true
		c.APIKeys = []apigateway.APIKey{{ID: "k", Value: "key"}}
		c.GatewayResponses = []apigateway.GatewayResponse{{ResponseType: apigateway.InvalidAPIKey, Headers: map[string]string{"x-me": "context.authorizer.principalId"}}}
	})
	require.Equal(t, 200, ask(api, request("POST", "/stage/pets/1?q=1", "the body", "x-who", "me")).StatusCode)
	var seen events.APIGatewayCustomAuthorizerRequestTypeRequest
	require.NoError(t, json.Unmarshal(g.asked[0].Payload, &seen))
	require.Equal(t, "REQUEST", seen.Type)
	require.Equal(t, "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/stage/POST/pets/1", seen.MethodArn)
	require.Equal(t, "/pets/1", seen.Path)
	require.Equal(t, map[string]string{"q": "1"}, seen.QueryStringParameters)
	require.Equal(t, "stage", seen.RequestContext.Stage)
	require.NotContains(t, string(g.asked[0].Payload), "the body")
	require.JSONEq(t, `{"principalId":"me","text":"a","number":"1.50","yes":"true","integrationLatency":0}`,
		string(fields(t, fields(t, g.event(t))["requestContext"])["authorizer"]))

	g.said = policyFor("Allow", "*", `,"usageIdentifierKey":"no key"`)
	resp := ask(api, get("/stage/pets/1?q=2", "X-Who", "you"))
	require.Equal(t, 403, resp.StatusCode)
	require.Equal(t, "me", resp.Header.Get("x-me"), "gateway responses know the caller")

	require.Equal(t, 401, ask(api, get("/stage/pets/1?q=1")).StatusCode, "a part of the identity is missing")
	require.Equal(t, 401, ask(api, get("/stage/pets/1", "x-who", "me")).StatusCode)
	require.Len(t, g.asked, 2)
}

// TestAuthorizerMemory: what an authorizer said of an identity holds for 300 s, and for every method.
func TestAuthorizerMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuarded()
		g.said = policyFor("Allow", "arn:aws:execute-api:*:*:*/*/GET/*", "")
		api := g.rest(t, apigateway.LambdaAuthorizer{})
		as := func(method, who string) int {
			return ask(api, request(method, "/stage/x", "", "Authorization", who)).StatusCode
		}
		require.Equal(t, 200, as("GET", "me"))
		require.Equal(t, 200, as("GET", "me"))
		require.Equal(t, 403, as("POST", "me"))
		require.Len(t, g.asked, 1)
		require.Equal(t, 200, as("GET", "you"))
		require.Len(t, g.asked, 2)
		lambdatest.Advance(300*time.Second - 1)
		require.Equal(t, 200, as("GET", "me"))
		require.Len(t, g.asked, 2)
		lambdatest.Advance(1)
		require.Equal(t, 200, as("GET", "me"))
		require.Len(t, g.asked, 3)

		forgetful := g.rest(t, apigateway.LambdaAuthorizer{ResultTTL: new(time.Duration(0))})
		for range 2 {
			require.Equal(t, 200, ask(forgetful, get("/stage/x", "Authorization", "me")).StatusCode)
		}
		require.Len(t, g.asked, 5)
	})
}

func TestClaimsAndSignatures(t *testing.T) {
	f := &fn{}
	claims := map[string]string{"sub": "1", "email": "a@b"}
	var failure error
	api := restWith(t, f, func(c *apigateway.RESTConfig) {
		c.Methods[0].Claims = func(*http.Request) (map[string]string, error) { return claims, failure }
	})
	require.Equal(t, 200, ask(api, get("/stage/x")).StatusCode)
	requireMembers(t, f.event(t), map[string]string{"context.authorizer": `{"claims":{"email":"a@b","sub":"1"}}`})
	failure = errors.New("expired")
	requireFailure(t, ask(api, get("/stage/x")), 401, `{"message":"Unauthorized"}`, "UnauthorizedException")

	f, failure = &fn{}, nil
	signed := &apigateway.IAMIdentity{AccessKey: "AKIA", AccountID: "123456789012", User: "AIDA", UserARN: "arn:aws:iam::123456789012:user/me", Caller: "AIDA"}
	api = restWith(t, f, func(c *apigateway.RESTConfig) {
		c.Methods[0].IAM = func(*http.Request) (*apigateway.IAMIdentity, error) { return signed, failure }
	})
	require.Equal(t, 200, ask(api, get("/stage/x")).StatusCode)
	var e events.APIGatewayProxyRequest
	require.NoError(t, json.Unmarshal(f.event(t), &e))
	require.Equal(t, "AKIA", e.RequestContext.Identity.AccessKey)
	require.Equal(t, signed.UserARN, e.RequestContext.Identity.UserArn)
	signed = nil
	requireFailure(t, ask(api, get("/stage/x")), 403, `{"message":"Missing Authentication Token"}`, "MissingAuthenticationTokenException")
}

func TestHTTPAuthorizers(t *testing.T) {
	const unauthorized, forbidden = `{"message":"Unauthorized"}`, `{"message":"Forbidden"}`
	simple := apigateway.LambdaAuthorizer{EnableSimpleResponses: true, IdentitySource: []string{"$request.header.Authorization", "$stageVariables.v"}}
	for _, c := range []struct {
		name, said, fault string
		header            string
		authorizer        apigateway.LambdaAuthorizer
		status            int
		body, context     string
	}{
		{"simple yes", `{"isAuthorized":true,"context":{"a":[1,{"b":null}]}}`, "", "x", simple, 200, "", `{"lambda":{"a":[1,{"b":null}]}}`},
		{"simple yes without a context", `{"isAuthorized":true}`, "", "x", simple, 200, "", `{"lambda":null}`},
		{"simple no", `{"isAuthorized":false}`, "", "x", simple, 403, forbidden, ""},
		{"simple nonsense", `{"isAuthorized":"yes"}`, "", "x", simple, 500, `{"message":"Internal Server Error"}`, ""},
		{"simple nothing", `{}`, "", "x", simple, 500, `{"message":"Internal Server Error"}`, ""},
		{"no identity", `{"isAuthorized":true}`, "", "", simple, 401, unauthorized, ""},
		{"fails", "", `{"errorMessage":"secret"}`, "x", simple, 500, `{"message":"Internal Server Error"}`, ""},
		{"says Unauthorized", "", `{"errorMessage":"Unauthorized"}`, "x", simple, 401, unauthorized, ""},
		{"policy yes", policyFor("Allow", methodARN, `,"context":{"n":1}`), "", "", apigateway.LambdaAuthorizer{}, 200, "", `{"lambda":{"n":1}}`},
		{"bytes that are no UTF-8", "{\"isAuthorized\":true,\"context\":{\"a\":\"\xff\xfe\"}}", "", "x", simple, 200, "", "{\"lambda\":{\"a\":\"\ufffd\ufffd\"}}"},
		{"policy, such bytes", policyFor("Allow", methodARN, ",\"context\":{\"a\":\"\xff\"}"), "", "", apigateway.LambdaAuthorizer{}, 200, "", "{\"lambda\":{\"a\":\"\ufffd\"}}"},
		{"policy no", policyFor("Deny", methodARN, ""), "", "", apigateway.LambdaAuthorizer{}, 403, forbidden, ""},
		{"payload 1.0", policyFor("Allow", methodARN, ""), "", "x", apigateway.LambdaAuthorizer{PayloadFormatVersion: apigateway.Payload1, IdentitySource: []string{"$request.header.Authorization"}}, 200, "", `{"lambda":null}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGuarded()
			g.said, g.fault = c.said, c.fault
			api := g.http(t, c.authorizer, nil)
			r := get("/stage/pets/1?q=1", "Cookie", "a=1")
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			resp := ask(api, r)
			require.Equal(t, c.status, resp.StatusCode)
			if c.status != 200 {
				require.Equal(t, c.body, bodyOf(t, resp))
				require.Empty(t, g.calls)
			} else {
				requireMembers(t, g.event(t), map[string]string{"context.authorizer": c.context})
				_, err := lambda.CheckPayload(g.event(t))
				require.NoError(t, err, "the call says that the event is well-formed")
			}
			if len(g.asked) == 0 {
				return
			}
			require.Regexp(t, `^arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/authorizers/[a-z0-9]{6}$`, g.asked[0].Caller.SourceARN)
			if c.authorizer.PayloadFormatVersion == apigateway.Payload1 {
				var seen events.APIGatewayV2CustomAuthorizerV1Request
				require.NoError(t, json.Unmarshal(g.asked[0].Payload, &seen))
				require.Equal(t, "x", seen.IdentitySource)
				require.Equal(t, "x", seen.AuthorizationToken)
				require.Equal(t, methodARN, seen.MethodArn)
				require.Equal(t, "1.0", seen.Version)
				return
			}
			var seen events.APIGatewayV2CustomAuthorizerV2Request
			require.NoError(t, json.Unmarshal(g.asked[0].Payload, &seen))
			require.Equal(t, "2.0", seen.Version)
			require.Equal(t, "REQUEST", seen.Type)
			require.Equal(t, methodARN, seen.RouteArn)
			require.Equal(t, []string{"a=1"}, seen.Cookies)
			require.Equal(t, "/stage/pets/1", seen.RawPath)
			require.NotContains(t, string(g.asked[0].Payload), "isBase64Encoded")
			if c.header != "" {
				require.Equal(t, []string{"x", "1"}, seen.IdentitySource)
			}
		})
	}
}

func TestHTTPTokensAndSignatures(t *testing.T) {
	f := &fn{}
	token := &apigateway.JWT{Claims: map[string]string{"sub": "1"}, Scopes: []string{"read"}}
	api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
		c.Routes[0].JWT = func(*http.Request) (*apigateway.JWT, error) { return token, nil }
	})
	require.Equal(t, 200, ask(api, get("/")).StatusCode)
	requireMembers(t, f.event(t), map[string]string{"context.authorizer": `{"jwt":{"claims":{"sub":"1"},"scopes":["read"]}}`})
	token = nil
	resp := ask(api, get("/"))
	require.Equal(t, 401, resp.StatusCode)
	require.Equal(t, `{"message":"Unauthorized"}`, bodyOf(t, resp))

	f = &fn{}
	signed := &apigateway.IAMIdentity{AccessKey: "AKIA", CognitoIdentityID: "id", CognitoIdentityPoolID: "pool", CognitoAMR: []string{"foo"}}
	api = httpWith(t, f, func(c *apigateway.HTTPConfig) {
		c.Routes[0].IAM = func(*http.Request) (*apigateway.IAMIdentity, error) { return signed, nil }
	})
	require.Equal(t, 200, ask(api, get("/")).StatusCode)
	var e events.APIGatewayV2HTTPRequest
	require.NoError(t, json.Unmarshal(f.event(t), &e))
	require.Equal(t, "AKIA", e.RequestContext.Authorizer.IAM.AccessKey)
	require.Equal(t, []string{"foo"}, e.RequestContext.Authorizer.IAM.CognitoIdentity.AMR)
	signed = nil
	require.Equal(t, 403, ask(api, get("/")).StatusCode)

	g := newGuarded()
	g.said = policyFor("Allow", "*", `,"context":{"n":1}`)
	v1 := g.http(t, apigateway.LambdaAuthorizer{}, func(r *apigateway.Route) { r.PayloadFormatVersion = apigateway.Payload1 })
	require.Equal(t, 200, ask(v1, get("/stage/x")).StatusCode)
	requireMembers(t, g.event(t), map[string]string{"context.authorizer": `{"principalId":"me","n":1}`, "context.path": `"/stage/x"`})
}

// TestIdentitiesKeepApart: parts that only look alike when they are put together are not the same identity.
func TestIdentitiesKeepApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab]{1,2}`)
		x, y, z := text.Draw(t, "x"), text.Draw(t, "y"), text.Draw(t, "z")
		between := rapid.SampledFrom([]string{"\x00", ",", ":", "", "1:"}).Draw(t, "between")
		first, second, other, another := x+between+y, z, x, y+between+z
		g := newGuarded()
		ask2 := func(api http.Handler, a, b string) {
			require.Equal(t, 200, ask(api, get("/stage/x?a="+url.QueryEscape(a)+"&b="+url.QueryEscape(b))).StatusCode)
		}
		g.said = policyFor("Allow", "*", "")
		rest := g.rest(t, apigateway.LambdaAuthorizer{Type: apigateway.Request, IdentitySource: []string{"method.request.querystring.a", "method.request.querystring.b"}})
		ask2(rest, first, second)
		ask2(rest, other, another)
		require.Len(t, g.asked, 2)
		g.asked = nil
		web := g.http(t, apigateway.LambdaAuthorizer{
			ResultTTL: new(time.Hour), IdentitySource: []string{"$request.querystring.a", "$request.querystring.b"},
		}, nil)
		ask2(web, first, second)
		ask2(web, other, another)
		require.Len(t, g.asked, 2)
	})
}

// TestAuthorizerIsTooSlow: an authorizer function is waited for as long as its kind of API waits, and then goes on.
func TestAuthorizerIsTooSlow(t *testing.T) {
	for name, wait := range map[string]time.Duration{"rest": 29 * time.Second, "http": 10 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ran := 0
				svc := slow(t, 30*time.Second, &ran)
				guard := &apigateway.LambdaAuthorizer{Function: "f"}
				var api http.Handler = restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker, c.Methods[0].Authorizer = svc, guard })
				if name == "http" {
					api = httpWith(t, nil, func(c *apigateway.HTTPConfig) {
						c.Invoker, c.Routes[0].Authorizer, c.Stages = svc, guard, []apigateway.Stage{{Name: "stage"}}
					})
				}
				start := time.Now()
				resp := ask(api, get("/stage/x", "Authorization", "me"))
				require.Equal(t, 500, resp.StatusCode)
				require.Contains(t, []string{`{"message":null}`, `{"message":"Internal Server Error"}`}, bodyOf(t, resp))
				require.Equal(t, wait, time.Since(start))
				lambdatest.Advance(30*time.Second - wait)
				require.Equal(t, 1, ran, "the function behind it is not called")
			})
		})
	}
}
