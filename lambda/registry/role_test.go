package registry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

const (
	roleARN  = "arn:aws:iam::123456789012:role/orders"
	otherARN = "arn:aws:iam::123456789012:role/other"
)

// roleThat is a role that may do these things on every resource.
func roleThat(arn string, actions ...string) iam.Role {
	role := iam.Role{ARN: arn, ManagedPolicies: []string{iam.AWSLambdaBasicExecutionRole}}
	if len(actions) > 0 {
		role.Policies = []*iam.Policy{{Statements: []iam.Statement{{Effect: iam.Allow, Action: actions, Resource: []string{"*"}}}}}
	}
	return role
}

// newRoleFixture is a registry with a directory, in which there is one role, and the function g that has it.
func newRoleFixture(t *testing.T, actions ...string) (*fixture, *iam.Roles) {
	t.Helper()
	roles := iam.NewRoles()
	require.NoError(t, roles.Put(roleThat(roleARN, actions...)))
	x := newFixture(t, Options{Roles: roles})
	_, err := x.CreateFunction(x.now, CreateFunctionInput{Config: lambda.Config{Name: "g", Role: roleARN}, Code: code})
	require.NoError(t, err)
	return x, roles
}

func TestRole_mustBeAssumable(t *testing.T) {
	const cannot = "The role defined for the function cannot be assumed by Lambda."
	x, roles := newRoleFixture(t)
	require.NoError(t, roles.Put(iam.Role{ARN: otherARN, Trust: iam.TrustPolicy("ec2.amazonaws.com")}))
	before := world(t, x.Registry, x.now)
	for _, role := range []string{otherARN, "arn:aws:iam::123456789012:role/missing"} {
		_, err := x.CreateFunction(x.now, CreateFunctionInput{Config: lambda.Config{Name: "h", Role: role}, Code: code})
		requireRefused(t, err, ipv, cannot)
		_, err = x.PutFunction(x.now, lambda.Config{Name: "g", Role: role}, code)
		requireRefused(t, err, ipv, cannot)
		_, err = x.UpdateFunctionConfiguration(x.now, "g", UpdateFunctionConfigurationInput{Role: role})
		requireRefused(t, err, ipv, cannot)
		_, err = x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{Role: role})
		requireRefused(t, err, ipv, cannot)
	}
	require.Equal(t, before, world(t, x.Registry, x.now))
	require.NoError(t, roles.Put(iam.Role{ARN: otherARN, Trust: iam.TrustPolicy("ec2.amazonaws.com", "lambda.amazonaws.com")}))
	_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{Role: otherARN})
	require.NoError(t, err)
}

// A role that is lost later is no matter of updates that are about something else.
func TestRole_isAskedOnlyForWhatItIsFor(t *testing.T) {
	x, roles := newRoleFixture(t)
	roles.Delete(roleARN)
	_, err := x.UpdateFunctionConfiguration(x.now, "g", UpdateFunctionConfigurationInput{MemorySize: 256})
	require.NoError(t, err)
	_, err = x.UpdateFunctionConfiguration(x.now, "g", UpdateFunctionConfigurationInput{DeadLetter: queue})
	requireRefused(t, err, ipv, "The role defined for the function cannot be assumed by Lambda.")
}

