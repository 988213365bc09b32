package functionurl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

func TestOptions(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	good := functionurl.Config{FunctionName: "f"}
	for name, o := range map[string]functionurl.Options{
		"no Invoker":     {URL: &good},
		"neither":        {Invoker: l},
		"both":           {Invoker: l, URLs: l.svc.Registry(), URL: &good},
		"no name":        {Invoker: l, URL: &functionurl.Config{}},
		"auth type":      {Invoker: l, URL: &functionurl.Config{FunctionName: "f", AuthType: "none"}},
		"invoke mode":    {Invoker: l, URL: &functionurl.Config{FunctionName: "f", InvokeMode: "UNKNOWN"}},
		"max age":        {Invoker: l, URL: &functionurl.Config{FunctionName: "f", CORS: &registry.CORS{MaxAge: new(86401)}}},
		"methods":        {Invoker: l, URL: &functionurl.Config{FunctionName: "f", CORS: &registry.CORS{AllowMethods: make([]string, 7)}}},
		"version":        {Invoker: l, URL: &functionurl.Config{FunctionName: "f", Qualifier: "1"}},
		"not an alias":   {Invoker: l, URL: &functionurl.Config{FunctionName: "f", Qualifier: "$LATEST"}},
		"version, named": {Invoker: l, URL: &functionurl.Config{FunctionName: "f:1"}},
		"$LATEST, named": {Invoker: l, URL: &functionurl.Config{FunctionName: "f:$LATEST"}},
		"two qualifies":  {Invoker: l, URL: &functionurl.Config{FunctionName: "f:a", Qualifier: "b"}},
	} {
		_, err := functionurl.New(o)
		require.Error(t, err, name)
	}
}

// One function without a registry answers under every host name, and keeps its id from run to run.
func TestOneFunction(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	events := map[uint64]map[string]any{}
	for _, seed := range []uint64{1, 2, 1} {
		var err error
		l.Handler, err = functionurl.New(functionurl.Options{Invoker: l, Seed: seed, URL: &functionurl.Config{FunctionName: "f"}})
		require.NoError(t, err)
		r := request("GET", "/", "")
		r.Host = "127.0.0.1:8080"
		res, body := l.do(r)
		require.Equal(t, answer{200, text, "ok"}, answerOf(res, body))
		e := l.event(t)
		host, _ := at(e, "headers.host")
		require.Equal(t, "127.0.0.1:8080", host)
		id, _ := at(e, "requestContext.apiId")
		require.Regexp(t, `^[0-9a-f]{32}$`, id)
		domain, _ := at(e, "requestContext.domainName")
		require.Equal(t, id.(string)+".lambda-url.us-east-1.on.aws", domain)
		if before := events[seed]; before != nil {
			for _, path := range []string{"requestContext.apiId", "requestContext.requestId"} {
				was, _ := at(before, path)
				is, _ := at(e, path)
				require.Equal(t, was, is, "the same seed, the same %s", path)
			}
		}
		events[seed] = e
	}
	first, _ := at(events[1], "requestContext.requestId")
	second, _ := at(events[2], "requestContext.requestId")
	require.NotEqual(t, first, second)
}

func TestAlias(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	var err error
	l.Handler, err = functionurl.New(functionurl.Options{Invoker: l, URL: &functionurl.Config{FunctionName: "f", Qualifier: "live", ID: "mine"}})
	require.NoError(t, err)
	res, body := l.get("/")
	require.Equal(t, answer{403, text, forbiddenBody}, answerOf(res, body), "there is no such alias")
	id, _ := at(l.event(t), "requestContext.domainPrefix")
	require.Equal(t, "mine", id)
}
