package iam

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const roleARN = "arn:aws:iam::123456789012:role/service-role/orders"

// allow is a policy that allows one action on one resource.
func allow(action, resource string) *Policy {
	return &Policy{Statements: []Statement{{Effect: Allow, Action: []string{action}, Resource: []string{resource}}}}
}

func deny(action, resource string) *Policy {
	p := allow(action, resource)
	p.Statements[0].Effect = Deny
	return p
}

func putRole(t interface {
	require.TestingT
	Helper()
}, roles *Roles, role Role) {
	t.Helper()
	require.NoError(t, roles.Put(role))
}

func TestRoles(t *testing.T) {
	roles := NewRoles()
	_, ok := roles.Get(roleARN)
	require.False(t, ok)
	putRole(t, roles, Role{ARN: roleARN, ManagedPolicies: []string{AWSLambdaBasicExecutionRole}})
	role, ok := roles.Get(roleARN)
	require.True(t, ok)
	require.Equal(t, []string{AWSLambdaBasicExecutionRole}, role.ManagedPolicies)
	_, ok = roles.Get("arn:aws:sts::123456789012:assumed-role/orders/session")
	require.False(t, ok, "a session is no role")
	roles.Delete(roleARN)
	roles.Delete(roleARN)
	_, ok = roles.Get(roleARN)
	require.False(t, ok)
}

func TestRoles_Put_refusals(t *testing.T) {
	const head = "iam: role " + roleARN + ": iam: policy: "
	principal := allow("sqs:*", "*")
	principal.Statements[0].Principal = &Principal{Everybody: true}
	noResource := allow("sqs:*", "*")
	noResource.Statements[0].Resource = nil
	unknownKey := allow("sqs:*", "*")
	unknownKey.Statements[0].Condition = []Condition{{Operator: StringEquals, Key: "aws:SourceIp", Values: []string{"10.0.0.1"}}}
	for _, row := range []struct {
		name string
		role Role
		want string
	}{
		{"no ARN", Role{ARN: "orders"}, `iam: role orders: iam: policy: "orders" is no role's ARN`},
		{"a user's ARN", Role{ARN: "arn:aws:iam::123456789012:user/u"}, `iam: role arn:aws:iam::123456789012:user/u: iam: policy: "arn:aws:iam::123456789012:user/u" is no role's ARN`},
		{"of a Region", Role{ARN: "arn:aws:iam:us-east-1:123456789012:role/r"}, `iam: role arn:aws:iam:us-east-1:123456789012:role/r: iam: policy: "arn:aws:iam:us-east-1:123456789012:role/r" is no role's ARN`},
		{"managed", Role{ARN: roleARN, ManagedPolicies: []string{"arn:aws:iam::aws:policy/AdministratorAccess"}},
			head + "the managed policy arn:aws:iam::aws:policy/AdministratorAccess is not modelled"},
		{"nil policy", Role{ARN: roleARN, Policies: []*Policy{nil}}, head + "Policies[0] is nil"},
		{"principal", Role{ARN: roleARN, Policies: []*Policy{allow("a:b", "*"), principal}}, head + "Policies[1].Statement[0] has a Principal, in a policy that belongs to one"},
		{"no resource", Role{ARN: roleARN, Policies: []*Policy{noResource}}, head + "Policies[0].Statement[0].Resource is missing"},
		{"bad action", Role{ARN: roleARN, Policies: []*Policy{allow("Send", "*")}}, head + `Policies[0].Statement[0] has the action "Send", which is neither * nor service:action`},
		{"unknown key", Role{ARN: roleARN, Policies: []*Policy{unknownKey}}, head + "Policies[0].Statement[0].Condition.StringEquals.aws:SourceIp is not modelled"},
		{"trust without principal", Role{ARN: roleARN, Trust: allow("sts:AssumeRole", "*")}, head + "Trust.Statement[0].Principal is missing"},
		{"empty trust", Role{ARN: roleARN, Trust: &Policy{}}, head + "Trust.Statement is missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			roles := NewRoles()
			err := roles.Put(row.role)
			require.EqualError(t, err, row.want)
			require.ErrorAs(t, err, new(*RoleError))
			require.ErrorAs(t, err, new(*PolicyError))
			_, ok := roles.Get(row.role.ARN)
			require.False(t, ok)
		})
	}
}

