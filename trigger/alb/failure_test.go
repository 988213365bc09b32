package alb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
)

// TestRefusedCalls is the failure table: what Lambda says, and what the load balancer makes of it.
func TestRefusedCalls(t *testing.T) {
	const user, internal = "LambdaUserError", "LambdaInternalError"
	for _, row := range []struct {
		err    error
		status int
		reason string
		metric string
	}{
		{lambda.RateExceeded("x"), 502, "LambdaThrottling", user},
		{lambda.NewError("AccessDeniedException", "no"), 502, "LambdaAccessDenied", user},
		{lambda.FunctionNotFound("f"), 502, "LambdaResourceNotFound", user},
		{lambda.RequestTooLarge("InvokeFunction", 6291456), 413, "LambdaRequestTooLarge", user},
		{lambda.NewError("ServiceException", ""), 502, "LambdaServiceException", internal},
		{lambda.FunctionInState("Pending"), 502, "LambdaServiceException", internal},
		{invoke.ErrClosed, 502, "LambdaServiceException", internal},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), 504, "LambdaConnectionTimeout", internal},
		{lambda.NewError("EC2AccessDeniedException", ""), 502, "LambdaEC2AccessDeniedException", user},
		{lambda.NewError("SubnetIPAddressLimitReachedException", ""), 502, "LambdaSubnetIPAddressLimitReachedException", user},
		{fmt.Errorf("wrapped: %w", lambda.NewError("KMSNotFoundException", "")), 502, "LambdaKMSNotFoundException", user},
	} {
		t.Run(row.err.Error(), func(t *testing.T) {
			l := newLab(t, alb.Options{})
			l.fails(row.err)
			res, body := l.get("/")
			require.Equal(t, row.status, res.StatusCode)
			require.Contains(t, body, fmt.Sprintf("<center><h1>%d ", row.status))
			require.Equal(t, row.reason, l.entry().ErrorReason)
			require.Equal(t, row.metric, l.entry().Metric)
			require.Equal(t, row.status, l.entry().ELBStatusCode)
			require.Len(t, l.inputs, 1, "nothing is retried")
		})
	}
}

// TestExceptionsByName are the exceptions that have a reason of their own.
func TestExceptionsByName(t *testing.T) {
	for _, x := range []string{
		"EC2AccessDenied", "EC2Throttled", "EC2Unexpected", "ENILimitReached", "InvalidRuntime", "InvalidSecurityGroupID",
		"InvalidSubnetID", "InvalidZipFile", "KMSAccessDenied", "KMSDisabled", "KMSInvalidState", "KMSNotFound",
		"SubnetIPAddressLimitReached",
	} {
		l := newLab(t, alb.Options{})
		l.fails(lambda.NewError(x+"Exception", ""))
		res, body := l.get("/")
		require502(t, res, body)
		require.Equal(t, "Lambda"+x+"Exception", l.entry().ErrorReason)
		require.Equal(t, "LambdaUserError", l.entry().Metric)
	}
}

// A function that runs into its timeout is one that failed, and the load balancer waits for it as long as that takes.
func TestFunctionTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := invoke.New(invoke.Options{})
		t.Cleanup(svc.Close)
		require.NoError(t, svc.Deploy(lambda.Config{Name: "f", Timeout: 15 * time.Minute}, lambda.Handler(func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})))
		var last alb.Entry
		group, err := alb.New(alb.Options{Invoker: svc, FunctionName: "f", AccessLog: func(e alb.Entry) { last = e }})
		require.NoError(t, err)
		l := &lab{TargetGroup: group}
		res, body := l.get("/")
		require502(t, res, body)
		require.Equal(t, "LambdaUnhandled", last.ErrorReason)
		require.Equal(t, 15*time.Minute, last.Duration)
	})
}

func TestResponseTooLarge(t *testing.T) {
	result := func(size int) string {
		const frame = `{"statusCode":200,"body":""}`
		return `{"statusCode":200,"body":"` + strings.Repeat("a", size-len(frame)) + `"}`
	}
	l := newLab(t, alb.Options{})
	l.returns(result(1 << 20))
	res, _ := l.get("/")
	require.Equal(t, 200, res.StatusCode)
	l.returns(result(1<<20 + 1))
	res, body := l.get("/")
	require502(t, res, body)
	require.Equal(t, "LambdaResponseTooLarge", l.entry().ErrorReason)
}

