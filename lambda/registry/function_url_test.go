package registry

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFunctionURL_answers(t *testing.T) {
	x := newFixture(t)
	x.alias("f", "live", Routing{Version: "$LATEST"})
	c, err := x.CreateFunctionURLConfig(x.now, "f", "", FunctionURLInput{AuthType: AuthNone})
	require.NoError(t, err)
	require.Regexp(t, `^https://[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws/$`, c.FunctionURL)
	require.Equal(t, `{"FunctionUrl":"`+c.FunctionURL+`","FunctionArn":"`+arnPrefix+`f","AuthType":"NONE","CreationTime":"2025-11-25T02:26:14.123456Z"}`,
		wire(t, c), "InvokeMode only if it was given")
	get, err := x.GetFunctionURLConfig(x.now, "f", "")
	require.NoError(t, err)
	require.Equal(t, []any{c.CreationTime, c.CreationTime, Buffered}, []any{get.CreationTime, get.LastModifiedTime, get.InvokeMode})

	x.advance(time.Second)
	u, err := x.UpdateFunctionURLConfig(x.now, "f", "", FunctionURLInput{CORS: &CORS{AllowOrigins: []string{"*"}, MaxAge: new(0), AllowCredentials: new(false)}})
	require.NoError(t, err)
	require.Empty(t, u.InvokeMode)
	require.Equal(t, "2025-11-25T02:26:15.123456Z", u.LastModifiedTime)
	require.Contains(t, wire(t, u), `"Cors":{"AllowCredentials":false,"AllowOrigins":["*"],"MaxAge":0}`)
	u, err = x.UpdateFunctionURLConfig(x.now, "f", "", FunctionURLInput{InvokeMode: ResponseStream, AuthType: AuthAWSIAM})
	require.NoError(t, err)
	require.Equal(t, []any{ResponseStream, AuthAWSIAM}, []any{u.InvokeMode, u.AuthType})
	require.NotNil(t, u.CORS, "what is not given stays")

	live, err := x.CreateFunctionURLConfig(x.now, "f:live", "", FunctionURLInput{AuthType: AuthNone, InvokeMode: Buffered})
	require.NoError(t, err)
	require.Equal(t, []any{arnPrefix + "f:live", Buffered}, []any{live.FunctionARN, live.InvokeMode})
	items, _, err := x.ListFunctionURLConfigs(x.now, "f", Page{})
	require.NoError(t, err)
	require.Len(t, items, 2)
	require.Equal(t, []string{arnPrefix + "f", arnPrefix + "f:live"}, []string{items[0].FunctionARN, items[1].FunctionARN})
	require.NoError(t, x.DeleteFunctionURLConfig(x.now, "f", ""))
	items, _, err = x.ListFunctionURLConfigs(x.now, "f", Page{})
	require.NoError(t, err)
	require.Len(t, items, 1, "the alias's stays")
}

func TestFunctionURL_keepsNothingOfItsInput(t *testing.T) {
	x := newFixture(t)
	cors := &CORS{AllowOrigins: []string{"a"}, MaxAge: new(1)}
	c, err := x.CreateFunctionURLConfig(x.now, "f", "", FunctionURLInput{AuthType: AuthNone, CORS: cors})
	require.NoError(t, err)
	cors.AllowOrigins[0], *cors.MaxAge = "b", 2
	c.CORS.AllowOrigins[0], *c.CORS.MaxAge = "c", 3
	got, err := x.GetFunctionURLConfig(x.now, "f", "")
	require.NoError(t, err)
	require.Equal(t, &CORS{AllowOrigins: []string{"a"}, MaxAge: new(1)}, got.CORS)
}

func TestResolveURL(t *testing.T) {
	x := newFixture(t, Options{FunctionURL: func(id string) string { return "http://" + id + ".localhost/" }})
	c, err := x.CreateFunctionURLConfig(x.now, "f", "", FunctionURLInput{AuthType: AuthNone})
	require.NoError(t, err)
	id := strings.TrimSuffix(strings.TrimPrefix(c.FunctionURL, "http://"), ".localhost/")
	ref, got, ok := x.ResolveURL(x.now, id)
	require.True(t, ok)
	require.Equal(t, "f", ref.String())
	require.Equal(t, c.FunctionURL, got.FunctionURL)
	_, _, ok = x.ResolveURL(x.now, "none")
	require.False(t, ok)
	require.NoError(t, x.DeleteFunction(x.now, "f", ""))
	x.create("f")
	_, err = x.CreateFunctionURLConfig(x.now, "f", "", FunctionURLInput{AuthType: AuthNone})
	require.NoError(t, err)
	_, _, ok = x.ResolveURL(x.now, id)
	require.False(t, ok, "another function's URL by now")
}

