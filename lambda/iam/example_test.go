package iam_test

import (
	"fmt"

	"github.com/lambdakit/lambdakit/lambda/iam"
)

const (
	role  = "arn:aws:iam::123456789012:role/orders"
	queue = "arn:aws:sqs:us-east-1:123456789012:orders"
)

func ExampleParsePolicy() {
	policy, err := iam.ParsePolicy(`{"Version": "2012-10-17", "Statement": [
		{"Sid": "send", "Effect": "Allow", "Action": "sqs:Send*", "Resource": "arn:aws:sqs:*:123456789012:orders*"},
		{"Sid": "keep", "Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:orders-archive"}]}`)
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"orders", "orders-archive", "invoices"} {
		decision, statement := iam.Evaluate(&iam.Request{
			Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:123456789012:" + name,
		}, policy)
		if statement == nil {
			fmt.Println(name, decision)
			continue
		}
		fmt.Println(name, decision, "by", statement.Sid)
	}
	_, err = iam.ParsePolicy(`{"Statement": {"Effect": "Allow", "NotPrincipal": "*", "Action": "sqs:*", "Resource": "*"}}`)
	fmt.Println(err)
	// Output:
	// orders Allowed by send
	// orders-archive ExplicitDeny by keep
	// invoices ImplicitDeny
	// iam: policy: Statement.NotPrincipal is not modelled
}

// A role with a managed policy may read queues and nothing else; with a policy of its own it may also send.
func ExampleRoles() {
	roles := iam.NewRoles()
	orders := iam.Role{ARN: role, ManagedPolicies: []string{iam.AWSLambdaSQSQueueExecutionRole}}
	if err := roles.Put(orders); err != nil {
		panic(err)
	}
	execution := roles.Execution(role)
	fmt.Println(execution.CheckSource(queue))
	fmt.Println(execution.CheckDestination(queue, ""))

	orders.Policies = []*iam.Policy{{Statements: []iam.Statement{
		{Effect: iam.Allow, Action: []string{"sqs:SendMessage"}, Resource: []string{queue}},
	}}}
	if err := roles.Put(orders); err != nil {
		panic(err)
	}
	fmt.Println(execution.CheckDestination(queue, ""))
	roles.Delete(role)
	fmt.Println(execution.CheckDestination(queue, ""))
	// Output:
	// <nil>
	// The function execution role does not have permissions to call SendMessage on arn:aws:sqs:us-east-1:123456789012:orders
	// <nil>
	// The role defined for the function cannot be assumed by Lambda.
}

func ExampleTrustPolicy() {
	fmt.Println(iam.TrustPolicy("lambda.amazonaws.com", "edgelambda.amazonaws.com"))
	// Output:
	// {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}
}

func ExampleManagedPolicy() {
	policy, _ := iam.ManagedPolicy(iam.AWSLambdaBasicExecutionRole)
	fmt.Println(policy)
	// Output:
	// {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}
}

// A resource policy that lets one bucket of one account invoke a function.
func ExampleRoles_CheckInvoke() {
	const function = "arn:aws:lambda:us-east-1:123456789012:function:thumbnail"
	policy, err := iam.ParsePolicy(`{"Version": "2012-10-17", "Id": "default", "Statement": [{
		"Sid": "uploads", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
		"Action": "lambda:InvokeFunction", "Resource": "` + function + `",
		"Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::uploads"}}}]}`)
	if err != nil {
		panic(err)
	}
	roles := iam.NewRoles()
	for _, bucket := range []string{"uploads", "others"} {
		fmt.Println(roles.CheckInvoke(&iam.Caller{
			Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::" + bucket, SourceAccount: "123456789012",
		}, function, policy))
	}
	// Output:
	// <nil>
	// User: s3.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:thumbnail because no resource-based policy allows the lambda:InvokeFunction action
}
