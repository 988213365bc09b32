// Package iam decides who may do what around Lambda: what a function's execution role lets Lambda do on the function's
// behalf, and whom a function's resource policy lets invoke it.
//
// A [Policy] is IAM's JSON ([ParsePolicy]) or a Go value, and [Evaluate] holds a [Request] against policies: a Deny
// that matches wins, then an Allow, and with neither the answer is no.
//
//	policy, err := iam.ParsePolicy(`{"Version":"2012-10-17","Statement":{
//		"Effect":"Allow", "Action":"sqs:SendMessage", "Resource":"arn:aws:sqs:*:123456789012:orders-*"}}`)
//	decision, statement := iam.Evaluate(&iam.Request{
//		Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:123456789012:orders-failed"}, policy)
//
// # Execution roles
//
// [Roles] is the directory of an account's roles. A [Role] has a trust policy, managed policies by their ARNs (see
// [ManagedPolicy]) and policies of its own. [Roles.Execution] is a role as Lambda uses it: what it may read, where it
// may deliver. A function without a role may do everything, and so does every function where there is no directory.
//
//	roles := iam.NewRoles()
//	err := roles.Put(iam.Role{ARN: role, ManagedPolicies: []string{iam.AWSLambdaSQSQueueExecutionRole}})
//	err = roles.Execution(role).CheckSource("arn:aws:sqs:us-east-1:123456789012:orders")
//
// # Resource policies
//
// [Roles.CheckInvoke] holds a [Caller], a service that pushes for one, against the policy of exactly the function,
// version or alias that it named.
//
// # What is modelled of the policy language
//
// Effect, Action, NotAction, Resource, NotResource, Principal (everybody, AWS, Service) and Condition with the operators
// StringEquals, StringLike, ArnEquals, ArnLike and Bool. Actions match in either case, all else by case; * is any run of
// characters and ? is one; ARNs match part by part. A condition on a key that the request does not have is not met.
//
// # What is not modelled
//
// NotPrincipal, other kinds of principals, other operators (also their …IfExists, ForAllValues: and Null forms) and
// policy variables are refused by name. There are no users, groups, permission boundaries, session policies or
// organizations' policies: who calls without a [Caller] is the account itself. A statement that allows an account, by
// its number or by the ARN of its root, is taken for each of that account's users and roles: in the function's own
// account it is enough for them, where IAM would ask their own policies, too; of another account's, only roles of the
// directory are asked. Policies of other resources, such as a queue's own, do not count. Lambda writes a function's log
// and traces whether its role may or not.
package iam
