package apigateway_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// guardedFunction is a function f with a role, which lets in whom its resource policy lets in.
func guardedFunction(t lambdatest.TB) *invoke.Service {
	const role = "arn:aws:iam::123456789012:role/f"
	roles := iam.NewRoles()
	if err := roles.Put(iam.Role{ARN: role, ManagedPolicies: []string{iam.AWSLambdaBasicExecutionRole}}); err != nil {
		t.Fatalf("%v", err)
	}
	svc := lambdatest.NewService(t, invoke.Options{Roles: roles})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Role: role}, lambda.Handler(func(context.Context) (map[string]any, error) {
		return map[string]any{"statusCode": 204}, nil
	}))
	return svc
}

const executeAPI = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5"

// TestInvariant20: no call without a statement whose principal, source and account fit, and the last such statement's
// removal ends the calls at once.
func TestInvariant20(t *testing.T) {
	principals := []string{"apigateway.amazonaws.com", "s3.amazonaws.com"}
	accounts := []string{"", "123456789012", "210987654321"}
	// Each source with what it lets in: the REST API's stage, and the HTTP API's.
	sources := []struct {
		arn       string
		rest, web bool
	}{
		{"", true, true}, {executeAPI + "/*", true, true}, {executeAPI + "/stage/GET/pets/*", true, false},
		{executeAPI + "/$default/*/pets/*", false, true}, {executeAPI + "/*/POST/*", false, false},
		{"arn:aws:execute-api:us-east-1:123456789012:other/*", false, false}, {executeAPI + "/*/GET/pets/{id}", true, true},
	}
	type statement struct {
		sid       string
		rest, web bool
	}
	rapid.Check(t, func(t *rapid.T) {
		svc := guardedFunction(t)
		rest := restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker, c.Methods[0].Path = svc, "/pets/{id}" })
		web := httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker, c.Routes[0].RouteKey = svc, "GET /pets/{id}" })
		var now []statement
		for i := range rapid.IntRange(1, 8).Draw(t, "steps") {
			if len(now) > 0 && rapid.Bool().Draw(t, "remove") {
				gone := rapid.IntRange(0, len(now)-1).Draw(t, "gone")
				require.NoError(t, svc.Registry().RemovePermission(time.Now(), "f", "", now[gone].sid, ""))
				now = slices.Delete(now, gone, gone+1)
			} else {
				in := registry.AddPermissionInput{
					StatementID: fmt.Sprint("s", i), Action: "lambda:InvokeFunction",
					Principal:     rapid.SampledFrom(principals).Draw(t, "principal"),
					SourceAccount: rapid.SampledFrom(accounts).Draw(t, "account"),
				}
				source := rapid.SampledFrom(sources).Draw(t, "source")
				in.SourceARN = source.arn
				_, err := svc.Registry().AddPermission(time.Now(), "f", "", in)
				require.NoError(t, err)
				fits := in.Principal == principals[0] && in.SourceAccount != accounts[2]
				now = append(now, statement{in.StatementID, fits && source.rest, fits && source.web})
			}
			want := map[bool]int{true: 204, false: 500}
			require.Equal(t, want[slices.ContainsFunc(now, func(s statement) bool { return s.rest })], ask(rest, get("/stage/pets/1")).StatusCode)
			require.Equal(t, want[slices.ContainsFunc(now, func(s statement) bool { return s.web })], ask(web, get("/pets/1")).StatusCode)
		}
	})
}

// TestForbiddenCall: what clients see of a call that is not permitted.
func TestForbiddenCall(t *testing.T) {
	svc := guardedFunction(t)
	rest := restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = svc })
	requireFailure(t, ask(rest, get("/stage/x")), 500, internalError, serverError)
	resp := ask(httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc }), get("/"))
	require.Equal(t, 500, resp.StatusCode)
	require.Equal(t, `{"message":"Internal Server Error"}`, bodyOf(t, resp))
}

// TestAuthorizerNeedsPermission: an authorizer function is called on behalf of the authorizer, not of the method.
func TestAuthorizerNeedsPermission(t *testing.T) {
	svc := guardedFunction(t)
	lambdatest.Deploy(t, svc, lambda.Config{Name: "open"}, lambda.Handler(func(context.Context) (map[string]any, error) {
		return map[string]any{"statusCode": 200}, nil
	}))
	guard := &apigateway.LambdaAuthorizer{ID: "abc123", Function: "f"}
	rest := restWith(t, nil, func(c *apigateway.RESTConfig) {
		c.Invoker, c.Methods[0].Integration.Function, c.Methods[0].Authorizer = svc, "open", guard
	})
	let := func(sid, arn string) {
		_, err := svc.Registry().AddPermission(time.Now(), "f", "", registry.AddPermissionInput{
			StatementID: sid, Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com", SourceARN: arn,
		})
		require.NoError(t, err)
	}
	request := get("/stage/x", "Authorization", "me")
	requireFailure(t, ask(rest, request), 500, `{"message":null}`, "AuthorizerFailureException")
	let("method", executeAPI+"/stage/GET/*")
	requireFailure(t, ask(rest, request), 500, `{"message":null}`, "AuthorizerFailureException")
	let("authorizer", executeAPI+"/authorizers/abc123")
	requireFailure(t, ask(rest, request), 500, `{"message":null}`, "AuthorizerConfigurationException") // asked, and no policy
}
