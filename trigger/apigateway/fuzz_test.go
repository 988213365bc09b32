package apigateway_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// FuzzRequest: every request gives one event, which is JSON, or a refusal.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/stage/a%2Fb?x=%zz&y=+", "X-A", "1", "body", "text/plain")
	f.Add("", "*", "cookie", ";;=", "\xff", "image/png; a=b")
	f.Add("OPTIONS", "http://host/stage", "Origin", "x", "", "")
	f.Add("POST", "//stage//x/%2525?", "X-Amzn-Trace-Id", "Root=;Lineage=1:1:1", "{", "application/json")
	f.Fuzz(func(t *testing.T, method, target, name, value, body, contentType string) {
		function := &fn{}
		handlers := apis(t, function)
		handlers["custom"] = customWith(t, function, apigateway.Integration{Responses: []apigateway.IntegrationResponse{{}}})
		for kind, api := range handlers {
			function.calls = nil
			r := request(method, target, body)
			r.Header[name] = []string{value}
			r.Header["Content-Type"] = []string{contentType}
			resp := ask(api, r)
			switch {
			case len(function.calls) == 0:
				require.GreaterOrEqual(t, resp.StatusCode, 400)
				require.True(t, json.Valid([]byte(bodyOf(t, resp))))
			case kind != "custom":
				require.Len(t, function.calls, 1)
				require.True(t, json.Valid(function.calls[0].Payload), "%s", function.calls[0].Payload)
			}
		}
	})
}

// FuzzResult: every result gives a response that net/http can send.
func FuzzResult(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"statusCode":200,"headers":{"a":true},"multiValueHeaders":{"a":["b",null,1]},"cookies":["x"],"body":"\ud83d\ude00\ud83d","isBase64Encoded":false}`,
		`"\u00e9"`, `[`, "\xff", `{"statusCode":"304","body":"eA==","isBase64Encoded":true}`, `{"statusCode":101}`, `null`, ``, `{"headers":{"":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, result []byte) {
		function := &fn{result: string(result) + " "}
		for name, api := range apis(t, function) {
			function.calls = nil
			resp := ask(api, get("/stage/x", "Accept", "image/png"))
			require.True(t, resp.StatusCode >= 200 && resp.StatusCode < 600, name)
			require.Len(t, function.calls, 1)
			require.NotEmpty(t, resp.Header.Get("Content-Type"))
			requireSendable(t, resp.Header)
		}
	})
}

func requireSendable(t require.TestingT, h http.Header) {
	for name, values := range h {
		require.NotContains(t, name, "\n")
		for _, v := range values {
			require.NotContains(t, v, "\n")
			require.NotContains(t, v, "\r")
		}
	}
}

// FuzzPattern: every selection pattern is taken or refused, and what is taken matches whole texts only.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{`.*`, `a|b`, `(?i)x`, `\Q.\E`, `[^]]`, `(`, `\`, `[`, `(?<n>a)\k<n>`, `\Q`} {
		f.Add(seed, "ab")
	}
	f.Fuzz(func(t *testing.T, pattern, message string) {
		quoted, err := json.Marshal(map[string]string{"errorMessage": message})
		require.NoError(t, err)
		function := &fn{fault: string(quoted)}
		c := apigateway.RESTConfig{Invoker: function, Stages: []apigateway.Stage{{Name: "s"}}, Methods: []apigateway.Method{{
			Path: "/", HTTPMethod: "ANY", Integration: apigateway.Integration{Type: apigateway.AWS, Function: "f", Responses: []apigateway.IntegrationResponse{
				{SelectionPattern: pattern, StatusCode: 400},
			}},
		}}}
		api, err := apigateway.NewREST(c)
		if err != nil {
			requireRefused(t, err)
			return
		}
		require.Contains(t, []int{200, 400, 500}, ask(api, get("/s")).StatusCode)
	})
}
