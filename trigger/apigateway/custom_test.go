package apigateway_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// customWith is an API with a custom integration.
func customWith(t require.TestingT, f *fn, i apigateway.Integration) *apigateway.REST {
	i.Type, i.Function = apigateway.AWS, "f"
	return restWith(t, f, func(c *apigateway.RESTConfig) { c.Methods[0].Integration = i })
}

func TestCustomResponses(t *testing.T) {
	const failure = `{"errorMessage":"Error: a four hundred and five","errorType":"Error"}`
	responses := []apigateway.IntegrationResponse{
		{SelectionPattern: ".*four hundred.*", StatusCode: 405, Headers: map[string]string{
			"X-Amzn-ErrorType": "integration.response.body.errorType", "x-none": "integration.response.body.none.of.it",
			"Date": "'today'", "x-id": "context.requestId", "x-all": "integration.response.body",
		}},
		{SelectionPattern: "200", StatusCode: 418},
		{StatusCode: 200},
	}
	for _, c := range []struct {
		name          string
		result, fault string
		responses     []apigateway.IntegrationResponse
		status        int
		body          string
	}{
		{"vector 72", "", failure, responses, 405, failure},
		{"a result is no error", `200`, "", responses, 200, `200`},
		{"an error is what the pattern is for", "", `{"errorMessage":"200"}`, responses, 418, `{"errorMessage":"200"}`},
		{"whole match only", "", `{"errorMessage":"2000"}`, responses, 200, `{"errorMessage":"2000"}`},
		{"a dot is no line break", "", `{"errorMessage":"four\n hundred"}`, responses, 200, `{"errorMessage":"four\n hundred"}`},
		{"unmapped errors go out with 200", "", `{"errorMessage":"x"}`, responses, 200, `{"errorMessage":"x"}`},
		{"no default", `1`, "", responses[:1], 500, internalError},
		{"no default for an error", "", `{"errorMessage":"x"}`, responses[:1], 500, internalError},
		{"no responses", `1`, "", nil, 500, internalError},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fn{result: c.result, fault: c.fault}
			resp := ask(customWith(t, f, apigateway.Integration{Responses: c.responses}), get("/stage/x"))
			require.Equal(t, c.status, resp.StatusCode)
			require.Equal(t, c.body, bodyOf(t, resp))
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			if c.status == 405 {
				require.Equal(t, "Error", resp.Header.Get("x-amzn-ErrorType"))
				require.Equal(t, "today", resp.Header.Get("X-Amzn-Remapped-Date"))
				require.Equal(t, resp.Header.Get("x-amzn-RequestId"), resp.Header.Get("x-id"))
				require.Equal(t, failure, resp.Header.Get("x-all"))
				require.NotContains(t, resp.Header, "X-None")
			}
		})
	}
}

// TestCustomErrorObject is AWS's way to send more than a text: a JSON object as the errorMessage.
func TestCustomErrorObject(t *testing.T) {
	f := &fn{fault: `{"errorMessage":"{\"code\":404,\"pet\":\"Rex\"}","errorType":"PetError"}`}
	api := customWith(t, f, apigateway.Integration{Responses: []apigateway.IntegrationResponse{{
		SelectionPattern: `.*"code":404.*`, StatusCode: 404,
		Template: func(in apigateway.ResponseInput) ([]byte, error) { return []byte(in.Error.Message), nil },
	}}})
	resp := ask(api, get("/stage/x"))
	require.Equal(t, 404, resp.StatusCode)
	require.Equal(t, `{"code":404,"pet":"Rex"}`, bodyOf(t, resp))
}

