package alb_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// echo is a function as it would be deployed behind a target group with multi-value headers.
func echo(_ context.Context, r events.ALBTargetGroupRequest) (events.ALBTargetGroupResponse, error) {
	return events.ALBTargetGroupResponse{
		StatusCode: 201,
		Body:       r.HTTPMethod + " " + r.Path + " " + strings.Join(r.MultiValueQueryStringParameters["q"], " ") + " " + r.Body,
		MultiValueHeaders: map[string][]string{
			"Content-Type": {"text/plain"}, "Set-Cookie": append(r.MultiValueHeaders["cookie"], "made=1"),
			"X-Port": r.MultiValueHeaders["x-forwarded-port"], "X-For": r.MultiValueHeaders["x-forwarded-for"],
		},
	}, nil
}

// serve puts a function behind a real server, and gives its URL.
func serve(t *testing.T, handler any) string {
	svc := invoke.New(invoke.Options{})
	t.Cleanup(svc.Close)
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(handler)))
	group, err := alb.New(alb.Options{Invoker: svc, MultiValueHeaders: true})
	require.NoError(t, err)
	require.NoError(t, group.RegisterTargets(t.Context(), "f"))
	server := httptest.NewServer(group)
	t.Cleanup(server.Close)
	return server.URL
}

func TestRealClient(t *testing.T) {
	base := serve(t, echo)
	r, err := http.NewRequest("PUT", base+"/a%20b?q=c+d&q=%2B", strings.NewReader("body"))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Cookie", "mine=1")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 201, res.StatusCode)
	require.Equal(t, "PUT /a%20b c+d %2B body", string(body))
	require.Equal(t, []string{"mine=1", "made=1"}, res.Header["Set-Cookie"])
	require.Equal(t, "awselb/2.0", res.Header.Get("Server"))
	require.NotEmpty(t, res.Header.Get("Date"))
	u, err := url.Parse(base)
	require.NoError(t, err)
	require.Equal(t, u.Port(), res.Header.Get("X-Port"))
	require.Equal(t, "127.0.0.1", res.Header.Get("X-For"))
}

func TestCurl(t *testing.T) {
	base := serve(t, echo)
	out := doortest.Curl(t, "-i", "-X", "PATCH", "-H", "Content-Type: text/plain", "--data-binary", "hi", "-b", "mine=1", base+"/p?q=1&q=2")
	require.Contains(t, out, "HTTP/1.1 201 Created\r\n")
	require.Contains(t, out, "Set-Cookie: mine=1\r\nSet-Cookie: made=1\r\n")
	require.Contains(t, out, "Connection: keep-alive\r\n")
	require.Contains(t, out, "Server: awselb/2.0\r\n")
	require.True(t, strings.HasSuffix(out, "\r\n\r\nPATCH /p 1 2 hi"), out)
}

// curl sees the load balancer's page, too, and nothing of the panic behind it.
func TestCurlSeesThePage(t *testing.T) {
	base := serve(t, func() error { panic("secret") })
	out := doortest.Curl(t, "-i", base+"/")
	require.Contains(t, out, "HTTP/1.1 502 Bad Gateway\r\n")
	require.True(t, strings.HasSuffix(out, "\r\n\r\n"+page502), out)
	require.NotContains(t, out, "secret")
}

// HEAD gets the head of what GET gets.
func TestHead(t *testing.T) {
	base := serve(t, echo)
	res, err := http.Head(base + "/x")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 201, res.StatusCode)
	require.Equal(t, int64(len("HEAD /x  ")), res.ContentLength)
}

// The handler works behind a server that speaks HTTP/2, where a connection has no headers.
func TestHTTP2(t *testing.T) {
	svc := invoke.New(invoke.Options{})
	t.Cleanup(svc.Close)
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(echo)))
	group, err := alb.New(alb.Options{Invoker: svc, FunctionName: "f", MultiValueHeaders: true})
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(group)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	res, err := server.Client().Get(server.URL + "/x")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 2, res.ProtoMajor)
	require.Equal(t, 201, res.StatusCode)
	require.Empty(t, res.Header.Get("Connection"))
}