func TestRole_deadLetters(t *testing.T) {
	for _, row := range []struct {
		name, action string
		target       destinations.Target
		want         string
	}{
		{"queue", "sqs:ReceiveMessage", queue, "The provided execution role does not have permissions to call SendMessage on SQS"},
		{"topic", "sns:Subscribe", topic, "The provided execution role does not have permissions to call Publish on SNS"},
		{"queue allowed", "sqs:SendMessage", queue, ""},
		{"topic allowed", "sns:Publish", topic, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			x, roles := newRoleFixture(t, row.action)
			before := world(t, x.Registry, x.now)
			calls := map[string]func() error{
				"create": func() error {
					_, err := x.CreateFunction(x.now, CreateFunctionInput{Code: code,
						Config: lambda.Config{Name: "h", Role: roleARN, DeadLetter: row.target}})
					return err
				},
				"update": func() error {
					_, err := x.UpdateFunctionConfiguration(x.now, "g", UpdateFunctionConfigurationInput{DeadLetter: row.target})
					return err
				},
				"put": func() error {
					_, err := x.PutFunction(x.now, lambda.Config{Name: "g", Role: roleARN, DeadLetter: row.target}, code)
					return err
				},
			}
			for name, call := range calls {
				if row.want == "" {
					require.NoError(t, call(), name)
					continue
				}
				requireRefused(t, call(), ipv, row.want)
				require.Equal(t, before, world(t, x.Registry, x.now), name)
			}
			_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{DeadLetter: row.target})
			require.NoError(t, err, "a function without a role")
			require.NoError(t, roles.Put(roleThat(otherARN)))
			_, err = x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{Role: otherARN})
			require.Error(t, err, "a new role has to do with the old dead-letter queue")
		})
	}
}

func TestRole_destinations(t *testing.T) {
	const cannot = "The function execution role does not have permissions to call "
	const bus = "arn:aws:events:us-east-1:123456789012:event-bus/b"
	bucket := target("arn:aws:s3:::b")
	for _, row := range []struct {
		name, qualifier string
		actions         []string
		c               EventInvokeConfig
		want            string
	}{
		{"queue", "", nil, EventInvokeConfig{OnSuccess: queue}, cannot + "SendMessage on " + queue.ARN()},
		{"topic", "1", nil, EventInvokeConfig{OnFailure: topic}, cannot + "Publish on " + topic.ARN()},
		{"function", "live", nil, EventInvokeConfig{OnSuccess: target(arnPrefix + "f")}, cannot + "InvokeFunction on " + arnPrefix + "f"},
		{"bus", "", nil, EventInvokeConfig{OnSuccess: target(bus)}, cannot + "PutEvents on " + bus},
		{"bucket", "", nil, EventInvokeConfig{OnFailure: bucket}, cannot + "PutObject on " + bucket.ARN()},
		{"bucket without list", "", []string{"s3:PutObject"}, EventInvokeConfig{OnFailure: bucket}, cannot + "ListBucket on " + bucket.ARN()},
		{"the second", "", []string{"sqs:*"}, EventInvokeConfig{OnSuccess: queue, OnFailure: topic}, cannot + "Publish on " + topic.ARN()},
		{"allowed", "", []string{"sqs:*", "s3:*"}, EventInvokeConfig{OnSuccess: queue, OnFailure: bucket}, ""},
		{"none", "", nil, EventInvokeConfig{OnSuccess: NoTarget, MaximumRetryAttempts: new(1)}, ""},
		{"a missing function comes first", "", nil, EventInvokeConfig{OnSuccess: target(arnPrefix + "h")}, "The destination ARN " + arnPrefix + "h is invalid."},
	} {
		t.Run(row.name, func(t *testing.T) {
			x, roles := newRoleFixture(t, row.actions...)
			x.publish("g")
			x.alias("g", "live", Routing{Version: "1"})
			_, err := x.PutEventInvokeConfig(x.now, "g", row.qualifier, EventInvokeConfig{MaximumRetryAttempts: new(0)})
			require.NoError(t, err)
			before := world(t, x.Registry, x.now)
			_, putErr := x.PutEventInvokeConfig(x.now, "g", row.qualifier, row.c)
			if row.want == "" {
				require.NoError(t, putErr)
				return
			}
			requireRefused(t, putErr, ipv, row.want)
			_, err = x.UpdateEventInvokeConfig(x.now, "g", row.qualifier, row.c)
			requireRefused(t, err, ipv, row.want)
			require.Equal(t, before, world(t, x.Registry, x.now), "a refused config leaves the old one")
			if row.c.OnSuccess != nil && row.c.OnSuccess.ARN() == arnPrefix+"h" {
				return
			}
			require.NoError(t, roles.Put(roleThat(roleARN, "sqs:*", "sns:*", "s3:*", "events:*", "lambda:*")))
			_, err = x.PutEventInvokeConfig(x.now, "g", row.qualifier, row.c)
			require.NoError(t, err)
		})
	}
}