func TestRoles_Put_oneRoleOfAName(t *testing.T) {
	roles := NewRoles()
	putRole(t, roles, Role{ARN: roleARN})
	putRole(t, roles, Role{ARN: roleARN, ManagedPolicies: []string{AWSLambdaBasicExecutionRole}})
	require.ErrorContains(t, roles.Put(Role{ARN: "arn:aws:iam::123456789012:role/orders"}), "there is another role of that name: "+roleARN)
	putRole(t, roles, Role{ARN: "arn:aws:iam::111122223333:role/orders"})
	roles.Delete(roleARN)
	putRole(t, roles, Role{ARN: "arn:aws:iam::123456789012:role/orders"})
}

// Neither what was given nor what is returned leads into the directory.
func TestRoles_areCopied(t *testing.T) {
	roles := NewRoles()
	trust := TrustPolicy("lambda.amazonaws.com")
	mine := allow("sqs:SendMessage", "*")
	mine.Statements[0].Condition = []Condition{{Operator: Bool, Key: InvokedViaFunctionURLKey, Values: []string{"true"}}}
	given := Role{ARN: roleARN, Trust: trust, ManagedPolicies: []string{AWSLambdaBasicExecutionRole}, Policies: []*Policy{mine}}
	putRole(t, roles, given)
	before := read(roles)
	spoil := func(r *Role) {
		r.ManagedPolicies[0] = "x"
		r.Trust.Statements[0].Principal.Service[0] = "x"
		r.Policies[0].Statements[0].Action[0] = "x"
		r.Policies[0].Statements[0].Condition[0].Values[0] = "x"
	}
	spoil(&given)
	require.Equal(t, before, read(roles))
	again, _ := roles.Get(roleARN)
	spoil(again)
	require.Equal(t, before, read(roles))
}

// read is all of the role as a text, which shares nothing with the directory.
func read(roles *Roles) string {
	r, _ := roles.Get(roleARN)
	return fmt.Sprint(r.ARN, r.ManagedPolicies, r.Trust, r.Policies)
}

func TestRoles_concurrently(t *testing.T) {
	roles := NewRoles()
	var wg sync.WaitGroup
	for i := range 4 {
		arn := fmt.Sprintf("arn:aws:iam::123456789012:role/r%d", i%2)
		wg.Go(func() {
			for range 200 {
				_ = roles.Put(Role{ARN: arn, ManagedPolicies: []string{AWSLambdaSQSQueueExecutionRole}})
				_ = roles.Execution(arn).CheckSource(queueARN)
				roles.Get(arn)
				roles.Delete(arn)
			}
		})
	}
	wg.Wait()
}

