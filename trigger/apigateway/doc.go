// Package apigateway is API Gateway in front of functions: REST APIs and HTTP APIs as http.Handlers.
//
//	svc := invoke.New(invoke.Options{})
//	err := svc.Deploy(lambda.Config{Name: "pets"}, lambda.Handler(
//		func(ctx context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
//			return events.APIGatewayProxyResponse{StatusCode: 200, Body: "pet " + e.PathParameters["id"]}, nil
//		}))
//	api, err := apigateway.NewREST(apigateway.RESTConfig{
//		Invoker: svc,
//		Stages:  []apigateway.Stage{{Name: "prod"}},
//		Methods: []apigateway.Method{{
//			Path: "/pets/{id}", HTTPMethod: "GET", Integration: apigateway.Integration{Function: "pets"},
//		}},
//	})
//	http.ListenAndServe("127.0.0.1:8080", api) // GET /prod/pets/7
//
// A [REST] API has stages, a tree of resources, and methods with proxy integrations (AWS_PROXY), which hand the request
// to the function and its result to the client, or custom ones (AWS), which map both and pick an answer for a function's
// error by its message. Before them stand authorizers, API keys with their usage plans, throttles and the request
// validator; what goes wrong is answered with the status, the header x-amzn-ErrorType and the body that API Gateway
// gives, or with a [GatewayResponse] of one's own. An [HTTP] API has routes, payload formats 2.0 and 1.0, and CORS.
//
// A slash at the end of a path counts for nothing in a REST API, and counts in an HTTP API: GET /pets does not take
// /pets/ there, a greedy route above it or $default does, and a route key cannot end so.
//
// A function that answers wrongly gets the client API Gateway's own error, and not a byte of what it said. Calls are
// never retried. When an integration's time is up, 29 s in a REST API and 30 s in an HTTP API, the client gets its
// answer, and the function goes on.
//
// Each call carries apigateway.amazonaws.com and the ARN of the method as its caller, against which functions'
// resource policies are held.
//
// # Time
//
// The package uses package time only: in a testing/synctest bubble a timeout passes in virtual time. An API has no
// goroutine and no timer while it serves nothing, and need not be closed.
//
// # What net/http makes different
//
// A server of net/http spells the names of headers its own way before a handler sees them; a request made in the
// process may hold them as they were written. The names of an answer's headers are spelt as net/http spells them too.
// Both kinds of API are reached by https on AWS only, so that functions see port 443 and https whatever the server was.
//
// Paths are those that clients sent (Request.RequestURI), so that http.StripPrefix before an API does nothing: give an
// API a server or a host name of its own. A request that came over no connection has the path of its URL.
//
// # What is not modelled
//
// Velocity, the language of mapping templates: Go functions stand for it. Integrations with anything but functions,
// WebSocket APIs, streamed answers (a method that asks for [Stream] is refused), asynchronous invocation by a REST API,
// content handling, caches of answers, WAF, custom domain names and their mappings, mutual TLS, models in JSON Schema (a
// Go function stands for them), the checks of tokens and signatures (Go functions again), edge-optimised endpoints with
// CloudFront's headers, timeouts above 29 s, a REST API's limit on the length of its URLs and headers, deployments and
// canaries: a change of an API is a new value. Access logs and metrics.
package apigateway