// Without a directory a role is only a name, and without a role nothing is checked.
func TestRole_nothingToCheck(t *testing.T) {
	roles := iam.NewRoles()
	for name, x := range map[string]*fixture{"no directory": newFixture(t), "no role": newFixture(t, Options{Roles: roles})} {
		t.Run(name, func(t *testing.T) {
			if x.options.Roles == nil {
				_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{Role: roleARN})
				require.NoError(t, err)
			}
			_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{DeadLetter: queue})
			require.NoError(t, err)
			_, err = x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{OnFailure: target("arn:aws:s3:::b")})
			require.NoError(t, err)
		})
	}
}

// The policy that an invocation finds is that of exactly what it names, and follows every change.
func TestResolve_policy(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	add := func(qualifier, sid string) {
		_, err := x.AddPermission(x.now, "f", qualifier, AddPermissionInput{StatementID: sid, Action: "*", Principal: "*"})
		require.NoError(t, err)
	}
	requirePolicies := func(want map[string]int) {
		t.Helper()
		for _, q := range []string{"", "$LATEST", "1", "live"} {
			res, err := x.Resolve(x.now, lambda.Ref{Name: "f", Qualifier: q})
			require.NoError(t, err)
			require.Same(t, res, x.Find(x.now, lambda.Ref{Name: "f", Qualifier: q}))
			if want[q] == 0 {
				require.Nil(t, res.Policy, q)
				continue
			}
			require.Len(t, res.Policy.Statements, want[q], q)
			document, _, err := x.GetPolicy(x.now, "f", q)
			require.NoError(t, err)
			require.Equal(t, document, res.Policy.String())
		}
	}
	requirePolicies(nil)
	add("", "a")
	requirePolicies(map[string]int{"": 1, "$LATEST": 1})
	add("live", "a")
	add("live", "b")
	requirePolicies(map[string]int{"": 1, "$LATEST": 1, "live": 2})
	add("1", "c")
	require.NoError(t, x.RemovePermission(x.now, "f", "live", "a", ""))
	require.NoError(t, x.RemovePermission(x.now, "f", "", "a", ""))
	requirePolicies(map[string]int{"1": 1, "live": 1})
	require.NoError(t, x.DeleteAlias(x.now, "f", "live"))
	x.alias("f", "live", Routing{Version: "1"})
	requirePolicies(map[string]int{"1": 1})
}

func TestFind(t *testing.T) {
	x := newFixture(t, Options{CreateDelay: 1})
	x.create("g")
	_, err := x.Resolve(x.now, lambda.Ref{Name: "g"})
	require.ErrorIs(t, err, lambda.ErrResourceConflict)
	require.NotNil(t, x.Find(x.now, lambda.Ref{Name: "g"}), "Pending")
	require.Nil(t, x.Find(x.now, lambda.Ref{Name: "g", Qualifier: "live"}))
	require.Nil(t, x.Find(x.now, lambda.Ref{Name: "h"}))
}

func TestAddPermission_variables(t *testing.T) {
	x := newFixture(t)
	before := world(t, x.Registry, x.now)
	_, err := x.AddPermission(x.now, "f", "", AddPermissionInput{StatementID: "s", Action: "*", Principal: "s3.amazonaws.com",
		SourceARN: "arn:aws:s3:::${aws:username}"})
	requireRefused(t, err, ipv, "iam: policy: Statement[0].Condition.ArnLike.AWS:SourceArn: "+
		"the policy variable in arn:aws:s3:::${aws:username} is not modelled")
	require.Equal(t, before, world(t, x.Registry, x.now))
}
