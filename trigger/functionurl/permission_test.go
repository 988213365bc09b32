package functionurl_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

// guarded is a function with a role, whose resource policy is asked, behind a URL.
type guarded struct {
	t   *testing.T
	svc *invoke.Service
	h   http.Handler
}

func newGuarded(t *testing.T, auth registry.AuthType) *guarded {
	const function = "arn:aws:iam::123456789012:role/f"
	roles := iam.NewRoles()
	require.NoError(t, roles.Put(iam.Role{ARN: function}))
	svc := invoke.New(invoke.Options{Roles: roles})
	t.Cleanup(svc.Close)
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f", Role: function}, lambda.Handler(func() (string, error) { return "in", nil })))
	h, err := functionurl.New(functionurl.Options{
		Invoker: svc, Authenticate: functionurl.SigV4("", key), URL: &functionurl.Config{FunctionName: "f", AuthType: auth},
	})
	require.NoError(t, err)
	return &guarded{t, svc, h}
}

func (g *guarded) allow(id, action, principal string, auth registry.AuthType) {
	_, err := g.svc.Registry().AddPermission(time.Now(), "f", "", registry.AddPermissionInput{
		StatementID: id, Action: action, Principal: principal, FunctionURLAuthType: auth,
	})
	require.NoError(g.t, err)
}

func (g *guarded) remove(id string) {
	require.NoError(g.t, g.svc.Registry().RemovePermission(time.Now(), "f", "", id, ""))
}

// status asks, signed if the URL wants it, and checks that a refusal is the documented one.
func (g *guarded) status() int {
	r := request("GET", "/", "")
	key.Sign(r, nil, time.Now(), "")
	w := httptest.NewRecorder()
	g.h.ServeHTTP(w, r)
	if w.Code == 403 {
		require.Equal(g.t, forbiddenBody, w.Body.String())
		require.Equal(g.t, "AccessDeniedException", w.Header().Get("x-amzn-ErrorType"))
	}
	return w.Code
}

const (
	invokeURL      = "lambda:InvokeFunctionUrl"
	invokeFunction = "lambda:InvokeFunction"
)

// Invariant 20: also a URL that is open to everybody needs two statements, and closes with either.
func TestInvariant20_openURL(t *testing.T) {
	g := newGuarded(t, registry.AuthNone)
	require.Equal(t, 403, g.status())
	g.allow("signed", invokeURL, "*", registry.AuthAWSIAM)
	g.allow("any", invokeFunction, "*", "")
	require.Equal(t, 403, g.status(), "that is for signed requests")
	g.allow("open", invokeURL, "*", registry.AuthNone)
	require.Equal(t, 200, g.status())
	g.remove("any")
	require.Equal(t, 403, g.status())
	g.allow("any", invokeFunction, "*", "")
	require.Equal(t, 200, g.status())
	g.remove("open")
	require.Equal(t, 403, g.status())
}

// Somebody of another account who signs needs both statements, too.
func TestInvariant20_signedURL(t *testing.T) {
	g := newGuarded(t, registry.AuthAWSIAM)
	require.Equal(t, 403, g.status())
	g.allow("url", invokeURL, key.Principal.ARN, registry.AuthAWSIAM)
	require.Equal(t, 403, g.status())
	g.allow("function", invokeFunction, key.Principal.ARN, "")
	require.Equal(t, 200, g.status())
	g.remove("url")
	require.Equal(t, 403, g.status())
}
