package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

var now = time.Date(2025, 11, 25, 2, 26, 14, 0, time.UTC)

// code is some function's code.
func code(context.Context, *lambda.Environment) (lambda.Function, error) { return nil, nil }

// newOrders is a registry with the function orders, two versions of it and an alias to the first.
func newOrders() *registry.Registry {
	r := registry.New(registry.Options{})
	create := registry.CreateFunctionInput{Config: lambda.Config{Name: "orders"}, Code: code, Publish: true}
	if _, err := r.CreateFunction(now, create); err != nil {
		panic(err)
	}
	if _, err := r.UpdateFunctionCode(now, "orders", registry.UpdateFunctionCodeInput{Code: code, Publish: true}); err != nil {
		panic(err)
	}
	if _, err := r.CreateAlias(now, "orders", "live", registry.Routing{Version: "1"}); err != nil {
		panic(err)
	}
	return r
}

func Example() {
	r := registry.New(registry.Options{})
	c, _ := r.CreateFunction(now, registry.CreateFunctionInput{Config: lambda.Config{Name: "orders"}, Code: code})
	fmt.Println(c.FunctionARN, c.State)
	c, _ = r.GetFunctionConfiguration(now, "orders", "")
	fmt.Println(c.State, c.LastUpdateStatus)
	c, _ = r.PublishVersion(now, "orders", registry.PublishVersionInput{})
	fmt.Println(c.FunctionARN)
	_, err := r.UpdateAlias(now, "orders", "live", registry.UpdateAliasInput{Version: "1"})
	fmt.Println(err)
	// Output:
	// arn:aws:lambda:us-east-1:123456789012:function:orders Pending
	// Active Successful
	// arn:aws:lambda:us-east-1:123456789012:function:orders:1
	// lambda: ResourceNotFoundException: Alias not found: arn:aws:lambda:us-east-1:123456789012:function:orders:live
}

func ExampleRegistry_Resolve() {
	r := newOrders()
	res, _ := r.Resolve(now, lambda.Ref{Name: "orders", Qualifier: "live"})
	fmt.Println("version", res.Deployment.Version, "with", res.Deployment.Config.MemorySize, "MB")
	lease, _ := res.Deployment.Books.AcquireAt(now)
	fmt.Println("cold:", lease.Cold)
	_, err := r.Resolve(now, lambda.Ref{Name: "orders", Qualifier: "next"})
	fmt.Println(errors.Is(err, lambda.ErrResourceNotFound))
	// Output:
	// version 1 with 128 MB
	// cold: true
	// true
}

// A weighted alias sends a tenth of its invocations to version 2.
func ExampleResolution_Pick() {
	r := newOrders()
	_, _ = r.PutAlias(now, "orders", "live", registry.Routing{Version: "1", Additional: map[string]float64{"2": 0.1}})
	res, _ := r.Resolve(now, lambda.Ref{Name: "orders", Qualifier: "live"})
	for _, draw := range []float64{0.05, 0.1, 0.7} {
		fmt.Println(draw, "runs version", res.Pick(draw).Version)
	}
	// Output:
	// 0.05 runs version 2
	// 0.1 runs version 1
	// 0.7 runs version 1
}

// An embedder with a registry of its own makes Deployments for the engine.
func ExampleNewDeployment() {
	books, _ := concurrency.NewAccount(concurrency.Options{}).Claim("theirs", nil)
	d, err := registry.NewDeployment(books, lambda.Identity{Region: "eu-west-1"}, lambda.Config{Name: "theirs"}, code, "$LATEST")
	fmt.Println(d.FunctionARN, d.Config.Timeout, err)
	_, err = registry.NewDeployment(books, lambda.Identity{}, lambda.Config{Name: "theirs", MemorySize: 64}, code, "$LATEST")
	fmt.Println(err)
	// Output:
	// arn:aws:lambda:eu-west-1:123456789012:function:theirs 3s <nil>
	// lambda: ValidationException: 1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128
}

func ExampleRegistry_PutEventInvokeConfig() {
	r := newOrders()
	failures := destinations.Func("arn:aws:sqs:us-east-1:123456789012:failures", nil)
	c, _ := r.PutEventInvokeConfig(now, "orders", "live", registry.EventInvokeConfig{MaximumRetryAttempts: new(0), OnFailure: failures})
	text, _ := json.MarshalIndent(c, "", "  ")
	fmt.Println(string(text))
	// Output:
	// {
	//   "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:orders:live",
	//   "LastModified": 1764037574,
	//   "MaximumRetryAttempts": 0,
	//   "DestinationConfig": {
	//     "OnSuccess": {},
	//     "OnFailure": {
	//       "Destination": "arn:aws:sqs:us-east-1:123456789012:failures"
	//     }
	//   }
	// }
}

// An alias with provisioned concurrency moves: until the new version's environments are ready, the old one serves.
func ExampleRegistry_UpdateAlias() {
	r := newOrders()
	_, _ = r.PutProvisionedConcurrency(now, "orders", "live", 10)
	moved := now.Add(time.Hour)
	_, _ = r.UpdateAlias(moved, "orders", "live", registry.UpdateAliasInput{Version: "2"})
	show := func(at time.Time) {
		res, _ := r.Resolve(at, lambda.Ref{Name: "orders", Qualifier: "live"})
		c, _ := r.GetProvisionedConcurrency(at, "orders", "live")
		fmt.Println("version", res.Pick(0).Version, c.Status, c.Available)
	}
	show(moved)
	ready, _ := r.Settle(moved)
	show(ready)
	fmt.Println("after", ready.Sub(moved))
	// Output:
	// version 1 IN_PROGRESS 10
	// version 2 READY 10
	// after 1m1s
}

func ExampleRegistry_ListVersionsByFunction() {
	r := newOrders()
	page := registry.Page{MaxItems: new(2)}
	for {
		versions, next, _ := r.ListVersionsByFunction(now, "orders", page)
		for _, c := range versions {
			fmt.Println(c.Version)
		}
		if next == "" {
			break
		}
		page.Marker = next
	}
	// Output:
	// $LATEST
	// 1
	// 2
}

func ExampleRegistry_AddPermission() {
	r := newOrders()
	statement, _ := r.AddPermission(now, "orders", "live", registry.AddPermissionInput{
		StatementID: "bucket", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::uploads",
	})
	fmt.Println(statement)
	// Output:
	// {"Sid":"bucket","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:orders:live","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::uploads"}}}
}

func ExampleRegistry_CreateFunctionURLConfig() {
	r := newOrders()
	c, _ := r.CreateFunctionURLConfig(now, "orders", "live", registry.FunctionURLInput{AuthType: registry.AuthNone})
	_, host, _ := strings.Cut(c.FunctionURL, ".")
	fmt.Println(host, c.FunctionARN, c.AuthType)
	_, err := r.CreateFunctionURLConfig(now, "orders", "1", registry.FunctionURLInput{AuthType: registry.AuthNone})
	fmt.Println(errors.Is(err, lambda.ErrValidation))
	// Output:
	// lambda-url.us-east-1.on.aws/ arn:aws:lambda:us-east-1:123456789012:function:orders:live NONE
	// true
}