// TestExecution is the table of what Lambda demands of roles, and of its texts.
func TestExecution(t *testing.T) {
	const (
		stream    = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
		consumer  = stream + "/consumer/fast:1545084650"
		table     = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2025-01-01T00:00:00.000"
		bus       = "arn:aws:events:us-east-1:123456789012:event-bus/b"
		function  = "arn:aws:lambda:us-east-1:123456789012:function:g"
		bucket    = "arn:aws:s3:::failures"
		prefix    = "aws/lambda/async/f/"
		noStream  = "Cannot access stream " + stream + ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
		noTable   = "Cannot access stream " + table + ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
		cannot    = "The function execution role does not have permissions to call "
		cannotDLQ = "The provided execution role does not have permissions to call "
	)
	source := func(arn string) func(Execution) error { return func(e Execution) error { return e.CheckSource(arn) } }
	acknowledge := func(e Execution) error { return e.CheckAcknowledge(queueARN) }
	deadLetter := func(arn string) func(Execution) error {
		return func(e Execution) error { return e.CheckDeadLetter(arn) }
	}
	destination := func(arn string) func(Execution) error {
		return func(e Execution) error { return e.CheckDestination(arn, prefix) }
	}
	delivery := func(arn string) func(Execution) error {
		return func(e Execution) error { return e.CheckDelivery(arn, prefix) }
	}
	for _, row := range []struct {
		name     string
		role     Role
		check    func(Execution) error
		want     string // "" for allowed
		decision Decision
	}{
		{name: "nothing", check: source(queueARN), want: cannot + "ReceiveMessage on SQS"},
		{name: "receive only", role: Role{Policies: []*Policy{allow("sqs:ReceiveMessage", "*")}}, check: source(queueARN), want: cannot + "DeleteMessage on SQS"},
		{name: "no attributes", role: Role{Policies: []*Policy{allow("sqs:*Message", "*")}}, check: source(queueARN), want: cannot + "GetQueueAttributes on SQS"},
		{name: "managed queue", role: Role{ManagedPolicies: []string{AWSLambdaSQSQueueExecutionRole}}, check: source(queueARN)},
		{name: "managed of another kind", role: Role{ManagedPolicies: []string{AWSLambdaKinesisExecutionRole}}, check: source(queueARN), want: cannot + "ReceiveMessage on SQS"},
		{name: "denied", role: Role{ManagedPolicies: []string{AWSLambdaSQSQueueExecutionRole}, Policies: []*Policy{deny("sqs:DeleteMessage", queueARN)}},
			check: source(queueARN), want: cannot + "DeleteMessage on SQS", decision: ExplicitDeny},
		{name: "denied elsewhere", role: Role{ManagedPolicies: []string{AWSLambdaSQSQueueExecutionRole}, Policies: []*Policy{deny("sqs:DeleteMessage", queueARN+"2")}}, check: source(queueARN)},

		{name: "acknowledge", role: Role{Policies: []*Policy{allow("sqs:DeleteMessage", queueARN)}}, check: acknowledge},
		{name: "may not acknowledge", role: Role{Policies: []*Policy{allow("sqs:ReceiveMessage", "*")}}, check: acknowledge, want: cannot + "DeleteMessage on SQS"},

		{name: "managed stream", role: Role{ManagedPolicies: []string{AWSLambdaKinesisExecutionRole}}, check: source(stream)},
		{name: "managed consumer", role: Role{ManagedPolicies: []string{AWSLambdaKinesisExecutionRole}}, check: source(consumer)},
		{name: "consumer without its own right", role: Role{Policies: []*Policy{allow("kinesis:*", stream)}}, check: source(consumer),
			want: strings.Replace(noStream, stream, consumer, 1)},
		{name: "no stream", role: Role{ManagedPolicies: []string{AWSLambdaDynamoDBExecutionRole}}, check: source(stream), want: noStream},
		{name: "managed table", role: Role{ManagedPolicies: []string{AWSLambdaDynamoDBExecutionRole}}, check: source(table)},
		{name: "no table", check: source(table), want: noTable},
		{name: "stream untrusted", role: Role{Trust: TrustPolicy("ec2.amazonaws.com"), ManagedPolicies: []string{AWSLambdaKinesisExecutionRole}},
			check: source(stream), want: "Cannot access stream " + stream + ". Please add Lambda as a Trusted Entity"},
		{name: "queue untrusted", role: Role{Trust: TrustPolicy("ec2.amazonaws.com"), ManagedPolicies: []string{AWSLambdaSQSQueueExecutionRole}},
			check: source(queueARN), want: "The role defined for the function cannot be assumed by Lambda."},

		{name: "dead letters to a queue", check: deadLetter(queueARN), want: cannotDLQ + "SendMessage on SQS"},
		{name: "dead letters to a topic", check: deadLetter(topicARN), want: cannotDLQ + "Publish on SNS"},
		{name: "dead letters allowed", role: Role{Policies: []*Policy{allow("sqs:SendMessage", queueARN)}}, check: deadLetter(queueARN)},

		{name: "to a queue", check: destination(queueARN), want: cannot + "SendMessage on " + queueARN},
		{name: "to a topic", check: destination(topicARN), want: cannot + "Publish on " + topicARN},
		{name: "to a function", check: destination(function), want: cannot + "InvokeFunction on " + function},
		{name: "to a bus", check: destination(bus), want: cannot + "PutEvents on " + bus},
		{name: "to a bucket", check: destination(bucket), want: cannot + "PutObject on " + bucket},
		{name: "to a bucket without list", role: Role{Policies: []*Policy{allow("s3:PutObject", bucket+"/*")}}, check: destination(bucket), want: cannot + "ListBucket on " + bucket},
		{name: "to a bucket's prefix", role: Role{Policies: []*Policy{allow("s3:PutObject", bucket+"/aws/lambda/*"), allow("s3:ListBucket", bucket)}}, check: destination(bucket)},
		{name: "to another prefix", role: Role{Policies: []*Policy{allow("s3:PutObject", bucket+"/other/*"), allow("s3:ListBucket", bucket)}}, check: destination(bucket), want: cannot + "PutObject on " + bucket},
		{name: "an object needs no list", role: Role{Policies: []*Policy{allow("s3:PutObject", bucket+"/*")}}, check: delivery(bucket)},
		{name: "an object needs put", role: Role{Policies: []*Policy{allow("s3:ListBucket", bucket)}}, check: delivery(bucket), want: cannot + "PutObject on " + bucket},
		{name: "a bus allowed", role: Role{Policies: []*Policy{allow("events:PutEvents", bus)}}, check: destination(bus)},
		{name: "a function allowed", role: Role{Policies: []*Policy{allow("lambda:InvokeFunction", function)}}, check: delivery(function)},
		{name: "an embedder's target", check: delivery("memory:somewhere")},
		{name: "an embedder's source", check: source("memory:somewhere")},

		{name: "trust by default", check: Execution.CheckAssume},
		{name: "trust of several", role: Role{Trust: TrustPolicy("ec2.amazonaws.com", "lambda.amazonaws.com")}, check: Execution.CheckAssume},
		{name: "trust of others", role: Role{Trust: TrustPolicy("ec2.amazonaws.com")}, check: Execution.CheckAssume,
			want: "The role defined for the function cannot be assumed by Lambda."},
	} {
		t.Run(row.name, func(t *testing.T) {
			roles := NewRoles()
			row.role.ARN = roleARN
			putRole(t, roles, row.role)
			err := row.check(roles.Execution(roleARN))
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, row.want)
			var denied *DeniedError
			require.ErrorAs(t, err, &denied)
			require.Equal(t, roleARN, denied.Principal)
			require.Equal(t, row.decision, denied.Decision)
		})
	}
}

