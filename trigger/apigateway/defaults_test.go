package apigateway_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// TestNames: an API's account, Region, ids and names are what functions see, and what its ARNs are made of.
func TestNames(t *testing.T) {
	id := lambda.Identity{Account: "210987654321", Region: "cn-north-1", Partition: "aws-cn"}
	f := &fn{result: `{"statusCode":200}`}
	rest := restWith(t, f, func(c *apigateway.RESTConfig) { c.Identity, c.APIID, c.DeploymentID = id, "abc123", "d1" })
	ask(rest, get("/stage/x"))
	requireMembers(t, f.event(t), map[string]string{
		"context.accountId": `"210987654321"`, "context.apiId": `"abc123"`, "context.deploymentId": `"d1"`,
		"context.domainName": `"abc123.execute-api.cn-north-1.amazonaws.com.cn"`, "context.domainPrefix": `"abc123"`,
	})
	require.Equal(t, "arn:aws-cn:execute-api:cn-north-1:210987654321:abc123/stage/GET/{proxy+}", f.calls[0].Caller.SourceARN)
	require.Equal(t, "210987654321", f.calls[0].Caller.SourceAccount)

	for _, format := range []apigateway.PayloadFormatVersion{apigateway.Payload1, apigateway.Payload2} {
		f.calls = nil
		web := httpWith(t, f, func(c *apigateway.HTTPConfig) {
			c.Identity, c.APIID, c.DomainName, c.Routes[0].PayloadFormatVersion = id, "abc123", "shop.example.com", format
		})
		ask(web, get("/x"))
		requireMembers(t, f.event(t), map[string]string{
			"context.accountId": `"210987654321"`, "context.apiId": `"abc123"`, "context.domainName": `"shop.example.com"`, "context.domainPrefix": `"shop"`,
		})
		require.Equal(t, "arn:aws-cn:execute-api:cn-north-1:210987654321:abc123/$default/$default", f.calls[0].Caller.SourceARN)
	}
}

// TestRequestFromNowhere: a request that came over no connection, and says next to nothing, is one all the same.
func TestRequestFromNowhere(t *testing.T) {
	f := &fn{result: `{"statusCode":200}`}
	for name, api := range apis(t, f) {
		f.calls = nil
		w := ask(api, &http.Request{URL: &url.URL{Path: "/stage/a b"}})
		require.Equal(t, 200, w.StatusCode, name)
		host, member := `"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"`, "headers.Host"
		if name == "http 2.0" {
			member = "headers.host"
			require.JSONEq(t, `{"method":"GET","path":"/stage/a b","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":""}`,
				string(fields(t, fields(t, f.event(t))["requestContext"])["http"]))
		} else {
			requireMembers(t, f.event(t), map[string]string{"httpMethod": `"GET"`, "context.protocol": `"HTTP/1.1"`})
			require.Contains(t, string(f.event(t)), `"sourceIp":"127.0.0.1"`)
		}
		requireMembers(t, f.event(t), map[string]string{member: host})
	}
}

// TestClientBreaksOff: a body that ends too soon reaches no function.
func TestClientBreaksOff(t *testing.T) {
	f := &fn{}
	for name, api := range apis(t, f) {
		r := request("POST", "/stage/x", "")
		r.Body, r.ContentLength = io.NopCloser(iotest.ErrReader(errors.New("gone"))), 10
		resp := ask(api, r)
		require.Equal(t, 400, resp.StatusCode, name)
		require.True(t, json.Valid([]byte(bodyOf(t, resp))))
		require.Empty(t, f.calls)
	}
}

