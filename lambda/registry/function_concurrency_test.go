package registry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
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

func TestGetAccountSettings(t *testing.T) {
	x := newFixture(t)
	require.Equal(t, `{"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,`+
		`"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000},"AccountUsage":{"TotalCodeSize":0,"FunctionCount":1}}`,
		wire(t, x.GetAccountSettings(x.now)))
	unreserved := func() int { return x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions }
	size := func() int64 { return x.GetAccountSettings(x.now).AccountUsage.TotalCodeSize }

	_, err := x.PutFunctionConcurrency(x.now, "f", 400)
	require.NoError(t, err)
	require.Equal(t, 600, unreserved())
	x.publish("f")
	_, err = x.PutProvisionedConcurrency(x.now, "f", "1", 100)
	require.NoError(t, err)
	require.Equal(t, 600, unreserved(), "provisioned inside a reservation is not counted twice")
	require.NoError(t, x.DeleteFunctionConcurrency(x.now, "f"))
	require.Equal(t, 900, unreserved())

	pkg := archive(t, "code")
	n := int64(len(pkg))
	_, err = x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Package: pkg})
	require.NoError(t, err)
	require.Equal(t, n, size())
	_, err = x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{MemorySize: 256})
	require.NoError(t, err)
	require.Equal(t, n, size(), "an update of the configuration adds nothing")
	_, err = x.PublishVersion(x.now, "f", PublishVersionInput{})
	require.NoError(t, err)
	require.Equal(t, 2*n, size(), "publishing it adds the package again")
}

// A provisioned config that was deleted while its environments run claims nothing as a setting.
func TestGetAccountSettings_isNotAboutWhatRuns(t *testing.T) {
	x := newFixture(t, Options{Account: smallAccount(10)})
	x.publish("f")
	_, err := x.PutProvisionedConcurrency(x.now, "f", "1", 6)
	require.NoError(t, err)
	x.advance(1e9)
	lease, err := x.resolve("f", "1").Deployment.Books.AcquireAt(x.now)
	require.NoError(t, err)
	require.Equal(t, concurrency.Provisioned, lease.Pool)
	require.NoError(t, x.DeleteProvisionedConcurrency(x.now, "f", "1"))
	require.Equal(t, 10, x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions)
}

func TestRecursionConfig(t *testing.T) {
	x := newFixture(t)
	loop, err := x.GetFunctionRecursionConfig(x.now, "f")
	require.NoError(t, err)
	require.Equal(t, Terminate, loop)
	require.NoError(t, x.PutFunctionRecursionConfig(x.now, "f", Allow))
	require.Equal(t, Allow, x.resolve("f", "").RecursiveLoop)
	loop, err = x.GetFunctionRecursionConfig(x.now, arnPrefix+"f")
	require.NoError(t, err)
	require.Equal(t, Allow, loop)
	requireRefused(t, x.PutFunctionRecursionConfig(x.now, "f", "Maybe"), ve,
		"1 validation error detected: Value 'Maybe' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]")
	requireRefused(t, x.PutFunctionRecursionConfig(x.now, "f:1", Allow), ve,
		"1 validation error detected: Value 'f:1' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: "+unqualifiedPattern)
	_, err = x.GetFunctionRecursionConfig(x.now, "g")
	requireRefused(t, err, rnf, "Function not found: "+arnPrefix+"g")
	_, err = x.GetFunctionRecursionConfig(x.now, "f:$LATEST")
	require.ErrorIs(t, err, lambda.ErrValidation)
}
