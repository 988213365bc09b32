package functionurl_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// echo is a function as it would be deployed.
func echo(_ context.Context, r events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	return events.LambdaFunctionURLResponse{
		StatusCode: 201, Body: r.RequestContext.HTTP.Method + " " + r.RawPath + " " + r.QueryStringParameters["q"] + " " + r.Body,
		Headers: map[string]string{"Content-Type": "text/plain"}, Cookies: append(r.Cookies, "made=1"),
	}, nil
}

// serve puts a function behind a real server, and gives its URL.
func serve(t *testing.T, handler any, mode registry.InvokeMode) string {
	svc := invoke.New(invoke.Options{})
	t.Cleanup(svc.Close)
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f", Timeout: time.Minute}, lambda.Handler(handler)))
	h, err := functionurl.New(functionurl.Options{Invoker: svc, URL: &functionurl.Config{FunctionName: "f", InvokeMode: mode}})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestRealClient(t *testing.T) {
	base := serve(t, echo, "")
	r, err := http.NewRequest("PUT", base+"/a%20b?q=c+d", strings.NewReader("body"))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Cookie", "mine=1")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, answer{201, "text/plain", "PUT /a%20b c d body"}, answerOf(res, string(body)))
	require.Equal(t, []string{"mine=1", "made=1"}, res.Header["Set-Cookie"])
	require.Equal(t, int64(len(body)), res.ContentLength)
}

func TestCurl(t *testing.T) {
	base := serve(t, echo, "")
	out := doortest.Curl(t, "-i", "-X", "PATCH", "-H", "Content-Type: text/plain", "--data-binary", "hi", "-b", "mine=1", base+"/p?q=r")
	require.Contains(t, out, "HTTP/1.1 201 Created\r\n")
	require.Contains(t, out, "Set-Cookie: mine=1\r\nSet-Cookie: made=1\r\n")
	require.True(t, strings.HasSuffix(out, "\r\n\r\nPATCH /p r hi"), out)
}

// curl can sign requests itself: what it signs is let in.
func TestCurlSigns(t *testing.T) {
	svc := invoke.New(invoke.Options{})
	t.Cleanup(svc.Close)
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(echo)))
	h, err := functionurl.New(functionurl.Options{
		Invoker: svc, URL: &functionurl.Config{FunctionName: "f", AuthType: registry.AuthAWSIAM},
		Authenticate: functionurl.SigV4("us-east-1", key),
	})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	if !strings.Contains(doortest.Curl(t, "--help", "all"), "--aws-sigv4") {
		t.Skip("this curl is older than 7.75 and cannot sign requests")
	}
	args := []string{"--aws-sigv4", "aws:amz:us-east-1:lambda", "--data-binary", "hi", "-H", "Content-Type: text/plain", server.URL + "/p?q=r"}
	require.Equal(t, "POST /p r hi", doortest.Curl(t, append([]string{"--user", key.ID + ":" + key.Secret}, args...)...))
	require.Equal(t, forbiddenBody, doortest.Curl(t, append([]string{"--user", key.ID + ":wrong"}, args...)...))
}

// steps is a stream that writes a piece whenever it is told to.
func steps(pieces <-chan string) func(context.Context) (*events.LambdaFunctionURLStreamingResponse, error) {
	return func(context.Context) (*events.LambdaFunctionURLStreamingResponse, error) {
		r, w := io.Pipe()
		go func() {
			for p := range pieces {
				io.WriteString(w, p)
			}
			w.Close()
		}()
		return &events.LambdaFunctionURLStreamingResponse{
			StatusCode: 202, Headers: map[string]string{"Content-Type": "text/event-stream"}, Cookies: []string{"a=1"}, Body: r,
		}, nil
	}
}

// The client reads each piece before the function writes the next: nothing waits on the way.
func TestPiecesArriveAsTheyAreWritten(t *testing.T) {
	pieces := make(chan string)
	base := serve(t, steps(pieces), registry.ResponseStream)
	res, err := http.Get(base)
	require.NoError(t, err) // the head is here, though the body has not begun
	defer res.Body.Close()
	require.Equal(t, 202, res.StatusCode)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	require.Equal(t, "a=1", res.Header.Get("Set-Cookie"))
	buf := make([]byte, 64)
	for _, p := range []string{"first", "second", "third"} {
		pieces <- p
		n, err := io.ReadFull(res.Body, buf[:len(p)])
		require.NoError(t, err)
		require.Equal(t, p, string(buf[:n]))
	}
	close(pieces)
	rest, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Empty(t, rest)
}

// A stream that breaks off does not look whole to the client.
func TestBrokenStreamIsCut(t *testing.T) {
	base := serve(t, func(context.Context) (io.Reader, error) {
		return io.MultiReader(strings.NewReader("first"), broken{}), nil
	}, registry.ResponseStream)
	res, err := http.Get(base)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
	got, err := io.ReadAll(res.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "first", string(got))
}

// Nor does one that a handler before the door cuts short with a deadline.
func TestDeadlineOfAnotherHandler(t *testing.T) {
	svc := invoke.New(invoke.Options{})
	t.Cleanup(svc.Close)
	silent, release := io.Pipe()
	defer release.Close()
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func(context.Context) (io.Reader, error) {
		return io.MultiReader(strings.NewReader("first"), silent), nil
	})))
	h, err := functionurl.New(functionurl.Options{Invoker: svc, URL: &functionurl.Config{FunctionName: "f", InvokeMode: registry.ResponseStream}})
	require.NoError(t, err)
	begun := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		go func() {
			<-begun
			cancel()
		}()
		h.ServeHTTP(w, r.WithContext(ctx))
	}))
	defer server.Close()
	res, err := http.Get(server.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	close(begun)
	got, err := io.ReadAll(res.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "first", string(got))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

func TestCurlStreams(t *testing.T) {
	pieces := make(chan string, 2)
	pieces <- "one "
	pieces <- "two"
	close(pieces)
	base := serve(t, steps(pieces), registry.ResponseStream)
	out := doortest.Curl(t, "-i", "-N", base)
	require.Contains(t, out, "HTTP/1.1 202 Accepted\r\n")
	require.Contains(t, out, "Transfer-Encoding: chunked\r\n")
	require.True(t, strings.HasSuffix(out, "\r\n\r\none two"), out)
}
