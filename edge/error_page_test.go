package edge

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadErrorResponses(t *testing.T) {
	got, err := readErrorResponses([]CustomErrorResponse{
		{ErrorCode: 404, ResponsePagePath: "/e.html", ResponseCode: 200},
		{ErrorCode: 403, ResponsePagePath: "/e.html"},
		{ErrorCode: 500, ErrorCachingMinTTL: new(time.Duration(0))},
	})
	require.NoError(t, err)
	require.Equal(t, 200, got[404].ResponseCode)
	require.Equal(t, 403, got[403].ResponseCode, "the code of the error unless it is said")
	d := &Distribution{errors: got}
	require.Equal(t, time.Duration(0), d.errorTTL(500))
	require.Equal(t, 10*time.Second, d.errorTTL(404))
	require.Equal(t, 10*time.Second, d.errorTTL(502))

	for name, bad := range map[string][]CustomErrorResponse{
		"a code that is none":         {{ErrorCode: 402}},
		"a code that is never cached": {{ErrorCode: 412}},
		"no error":                    {{ErrorCode: 200}},
		"one code twice":              {{ErrorCode: 404}, {ErrorCode: 404}},
		"a response code alone":       {{ErrorCode: 404, ResponseCode: 200}},
		"a page without a slash":      {{ErrorCode: 404, ResponsePagePath: "e.html"}},
		"a response code of no error": {{ErrorCode: 404, ResponsePagePath: "/e.html", ResponseCode: 302}},
		"a negative time":             {{ErrorCode: 404, ErrorCachingMinTTL: new(-time.Second)}},
	} {
		_, err := readErrorResponses(bad)
		require.Error(t, err, name)
	}
	for code := 100; code < 600; code++ {
		_, err := readErrorResponses([]CustomErrorResponse{{ErrorCode: code}})
		require.Equal(t, slices.Contains([]int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}, code), err == nil, code)
	}
}

func TestFailuresOfCloudFront(t *testing.T) {
	for name, c := range map[string]struct {
		f      *failure
		status int
		xCache string
	}{
		"validation": {invalidResult("x"), 502, "LambdaValidationError from cloudfront"},
		"execution":  {executionFailure("x"), 503, "LambdaExecutionError from cloudfront"},
		"limit":      {limitFailure("x"), 503, "LambdaLimitExceeded from cloudfront"},
	} {
		require.Equal(t, []any{c.status, c.xCache}, []any{c.f.status, c.f.xCache}, name)
	}
}

func TestRedirectPage(t *testing.T) {
	r := redirectPage(301, "https://h/a?b")
	require.Equal(t, "<html>\r\n<head><title>301 Moved Permanently</title></head>\r\n<body>\r\n<center><h1>301 Moved Permanently</h1></center>\r\n<hr><center>CloudFront</center>\r\n</body>\r\n</html>\r\n", string(r.body))
	require.Len(t, r.body, 167)
	require.Equal(t, headerOf("Server", "CloudFront", "Content-Type", "text/html", "Location", "https://h/a?b"), r.header)
	require.Contains(t, string(redirectPage(307, "").body), "307 Temporary Redirect")
}

func TestRedirectStatus(t *testing.T) {
	for _, c := range []struct {
		method string
		http11 bool
		status int
		ok     bool
	}{{"GET", true, 301, true}, {"GET", false, 301, true}, {"HEAD", false, 301, true}, {"POST", true, 307, true}, {"OPTIONS", true, 307, true}, {"POST", false, 0, false}} {
		status, ok := redirectStatus(c.method, c.http11)
		require.Equal(t, []any{c.status, c.ok}, []any{status, ok}, "%+v", c)
	}
}
