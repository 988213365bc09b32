package main

import (
	"encoding/json"
	"net/http"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// newAPI deploys both functions and puts the API in front of them.
func newAPI(svc *invoke.Service) (http.Handler, error) {
	for name, handler := range map[string]any{"custom": custom, "proxied": proxied} {
		if err := svc.Deploy(lambda.Config{Name: name}, lambda.Handler(handler)); err != nil {
			return nil, err
		}
	}
	return apigateway.NewREST(apigateway.RESTConfig{
		Invoker: svc,
		Stages:  []apigateway.Stage{{Name: "v1"}},
		Methods: []apigateway.Method{
			{Path: "/custom/{id}", HTTPMethod: http.MethodGet, Integration: customIntegration},
			{Path: "/proxied/{id}", HTTPMethod: http.MethodGet, Integration: apigateway.Integration{Function: "proxied"}},
		},
		GatewayResponses: []apigateway.GatewayResponse{{
			ResponseType: apigateway.MissingAuthenticationToken, StatusCode: http.StatusNotFound,
			Headers:   map[string]string{"X-Amzn-ErrorType": "'NoSuchResource'"},
			Templates: map[string]string{"application/json": `{"message":"there is no $context.path"}`},
		}},
	})
}

// customIntegration maps errors to statuses by the text of the error. No two patterns match the same text, because AWS
// does not say in which order it tries them. The last one is for what nobody thought of: without it such an error would
// be mapped to the default, and go out as 200.
var customIntegration = apigateway.Integration{
	Type: apigateway.AWS, Function: "custom",
	RequestTemplates: map[string]apigateway.RequestTemplate{
		"application/json": func(in apigateway.RequestInput) ([]byte, error) {
			return json.Marshal(map[string]string{"ID": in.Param("id")})
		},
	},
	Responses: []apigateway.IntegrationResponse{
		{StatusCode: http.StatusOK},
		{SelectionPattern: `\[400\].*`, StatusCode: http.StatusBadRequest, Headers: errorType, Template: message},
		{SelectionPattern: `\[404\].*`, StatusCode: http.StatusNotFound, Headers: errorType, Template: message},
		{
			SelectionPattern: `[^\[](?s:.)*`, StatusCode: http.StatusInternalServerError,
			Headers:  map[string]string{"X-Amzn-ErrorType": "'InternalError'"},
			Template: func(apigateway.ResponseInput) ([]byte, error) { return []byte(`{"message":"please try again"}`), nil },
		},
	},
}

// errorType tells clients the type of the function's error.
var errorType = map[string]string{"X-Amzn-ErrorType": "integration.response.body.errorType"}

// message is the function's error without the status in it.
func message(in apigateway.ResponseInput) ([]byte, error) {
	return json.Marshal(map[string]string{"message": in.Error.Message[len("[400] "):]})
}
