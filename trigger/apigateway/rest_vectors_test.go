package apigateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

func TestRESTEventVectors(t *testing.T) {
	for _, c := range []struct {
		name    string
		request *http.Request
		want    map[string]string // member → JSON; "" for absent from both header maps
	}{
		{"vector 13", get("/stage/proxy-value"), map[string]string{
			"path": `"/proxy-value"`, "pathParameters": `{"proxy":"proxy-value"}`, "queryStringParameters": `null`,
			"multiValueQueryStringParameters": `null`, "body": `null`, "stageVariables": `null`, "isBase64Encoded": `false`,
		}},
		{"vector 14", get("/stage/proxy-value/"), map[string]string{
			"path": `"/proxy-value/"`, "pathParameters": `{"proxy":"proxy-value"}`,
		}},
		{"vector 15", get("/stage/proxy-value//double-slash"), map[string]string{
			"path": `"/proxy-value//double-slash"`, "pathParameters": `{"proxy":"proxy-value//double-slash"}`,
		}},
		{"vector 16", get("/stage//proxy-value"), map[string]string{
			"path": `"/proxy-value"`, "pathParameters": `{"proxy":"proxy-value"}`, "context.path": `"/stage//proxy-value"`,
		}},
		{"vector 17", get("/stage/user/test%2Balias@gmail.com"), map[string]string{
			"path": `"/user/test%2Balias@gmail.com"`, "pathParameters": `{"proxy":"user/test%2Balias@gmail.com"}`,
		}},
		{"vector 18", get("/stage/x?email=test%2Balias@gmail.com&plus=test+alias@gmail.com"), map[string]string{
			"queryStringParameters": `{"email":"test+alias@gmail.com","plus":"test alias@gmail.com"}`,
		}},
		{"vector 19", get("/stage/x?price=10&price=20&price=30"), map[string]string{
			"queryStringParameters": `{"price":"30"}`, "multiValueQueryStringParameters": `{"price":["10","20","30"]}`,
		}},
		{"vector 20", get("/stage/x", "tEsT-HEADeR", "aValUE", "aUThorization", "x"), map[string]string{
			"headers.tEsT-HEADeR": `"aValUE"`, "headers.Authorization": `"x"`,
			"multiValueHeaders.tEsT-HEADeR": `["aValUE"]`, "headers.aUThorization": "",
		}},
		{"vector 21", get("/stage/x", "Connection", "close", "Te", "deflate", "TE", "deflate"), map[string]string{
			"headers.Connection": "", "headers.TE": "", "headers.Te": "", "multiValueHeaders.TE": "", "multiValueHeaders.Te": "",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fn{}
			require.Equal(t, 200, ask(restWith(t, f, nil), c.request).StatusCode)
			requireMembers(t, f.event(t), c.want)
		})
	}
}

// requireMembers compares an event's members. "headers.a" is a member of a member, and "context" stands for
// requestContext; "" means that there is none.
func requireMembers(t require.TestingT, event []byte, want map[string]string) {
	flat := map[string]string{}
	for name, value := range fields(t, event) {
		flat[name] = string(value)
		var inner map[string]json.RawMessage
		if json.Unmarshal(value, &inner) == nil {
			for k, v := range inner {
				if name == "requestContext" {
					name = "context"
				}
				flat[name+"."+k] = string(v)
			}
		}
	}
	for name, value := range want {
		require.Equal(t, value, flat[name], name)
	}
}

