package apigateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// captured is the request that was sent through four of AWS's doors at once, to see in what they differ.
func captured(stage string) *http.Request {
	return request("POST", stage+"/capture/space%20value?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
		`{"message":"hello from the probe","numbers":[1,2,3],"nested":{}}  `,
		"Content-Type", "application/json", "X-Voker-Probe", "first", "X-Voker-Probe", "second", "Cookie", "session=abc123; theme=dark", "User-Agent", "probe/1")
}

// TestCapturedREST compares what the function sees with what was seen of a REST API.
func TestCapturedREST(t *testing.T) {
	f := &fn{}
	require.Equal(t, 200, ask(restWith(t, f, nil), captured("/stage")).StatusCode)
	event := f.event(t)
	requireMembers(t, event, map[string]string{
		"path": `"/capture/space%20value"`, "pathParameters": `{"proxy":"capture/space%20value"}`,
		"context.path": `"/stage/capture/space%20value"`, "context.accountId": `"123456789012"`,
		"queryStringParameters":           `{"empty":"","encodedPlus":"a+b","literalPlus":"a b","redirect":"https://example.com/a/b","repeat":"two"}`,
		"multiValueQueryStringParameters": `{"empty":[""],"encodedPlus":["a+b"],"literalPlus":["a b"],"redirect":["https://example.com/a/b"],"repeat":["one","two"]}`,
		"headers.X-Voker-Probe":           `"second"`, "multiValueHeaders.X-Voker-Probe": `["first","second"]`,
		"headers.Cookie": `"session=abc123; theme=dark"`, "headers.Content-Length": "", "headers.X-Forwarded-For": `"192.0.2.1"`,
		"headers.X-Forwarded-Port": `"443"`, "headers.X-Forwarded-Proto": `"https"`, "isBase64Encoded": "false",
		"rawQueryString": "", "cookies": "", "version": "",
	})
}

// TestCapturedHTTP compares what the function sees with what was seen of an HTTP API, in both payload formats.
func TestCapturedHTTP(t *testing.T) {
	f := &fn{}
	require.Equal(t, 200, ask(httpWith(t, f, nil), captured("")).StatusCode)
	requireMembers(t, f.event(t), map[string]string{
		"version": `"2.0"`, "rawPath": `"/capture/space value"`,
		"rawQueryString":        `"repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty="`,
		"queryStringParameters": `{"empty":"","encodedPlus":"a+b","literalPlus":"a b","redirect":"https://example.com/a/b","repeat":"one,two"}`,
		"headers.x-voker-probe": `"first,second"`, "cookies": `["session=abc123","theme=dark"]`, "headers.cookie": "",
		"headers.content-length": `"66"`, "headers.x-forwarded-for": `"192.0.2.1"`, "headers.x-forwarded-port": `"443"`,
		"headers.x-forwarded-proto": `"https"`, "context.accountId": `"123456789012"`, "isBase64Encoded": "false",
		"multiValueHeaders": "", "path": "",
	})

	f = &fn{result: `{"statusCode":200}`}
	first := httpWith(t, f, func(c *apigateway.HTTPConfig) { c.Routes[0].PayloadFormatVersion = apigateway.Payload1 })
	require.Equal(t, 200, ask(first, captured("")).StatusCode)
	requireMembers(t, f.event(t), map[string]string{
		"version": `"1.0"`, "resource": `"$default"`, "pathParameters": "null", "rawPath": "", "cookies": "",
		"queryStringParameters":           `{"empty":"","encodedPlus":"a+b","literalPlus":"a b","redirect":"https://example.com/a/b","repeat":"two"}`,
		"multiValueHeaders.X-Voker-Probe": `["first","second"]`, "headers.Cookie": `"session=abc123; theme=dark"`,
	})
}

// TestEncodedPathsOfREST: what an HTTP API cuts, decodes or refuses, a REST API leaves as it is.
func TestEncodedPathsOfREST(t *testing.T) {
	for _, path := range []string{
		"/capture/question%3Fvalue", "/percent%25done", "/a%23b", "/a%2Fb", "/a%252Fb", "/a%253Fb", "/a%2525b", "/caf%C3%A9",
	} {
		f := &fn{}
		require.Equal(t, 200, ask(restWith(t, f, nil), get("/stage"+path)).StatusCode)
		requireMembers(t, f.event(t), map[string]string{
			"path": `"` + path + `"`, "pathParameters": `{"proxy":"` + path[1:] + `"}`, "context.path": `"/stage` + path + `"`,
		})
	}
}

// TestHeadersOfREST: which of a client's headers a function behind a REST API sees, and under which names.
func TestHeadersOfREST(t *testing.T) {
	dropped := []string{
		"Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server", "TE", "Trailer",
		"Transfer-Encoding", "Upgrade", "WWW-Authenticate",
	}
	kept := []string{"Date", "Via", "Referer", "Warn", "Range", "Pragma", "Age", "Content-Encoding", "X-Anything"}
	f := &fn{}
	api := restWith(t, f, nil)
	for _, spell := range []func(string) string{http.CanonicalHeaderKey, strings.ToLower, strings.ToUpper} {
		var lines []string
		for _, name := range append(dropped, kept...) {
			lines = append(lines, spell(name), "sent "+name)
		}
		for _, name := range []string{"User-Agent", "Authorization", "Host", "X-Forwarded-Port", "X-Forwarded-Proto"} {
			lines = append(lines, spell(name), "sent "+name)
		}
		f.calls = nil
		ask(api, get("/stage/x", lines...))
		want := map[string]string{
			"User-Agent": "sent User-Agent", "Authorization": "sent Authorization", "Host": "example.com", "X-Forwarded-For": "192.0.2.1",
			"X-Forwarded-Port": "443", "X-Forwarded-Proto": "https",
		}
		for _, name := range kept {
			want[spell(name)] = "sent " + name
		}
		var got map[string]string
		require.NoError(t, json.Unmarshal(fields(t, f.event(t))["headers"], &got))
		delete(got, "X-Amzn-Trace-Id")
		require.Equal(t, want, got)
	}
}

// TestOwnHeaders: what a REST API sets itself it sends under another name where the function sets it, and an HTTP API
// drops what concerns the connection.
func TestOwnHeaders(t *testing.T) {
	own := []string{
		"Authorization", "Connection", "Content-Length", "Content-MD5", "Date", "Expect", "Host", "Max-Forwards", "Proxy-Authenticate",
		"Server", "Trailer", "Upgrade", "User-Agent", "WWW-Authenticate",
	}
	for _, name := range own {
		f := &fn{result: fmt.Sprintf(`{"statusCode":200,"headers":{%q:"said","x":"1"},"body":"four"}`, strings.ToLower(name))}
		h := ask(restWith(t, f, nil), get("/stage/x")).Header
		require.Equal(t, []string{"said"}, h.Values("X-Amzn-Remapped-"+name), name)
		require.NotContains(t, h.Values(name), "said")
		require.Equal(t, "4", h.Get("Content-Length"))
		require.Equal(t, "1", h.Get("x"))
		h = ask(httpWith(t, f, nil), get("/x")).Header
		require.Empty(t, h.Values("X-Amzn-Remapped-"+name), name)
		require.Equal(t, "4", h.Get("Content-Length"))
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"} {
		f := &fn{result: fmt.Sprintf(`{"statusCode":200,"headers":{%q:"said"}}`, name)}
		require.Empty(t, ask(httpWith(t, f, nil), get("/x")).Header.Values(name), name)
		require.Empty(t, ask(restWith(t, f, nil), get("/stage/x")).Header.Values(name), name)
	}
}
