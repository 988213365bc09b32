package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// TestRevisionId is the table of what changes a RevisionId.
func TestRevisionId(t *testing.T) {
	t.Run("creation and activation", func(t *testing.T) {
		r := New(Options{CreateDelay: time.Second})
		c, err := r.CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{Name: "f"}, Code: code})
		require.NoError(t, err)
		again, err := r.GetFunctionConfiguration(t0, "f", "")
		require.NoError(t, err)
		require.Equal(t, c.RevisionID, again.RevisionID)
		active, err := r.GetFunctionConfiguration(t0.Add(time.Second), "f", "")
		require.NoError(t, err)
		require.NotEqual(t, c.RevisionID, active.RevisionID)
	})
	t.Run("update and its completion, also when nothing changes", func(t *testing.T) {
		x := newFixture(t)
		before := x.revision("f")
		c, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{})
		require.NoError(t, err)
		require.NotEqual(t, before, c.RevisionID)
		after := x.revision("f")
		require.NotContains(t, []string{before, c.RevisionID}, after)
		require.Equal(t, after, x.revision("f"), "a look changes nothing")
	})
	t.Run("publishing a version", func(t *testing.T) {
		x := newFixture(t)
		before := x.revision("f")
		c, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
		require.NoError(t, err)
		after := x.revision("f")
		require.NotEqual(t, before, after)
		require.NotContains(t, []string{before, after}, c.RevisionID)
		x.publish("f")
		require.Equal(t, c.RevisionID, x.get("f", "1").RevisionID, "a version's stays")
	})
	t.Run("publishing nothing new", func(t *testing.T) {
		x := newFixture(t)
		first, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
		require.NoError(t, err)
		before := x.revision("f")
		again, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
		require.NoError(t, err)
		require.Equal(t, first, again)
		require.Equal(t, before, x.revision("f"))
	})
	t.Run("creating an alias", func(t *testing.T) {
		x := newFixture(t)
		x.publish("f")
		latest, version := x.revision("f"), x.get("f", "1").RevisionID
		a := x.alias("f", "live", Routing{Version: "1"})
		require.NotContains(t, []string{latest, version}, a.RevisionID)
		require.Equal(t, []string{latest, version}, []string{x.revision("f"), x.get("f", "1").RevisionID})
		require.Equal(t, version, x.get("f", "live").RevisionID, "GetFunction on an alias shows the version's")
	})
	t.Run("an empty update of an alias", func(t *testing.T) {
		x := newFixture(t)
		a := x.alias("f", "live", Routing{Version: lambda.Latest})
		b, err := x.UpdateAlias(x.now, "f", "live", UpdateAliasInput{})
		require.NoError(t, err)
		require.NotEqual(t, a.RevisionID, b.RevisionID)
	})
	t.Run("tags", func(t *testing.T) {
		x := newFixture(t)
		before := x.revision("f")
		require.NoError(t, x.TagResource(x.now, arnPrefix+"f", map[string]string{"a": "1"}))
		tagged := x.revision("f")
		require.NotEqual(t, before, tagged)
		require.NoError(t, x.UntagResource(x.now, arnPrefix+"f", []string{"b"}))
		require.NotEqual(t, tagged, x.revision("f"))
	})
	t.Run("policy", func(t *testing.T) {
		x := newFixture(t)
		add := func(sid string) string {
			_, err := x.AddPermission(x.now, "f", "", AddPermissionInput{StatementID: sid, Action: "*", Principal: "*"})
			require.NoError(t, err)
			_, revision, err := x.GetPolicy(x.now, "f", "")
			require.NoError(t, err)
			return revision
		}
		before := x.revision("f")
		first := add("a")
		second := add("b")
		require.NotEqual(t, first, second)
		require.NotEqual(t, before, first)
		require.Equal(t, before, x.revision("f"))
		_, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
		require.NoError(t, err)
		_, revision, err := x.GetPolicy(x.now, "f", "")
		require.NoError(t, err)
		require.Equal(t, second, revision)
	})
}

func TestRevisionId_mismatch(t *testing.T) {
	const (
		getFunction = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
		getPolicy   = "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id"
	)
	tests := []struct {
		name, text string
		call       func(x *fixture, revision string) error
		right      func(x *fixture) string
	}{
		{"update code", getFunction, func(x *fixture, id string) error {
			_, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, RevisionID: id})
			return err
		}, func(x *fixture) string { return x.revision("f") }},
		{"update configuration", getFunction, func(x *fixture, id string) error {
			_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{RevisionID: id})
			return err
		}, func(x *fixture) string { return x.revision("f") }},
		{"publish", getFunction, func(x *fixture, id string) error {
			_, err := x.PublishVersion(x.now, "f", PublishVersionInput{RevisionID: id})
			return err
		}, func(x *fixture) string { return x.revision("f") }},
		{"update alias", getFunction, func(x *fixture, id string) error {
			_, err := x.UpdateAlias(x.now, "f", "live", UpdateAliasInput{RevisionID: id})
			return err
		}, func(x *fixture) string {
			a, err := x.GetAlias(x.now, "f", "live")
			require.NoError(x, err)
			return a.RevisionID
		}},
		{"add permission, no policy yet", getPolicy, func(x *fixture, id string) error {
			_, err := x.AddPermission(x.now, "f", "", AddPermissionInput{StatementID: "b", Action: "*", Principal: "*", RevisionID: id})
			return err
		}, func(x *fixture) string { return x.revision("f") }},
		{"add permission to an alias, no policy yet", getPolicy, func(x *fixture, id string) error {
			_, err := x.AddPermission(x.now, "f", "other", AddPermissionInput{StatementID: "b", Action: "*", Principal: "*", RevisionID: id})
			return err
		}, func(x *fixture) string {
			a, err := x.GetAlias(x.now, "f", "other")
			require.NoError(x, err)
			return a.RevisionID
		}},
		{"add permission to a policy", getPolicy, func(x *fixture, id string) error {
			_, err := x.AddPermission(x.now, "f", "live", AddPermissionInput{StatementID: "b", Action: "*", Principal: "*", RevisionID: id})
			return err
		}, policyRevision},
		{"remove permission", getPolicy, func(x *fixture, id string) error {
			return x.RemovePermission(x.now, "f", "live", "a", id)
		}, policyRevision},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newFixture(t)
			x.alias("f", "live", Routing{Version: lambda.Latest})
			x.alias("f", "other", Routing{Version: lambda.Latest})
			_, err := x.AddPermission(x.now, "f", "live", AddPermissionInput{StatementID: "a", Action: "*", Principal: "*"})
			require.NoError(t, err)
			before := world(t, x.Registry, x.now)
			requireRefused(t, tt.call(x, "stale"), pfe, tt.text)
			require.Equal(t, before, world(t, x.Registry, x.now))
			require.NoError(t, tt.call(x, tt.right(x)))
		})
	}
}

func policyRevision(x *fixture) string {
	_, revision, err := x.GetPolicy(x.now, "f", "live")
	require.NoError(x, err)
	return revision
}

func TestSeed_decidesEveryRandomValue(t *testing.T) {
	run := func(seed uint64) string {
		x := newFixture(t, Options{Seed: seed})
		x.publish("f")
		_, err := x.CreateFunctionURLConfig(x.now, "f", "", FunctionURLInput{AuthType: AuthNone})
		require.NoError(t, err)
		return world(t, x.Registry, x.now)
	}
	require.Equal(t, run(1), run(1))
	require.NotEqual(t, run(1), run(2))
}