func TestExecution_withoutARole(t *testing.T) {
	for _, e := range []Execution{{}, (*Roles)(nil).Execution(roleARN), NewRoles().Execution("")} {
		require.False(t, e.Restricted())
		require.NoError(t, e.CheckAssume())
		require.NoError(t, e.CheckSource(queueARN))
		require.NoError(t, e.CheckDelivery(queueARN, ""))
		require.NoError(t, e.CheckDestination(queueARN, ""))
		require.NoError(t, e.CheckDeadLetter(queueARN))
	}
}

// The role counts as it is at the moment of the check.
func TestExecution_followsTheDirectory(t *testing.T) {
	roles := NewRoles()
	e := roles.Execution(roleARN)
	require.True(t, e.Restricted())
	const cannot = "The role defined for the function cannot be assumed by Lambda."
	require.EqualError(t, e.CheckAssume(), cannot)
	require.EqualError(t, e.CheckDelivery(queueARN, ""), cannot)
	putRole(t, roles, Role{ARN: roleARN, Policies: []*Policy{allow("sqs:*", "*")}})
	require.NoError(t, e.CheckDelivery(queueARN, ""))
	require.NoError(t, e.CheckSource(queueARN))
	putRole(t, roles, Role{ARN: roleARN, Policies: []*Policy{allow("sqs:*", "*"), deny("sqs:SendMessage", "*")}})
	require.Error(t, e.CheckDelivery(queueARN, ""))
	require.NoError(t, e.CheckSource(queueARN))
	roles.Delete(roleARN)
	require.EqualError(t, e.CheckSource(queueARN), cannot)
}

// Whatever a role's policies are, a check passes exactly if each action that it takes is allowed.
func TestExecution_isEvaluateOfEachAction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, false)
		for i := range p.Statements {
			p.Statements[i].Condition = nil
		}
		roles := NewRoles()
		putRole(t, roles, Role{ARN: roleARN, Policies: []*Policy{p}})
		const queue = "arn:aws:sqs:us-east-1:111122223333:a"
		allowed := func(actions ...string) bool {
			for _, a := range actions {
				if model(&Request{Action: a, Resource: queue}, []*Policy{p}) != Allowed {
					return false
				}
			}
			return true
		}
		e := roles.Execution(roleARN)
		require.Equal(t, allowed("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), e.CheckSource(queue) == nil)
		require.Equal(t, allowed("sqs:SendMessage"), e.CheckDelivery(queue, "") == nil)
		require.Equal(t, allowed("sqs:SendMessage"), e.CheckDeadLetter(queue) == nil)
	})
}
