package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

func TestProvisionedConcurrency_answers(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	c, err := x.PutProvisionedConcurrency(x.now, "f", "1", 5)
	require.NoError(t, err)
	require.Equal(t, `{"RequestedProvisionedConcurrentExecutions":5,"AvailableProvisionedConcurrentExecutions":0,`+
		`"AllocatedProvisionedConcurrentExecutions":0,"Status":"IN_PROGRESS","LastModified":"2025-11-25T02:26:14+0000"}`, wire(t, c))
	x.advance(2 * time.Minute)
	c, err = x.GetProvisionedConcurrency(x.now, "f:1", "")
	require.NoError(t, err)
	require.Equal(t, `{"RequestedProvisionedConcurrentExecutions":5,"AvailableProvisionedConcurrentExecutions":5,`+
		`"AllocatedProvisionedConcurrentExecutions":5,"Status":"READY","LastModified":"2025-11-25T02:26:14+0000"}`, wire(t, c))
	items, _, err := x.ListProvisionedConcurrency(x.now, "f", Page{})
	require.NoError(t, err)
	c.FunctionARN = arnPrefix + "f:1"
	require.Equal(t, []*ProvisionedConcurrency{c}, items)
	require.NoError(t, x.DeleteProvisionedConcurrency(x.now, "f", "1"))
	require.NoError(t, x.DeleteProvisionedConcurrency(x.now, "f", "1"), "repeatable")
	items, _, err = x.ListProvisionedConcurrency(x.now, "f", Page{})
	require.NoError(t, err)
	require.Equal(t, "[]", wire(t, items))
}

func TestProvisionedConcurrency_failed(t *testing.T) {
	var held []uint64
	x := newFixture(t, Options{OnProvision: func(_ time.Time, d *Deployment, _ int) {
		request, _ := d.Books.HoldProvisioned()
		held = append(held, request)
	}})
	x.publish("f")
	_, err := x.PutProvisionedConcurrency(x.now, "f", "1", 1)
	require.NoError(t, err)
	x.advance(time.Hour)
	require.True(t, x.resolve("f", "1").Deployment.Books.FailProvisionedAt(x.now, held[0], concurrency.FunctionErrorInitFailure))
	c, err := x.GetProvisionedConcurrency(x.now, "f", "1")
	require.NoError(t, err)
	require.Equal(t, []any{1, 0, 0, "FAILED", "FUNCTION_ERROR_INIT_FAILURE"},
		[]any{c.Requested, c.Available, c.Allocated, c.Status, c.StatusReason})
}