func TestCustomRequests(t *testing.T) {
	template := func(in apigateway.RequestInput) ([]byte, error) {
		return json.Marshal(map[string]string{
			"body": string(in.Body), "proxy": in.Param("proxy"), "query": in.Param("q"), "header": in.Param("x-who"),
			"none": in.Param("none"), "stage": in.Context("stage"), "nothing": in.Context("nothing"), "color": in.StageVariable("color"),
		})
	}
	all := []apigateway.IntegrationResponse{{}}
	for _, c := range []struct {
		name, contentType, body string
		passing                 apigateway.PassthroughBehavior
		templates               map[string]apigateway.RequestTemplate
		event                   string // "" for not invoked
		status                  int
	}{
		{"template", "application/json", "b", "", map[string]apigateway.RequestTemplate{"application/json": template}, `{"body":"b","color":"","header":"me","none":"","nothing":"","proxy":"x","query":"1","stage":"stage"}`, 200},
		{"no content type is JSON", "", "b", apigateway.Never, map[string]apigateway.RequestTemplate{"application/json": template}, `{"body":"b","color":"","header":"me","none":"","nothing":"","proxy":"x","query":"1","stage":"stage"}`, 200},
		{"pass through when none matches", "text/plain", `{"a":1}`, "", map[string]apigateway.RequestTemplate{"application/json": template}, `{"a":1}`, 200},
		{"pass through when there are none", "text/plain", `{"a":1}`, apigateway.WhenNoTemplates, nil, `{"a":1}`, 200},
		{"not when there are some", "text/plain", `{"a":1}`, apigateway.WhenNoTemplates, map[string]apigateway.RequestTemplate{"application/json": template}, "", 415},
		{"never", "application/json", `{"a":1}`, apigateway.Never, nil, "", 415},
		{"template fails", "application/json", "b", "", map[string]apigateway.RequestTemplate{"application/json": func(apigateway.RequestInput) ([]byte, error) { return nil, errors.New("no") }}, "", 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fn{}
			api := customWith(t, f, apigateway.Integration{RequestTemplates: c.templates, PassthroughBehavior: c.passing, Responses: all})
			r := request("POST", "/stage/x?q=1", c.body, "X-Who", "me")
			if c.contentType != "" {
				r.Header.Set("Content-Type", c.contentType)
			}
			resp := ask(api, r)
			require.Equal(t, c.status, resp.StatusCode)
			if c.event == "" {
				require.Empty(t, f.calls)
				return
			}
			require.Equal(t, c.event, string(f.event(t)))
			require.False(t, f.calls[0].WellFormed, "what clients and templates wrote may be anything")
		})
	}
	resp := ask(customWith(t, &fn{err: lambda.InvalidRequestContent("x")}, apigateway.Integration{Responses: all}), request("POST", "/stage/x", "<x/>"))
	requireFailure(t, resp, 400, `{"message": "Could not parse request body into json"}`, "BadRequestException")
	resp = ask(customWith(t, &fn{}, apigateway.Integration{Responses: []apigateway.IntegrationResponse{{
		Template: func(apigateway.ResponseInput) ([]byte, error) { return nil, errors.New("no") },
	}}}), get("/stage/x"))
	requireFailure(t, resp, 500, internalError, serverError)
}

// TestSelectionPattern: what Go cannot do as Java does is refused when the API is made.
func TestSelectionPattern(t *testing.T) {
	config := func(pattern string) apigateway.RESTConfig {
		return apigateway.RESTConfig{Invoker: &fn{}, Stages: []apigateway.Stage{{Name: "s"}}, Methods: []apigateway.Method{{
			Path: "/", HTTPMethod: "GET", Integration: apigateway.Integration{Type: apigateway.AWS, Function: "f", Responses: []apigateway.IntegrationResponse{
				{SelectionPattern: pattern, StatusCode: 400}, {StatusCode: 200},
			}},
		}}}
	}
	for _, pattern := range []string{
		`(?=x).*`, `(?!x).*`, `(?<=x)y`, `(?<!x)y`, `(a)\1`, `a++`, `(?>a)`, `[a&&b]`, `[a[b]]`, `\v`, `\h+`, `\R`, `(`, `[`, `a{1001}`,
		`(?U)a`, `(?x)a b`, `(?P<n>a)`, `\p{Alpha}`, `[]a]`, `\Qa`,
	} {
		_, err := apigateway.NewREST(config(pattern))
		var refused *apigateway.ConfigError
		require.ErrorAs(t, err, &refused, pattern)
		require.Contains(t, err.Error(), pattern)
	}
	for pattern, matched := range map[string]string{
		`a|b`: "b", `.*\n.*`: "a\nb", `(?s).*x`: "\nx", `(?i)A`: "a", `\Q[x]\E`: "[x]", `[^\]]+`: "abc", `(?<n>a)b`: "ab", `(?:a|b)+$`: "abab", `\[BadRequest\].*`: "[BadRequest] x",
	} {
		api, err := apigateway.NewREST(config(pattern))
		require.NoError(t, err, pattern)
		_ = api
		message, _ := json.Marshal(matched)
		c := config(pattern)
		c.Invoker = &fn{fault: `{"errorMessage":` + string(message) + `}`}
		api, err = apigateway.NewREST(c)
		require.NoError(t, err)
		require.Equal(t, 400, ask(api, get("/s")).StatusCode, pattern)
	}
}

// TestSelectionIsTheFirstMatch compares the choice with the obvious one, for patterns that are plain texts.
func TestSelectionIsTheFirstMatch(t *testing.T) {
	word := rapid.StringMatching(`[ab]{1,2}`)
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfN(word, 0, 5).Draw(t, "patterns")
		message := word.Draw(t, "message")
		var responses []apigateway.IntegrationResponse
		want := 200
		for i, p := range patterns {
			responses = append(responses, apigateway.IntegrationResponse{SelectionPattern: p, StatusCode: 400 + i})
			if p == message && want == 200 {
				want = 400 + i
			}
		}
		at := rapid.IntRange(0, len(responses)).Draw(t, "default at")
		responses = append(responses[:at], append([]apigateway.IntegrationResponse{{}}, responses[at:]...)...)
		f := &fn{fault: `{"errorMessage":"` + message + `"}`}
		require.Equal(t, want, ask(customWith(t, f, apigateway.Integration{Responses: responses}), get("/stage/x")).StatusCode)
	})
}
