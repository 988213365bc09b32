package invoke_test

import (
	"context"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// With a directory of roles, a function that has one lets in only whom its resource policy lets, from one call to the
// next.
func ExampleOptions_roles() {
	const role = "arn:aws:iam::123456789012:role/thumbnail"
	roles := iam.NewRoles()
	if err := roles.Put(iam.Role{ARN: role, ManagedPolicies: []string{iam.AWSLambdaBasicExecutionRole}}); err != nil {
		panic(err)
	}
	svc := invoke.New(invoke.Options{Roles: roles})
	defer svc.Close()
	err := svc.Deploy(lambda.Config{Name: "thumbnail", Role: role}, lambda.Handler(func() error { return nil }))
	if err != nil {
		panic(err)
	}
	push := func() {
		out, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "thumbnail", InvocationType: invoke.Event,
			Caller: &iam.Caller{Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::uploads", SourceAccount: "123456789012"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(out.StatusCode)
	}
	push()
	if _, err := svc.Registry().AddPermission(time.Now(), "thumbnail", "", registry.AddPermissionInput{
		StatementID: "uploads", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com",
		SourceARN: "arn:aws:s3:::uploads", SourceAccount: "123456789012",
	}); err != nil {
		panic(err)
	}
	push()
	// Output:
	// lambda: AccessDeniedException: User: s3.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:thumbnail because no resource-based policy allows the lambda:InvokeFunction action
	// 202
}
