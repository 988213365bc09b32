package registry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

func TestAlias_answer(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.publish("f")
	a, err := x.CreateAlias(x.now, "f", "2024-01-02", Routing{Version: "1", Additional: map[string]float64{"2": 0.2}})
	require.NoError(t, err)
	require.Equal(t, `{"AliasArn":"`+arnPrefix+`f:2024-01-02","Name":"2024-01-02","FunctionVersion":"1","Description":"","RevisionId":"`+
		a.RevisionID+`","RoutingConfig":{"AdditionalVersionWeights":{"2":0.2}}}`, wire(t, a))
	got, err := x.GetAlias(x.now, "f", "2024-01-02")
	require.NoError(t, err)
	require.Equal(t, a, got)
}

func TestUpdateAlias_keepsWhatIsNotGiven(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1", Additional: map[string]float64{"2": 0.2}, Description: "d"})
	update := func(in UpdateAliasInput) *AliasConfiguration {
		a, err := x.UpdateAlias(x.now, "f", "live", in)
		require.NoError(t, err)
		a.RevisionID = ""
		return a
	}
	arn := arnPrefix + "f:live"
	weights := &RoutingConfig{map[string]float64{"2": 0.2}}
	require.Equal(t, &AliasConfiguration{arn, "live", "1", "d", "", weights}, update(UpdateAliasInput{}))
	require.Equal(t, &AliasConfiguration{arn, "live", "1", "", "", weights}, update(UpdateAliasInput{Description: new("")}))
	require.Equal(t, &AliasConfiguration{arn, "live", "1", "", "", nil}, update(UpdateAliasInput{Additional: map[string]float64{}}))
	require.Equal(t, &AliasConfiguration{arn, "live", "2", "", "", nil}, update(UpdateAliasInput{Version: "2"}))
	require.Equal(t, "2", x.resolve("f", "live").Deployment.Version)
}

func TestPutAlias_replacesTheWhole(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.publish("f")
	to := Routing{Version: "1", Additional: map[string]float64{"2": 1}, Description: "d"}
	x.alias("f", "live", to)
	to.Additional["2"] = 0 // the caller's own
	require.NoError(t, x.TagResource(x.now, arnPrefix+"f", map[string]string{"a": "b"}))
	require.NoError(t, x.PutFunctionRecursionConfig(x.now, "f", Allow))
	require.InDelta(t, 1, x.resolve("f", "live").Weight, 0)
	got, err := x.GetAlias(x.now, "f", "live")
	require.NoError(t, err)
	got.RoutingConfig.AdditionalVersionWeights["2"] = 0.5
	require.InDelta(t, 1, x.resolve("f", "live").Weight, 0)
	a := x.alias("f", "live", Routing{Version: "2"})
	a.RevisionID = ""
	require.Equal(t, &AliasConfiguration{arnPrefix + "f:live", "live", "2", "", "", nil}, a)
}

