package registry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// TestDeleteFunction is the table of what a qualifier means.
func TestDeleteFunction(t *testing.T) {
	for _, tt := range []struct {
		name, function, qualifier, code, message string
	}{
		{name: "version", function: "f", qualifier: "2"},
		{name: "version in the name", function: "f:2"},
		{name: "version twice given", function: "f:2", qualifier: "2"},
		{name: "version absent", function: "f", qualifier: "9"},
		{name: "whole function", function: "f"},
		{"none", "g", "", rnf, "Function not found: " + arnPrefix + "g"},
		{"none, with a number", "g", "1", rnf, "Function not found: " + arnPrefix + "g"},
		{"$LATEST", "f", "$LATEST", ipv, "$LATEST version cannot be deleted without deleting the function."},
		{"$LATEST of none", "g", "$LATEST", ipv, "$LATEST version cannot be deleted without deleting the function."},
		{"alias", "f", "live", ipv, "Deletion of aliases is not currently supported."},
		{"alias of none", "g:live", "", ipv, "Deletion of aliases is not currently supported."},
		{"alias that does not exist", "f", "7a", ipv, "Deletion of aliases is not currently supported."},
		{"version of an alias", "f", "1", rce, "Unable to delete version because the following aliases reference it: [live, next]"},
		{"version of a weight", "f", "3", rce, "Unable to delete version because the following aliases reference it: [next]"},
		{"mismatch", "f:1", "2", ipv, "The derived qualifier from the function name does not match the specified qualifier."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := newFixture(t)
			for range 3 {
				x.publish("f")
			}
			x.alias("f", "next", Routing{Version: "1", Additional: map[string]float64{"3": 0.5}})
			x.alias("f", "live", Routing{Version: "1"})
			before := world(t, x.Registry, x.now)
			err := x.DeleteFunction(x.now, tt.function, tt.qualifier)
			if tt.code != "" {
				requireRefused(t, err, tt.code, tt.message)
				require.Equal(t, before, world(t, x.Registry, x.now))
				return
			}
			require.NoError(t, err)
			if tt.qualifier != "" || tt.function != "f" {
				require.NoError(t, x.DeleteFunction(x.now, tt.function, tt.qualifier), "repeatable")
			}
		})
	}
}

func TestDeleteFunction_takesEverythingAlong(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	for _, q := range []string{"", "1", "live"} {
		_, err := x.AddPermission(x.now, "f", q, AddPermissionInput{StatementID: "s", Action: "*", Principal: "*"})
		require.NoError(t, err)
		_, err = x.PutEventInvokeConfig(x.now, "f", q, EventInvokeConfig{MaximumRetryAttempts: new(0)})
		require.NoError(t, err)
	}
	_, err := x.CreateFunctionURLConfig(x.now, "f", "live", FunctionURLInput{AuthType: AuthNone})
	require.NoError(t, err)
	_, err = x.PutProvisionedConcurrency(x.now, "f", "live", 5)
	require.NoError(t, err)
	_, err = x.PutFunctionConcurrency(x.now, "f", 50)
	require.NoError(t, err)
	require.NoError(t, x.DeleteFunction(x.now, "f", ""))
	_, err = x.Resolve(x.now, lambda.Ref{Name: "f", Qualifier: "live"})
	requireRefused(t, err, rnf, "Function not found: "+arnPrefix+"f:live")
	require.Equal(t, 1000, x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions)

	fresh := New(Options{})
	y := &fixture{TB: t, Registry: fresh, now: x.now}
	x.create("f")
	y.create("f")
	// But for what is drawn at random, the function is as one that never existed before.
	strip := func(f *fixture) string {
		c := f.get("f", "")
		c.RevisionID, c.CodeSHA256 = "", ""
		a, _, err := f.ListEventInvokeConfigs(f.now, "f", Page{})
		require.NoError(t, err)
		p, _, err := f.ListProvisionedConcurrency(f.now, "f", Page{})
		require.NoError(t, err)
		u, _, err := f.ListFunctionURLConfigs(f.now, "f", Page{})
		require.NoError(t, err)
		_, _, policyErr := f.GetPolicy(f.now, "f", "")
		return wire(t, []any{c, a, p, u, policyErr.Error()})
	}
	require.Equal(t, strip(y), strip(x))
}

func TestDeleteVersion_takesItsSettingsAlong(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	_, err := x.PutEventInvokeConfig(x.now, "f", "1", EventInvokeConfig{MaximumRetryAttempts: new(0)})
	require.NoError(t, err)
	_, err = x.PutProvisionedConcurrency(x.now, "f", "1", 5)
	require.NoError(t, err)
	_, err = x.AddPermission(x.now, "f", "1", AddPermissionInput{StatementID: "s", Action: "*", Principal: "*"})
	require.NoError(t, err)
	require.NoError(t, x.DeleteFunction(x.now, "f", "1"))
	require.Equal(t, 1000, x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions)
	items, _, err := x.ListEventInvokeConfigs(x.now, "f", Page{})
	require.NoError(t, err)
	require.Empty(t, items)
	_, err = x.Resolve(x.now, lambda.Ref{Name: "f", Qualifier: "1"})
	requireRefused(t, err, rnf, "Function not found: "+arnPrefix+"f:1")
}