// TestSignersAndTokens: what is not known of a caller is null where AWS shows null, and left out where it leaves out.
func TestSignersAndTokens(t *testing.T) {
	f := &fn{result: `{"statusCode":200}`}
	show := func(edit func(r *apigateway.Route)) string {
		f.calls = nil
		require.Equal(t, 200, ask(httpWith(t, f, func(c *apigateway.HTTPConfig) { edit(&c.Routes[0]) }), get("/x")).StatusCode)
		return string(fields(t, fields(t, f.event(t))["requestContext"])["authorizer"])
	}
	signed := &apigateway.IAMIdentity{AccessKey: "AKIA", AccountID: "123456789012", Caller: "AIDA", User: "AIDA", UserARN: "arn:aws:iam::123456789012:user/me"}
	sign := func(r *apigateway.Route) {
		r.IAM = func(*http.Request) (*apigateway.IAMIdentity, error) { return signed, nil }
	}
	require.Equal(t, `{"iam":{"accessKey":"AKIA","accountId":"123456789012","callerId":"AIDA","cognitoIdentity":null,"principalOrgId":null,`+
		`"userArn":"arn:aws:iam::123456789012:user/me","userId":"AIDA"}}`, show(sign))
	signed.PrincipalOrgID, signed.CognitoIdentityID, signed.CognitoIdentityPoolID, signed.CognitoAMR = "o-1", "id", "pool", []string{"authenticated", "x"}
	require.Equal(t, `{"iam":{"accessKey":"AKIA","accountId":"123456789012","callerId":"AIDA",`+
		`"cognitoIdentity":{"amr":["authenticated","x"],"identityId":"id","identityPoolId":"pool"},"principalOrgId":"o-1",`+
		`"userArn":"arn:aws:iam::123456789012:user/me","userId":"AIDA"}}`, show(sign))
	first := func(r *apigateway.Route) {
		sign(r)
		r.PayloadFormatVersion = apigateway.Payload1
	}
	require.Empty(t, show(first))
	require.Contains(t, string(f.event(t)), `"cognitoIdentityId":"id","caller":"AIDA"`, "the older payload has an identity")

	token := &apigateway.JWT{Claims: map[string]string{"b": "2", "a": `1"`}}
	carry := func(r *apigateway.Route) {
		r.JWT = func(*http.Request) (*apigateway.JWT, error) { return token, nil }
	}
	require.Equal(t, `{"jwt":{"claims":{"a":"1\"","b":"2"},"scopes":null}}`, show(carry))
	first = func(r *apigateway.Route) {
		carry(r)
		r.PayloadFormatVersion = apigateway.Payload1
	}
	require.Equal(t, `{"claims":{"a":"1\"","b":"2"},"scopes":null}`, show(first))
}

// TestHTTPEvent1 compares a whole event of the payload format 1.0, byte by byte.
func TestHTTPEvent1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fn{result: `{"statusCode":200}`}
		api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
			c.Stages = []apigateway.Stage{{Name: "prod", Variables: map[string]string{"table": "pets"}}}
			c.Routes[0].RouteKey, c.Routes[0].PayloadFormatVersion = "POST /pets/{id}", apigateway.Payload1
		})
		ask(api, request("POST", "/prod/pets/a%20b?x=1&x=2", `{"a":1}`, "User-Agent", "test/1", "Content-Type", "application/json", "X-Probe", "1", "X-Probe", "2"))
		const trace = "Root=1-386d4380-8c66564a537a1aea5337d828"
		require.Equal(t, `{"version":"1.0","resource":"/pets/{id}","path":"/prod/pets/a%20b","httpMethod":"POST",`+
			`"headers":{"Content-Length":"7","Content-Type":"application/json","Host":"example.com","User-Agent":"test/1","X-Amzn-Trace-Id":"`+trace+`","X-Forwarded-For":"192.0.2.1","X-Forwarded-Port":"443","X-Forwarded-Proto":"https","X-Probe":"2"},`+
			`"multiValueHeaders":{"Content-Length":["7"],"Content-Type":["application/json"],"Host":["example.com"],"User-Agent":["test/1"],"X-Amzn-Trace-Id":["`+trace+`"],"X-Forwarded-For":["192.0.2.1"],"X-Forwarded-Port":["443"],"X-Forwarded-Proto":["https"],"X-Probe":["1","2"]},`+
			`"queryStringParameters":{"x":"2"},"multiValueQueryStringParameters":{"x":["1","2"]},"pathParameters":{"id":"a b"},"stageVariables":{"table":"pets"},`+
			`"requestContext":{"resourceId":"POST /pets/{id}","resourcePath":"/pets/{id}","httpMethod":"POST","extendedRequestId":"qD2kX4OpOPF-y7A=","requestTime":"01/Jan/2000:00:00:00 +0000","path":"/prod/pets/a%20b","accountId":"123456789012","protocol":"HTTP/1.1","stage":"prod","domainPrefix":"a1b2c3d4e5","requestTimeEpoch":946684800000,"requestId":"qD2kX4OpOPF-y7A=",`+
			`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"192.0.2.1","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"test/1","user":null},`+
			`"domainName":"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com","apiId":"a1b2c3d4e5"},"body":"{\"a\":1}","isBase64Encoded":false}`, string(f.event(t)))
	})
}