// Invariant 21: a body over the limit is not sent to the function.
func TestInvariant21_requestTooLarge(t *testing.T) {
	l := newLab(t, alb.Options{})
	res, _ := l.do(request("POST", "/", strings.Repeat("a", 1<<20)))
	require.Equal(t, 200, res.StatusCode)
	for _, length := range []int64{-1, 1<<20 + 1} { // announced or not
		r := request("POST", "/", strings.Repeat("a", 1<<20+1))
		r.ContentLength = length
		res, body := l.do(r)
		require.Equal(t, 413, res.StatusCode)
		require.Contains(t, body, "<title>413 Request Entity Too Large</title>")
		require.Equal(t, "LambdaRequestTooLarge", l.entry().ErrorReason)
	}
	require.Len(t, l.inputs, 1)
}

func TestRequestsThatGoNowhere(t *testing.T) {
	long := strings.Repeat("a", 16<<10)
	many := make([]string, 5)
	for i := range many {
		many[i] = fmt.Sprintf("X-%d: %s", i, long[:15<<10])
	}
	addresses := func(n int) string { return strings.TrimSuffix(strings.Repeat("192.0.2.9, ", n), ", ") }
	for name, row := range map[string]struct {
		r      *http.Request
		status int
	}{
		"WebSocket":                  {request("GET", "/", "", "Connection: Upgrade", "Upgrade: WebSocket"), 400},
		"TRACE":                      {request("TRACE", "/", ""), 405},
		"31 addresses":               {request("GET", "/", "", "X-Forwarded-For: "+addresses(31)), 463},
		"31 addresses on two lines":  {request("GET", "/", "", "X-Forwarded-For: "+addresses(30), "X-Forwarded-For: "+addresses(1)), 463},
		"30 addresses":               {request("GET", "/", "", "X-Forwarded-For: "+addresses(30)), 200},
		"long request line":          {request("GET", "/"+long, ""), 400},
		"request line at the limit":  {request("GET", "/"+long[:16<<10-len("GET / HTTP/1.1")], ""), 200},
		"request line over it":       {request("GET", "/"+long[:16<<10-len("GET / HTTP/1.1")+1], ""), 400},
		"query at the limit":         {request("GET", "/?"+long[:16<<10-len("GET /? HTTP/1.1")], ""), 200},
		"query over it":              {request("GET", "/?"+long[:16<<10-len("GET /? HTTP/1.1")+1], ""), 400},
		"long header":                {request("GET", "/", "", "X-Long: "+long), 400},
		"header over the limit":      {request("GET", "/", "", "X-Long: "+long[:16<<10-len("X-Long: ")+1]), 400},
		"header at the limit":        {request("GET", "/", "", "X-Long: "+long[:16<<10-len("X-Long: ")]), 200},
		"many long headers":          {request("GET", "/", "", many...), 400},
		"not quite so many":          {request("GET", "/", "", many[:4]...), 200},
		"a body that cannot be read": {httptest.NewRequest("POST", "/", io.NopCloser(iotest.ErrReader(errors.New("gone")))), 400},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, alb.Options{})
			res, body := l.do(row.r)
			require.Equal(t, row.status, res.StatusCode)
			require.Equal(t, row.status, l.entry().ELBStatusCode)
			if row.status != 200 {
				require.Contains(t, body, fmt.Sprintf("<title>%d", row.status))
				require.Empty(t, l.inputs)
				require.Empty(t, l.entry().Metric)
			}
		})
	}
}

func TestClientThatGoesAway(t *testing.T) {
	l := newLab(t, alb.Options{})
	l.answer = func(ctx context.Context, _ invoke.Input) (*invoke.Output, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	l.ServeHTTP(w, request("GET", "/", "").WithContext(ctx))
	require.Zero(t, w.Body.Len())
	require.Equal(t, 460, w.Code, "a handler before this one may have ended the wait, and its client must not read a 200")
	require.Equal(t, 460, l.entry().ELBStatusCode)
}
