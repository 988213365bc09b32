package alb_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
)

// hello is a function behind a target group with multi-value headers.
func hello(_ context.Context, r events.ALBTargetGroupRequest) (events.ALBTargetGroupResponse, error) {
	return events.ALBTargetGroupResponse{
		StatusCode:        200,
		MultiValueHeaders: map[string][]string{"Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"}},
		Body:              "hello " + strings.Join(r.MultiValueQueryStringParameters["name"], " and "),
	}, nil
}

func deploy(handler any) *invoke.Service {
	svc := invoke.New(invoke.Options{})
	if err := svc.Deploy(lambda.Config{Name: "web"}, lambda.Handler(handler)); err != nil {
		panic(err)
	}
	return svc
}

func ExampleNew() {
	svc := deploy(hello)
	defer svc.Close()
	group, err := alb.New(alb.Options{Invoker: svc, FunctionName: "web", MultiValueHeaders: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	group.ServeHTTP(w, httptest.NewRequest("GET", "/?name=ann&name=bob", nil))
	fmt.Println(w.Code, w.Header()["Set-Cookie"], w.Body)
	// Output: 200 [a=1 b=2] hello ann and bob
}

// The most common trap: the target group's attribute is off, and the function answers as if it were on. Its headers are
// dropped, and browsers save the page to disk. aws-lambda-go's response type falls into another: it writes the map that
// is not set as null, and a null map is a 502.
func ExampleNew_trap() {
	page := func() (map[string]any, error) {
		return map[string]any{
			"statusCode": 200, "multiValueHeaders": map[string][]string{"Content-Type": {"text/html"}}, "body": "<p>",
		}, nil
	}
	for _, handler := range []any{page, hello} {
		svc := deploy(handler)
		defer svc.Close()
		group, err := alb.New(alb.Options{Invoker: svc, FunctionName: "web"})
		if err != nil {
			fmt.Println(err)
			return
		}
		w := httptest.NewRecorder()
		group.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		fmt.Println(w.Code, w.Header().Get("Content-Type"))
	}
	// Output:
	// 200 application/octet-stream
	// 502 text/html
}

// The access log tells what the page does not.
func ExampleEntry() {
	svc := deploy(func() (map[string]any, error) { return map[string]any{"statusCode": "200"}, nil })
	defer svc.Close()
	group, err := alb.New(alb.Options{Invoker: svc, FunctionName: "web", AccessLog: func(e alb.Entry) {
		fmt.Println(e.Method, e.RequestURI, e.ELBStatusCode, e.TargetStatusCode, e.ErrorReason, e.Metric)
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	group.ServeHTTP(w, httptest.NewRequest("GET", "/path", nil))
	fmt.Println(strings.ReplaceAll(w.Body.String(), "\r\n", "\n"))
	// Output:
	// GET /path 502 0 LambdaInvalidResponse LambdaUserError
	// <html>
	// <head><title>502 Bad Gateway</title></head>
	// <body>
	// <center><h1>502 Bad Gateway</h1></center>
	// </body>
	// </html>
}

func ExampleTargetGroup_RegisterTargets() {
	svc := deploy(hello)
	defer svc.Close()
	group, err := alb.New(alb.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	get := func() int {
		w := httptest.NewRecorder()
		group.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Code
	}
	fmt.Println(group.RegisterTargets(context.Background(), "wbe"))
	fmt.Println(get())
	fmt.Println(group.RegisterTargets(context.Background(), "web"))
	fmt.Println(group.RegisterTargets(context.Background(), "web2"))
	// Output:
	// lambda: ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:wbe:$LATEST
	// 503
	// <nil>
	// lambda: ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:web2:$LATEST
}

func ExampleTargetGroup_CheckHealth() {
	svc := deploy(func() (map[string]any, error) { return map[string]any{"statusCode": 503}, nil })
	defer svc.Close()
	group, err := alb.New(alb.Options{Invoker: svc, FunctionName: "web", HealthCheck: alb.HealthCheck{Path: "/health"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", group.Health())
	fmt.Printf("%+v\n", group.CheckHealth(context.Background()))
	// Output:
	// {State:initial Reason:Elb.InitialHealthChecking}
	// {State:unhealthy Reason:Target.ResponseCodeMismatch}
}