// TestRESTEvent compares a whole event, byte by byte.
func TestRESTEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fn{}
		api := restWith(t, f, func(c *apigateway.RESTConfig) {
			c.Stages = []apigateway.Stage{{Name: "prod", Variables: map[string]string{"table": "pets", "a": "1"}}}
			c.Methods[0].Path = "/pets/{id}"
			c.DeploymentID = "d5c1u2"
		})
		ask(api, request("POST", "/prod/pets/7?a=1&b=x+y&a=2", `{"name":"Rex <3"}`,
			"Content-Type", "application/json", "x-custom", "1", "x-custom", "2", "User-Agent", "test/1", "X-Forwarded-For", "203.0.113.9"))
		require.Equal(t, `{"resource":"/pets/{id}","path":"/pets/7","httpMethod":"POST",`+
			`"headers":{"Content-Type":"application/json","Host":"example.com","User-Agent":"test/1","X-Amzn-Trace-Id":"Root=1-386d4380-8c66564a537a1aea5337d828","X-Forwarded-For":"203.0.113.9, 192.0.2.1","X-Forwarded-Port":"443","X-Forwarded-Proto":"https","x-custom":"2"},`+
			`"multiValueHeaders":{"Content-Type":["application/json"],"Host":["example.com"],"User-Agent":["test/1"],"X-Amzn-Trace-Id":["Root=1-386d4380-8c66564a537a1aea5337d828"],"X-Forwarded-For":["203.0.113.9, 192.0.2.1"],"X-Forwarded-Port":["443"],"X-Forwarded-Proto":["https"],"x-custom":["1","2"]},`+
			`"queryStringParameters":{"a":"2","b":"x y"},"multiValueQueryStringParameters":{"a":["1","2"],"b":["x y"]},`+
			`"pathParameters":{"id":"7"},"stageVariables":{"a":"1","table":"pets"},`+
			`"requestContext":{"resourceId":"iisb37","resourcePath":"/pets/{id}","httpMethod":"POST","extendedRequestId":"qD2kX4OpOPF-y7A=","requestTime":"01/Jan/2000:00:00:00 +0000","path":"/prod/pets/7","accountId":"123456789012","protocol":"HTTP/1.1","stage":"prod","domainPrefix":"a1b2c3d4e5","requestTimeEpoch":946684800000,"requestId":"a4d39a60-ece6-4523-a730-68de6423608a",`+
			`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"192.0.2.1","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"test/1","user":null},`+
			`"domainName":"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com","deploymentId":"d5c1u2","apiId":"a1b2c3d4e5"},`+
			`"body":"{\"name\":\"Rex <3\"}","isBase64Encoded":false}`, string(f.event(t)))

		var e events.APIGatewayProxyRequest
		require.NoError(t, json.Unmarshal(f.event(t), &e))
		require.Equal(t, map[string]string{"id": "7"}, e.PathParameters)
		require.Equal(t, []string{"1", "2"}, e.MultiValueHeaders["x-custom"])
		require.Equal(t, `{"name":"Rex <3"}`, e.Body)
		require.Equal(t, int64(946684800000), e.RequestContext.RequestTimeEpoch)
	})
}