func TestFunctionURL_refused(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	_, err := x.CreateFunctionURLConfig(x.now, "f", "", FunctionURLInput{AuthType: AuthNone})
	require.NoError(t, err)
	x.create("bare")
	x.alias("f", "live", Routing{Version: "1"})
	_, err = x.CreateFunctionURLConfig(x.now, "f", "live", FunctionURLInput{AuthType: AuthNone})
	require.NoError(t, err)
	none := FunctionURLInput{AuthType: AuthNone}
	create := func(name, q string, in FunctionURLInput) func() error {
		return func() error { _, err := x.CreateFunctionURLConfig(x.now, name, q, in); return err }
	}
	update := func(name, q string, in FunctionURLInput) func() error {
		return func() error { _, err := x.UpdateFunctionURLConfig(x.now, name, q, in); return err }
	}
	get := func(name, q string) func() error {
		return func() error { _, err := x.GetFunctionURLConfig(x.now, name, q); return err }
	}
	del := func(name, q string) func() error {
		return func() error { return x.DeleteFunctionURLConfig(x.now, name, q) }
	}
	const (
		noFunction = "Function does not exist"
		noResource = "The resource you requested does not exist."
		pattern    = `((?!^\d+$)^[0-9a-zA-Z-_]+$)`
	)
	form := func(value string) string {
		return "1 validation error detected: Value '" + value + "' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern
	}
	for _, tt := range []struct {
		name          string
		err           func() error
		code, message string
	}{
		{"create twice", create("f", "", none), rce,
			"Failed to create function url config for [functionArn = " + arnPrefix + "f]. Error message:  FunctionUrlConfig exists for this Lambda function"},
		{"create twice, alias", create("f", "live", none), rce,
			"Failed to create function url config for [functionArn = " + arnPrefix + "f:live]. Error message:  FunctionUrlConfig exists for this Lambda function"},
		{"create, function missing", create("g", "", none), rnf, noFunction},
		{"create, alias missing", create("f", "none", none), rnf, noFunction},
		{"update, function missing", update("g", "", none), rnf, noFunction},
		{"update, config missing", update("bare", "", none), rnf, noResource},
		{"list, function missing", func() error { _, _, err := x.ListFunctionURLConfigs(x.now, "g", Page{}); return err }, rnf, noFunction},
		{"get, function missing", get("g", ""), rnf, noResource},
		{"get, alias missing", get("f", "none"), rnf, noResource},
		{"get, config missing", get("bare", ""), rnf, noResource},
		{"delete, function missing", del("g", ""), rnf, noResource},
		{"delete, config missing", del("bare", ""), rnf, noResource},
		{"number", create("g", "1", none), ve, form("1")},
		{"number, update", update("f", "2", none), ve, form("2")},
		{"$LATEST", get("g", "$LATEST"), ve, form("$LATEST")},
		{"mismatch", get("f:live", "other"), ipv, "The derived qualifier from the function name does not match the specified qualifier."},
		{"invoke mode", update("f", "", FunctionURLInput{InvokeMode: "x"}), ve,
			"1 validation error detected: Value 'x' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]"},
		{"auth type", create("bare", "", FunctionURLInput{}), ve,
			"1 validation error detected: Value null at 'authType' failed to satisfy constraint: Member must not be null"},
		{"methods", create("bare", "", FunctionURLInput{AuthType: AuthNone, CORS: &CORS{AllowMethods: strings.Split("a b c d e f g", " ")}}), ve,
			"1 validation error detected: Value '[a, b, c, d, e, f, g]' at 'cors.allowMethods' failed to satisfy constraint: Member must have length less than or equal to 6"},
		{"max age", create("bare", "", FunctionURLInput{AuthType: AuthNone, CORS: &CORS{MaxAge: new(86401)}}), ve,
			"1 validation error detected: Value '86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			requireRefused(t, tt.err(), tt.code, tt.message)
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
}
