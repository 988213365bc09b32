package apigateway

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// routed is a request that has gone through an API's gates.
func routed(t *testing.T) *restRequest {
	api, err := NewREST(RESTConfig{
		Invoker: nobody{}, Identity: lambda.Identity{Region: "cn-north-1", Partition: "aws-cn"},
		Stages:  []Stage{{Name: "s", Variables: map[string]string{"color": "blue"}}},
		Methods: []Method{{Path: "/p/{id}", HTTPMethod: "GET", Integration: Integration{Function: "f"}}},
	})
	require.NoError(t, err)
	r := doortest.Request("GET", "/s/p/7?q=1&q=2", "", "X-A: a", "User-Agent: test")
	x := &restRequest{api: api, sent: r, r: r, at: time.Unix(0, 0), number: 1}
	x.id, x.extendedID = "id", "extended"
	require.Nil(t, x.route())
	x.read()
	x.auth.values = pairs{{Name: "principalId", Value: "me"}}
	return x
}

type nobody struct{ Invoker }

func TestExpressions(t *testing.T) {
	const result = `{"a":{"b":"text","n":1.50,"o":{"x":[1]}},"errorType":"T","twice":1,"twice":2}`
	x := routed(t)
	x.problem = integrationTimeout
	for text, want := range map[string]string{
		`'plain text'`:                        "plain text",
		`''`:                                  "",
		`context.requestId`:                   "id",
		`context.extendedRequestId`:           "extended",
		`context.stage`:                       "s",
		`context.path`:                        "/s/p/7",
		`context.resourcePath`:                "/p/{id}",
		`context.resourceId`:                  x.method.resourceID,
		`context.httpMethod`:                  "GET",
		`context.protocol`:                    "HTTP/1.1",
		`context.accountId`:                   "123456789012",
		`context.apiId`:                       "a1b2c3d4e5",
		`context.domainName`:                  "a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn",
		`context.domainPrefix`:                "a1b2c3d4e5",
		`context.deploymentId`:                x.api.config.DeploymentID,
		`context.requestTime`:                 "01/Jan/1970:00:00:00 +0000",
		`context.requestTimeEpoch`:            "0",
		`context.identity.sourceIp`:           "192.0.2.1",
		`context.identity.userAgent`:          "test",
		`context.authorizer.principalId`:      "me",
		`context.error.message`:               "Endpoint request timed out",
		`context.error.messageString`:         `"Endpoint request timed out"`,
		`context.error.responseType`:          "INTEGRATION_TIMEOUT",
		`stageVariables.color`:                "blue",
		`method.request.header.x-a`:           "a",
		`method.request.querystring.q`:        "2",
		`method.request.path.id`:              "7",
		`integration.response.body`:           result,
		`integration.response.body.a.b`:       "text",
		`integration.response.body.a.n`:       "1.50",
		`integration.response.body.a.o`:       `{"x":[1]}`,
		`integration.response.body.twice`:     "2",
		`integration.response.body.a.b.c`:     "(none)",
		`integration.response.body.none`:      "(none)",
		`context.authorizer.none`:             "(none)",
		`stageVariables.none`:                 "(none)",
		`method.request.header.none`:          "(none)",
		`method.request.querystring.none`:     "(none)",
		`context.error.validationErrorString`: "",
	} {
		e, err := parseExpression("test", text, ofRequest|ofResult|ofContext|ofStatic)
		require.NoError(t, err, text)
		got, ok := e.read(x, []byte(result))
		if !ok {
			got = "(none)"
		}
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "'", "x", "context", "context.none", "context.authorizer.", "stageVariables", "stageVariables.", "method.request.body",
		"method.request.header.", "method.response.header.a", "integration.response.header.a", "integration.response.body.a[0]",
		"integration.response.body.*", "integration.response", "method.header.a", "method.querystring.a", "method.request.cookie.a",
	} {
		_, err := parseExpression("test", text, ofRequest|ofResult|ofContext|ofStatic)
		require.Error(t, err, text)
	}
	_, err := parseExpression("test", "'x'", ofContext)
	require.ErrorContains(t, err, "apigateway: test: ", "a kind that the setting does not take")
}

// TestExpressionsBeforeRouting: a gateway response to a request that found no stage knows less.
func TestExpressionsBeforeRouting(t *testing.T) {
	x := routed(t)
	x.stage, x.method = nil, nil
	for _, name := range []string{"stage", "resourcePath", "resourceId", "error.message"} {
		_, ok := x.context(name)
		require.False(t, ok, name)
	}
	_, ok := x.context("requestId")
	require.True(t, ok)
	e, err := parseExpression("test", "stageVariables.color", ofContext)
	require.NoError(t, err)
	_, ok = e.read(x, nil)
	require.False(t, ok, "there is no stage whose variable it could be")
}

func TestTextTemplates(t *testing.T) {
	x := routed(t)
	x.problem = authorizerInvalid
	for template, want := range map[string]string{
		"":                                    "",
		"no variable":                         "no variable",
		"$context.requestId":                  "id",
		"a${context.stage}b":                  "asb",
		"$context.stage.":                     "s.",
		"$context.stage-$context.stage":       "s-s",
		"$stageVariables.color$context.stage": "blues",
		`{"message":$context.error.messageString}`: `{"message":null}`,
		"#set($context.stage)":                     "#set(s)",
		"$context.authorizer.none|":                "|",
	} {
		parts, err := readParts("test", template)
		require.NoError(t, err, template)
		require.Equal(t, want, string((&textTemplate{parts: parts}).fill(x)), template)
	}
	for _, template := range []string{"$", "$input.body", "$util.x()", "${context.stage", "$context", "$$", "$context.method.request.path.id"} {
		_, err := readParts("test", template)
		require.Error(t, err, template)
	}
	list, err := readTextTemplates("test", map[string]string{"application/xml": "x", "application/json": "j", "text/html; charset=utf-8": "h"})
	require.NoError(t, err)
	for accept, want := range map[string]string{
		"": "application/json", "text/html": "text/html", "application/pdf, application/xml;q=0.1": "application/xml",
		"text/html, application/json": "application/json", "*/*": "application/json",
	} {
		require.Equal(t, want, chooseTemplate(list, accept).contentType, accept)
	}
	require.Nil(t, chooseTemplate(nil, "text/html"))
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"$context.requestId", "${", "$$", "a$b.c", "${context.stage}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, template string) {
		parts, err := readParts("test", template)
		if err != nil {
			var refused *ConfigError
			require.ErrorAs(t, err, &refused)
			return
		}
		x := routed(t)
		filled := string((&textTemplate{parts: parts}).fill(x))
		if !strings.Contains(template, "$") {
			require.Equal(t, template, filled)
		}
	})
}