func TestProvisionedConcurrency_refused(t *testing.T) {
	x := newFixture(t)
	for range 3 {
		x.publish("f")
	}
	x.alias("f", "live", Routing{Version: "1"})
	x.alias("f", "other", Routing{Version: "1"})
	x.alias("f", "second", Routing{Version: "2"})
	x.alias("f", "canary", Routing{Version: "3", Additional: map[string]float64{"2": 0.1}})
	x.alias("f", "head", Routing{Version: lambda.Latest})
	for _, q := range []string{"live", "2"} {
		_, err := x.PutProvisionedConcurrency(x.now, "f", q, 3)
		require.NoError(t, err)
	}
	x.create("g")
	x.publish("g")
	_, err := x.PutFunctionConcurrency(x.now, "g", 10)
	require.NoError(t, err)

	put := func(name, q string, n int) func() error {
		return func() error { _, err := x.PutProvisionedConcurrency(x.now, name, q, n); return err }
	}
	get := func(name, q string) func() error {
		return func() error { _, err := x.GetProvisionedConcurrency(x.now, name, q); return err }
	}
	del := func(name, q string) func() error {
		return func() error { return x.DeleteProvisionedConcurrency(x.now, name, q) }
	}
	const (
		unpublished = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
		published   = "The function resource provided must be an alias or a published version."
		taken       = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
		pointed     = "Version is pointed by a Provisioned Concurrency alias"
	)
	for _, tt := range []struct {
		name          string
		err           func() error
		code, message string
		untyped       bool
	}{
		{"put $LATEST", put("f", "$LATEST", 1), ipv, unpublished, false},
		{"put $LATEST, function missing", put("h", "$LATEST", 1), ipv, unpublished, false},
		{"put alias of $LATEST", put("f", "head", 1), ipv, unpublished, false},
		{"get $LATEST", get("f", "$LATEST"), ipv, published, false},
		{"delete $LATEST", del("f", "$LATEST"), ipv, published, false},
		{"put zero", put("f", "1", 0), ve,
			"1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1", true},
		{"put without qualifier", put("f", "", 1), ve,
			"1 validation error detected: Value null at 'qualifier' failed to satisfy constraint: Member must not be null", true},
		{"put alias missing", put("f", "none", 1), rnf, "Cannot find alias arn: " + arnPrefix + "f:none", false},
		{"get alias of no function", get("h", "none"), rnf, "Cannot find alias arn: " + arnPrefix + "h:none", false},
		{"delete alias missing", del("f", "none"), rnf, "Cannot find alias arn: " + arnPrefix + "f:none", false},
		{"put version missing", put("f", "10", 1), rnf, "Function not found: " + arnPrefix + "f:10", false},
		{"get version of no function", get("h", "10"), rnf, "Function not found: " + arnPrefix + "h:10", false},
		{"delete version missing", del("f", "10"), rnf, "Function not found: " + arnPrefix + "f:10", false},
		{"get none", get("f", "3"), "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", false},
		{"get version of a provisioned alias", get("f", "1"), "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", false},
		{"row 19: version whose alias has one", put("f", "1", 1), rce, pointed, false},
		{"another alias of that version", put("f", "other", 1), rce, taken, false},
		{"row 20: alias whose version has one", put("f", "second", 1), rce, taken, false},
		{"row 49: alias with weights", put("f", "canary", 1), ipv, "Alias with weights can not be used with Provisioned Concurrency", false},
		{"more than reserved", put("g", "1", 11), ipv, "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function", false},
		{"more than unreserved", put("f", "3", 1001), ipv, "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [984].", true},
		{"leaves too little", put("f", "3", 900), ipv, "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].", true},
		{"list, function missing", func() error { _, _, err := x.ListProvisionedConcurrency(x.now, "h", Page{}); return err }, rnf, "Function not found: " + arnPrefix + "h", false},
		{"delete a version that an alias with a config points to", func() error { return x.DeleteFunction(x.now, "f", "1") }, rce,
			"Unable to delete version because the following aliases reference it: [live, other]", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			err := tt.err()
			requireRefused(t, err, tt.code, tt.message)
			require.Equal(t, tt.untyped, untyped(err))
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
	_, err = x.PutProvisionedConcurrency(x.now, "f", "live", 7)
	require.NoError(t, err, "a put while in progress overwrites")
	require.NoError(t, x.DeleteProvisionedConcurrency(x.now, "f", "3"), "none is no error")
}

// provisions is what OnProvision was told.
type provisions []string

func (p *provisions) take() []string {
	got := *p
	*p = nil
	return got
}

// TestMovingAnAlias is row 21 and what leads there: the new version is provisioned first, the old then released.
func TestMovingAnAlias(t *testing.T) {
	var told provisions
	var x *fixture
	x = newFixture(t, Options{OnProvision: func(_ time.Time, d *Deployment, n int) {
		told = append(told, d.Version+"×"+string(rune('0'+n)))
		x.get("f", "") // no lock is held
	}})
	x.publish("f")
	x.publish("f")
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	_, err := x.PutProvisionedConcurrency(x.now, "f", "live", 1)
	require.NoError(t, err)
	require.Equal(t, []string{"1×1"}, told.take())
	x.advance(2 * time.Minute)

	a, err := x.UpdateAlias(x.now, "f", "live", UpdateAliasInput{Version: "2"})
	require.NoError(t, err)
	require.Equal(t, []string{"2×1"}, told.take())
	require.Equal(t, "2", a.FunctionVersion)
	require.Equal(t, map[string]float64{"1": 1}, a.RoutingConfig.AdditionalVersionWeights, "a transient weight")
	show := func() []any {
		c, err := x.GetProvisionedConcurrency(x.now, "f", "live")
		require.NoError(t, err)
		return []any{c.Requested, c.Available, c.Allocated, c.Status}
	}
	pool := func(qualifier string) concurrency.Pool {
		lease, err := x.resolve("f", qualifier).Pick(0.5).Books.AcquireAt(x.now)
		require.NoError(t, err)
		defer lease.ReleaseAt(x.now, true)
		return lease.Pool
	}
	require.Equal(t, []any{1, 1, 1, "IN_PROGRESS"}, show())
	require.Equal(t, "1", x.resolve("f", "live").Pick(0.999).Version)
	require.Equal(t, concurrency.Provisioned, pool("live"))
	require.Error(t, x.DeleteFunction(x.now, "f", "1"), "the alias still references it")
	require.Equal(t, 999, x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions, "counted once")

	next, ok := x.Settle(x.now)
	require.True(t, ok)
	x.now = next
	require.Equal(t, "2", x.resolve("f", "live").Pick(0).Version)
	require.Nil(t, x.resolve("f", "live").Alternative)
	require.Equal(t, []any{1, 1, 1, "READY"}, show())
	require.Equal(t, []concurrency.Pool{concurrency.Provisioned, concurrency.Provisioned, concurrency.Unreserved},
		[]concurrency.Pool{pool("live"), pool("2"), pool("1")})
	got, err := x.GetAlias(x.now, "f", "live")
	require.NoError(t, err)
	require.Nil(t, got.RoutingConfig)
	_, err = x.GetProvisionedConcurrency(x.now, "f", "2")
	require.ErrorIs(t, err, lambda.ErrProvisionedConcurrencyConfigNotFound)
	_, ok = x.Settle(x.now)
	require.False(t, ok)
	require.NoError(t, x.DeleteFunction(x.now, "f", "1"))
}

func TestMovingAnAlias_onAndBack(t *testing.T) {
	x := newFixture(t)
	for range 3 {
		x.publish("f")
	}
	x.alias("f", "live", Routing{Version: "1"})
	_, err := x.PutProvisionedConcurrency(x.now, "f", "live", 2)
	require.NoError(t, err)
	x.advance(2 * time.Minute)
	move := func(version string) {
		t.Helper()
		_, err := x.UpdateAlias(x.now, "f", "live", UpdateAliasInput{Version: version})
		require.NoError(t, err)
	}
	move("2")
	move("3")
	require.Equal(t, []string{"3", "1"}, []string{x.resolve("f", "live").Deployment.Version, x.resolve("f", "live").Alternative.Version},
		"the version that is ready serves until the last one is")
	move("1")
	require.Equal(t, "1", x.resolve("f", "live").Deployment.Version)
	require.Nil(t, x.resolve("f", "live").Alternative)
	c, err := x.GetProvisionedConcurrency(x.now, "f", "live")
	require.NoError(t, err)
	require.Equal(t, 2, c.Available, "everything is there still")
	x.advance(2 * time.Minute)
	for _, q := range []string{"2", "3"} {
		_, ok := x.resolve("f", q).Deployment.Books.ProvisionedAt(x.now)
		require.False(t, ok, q)
	}
	require.Equal(t, 998, x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions)
}

func TestMovingAnAlias_refused(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	for _, q := range []string{"live", "2"} {
		_, err := x.PutProvisionedConcurrency(x.now, "f", q, 2)
		require.NoError(t, err)
	}
	before := world(t, x.Registry, x.now)
	_, err := x.UpdateAlias(x.now, "f", "live", UpdateAliasInput{Version: "2"})
	requireRefused(t, err, rce, "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
	_, err = x.PutAlias(x.now, "f", "live", Routing{Version: lambda.Latest})
	requireRefused(t, err, ipv, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	require.Equal(t, before, world(t, x.Registry, x.now))
}

func TestMovingAnAlias_weightsOfTheUserWin(t *testing.T) {
	x := newFixture(t)
	for range 3 {
		x.publish("f")
	}
	x.alias("f", "live", Routing{Version: "1"})
	_, err := x.PutProvisionedConcurrency(x.now, "f", "live", 2)
	require.NoError(t, err)
	a := x.alias("f", "live", Routing{Version: "2", Additional: map[string]float64{"3": 0.1}})
	require.Equal(t, map[string]float64{"3": 0.1}, a.RoutingConfig.AdditionalVersionWeights)
	require.Equal(t, "3", x.resolve("f", "live").Alternative.Version)
	_, err = x.PutProvisionedConcurrency(x.now, "f", "live", 3)
	require.ErrorIs(t, err, lambda.ErrInvalidParameterValue, "not while weights are there")
}

func TestMovingAnAlias_deletedOnTheWay(t *testing.T) {
	for _, end := range []func(x *fixture) error{
		func(x *fixture) error { return x.DeleteAlias(x.now, "f", "live") },
		func(x *fixture) error { return x.DeleteProvisionedConcurrency(x.now, "f", "live") },
		func(x *fixture) error { return x.DeleteFunction(x.now, "f", "") },
	} {
		x := newFixture(t)
		x.publish("f")
		x.publish("f")
		x.alias("f", "live", Routing{Version: "1"})
		_, err := x.PutProvisionedConcurrency(x.now, "f", "live", 2)
		require.NoError(t, err)
		x.advance(2 * time.Minute)
		x.alias("f", "live", Routing{Version: "2"})
		require.NoError(t, end(x))
		require.Equal(t, 1000, x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions)
		_, ok := x.Settle(x.now)
		require.False(t, ok)
	}
}