func TestRESTResponseVectors(t *testing.T) {
	const bad = `{"message": "Internal server error"}`
	require.Len(t, bad, 36)
	for _, c := range []struct {
		name, result string
		accept       string
		binary       []string
		status       int
		body         string
		headers      map[string][]string
	}{
		{"vector 52", `{}`, "", nil, 200, "", map[string][]string{"Content-Length": {"0"}, "Content-Type": {"application/json"}}},
		{"vector 52, headers alone", `{"headers":{"h":"v"}}`, "", nil, 200, "", map[string][]string{"H": {"v"}}},
		{"vector 52, headers null", `{"statusCode":200,"headers":null}`, "", nil, 200, "", map[string][]string{"Content-Type": {"application/json"}}},
		{"vector 53, unknown key", `{"statusCode":200,"wrongValue":"value"}`, "", nil, 502, bad, map[string][]string{"X-Amzn-Errortype": {"InternalServerErrorException"}}},
		{"vector 53, string", `"justAString"`, "", nil, 502, bad, map[string][]string{"Content-Length": {"36"}}},
		{"vector 53, status 0", `{"statusCode":0}`, "", nil, 502, bad, nil},
		{"vector 53, multi not an array", `{"statusCode":200,"multiValueHeaders":{"x":"v"}}`, "", nil, 502, bad, nil},
		{"not JSON", `{"statusCode":200`, "", nil, 502, bad, nil},
		{"status is a word", `{"statusCode":"test"}`, "", nil, 502, bad, nil},
		{"vector 54", `{"statusCode":"201"}`, "", nil, 201, "", nil},
		{"vector 55", `{"headers":{"t":"solo"},"multiValueHeaders":{"t":["multi"]}}`, "", nil, 200, "", map[string][]string{"T": {"multi", "solo"}}},
		{"duplicates once", `{"headers":{"T":"a"},"multiValueHeaders":{"t":["a","b"]}}`, "", nil, 200, "", map[string][]string{"T": {"a", "b"}}},
		{"duplicates in one list stay", `{"multiValueHeaders":{"t":["a","a"]}}`, "", nil, 200, "", map[string][]string{"T": {"a", "a"}}},
		{"vector 56", `{"headers":{"b":true,"n":3}}`, "", nil, 200, "", map[string][]string{"B": {"true"}, "N": {"3"}}},
		{"vector 57", `{"statusCode":200,"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "image/png", nil, 200, "dGVzdC1kYXRh", nil},
		{"vector 58", `{"statusCode":200,"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "image/png,image/*", []string{"image/png"}, 200, "test-data", nil},
		{"vector 59", `{"statusCode":200,"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "image/webp,image/png", []string{"image/png"}, 200, "dGVzdC1kYXRh", nil},
		{"accept by type", `{"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "image/gif", []string{"image/*"}, 200, "test-data", nil},
		{"wildcard does not match an exact entry", `{"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "image/*", []string{"image/png"}, 200, "dGVzdC1kYXRh", nil},
		{"any does not match an exact entry", `{"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "*/*", []string{"image/png"}, 200, "dGVzdC1kYXRh", nil},
		{"no accept", `{"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "", []string{"image/png"}, 200, "dGVzdC1kYXRh", nil},
		{"star slash type lists nothing", `{"body":"dGVzdC1kYXRh","isBase64Encoded":true}`, "image/png", []string{"*/png"}, 200, "dGVzdC1kYXRh", nil},
		{"bad base64", `{"body":"???","isBase64Encoded":true}`, "image/png", []string{"image/png"}, 500, bad, nil},
		{"remapped", `{"headers":{"Date":"today","Www-Authenticate":"Basic","content-type":"text/html"}}`, "", nil, 200, "", map[string][]string{
			"X-Amzn-Remapped-Date": {"today"}, "X-Amzn-Remapped-Www-Authenticate": {"Basic"}, "Content-Type": {"text/html"}, "Date": nil,
		}},
		{"hop by hop", `{"headers":{"transfer-encoding":"chunked","Keep-Alive":"1","connection":"close"}}`, "", nil, 200, "", map[string][]string{
			"Transfer-Encoding": nil, "Keep-Alive": nil, "Connection": nil, "X-Amzn-Remapped-Connection": {"close"},
		}},
		{"null header", `{"headers":{"a":null,"b":"1"}}`, "", nil, 200, "", map[string][]string{"A": nil, "B": {"1"}}},
		{"header smuggles a line", `{"headers":{"a":"b\r\nc: d"}}`, "", nil, 502, bad, nil},
		{"body is no text", `{"body":{"a":1}}`, "", nil, 502, bad, nil},
		{"own error type", `{"statusCode":404,"headers":{"X-Amzn-ErrorType":"PetNotFoundException"},"body":"{}"}`, "", nil, 404, "{}", map[string][]string{"X-Amzn-Errortype": {"PetNotFoundException"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fn{result: c.result}
			api := restWith(t, f, func(r *apigateway.RESTConfig) { r.BinaryMediaTypes = c.binary })
			r := get("/stage/x")
			if c.accept != "" {
				r.Header.Set("Accept", c.accept)
			}
			resp := ask(api, r)
			require.Equal(t, c.status, resp.StatusCode)
			require.Equal(t, c.body, bodyOf(t, resp))
			for name, values := range c.headers {
				require.Equal(t, values, resp.Header[name], name)
			}
			require.Len(t, f.calls, 1)
			require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, resp.Header.Get("x-amzn-RequestId"))
			require.Regexp(t, `^[A-Za-z0-9_-]{15}=$`, resp.Header.Get("x-amz-apigw-id"))
			if c.status < 500 {
				require.Regexp(t, `^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0$`, resp.Header.Get("X-Amzn-Trace-Id"))
			}
		})
	}
}

// slow deploys f, which runs for d, and counts its runs.
func slow(t *testing.T, d time.Duration, ran *int) *invoke.Service {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Minute}, lambda.Handler(func(context.Context) (events.APIGatewayProxyResponse, error) {
		time.Sleep(d)
		*ran++
		return events.APIGatewayProxyResponse{StatusCode: 200}, nil
	}))
	return svc
}

func TestRESTTimeout(t *testing.T) {
	t.Run("vector 60", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ran := 0
			svc := slow(t, 30*time.Second, &ran)
			start := time.Now()
			api := restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = svc })
			resp := ask(api, get("/stage/x"))
			require.Equal(t, 504, resp.StatusCode)
			require.Equal(t, `{"message": "Endpoint request timed out"}`, bodyOf(t, resp))
			require.Equal(t, "InternalServerErrorException", resp.Header.Get("x-amzn-ErrorType"))
			require.Equal(t, 29*time.Second, time.Since(start))
			lambdatest.Advance(time.Second)
			require.Equal(t, 1, ran, "the function goes on")
		})
	})
	t.Run("a timeout of one's own", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ran := 0
			svc := slow(t, time.Second, &ran)
			start := time.Now()
			api := restWith(t, nil, func(c *apigateway.RESTConfig) {
				c.Invoker, c.Methods[0].Integration.Timeout = svc, 50*time.Millisecond
			})
			require.Equal(t, 504, ask(api, get("/stage/x")).StatusCode)
			require.Equal(t, 50*time.Millisecond, time.Since(start))
			lambdatest.Advance(time.Second)
		})
	})
	t.Run("just in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ran := 0
			svc := slow(t, 28*time.Second, &ran)
			api := restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = svc })
			require.Equal(t, 200, ask(api, get("/stage/x")).StatusCode)
		})
	})
}