func TestAlias_refused(t *testing.T) {
	x := newFixture(t)
	for range 3 {
		x.publish("f")
	}
	x.alias("f", "live", Routing{Version: "1"})
	x.alias("f", "head", Routing{Version: lambda.Latest})
	create := func(alias string, to Routing) error {
		_, err := x.CreateAlias(x.now, "f", alias, to)
		return err
	}
	update := func(alias string, in UpdateAliasInput) error {
		_, err := x.UpdateAlias(x.now, "f", alias, in)
		return err
	}
	type weights = map[string]float64
	const path = "' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
	tests := []struct {
		name          string
		err           func() error
		code, message string
	}{
		{"two weights", func() error { return create("a", Routing{Version: "1", Additional: weights{"2": 0.1, "3": 0.1}}) }, ipv,
			"Number of items in AdditionalVersionWeights cannot be greater than 1"},
		{"two weights, one of them wrong", func() error { return create("a", Routing{Version: "1", Additional: weights{"1": 0.1, "3": 0.1}}) }, ipv,
			"Number of items in AdditionalVersionWeights cannot be greater than 1"},
		{"own version", func() error { return create("a", Routing{Version: "1", Additional: weights{"1": 0.1}}) }, ipv,
			"Invalid function version 1. Function version 1 is already included in routing configuration."},
		{"$LATEST with weights", func() error { return create("a", Routing{Version: "$LATEST", Additional: weights{"1": 0.1}}) }, ipv,
			"$LATEST is not supported for an alias pointing to more than 1 version"},
		{"weight above 1", func() error { return create("a", Routing{Version: "1", Additional: weights{"2": 2}}) }, ve,
			"1 validation error detected: Value '{2=2.0}" + path + "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"},
		{"weight below 0", func() error { return update("live", UpdateAliasInput{Additional: weights{"2": -1}}) }, ve,
			"1 validation error detected: Value '{2=-1.0}" + path + "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"},
		{"weight of $LATEST", func() error { return create("a", Routing{Version: "1", Additional: weights{"$LATEST": 0.5}}) }, ve,
			"1 validation error detected: Value '{$LATEST=0.5}" + path + "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"},
		{"missing version", func() error { return create("a", Routing{Version: "9"}) }, rnf, "Function not found: " + arnPrefix + "f:9"},
		{"missing weight", func() error { return create("a", Routing{Version: "1", Additional: weights{"9": 0}}) }, rnf, "Function not found: " + arnPrefix + "f:9"},
		{"no version", func() error { return create("a", Routing{}) }, ve,
			"1 validation error detected: Value null at 'functionVersion' failed to satisfy constraint: Member must not be null"},
		{"version of another form", func() error { return update("live", UpdateAliasInput{Version: "head"}) }, ve,
			"1 validation error detected: Value 'head' at 'functionVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\$LATEST|[0-9]+)"},
		{"all digits", func() error { return create("2024", Routing{Version: "1"}) }, ve,
			"1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"},
		{"name too long", func() error { return create(strings.Repeat("a", 129), Routing{Version: "1"}) }, ve,
			"1 validation error detected: Value '" + strings.Repeat("a", 129) + "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"exists", func() error { return create("live", Routing{Version: "1"}) }, rce, "Alias already exists: " + arnPrefix + "f:live"},
		{"update of none", func() error { return update("none", UpdateAliasInput{}) }, rnf, "Alias not found: " + arnPrefix + "f:none"},
		{"update to own version", func() error { return update("live", UpdateAliasInput{Additional: weights{"1": 0.5}}) }, ipv,
			"Invalid function version 1. Function version 1 is already included in routing configuration."},
		{"update $LATEST with weights", func() error { return update("head", UpdateAliasInput{Additional: weights{"1": 0.5}}) }, ipv,
			"$LATEST is not supported for an alias pointing to more than 1 version"},
		{"create without function", func() error {
			_, err := x.CreateAlias(x.now, "g", "live", Routing{Version: "7"})
			return err
		}, rnf, "Function not found: " + arnPrefix + "g:7"},
		{"get none", func() error { _, err := x.GetAlias(x.now, "f", "none"); return err }, rnf, "Cannot find alias arn: " + arnPrefix + "f:none"},
		{"get without function", func() error { _, err := x.GetAlias(x.now, "g", "none"); return err }, rnf, "Cannot find alias arn: " + arnPrefix + "g:none"},
		{"list without function", func() error { _, _, err := x.ListAliases(x.now, "g", "", Page{}); return err }, rnf, "Function not found: " + arnPrefix + "g"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			err := tt.err()
			requireRefused(t, err, tt.code, tt.message)
			require.Equal(t, tt.code == ve || strings.HasPrefix(tt.message, "$LATEST is not"), untyped(err))
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
}

func TestListAliases_filtersByMainVersion(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.publish("f")
	x.alias("f", "b", Routing{Version: "2"})
	x.alias("f", "a", Routing{Version: "1", Additional: map[string]float64{"2": 1}})
	x.alias("f", "c", Routing{Version: "2"})
	names := func(version string) []string {
		items, next, err := x.ListAliases(x.now, "f", version, Page{})
		require.NoError(t, err)
		require.Empty(t, next)
		got := []string{}
		for _, a := range items {
			got = append(got, a.Name)
		}
		return got
	}
	require.Equal(t, []string{"a", "b", "c"}, names(""))
	require.Equal(t, []string{"b", "c"}, names("2"))
	require.Equal(t, []string{}, names("$LATEST"))
}

func TestDeleteAlias_takesItsSettingsAlong(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	require.NoError(t, x.DeleteAlias(x.now, "f", "live"), "one that does not exist is no error")
	require.NoError(t, x.DeleteAlias(x.now, "g", "live"), "nor without a function")
	x.alias("f", "live", Routing{Version: "1"})
	before := x.GetAccountSettings(x.now)
	_, err := x.PutProvisionedConcurrency(x.now, "f", "live", 3)
	require.NoError(t, err)
	_, err = x.PutEventInvokeConfig(x.now, "f", "live", EventInvokeConfig{MaximumRetryAttempts: new(1)})
	require.NoError(t, err)
	u, err := x.CreateFunctionURLConfig(x.now, "f", "live", FunctionURLInput{AuthType: AuthNone})
	require.NoError(t, err)
	require.NoError(t, x.DeleteAlias(x.now, "f", "live"))
	require.Equal(t, before, x.GetAccountSettings(x.now))
	_, _, ok := x.ResolveURL(x.now, strings.TrimPrefix(strings.Split(u.FunctionURL, ".")[0], "https://"))
	require.False(t, ok)
	x.alias("f", "live", Routing{Version: "1"})
	require.Nil(t, x.resolve("f", "live").Async)
}
