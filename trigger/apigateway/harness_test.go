package apigateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// fn is a function that writes down what it is called with. Its zero value answers {}.
type fn struct {
	result string // JSON
	fault  string // the error object of a failed run; "" for none
	err    error  // of the call
	do     func(ctx context.Context, in invoke.Input) (*invoke.Output, error)

	mu    sync.Mutex
	calls []invoke.Input
}

func (f *fn) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	in.Payload = append([]byte(nil), in.Payload...)
	f.mu.Lock()
	f.calls = append(f.calls, in)
	f.mu.Unlock()
	switch {
	case f.do != nil:
		return f.do(ctx, in)
	case f.err != nil:
		return nil, f.err
	case f.fault != "":
		return &invoke.Output{StatusCode: 200, FunctionError: lambda.Unhandled, Payload: []byte(f.fault)}, nil
	case f.result == "":
		return &invoke.Output{StatusCode: 200, Payload: []byte("{}")}, nil
	}
	return &invoke.Output{StatusCode: 200, Payload: []byte(f.result)}, nil
}

// event is the payload of the only call.
func (f *fn) event(t require.TestingT) []byte {
	require.Len(t, f.calls, 1)
	return f.calls[0].Payload
}

// restWith is a REST API as the vectors want it: stage "stage", /{proxy+}; edit changes the config.
func restWith(t require.TestingT, f *fn, edit func(c *apigateway.RESTConfig)) *apigateway.REST {
	c := apigateway.RESTConfig{
		Invoker: f,
		Stages:  []apigateway.Stage{{Name: "stage"}},
		Methods: []apigateway.Method{{Path: "/{proxy+}", HTTPMethod: "ANY", Integration: apigateway.Integration{Function: "f"}}},
	}
	if edit != nil {
		edit(&c)
	}
	api, err := apigateway.NewREST(c)
	require.NoError(t, err)
	return api
}

// request makes one as a server would have received it. headers are name and value by turns, and keep their spelling.
func request(method, target, body string, headers ...string) *http.Request {
	r := doortest.Request(method, target, body)
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1])
	}
	return r
}

// ask sends a request and gives the answer.
func ask(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t require.TestingT, resp *http.Response) string {
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(b)
}

// fields are members of a JSON object, as their JSON.
func fields(t require.TestingT, object []byte) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal(object, &m), "%s", object)
	return m
}

func get(target string, headers ...string) *http.Request {
	return request("GET", target, "", headers...)
}

// httpWith is an HTTP API with one route, $default; edit changes the config.
func httpWith(t require.TestingT, f *fn, edit func(c *apigateway.HTTPConfig)) *apigateway.HTTP {
	c := apigateway.HTTPConfig{Invoker: f, Routes: []apigateway.Route{{RouteKey: "$default", Function: "f"}}}
	if edit != nil {
		edit(&c)
	}
	api, err := apigateway.NewHTTP(c)
	require.NoError(t, err)
	return api
}
