package functionurl_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

func preflight(origin string) *http.Request {
	return request("OPTIONS", "/", "", "Origin: "+origin, "Access-Control-Request-Method: PUT")
}

// accessControl is the part of an answer's headers that CORS is about.
func accessControl(res *http.Response) http.Header {
	h := http.Header{}
	for name, values := range res.Header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
			h[name] = values
		}
	}
	return h
}

func TestCORS(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{CORS: &registry.CORS{
		AllowCredentials: new(true), AllowHeaders: []string{"x-a", "x-b"}, AllowMethods: []string{"GET", "PUT"},
		AllowOrigins: []string{"https://a.example", "https://b.example"}, ExposeHeaders: []string{"x-c"}, MaxAge: new(0),
	}}, functionurl.Options{})

	res, body := l.do(preflight("https://b.example"))
	require.Equal(t, 200, res.StatusCode)
	require.Empty(t, body)
	require.Equal(t, http.Header{
		"Access-Control-Allow-Origin": {"https://b.example"}, "Vary": {"Origin"}, "Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods": {"GET,PUT"}, "Access-Control-Allow-Headers": {"x-a,x-b"}, "Access-Control-Max-Age": {"0"},
	}, accessControl(res))
	res, _ = l.do(preflight("https://evil.example"))
	require.Equal(t, 200, res.StatusCode)
	require.Empty(t, accessControl(res))
	require.Empty(t, l.inputs, "a preflight calls nobody")

	res, _ = l.do(request("GET", "/", "", "Origin: https://a.example"))
	require.Equal(t, http.Header{
		"Access-Control-Allow-Origin": {"https://a.example"}, "Vary": {"Origin"}, "Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Expose-Headers": {"x-c"},
	}, accessControl(res))
	for _, r := range []*http.Request{
		request("GET", "/", ""), request("GET", "/", "", "Origin: https://evil.example"), request("OPTIONS", "/", ""),
	} {
		res, _ = l.do(r)
		require.Empty(t, accessControl(res))
	}
	require.Len(t, l.inputs, 4, "OPTIONS that is no preflight is the function's")
}

// A function that adds its own headers doubles those of the configuration, on AWS too.
func TestCORSDoubles(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{CORS: &registry.CORS{AllowOrigins: []string{"*"}}}, functionurl.Options{})
	l.returns(`{"statusCode":200,"headers":{"access-control-allow-origin":"https://a.example"}}`)
	res, _ := l.do(request("GET", "/", "", "Origin: https://a.example"))
	require.Equal(t, []string{"*", "https://a.example"}, res.Header["Access-Control-Allow-Origin"])
}

// Without a configuration, preflights are the function's business.
func TestNoCORS(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	l.returns(`{"statusCode":204,"headers":{"Access-Control-Allow-Origin":"*"}}`)
	res, _ := l.do(preflight("https://a.example"))
	require.Equal(t, 204, res.StatusCode)
	require.Equal(t, []string{"*"}, res.Header["Access-Control-Allow-Origin"])
	require.Len(t, l.inputs, 1)
}

// A preflight is not signed, so nobody may ask for a signature.
func TestPreflightBeforeIAM(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{AuthType: registry.AuthAWSIAM, CORS: &registry.CORS{AllowOrigins: []string{"*"}}},
		functionurl.Options{})
	res, _ := l.do(preflight("https://a.example"))
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, []string{"*"}, res.Header["Access-Control-Allow-Origin"])
}
