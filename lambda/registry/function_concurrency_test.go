package registry

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFunctionConcurrency(t *testing.T) {
	x := newFixture(t)
	get := func() string {
		c, err := x.GetFunctionConcurrency(x.now, "f")
		require.NoError(t, err)
		return wire(t, c)
	}
	require.Equal(t, "{}", get())
	for _, n := range []int{3, 0} {
		c, err := x.PutFunctionConcurrency(x.now, arnPrefix+"f", n)
		require.NoError(t, err)
		require.Equal(t, get(), wire(t, c))
	}
	require.Equal(t, `{"ReservedConcurrentExecutions":0}`, get())
	require.NoError(t, x.DeleteFunctionConcurrency(x.now, "f"))
	require.Equal(t, "{}", get())
	require.NoError(t, x.DeleteFunctionConcurrency(x.now, "f"))
}

func TestFunctionConcurrency_refused(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	_, err := x.PutProvisionedConcurrency(x.now, "f", "1", 2)
	require.NoError(t, err)
	const functionsOnlyText = "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."
	put := func(name string, n int) func() error {
		return func() error { _, err := x.PutFunctionConcurrency(x.now, name, n); return err }
	}
	for _, tt := range []struct {
		name          string
		err           func() error
		code, message string
		untyped       bool
	}{
		{"qualified", put("f:1", 1), ipv, functionsOnlyText, false},
		{"$LATEST", put("f:$LATEST", 1), ipv, functionsOnlyText, false},
		{"qualified, function missing", put("g:1", 1), ipv, functionsOnlyText, false},
		{"put, function missing", put("g", 1), rnf, "Function not found: " + arnPrefix + "g:$LATEST", false},
		{"leaves too little", put("f", 901), ipv,
			"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].", true},
		{"more than the account", put("f", 2000), ipv,
			"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].", true},
		{"under provisioned", put("f", 1), ipv,
			" ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].", true},
		{"negative", put("f", -1), ve,
			"1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0", true},
		{"get, function missing", func() error { _, err := x.GetFunctionConcurrency(x.now, "g"); return err }, rnf, "Function not found: " + arnPrefix + "g", false},
		{"delete, function missing", func() error { return x.DeleteFunctionConcurrency(x.now, "g") }, rnf, "Function not found: " + arnPrefix + "g", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			err := tt.err()
			requireRefused(t, err, tt.code, tt.message)
			require.Equal(t, tt.untyped, untyped(err))
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
}

// Whoever keeps count of what is claimed is told of every change, in whatever way it comes about, by the function's bare
// name; a refusal and a deletion of nothing are no change.
func TestOnConcurrency(t *testing.T) {
	var x *fixture
	var told []string
	x = newFixture(t, Options{OnConcurrency: func(now time.Time, function, version string, allocated int) {
		told = append(told, fmt.Sprintf("%s %s %d", function, version, allocated))
		_, err := x.ListTags(now, arnPrefix+"nobody") // no lock is held
		require.Error(t, err)
	}})
	x.publish("f")
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	step := func(err error, want ...string) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, want, told)
		told = nil
	}
	step(nil)
	step(x.DeleteFunctionConcurrency(x.now, "f"))
	_, err := x.PutFunctionConcurrency(x.now, arnPrefix+"f", 9)
	step(err, "f  0")
	_, err = x.PutFunctionConcurrency(x.now, "f", 2000)
	require.Error(t, err)
	step(nil)
	_, err = x.PutProvisionedConcurrency(x.now, "f", "live", 2)
	step(err, "f 1 0")
	x.advance(2 * time.Minute)
	x.alias("f", "live", Routing{Version: "2"})
	step(nil, "f 2 2") // for the time being version 1's
	x.advance(2 * time.Minute)
	x.Settle(x.now)
	step(nil, "f 1 0")
	step(x.DeleteProvisionedConcurrency(x.now, "f", "live"), "f 2 0")
	step(x.DeleteProvisionedConcurrency(x.now, "f", "live"))
	_, err = x.PutProvisionedConcurrency(x.now, "f", "1", 1)
	step(err, "f 1 0")
	step(x.DeleteFunction(x.now, "f", "1"), "f 1 0")
	_, err = x.PutProvisionedConcurrency(x.now, "f", "live", 1)
	step(err, "f 2 0")
	step(x.DeleteFunctionConcurrency(x.now, "f"), "f  0")
	_, err = x.PutFunctionConcurrency(x.now, "f", 9)
	step(err, "f  0")
	step(x.DeleteFunction(x.now, "f", ""), "f  0", "f 2 0")
}
