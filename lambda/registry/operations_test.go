package registry

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// The two forms of names, as messages quote them.
const (
	namespacedPattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`
	plainPattern      = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`
)

// operation is a well-formed call of one operation on the function of a given name.
type operation struct {
	name    string
	call    func(r *Registry, now time.Time, function string) error
	pattern string // of the names it takes
	missing string // what it says of a function g that does not exist; "" for nothing
}

// operations is every operation that takes a function's name.
func operations() []operation {
	only := func(_ any, err error) error { return err }
	list := func(_ any, _ string, err error) error { return err }
	retries := EventInvokeConfig{MaximumRetryAttempts: new(0)}
	permission := AddPermissionInput{StatementID: "s", Action: "*", Principal: "*"}
	const (
		g        = "Function not found: " + arnPrefix + "g"
		doesnt   = "The function doesn't exist."
		no       = "Function does not exist"
		resource = "The resource you requested does not exist."
		config   = "The function " + arnPrefix + "g:$LATEST doesn't have an EventInvokeConfig"
	)
	type f = string
	return []operation{
		{"GetFunction", func(r *Registry, now time.Time, n f) error { return only(r.GetFunction(now, n, "")) }, namespacedPattern, g},
		{"GetFunctionConfiguration", func(r *Registry, now time.Time, n f) error { return only(r.GetFunctionConfiguration(now, n, "")) }, namespacedPattern, g},
		{"DeleteFunction", func(r *Registry, now time.Time, n f) error { return r.DeleteFunction(now, n, "") }, namespacedPattern, g},
		{"ListVersionsByFunction", func(r *Registry, now time.Time, n f) error { return list(r.ListVersionsByFunction(now, n, Page{})) }, namespacedPattern, g},
		{"UpdateFunctionCode", func(r *Registry, now time.Time, n f) error {
			return only(r.UpdateFunctionCode(now, n, UpdateFunctionCodeInput{Code: code}))
		}, plainPattern, g},
		{"UpdateFunctionConfiguration", func(r *Registry, now time.Time, n f) error {
			return only(r.UpdateFunctionConfiguration(now, n, UpdateFunctionConfigurationInput{}))
		}, plainPattern, g},
		{"PublishVersion", func(r *Registry, now time.Time, n f) error {
			return only(r.PublishVersion(now, n, PublishVersionInput{}))
		}, plainPattern, g},
		{"CreateAlias", func(r *Registry, now time.Time, n f) error {
			return only(r.CreateAlias(now, n, "x", Routing{Version: "$LATEST"}))
		}, plainPattern, g + ":$LATEST"},
		{"PutAlias", func(r *Registry, now time.Time, n f) error {
			return only(r.PutAlias(now, n, "x", Routing{Version: "1"}))
		}, plainPattern, g + ":1"},
		{"UpdateAlias", func(r *Registry, now time.Time, n f) error {
			return only(r.UpdateAlias(now, n, "x", UpdateAliasInput{}))
		}, plainPattern, "Alias not found: " + arnPrefix + "g:x"},
		{"GetAlias", func(r *Registry, now time.Time, n f) error { return only(r.GetAlias(now, n, "x")) }, plainPattern, "Cannot find alias arn: " + arnPrefix + "g:x"},
		{"ListAliases", func(r *Registry, now time.Time, n f) error { return list(r.ListAliases(now, n, "", Page{})) }, plainPattern, g},
		{"DeleteAlias", func(r *Registry, now time.Time, n f) error { return r.DeleteAlias(now, n, "x") }, plainPattern, ""},
		{"PutFunctionConcurrency", func(r *Registry, now time.Time, n f) error { return only(r.PutFunctionConcurrency(now, n, 1)) }, plainPattern, g + ":$LATEST"},
		{"GetFunctionConcurrency", func(r *Registry, now time.Time, n f) error { return only(r.GetFunctionConcurrency(now, n)) }, plainPattern, g},
		{"DeleteFunctionConcurrency", func(r *Registry, now time.Time, n f) error { return r.DeleteFunctionConcurrency(now, n) }, plainPattern, g},
		{"PutProvisionedConcurrency", func(r *Registry, now time.Time, n f) error { return only(r.PutProvisionedConcurrency(now, n, "1", 1)) }, plainPattern, g + ":1"},
		{"GetProvisionedConcurrency", func(r *Registry, now time.Time, n f) error { return only(r.GetProvisionedConcurrency(now, n, "1")) }, plainPattern, g + ":1"},
		{"DeleteProvisionedConcurrency", func(r *Registry, now time.Time, n f) error { return r.DeleteProvisionedConcurrency(now, n, "1") }, plainPattern, g + ":1"},
		{"ListProvisionedConcurrency", func(r *Registry, now time.Time, n f) error { return list(r.ListProvisionedConcurrency(now, n, Page{})) }, plainPattern, g},
		{"PutEventInvokeConfig", func(r *Registry, now time.Time, n f) error { return only(r.PutEventInvokeConfig(now, n, "", retries)) }, namespacedPattern, doesnt},
		{"UpdateEventInvokeConfig", func(r *Registry, now time.Time, n f) error {
			return only(r.UpdateEventInvokeConfig(now, n, "", retries))
		}, namespacedPattern, doesnt},
		{"GetEventInvokeConfig", func(r *Registry, now time.Time, n f) error { return only(r.GetEventInvokeConfig(now, n, "")) }, namespacedPattern, config},
		{"DeleteEventInvokeConfig", func(r *Registry, now time.Time, n f) error { return r.DeleteEventInvokeConfig(now, n, "") }, namespacedPattern, config},
		{"ListEventInvokeConfigs", func(r *Registry, now time.Time, n f) error { return list(r.ListEventInvokeConfigs(now, n, Page{})) }, namespacedPattern, doesnt},
		{"AddPermission", func(r *Registry, now time.Time, n f) error { return only(r.AddPermission(now, n, "", permission)) }, namespacedPattern, g},
		{"RemovePermission", func(r *Registry, now time.Time, n f) error { return r.RemovePermission(now, n, "", "s", "") }, namespacedPattern, "No policy found for: " + arnPrefix + "g"},
		{"GetPolicy", func(r *Registry, now time.Time, n f) error { return list(r.GetPolicy(now, n, "")) }, namespacedPattern, resource},
		{"CreateFunctionURLConfig", func(r *Registry, now time.Time, n f) error {
			return only(r.CreateFunctionURLConfig(now, n, "", FunctionURLInput{AuthType: AuthNone}))
		}, plainPattern, no},
		{"UpdateFunctionURLConfig", func(r *Registry, now time.Time, n f) error {
			return only(r.UpdateFunctionURLConfig(now, n, "", FunctionURLInput{}))
		}, plainPattern, no},
		{"GetFunctionURLConfig", func(r *Registry, now time.Time, n f) error { return only(r.GetFunctionURLConfig(now, n, "")) }, plainPattern, resource},
		{"DeleteFunctionURLConfig", func(r *Registry, now time.Time, n f) error { return r.DeleteFunctionURLConfig(now, n, "") }, plainPattern, resource},
		{"ListFunctionURLConfigs", func(r *Registry, now time.Time, n f) error { return list(r.ListFunctionURLConfigs(now, n, Page{})) }, plainPattern, no},
		{"PutFunctionRecursionConfig", func(r *Registry, now time.Time, n f) error { return r.PutFunctionRecursionConfig(now, n, Allow) }, plainPattern, g},
		{"GetFunctionRecursionConfig", func(r *Registry, now time.Time, n f) error { return only(r.GetFunctionRecursionConfig(now, n)) }, plainPattern, g},
	}
}

