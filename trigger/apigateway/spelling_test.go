package apigateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// TestSpelling: a request that was made in the process means the same however the names of its headers are spelt.
func TestSpelling(t *testing.T) {
	body, image := `{"statusCode":200,"body":"dGVzdA==","isBase64Encoded":true}`, "image/png"
	f := &fn{result: body}
	rest := restWith(t, f, func(c *apigateway.RESTConfig) {
		c.BinaryMediaTypes, c.Methods[0].APIKeyRequired = []string{image}, true
		c.APIKeys = []apigateway.APIKey{{ID: "k", Value: "v"}}
	})
	web := httpWith(t, f, func(c *apigateway.HTTPConfig) { c.CORS = &apigateway.CORS{AllowOrigins: []string{"https://a.example"}} })
	first := httpWith(t, f, func(c *apigateway.HTTPConfig) { c.Routes[0].PayloadFormatVersion = apigateway.Payload1 })
	const root = "1-5c34e93e-4df8cee7b8c1fc7aa96d71eb"
	for _, names := range [][]string{
		{"Content-Type", "Accept", "X-Api-Key", "Cookie", "Origin", "X-Amzn-Trace-Id", "X-Forwarded-For", "User-Agent"},
		{"content-type", "accept", "x-api-key", "cookie", "origin", "x-amzn-trace-id", "x-forwarded-for", "user-agent"},
		{"CONTENT-TYPE", "ACCEPT", "X-API-KEY", "COOKIE", "ORIGIN", "X-AMZN-TRACE-ID", "X-FORWARDED-FOR", "USER-AGENT"},
	} {
		made := func() *http.Request {
			return request("POST", "/stage/x", "\xff", names[0], image, names[1], image, names[2], "v", names[3], "a=1; b=2",
				names[4], "https://a.example", names[5], "Root="+root, names[6], "203.0.113.9", names[7], "test/1")
		}
		f.calls = nil
		resp := ask(rest, made())
		require.Equal(t, 200, resp.StatusCode, names)
		require.Equal(t, "test", bodyOf(t, resp))
		requireMembers(t, f.event(t), map[string]string{
			"body": `"/w=="`, "isBase64Encoded": "true", "headers.X-Forwarded-For": `"203.0.113.9, 192.0.2.1"`,
			"headers.X-Amzn-Trace-Id": `"Root=` + root + `"`, "headers.User-Agent": `"test/1"`,
			"headers." + names[0]: `"image/png"`, "headers." + names[3]: `"a=1; b=2"`,
		})
		require.Equal(t, "Root="+root, f.calls[0].TraceHeader)

		f.calls = nil
		resp = ask(web, made())
		require.Equal(t, "https://a.example", resp.Header.Get("Access-Control-Allow-Origin"))
		requireMembers(t, f.event(t), map[string]string{
			"body": `"/w=="`, "isBase64Encoded": "true", "cookies": `["a=1","b=2"]`, "headers.cookie": "",
			"headers.x-forwarded-for": `"203.0.113.9, 192.0.2.1"`, "headers.x-amzn-trace-id": `"Root=` + root + `"`,
		})

		f.calls = nil
		ask(first, made())
		requireMembers(t, f.event(t), map[string]string{"isBase64Encoded": "true", "headers." + names[3]: `"a=1; b=2"`})
	}
}
