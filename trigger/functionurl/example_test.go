package functionurl_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

func deploy(handler any) *invoke.Service {
	svc := invoke.New(invoke.Options{})
	if err := svc.Deploy(lambda.Config{Name: "web"}, lambda.Handler(handler)); err != nil {
		panic(err)
	}
	return svc
}

// One function, under every host name.
func ExampleNew() {
	svc := deploy(func(r events.LambdaFunctionURLRequest) (map[string]string, error) {
		return map[string]string{"hello": r.QueryStringParameters["name"]}, nil
	})
	defer svc.Close()
	h, err := functionurl.New(functionurl.Options{Invoker: svc, URL: &functionurl.Config{FunctionName: "web"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/?name=ann+lee", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Body)
	// Output: 200 application/json {"hello":"ann lee"}
}

// All function URLs of a registry, each under its own host name.
func ExampleNew_registry() {
	svc := deploy(func() (string, error) { return "hello", nil })
	defer svc.Close()
	c, err := svc.Registry().CreateFunctionURLConfig(time.Now(), "web", "", registry.FunctionURLInput{AuthType: registry.AuthNone})
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := functionurl.New(functionurl.Options{Invoker: svc, URLs: svc.Registry(), Identity: svc.Identity()})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, url := range []string{c.FunctionURL, "https://nobody.lambda-url.us-east-1.on.aws/"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 hello
	// 403 {"Message":null}
}

// A streamed response names its status, headers and cookies before its body.
func ExampleHandler_stream() {
	svc := deploy(func(context.Context) (*events.LambdaFunctionURLStreamingResponse, error) {
		return &events.LambdaFunctionURLStreamingResponse{
			StatusCode: 201,
			Headers:    map[string]string{"Content-Type": "text/plain"},
			Cookies:    []string{"a=1"},
			Body:       io.MultiReader(strings.NewReader("piece by "), strings.NewReader("piece")),
		}, nil
	})
	defer svc.Close()
	h, err := functionurl.New(functionurl.Options{Invoker: svc, URL: &functionurl.Config{
		FunctionName: "web", InvokeMode: registry.ResponseStream,
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Header().Get("Set-Cookie"), w.Body)
	// Output: 201 text/plain a=1 piece by piece
}

// A URL with AuthType AWS_IAM lets signed requests in, and its function sees who signed.
func ExampleSigV4() {
	svc := deploy(func(r events.LambdaFunctionURLRequest) (string, error) {
		return "hello " + r.RequestContext.Authorizer.IAM.UserARN, nil
	})
	defer svc.Close()
	ann := functionurl.AccessKey{
		ID: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		Principal: functionurl.Principal{ARN: "arn:aws:iam::123456789012:user/ann"},
	}
	h, err := functionurl.New(functionurl.Options{
		Invoker:      svc,
		URL:          &functionurl.Config{FunctionName: "web", AuthType: registry.AuthAWSIAM},
		Authenticate: functionurl.SigV4("us-east-1", ann),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest("GET", "/", nil)
	for range 2 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
		ann.Sign(r, nil, time.Now(), "us-east-1")
	}
	// Output:
	// 403 {"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}
	// 200 hello arn:aws:iam::123456789012:user/ann
}