// TestOperations_names is what every operation says of names: first of their form, then of where they point, then of
// what does not exist. The text of the last differs from operation to operation.
func TestOperations_names(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	before := world(t, x.Registry, x.now)
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			maximum := map[string]int{namespacedPattern: 256, plainPattern: 140}[op.pattern]
			for _, name := range []string{"f!", "f:1:2", "arn:aws:ec2:us-east-1:123456789012:function:f", "arn:aws:lambda::123456789012:function:f", "f:$LATES"} {
				requireRefused(t, op.call(x.Registry, x.now, name), ve, "1 validation error detected: Value '"+name+
					"' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: "+op.pattern)
			}
			long := arnPrefix + strings.Repeat("n", maximum)
			requireRefused(t, op.call(x.Registry, x.now, long), ve, "1 validation error detected: Value '"+long+
				"' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to "+map[int]string{256: "256", 140: "140"}[maximum])
			requireRefused(t, op.call(x.Registry, x.now, "arn:aws:lambda:eu-west-1:123456789012:function:f"), rnf,
				"Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")
			require.ErrorIs(t, op.call(x.Registry, x.now, "999999999999:function:f"), lambda.ErrAccessDenied)
			for _, name := range []string{"g", "function:g", "123456789012:function:g", arnPrefix + "g"} {
				err := op.call(x.Registry, x.now, name)
				if op.missing == "" {
					require.NoError(t, err)
					continue
				}
				requireRefused(t, err, rnf, op.missing)
			}
		})
	}
	require.Equal(t, before, world(t, x.Registry, x.now))
}

