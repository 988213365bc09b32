package apigateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// deploy makes a Service with one function.
func deploy(name string, handler any) *invoke.Service {
	svc := invoke.New(invoke.Options{})
	if err := svc.Deploy(lambda.Config{Name: name}, lambda.Handler(handler)); err != nil {
		panic(err)
	}
	return svc
}

// show sends a request and prints the answer.
func show(h http.Handler, method, target string, headers ...string) {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("X-Amzn-Errortype"), w.Body)
}

func ExampleNewREST() {
	svc := deploy("pets", func(_ context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		return events.APIGatewayProxyResponse{StatusCode: 200, Body: "pet " + e.PathParameters["id"] + " of " + e.RequestContext.Stage}, nil
	})
	defer svc.Close()
	api, err := apigateway.NewREST(apigateway.RESTConfig{
		Invoker: svc,
		Stages:  []apigateway.Stage{{Name: "prod"}},
		Methods: []apigateway.Method{{
			Path: "/pets/{id}", HTTPMethod: "GET", Integration: apigateway.Integration{Function: "pets"},
		}},
	})
	if err != nil {
		panic(err)
	}
	show(api, "GET", "/prod/pets/7")
	show(api, "POST", "/prod/pets/7")
	// Output:
	// 200  pet 7 of prod
	// 403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
}

func ExampleNewHTTP() {
	svc := deploy("pets", func(_ context.Context, e events.APIGatewayV2HTTPRequest) (map[string]string, error) {
		return map[string]string{"route": e.RouteKey, "id": e.PathParameters["id"]}, nil // a body is answer enough
	})
	defer svc.Close()
	api, err := apigateway.NewHTTP(apigateway.HTTPConfig{
		Invoker: svc,
		Routes:  []apigateway.Route{{RouteKey: "GET /pets/{id}", Function: "pets"}},
	})
	if err != nil {
		panic(err)
	}
	show(api, "GET", "/pets/7")
	show(api, "GET", "/dogs/7")
	// Output:
	// 200  {"id":"7","route":"GET /pets/{id}"}
	// 404  {"message":"Not Found"}
}

// A custom integration picks an answer for an error by the error's message.
func ExampleIntegrationResponse() {
	svc := deploy("pets", func(context.Context, map[string]any) (string, error) {
		return "", errors.New("[NotFound] no such pet")
	})
	defer svc.Close()
	api, err := apigateway.NewREST(apigateway.RESTConfig{
		Invoker: svc,
		Stages:  []apigateway.Stage{{Name: "prod"}},
		Methods: []apigateway.Method{{Path: "/pets", HTTPMethod: "GET", Integration: apigateway.Integration{
			Type: apigateway.AWS, Function: "pets",
			Responses: []apigateway.IntegrationResponse{
				{StatusCode: 200},
				{SelectionPattern: `\[NotFound\].*`, StatusCode: 404, Template: func(in apigateway.ResponseInput) ([]byte, error) {
					return []byte(strings.TrimPrefix(in.Error.Message, "[NotFound] ")), nil
				}},
			},
		}}},
	})
	if err != nil {
		panic(err)
	}
	show(api, "GET", "/prod/pets")
	// Output:
	// 404  no such pet
}

// What the API itself answers can be changed by the kind of failure.
func ExampleGatewayResponse() {
	svc := deploy("pets", func(context.Context, map[string]any) (string, error) { return "not an answer", nil })
	defer svc.Close()
	api, err := apigateway.NewREST(apigateway.RESTConfig{
		Invoker: svc,
		Stages:  []apigateway.Stage{{Name: "prod"}},
		Methods: []apigateway.Method{{Path: "/pets", HTTPMethod: "GET", Integration: apigateway.Integration{Function: "pets"}}},
		GatewayResponses: []apigateway.GatewayResponse{{
			ResponseType: apigateway.MissingAuthenticationToken, StatusCode: 404,
			Headers:   map[string]string{"x-amzn-ErrorType": "'NoSuchPage'"},
			Templates: map[string]string{"application/json": `{"error":$context.error.messageString,"stage":"$context.stage"}`},
		}},
	})
	if err != nil {
		panic(err)
	}
	show(api, "GET", "/prod/dogs")
	show(api, "GET", "/prod/pets")
	// Output:
	// 404 NoSuchPage {"error":"Missing Authentication Token","stage":"prod"}
	// 502 InternalServerErrorException {"message": "Internal server error"}
}

// An authorizer is a function that says with a policy what its caller may ask for.
func ExampleLambdaAuthorizer() {
	svc := deploy("pets", func(_ context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		return events.APIGatewayProxyResponse{StatusCode: 200, Body: fmt.Sprint("hello, ", e.RequestContext.Authorizer["principalId"])}, nil
	})
	defer svc.Close()
	guard := func(_ context.Context, e events.APIGatewayCustomAuthorizerRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
		if e.AuthorizationToken == "nobody" {
			return events.APIGatewayCustomAuthorizerResponse{}, errors.New("Unauthorized")
		}
		return events.APIGatewayCustomAuthorizerResponse{
			PrincipalID: e.AuthorizationToken,
			PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{Version: "2012-10-17", Statement: []events.IAMPolicyStatement{{
				Effect: "Allow", Action: []string{"execute-api:Invoke"}, Resource: []string{"arn:aws:execute-api:*:*:*/prod/GET/*"},
			}}},
		}, nil
	}
	if err := svc.Deploy(lambda.Config{Name: "guard"}, lambda.Handler(guard)); err != nil {
		panic(err)
	}
	api, err := apigateway.NewREST(apigateway.RESTConfig{
		Invoker: svc,
		Stages:  []apigateway.Stage{{Name: "prod"}},
		Methods: []apigateway.Method{{
			Path: "/", HTTPMethod: "ANY", Integration: apigateway.Integration{Function: "pets"},
			Authorizer: &apigateway.LambdaAuthorizer{Function: "guard"},
		}},
	})
	if err != nil {
		panic(err)
	}
	show(api, "GET", "/prod/", "Authorization", "me")
	show(api, "PUT", "/prod/", "Authorization", "me")
	show(api, "GET", "/prod/", "Authorization", "nobody")
	show(api, "GET", "/prod/")
	// Output:
	// 200  hello, me
	// 403 AccessDeniedException {"Message":"User is not authorized to access this resource"}
	// 401 UnauthorizedException {"message":"Unauthorized"}
	// 401 UnauthorizedException {"message":"Unauthorized"}
}

// An API key lets its holder in as often as its usage plan says.
func ExampleAPIKey() {
	svc := deploy("pets", func(_ context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		return events.APIGatewayProxyResponse{StatusCode: 200, Body: e.RequestContext.Identity.APIKeyID}, nil
	})
	defer svc.Close()
	api, err := apigateway.NewREST(apigateway.RESTConfig{
		Invoker: svc,
		Stages:  []apigateway.Stage{{Name: "prod"}},
		Methods: []apigateway.Method{{
			Path: "/", HTTPMethod: "GET", Integration: apigateway.Integration{Function: "pets"}, APIKeyRequired: true,
		}},
		APIKeys: []apigateway.APIKey{{ID: "trial", Value: "t0p", Quota: &apigateway.Quota{Limit: 1, Period: apigateway.Month}}},
	})
	if err != nil {
		panic(err)
	}
	show(api, "GET", "/prod/")
	show(api, "GET", "/prod/", "x-api-key", "t0p")
	show(api, "GET", "/prod/", "x-api-key", "t0p")
	// Output:
	// 403 ForbiddenException {"message":"Forbidden"}
	// 200  trial
	// 429 LimitExceededException {"message":"Limit Exceeded"}
}