// An operation that panics or returns with the lock held would leave every later call waiting.
func TestOperations_releaseTheLock(t *testing.T) {
	for _, op := range operations() {
		for _, name := range []string{"f", "g", "f!", "f:1"} {
			x := newFixture(t)
			x.publish("f")
			_ = op.call(x.Registry, x.now, name) // whether it succeeds does not matter here
			require.True(t, x.mu.TryLock(), "%s %s", op.name, name)
			x.mu.Unlock()
		}
	}
}

// Every operation on a function answers the same whichever form of its name is used.
func TestOperations_takeEveryFormOfAName(t *testing.T) {
	for _, op := range operations() {
		var want string
		for i, name := range []string{"f", "function:f", "123456789012:function:f", "us-east-1:123456789012:function:f", arnPrefix + "f"} {
			x := newFixture(t)
			x.publish("f")
			got := ""
			if err := op.call(x.Registry, x.now, name); err != nil {
				got = err.Error()
			}
			got += world(t, x.Registry, x.now)
			if i == 0 {
				want = got
			}
			require.Equal(t, want, got, "%s %s", op.name, name)
		}
	}
}

// TestOperations_orderOfChecks: of two things that are wrong, the earlier check answers.
func TestOperations_orderOfChecks(t *testing.T) {
	x := newFixture(t, Options{UpdateDelay: time.Minute})
	x.publish("f")
	x.advance(time.Minute)
	_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{})
	require.NoError(t, err)
	const foreign = "arn:aws:lambda:eu-west-1:123456789012:function:f:1"
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"form before mismatch", callErr(x.PutProvisionedConcurrency(x.now, "f:1", "2", 0)), lambda.ErrValidation},
		{"form before Region", callErr(x.PutEventInvokeConfig(x.now, foreign, "", EventInvokeConfig{MaximumRetryAttempts: new(9)})), lambda.ErrValidation},
		{"mismatch before Region", callErr(x.GetFunction(x.now, foreign, "2")), lambda.ErrInvalidParameterValue},
		{"Region before rules", x.DeleteFunction(x.now, "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST", ""), lambda.ErrResourceNotFound},
		{"rules before existence", callErr(x.CreateAlias(x.now, "g", "a", Routing{Version: "$LATEST", Additional: map[string]float64{"1": 0}})), lambda.ErrInvalidParameterValue},
		{"existence before revision", callErr(x.PublishVersion(x.now, "g", PublishVersionInput{RevisionID: "stale"})), lambda.ErrResourceNotFound},
		{"revision before state", callErr(x.PublishVersion(x.now, "f", PublishVersionInput{RevisionID: "stale"})), lambda.ErrPreconditionFailed},
		{"state", callErr(x.PublishVersion(x.now, "f", PublishVersionInput{})), lambda.ErrResourceConflict},
	} {
		require.ErrorIs(t, tt.err, tt.want, tt.name)
	}
}

// callErr is a call's error alone.
func callErr[T any](_ T, err error) error { return err }
