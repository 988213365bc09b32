package functionurl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

type ctx = context.Context

// TestRefusedCalls is what Lambda says, and what the URL makes of it, in both modes.
func TestRefusedCalls(t *testing.T) {
	for _, row := range []struct {
		err  error
		want answer
	}{
		{lambda.RateExceeded("x"), answer{429, text, ""}},
		{lambda.NewError("AccessDeniedException", "User: * is not"), answer{403, text, forbiddenBody}},
		{lambda.FunctionNotFound("f"), answer{403, text, forbiddenBody}},
		{lambda.NewError("ServiceException", ""), failed},
		{lambda.FunctionInState("Pending"), failed},
		{invoke.ErrClosed, failed},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), answer{504, text, "Gateway Timeout"}},
		{lambda.RequestTooLarge("InvokeFunction", 6291456), answer{413, text,
			`{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`}},
	} {
		for _, mode := range []registry.InvokeMode{registry.Buffered, registry.ResponseStream} {
			t.Run(row.err.Error()+" "+string(mode), func(t *testing.T) {
				l := newLab(t, registry.FunctionURLInput{InvokeMode: mode}, functionurl.Options{})
				l.deny = row.err
				res, body := l.get("/")
				require.Equal(t, row.want, answerOf(res, body))
				require.Len(t, l.inputs, 1, "nothing is retried")
				if row.want.status == 403 {
					require.Equal(t, "AccessDeniedException", res.Header.Get("x-amzn-ErrorType"))
				}
			})
		}
	}
}

func TestReservedConcurrency0IsA429(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	require.NoError(t, l.svc.PutFunctionConcurrency("f", 0))
	res, body := l.get("/")
	require.Equal(t, answer{429, text, ""}, answerOf(res, body))
}

// Each unit of reserved concurrency lets ten requests a second through.
func TestRequestRateIsA429(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
		require.NoError(t, l.svc.PutFunctionConcurrency("f", 1))
		for range 10 {
			res, _ := l.get("/")
			require.Equal(t, 200, res.StatusCode)
		}
		res, body := l.get("/")
		require.Equal(t, answer{429, text, ""}, answerOf(res, body))
		time.Sleep(time.Second)
		res, _ = l.get("/")
		require.Equal(t, 200, res.StatusCode)
	})
}

func TestFunctionTimeoutIsA502(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, mode := range []registry.InvokeMode{registry.Buffered, registry.ResponseStream} {
			l := newLab(t, registry.FunctionURLInput{InvokeMode: mode}, functionurl.Options{})
			l.answer = func(ctx ctx, _ []byte) ([]byte, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			began := time.Now()
			res, body := l.get("/")
			require.Equal(t, failed, answerOf(res, body))
			require.Equal(t, lambda.DefaultTimeout, time.Since(began))
		}
	})
}

// Invariant 21: what is over 6 MB, as a body or in Base64 as an event, is not sent to the function.
func TestInvariant21_requestTooLarge(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	for name, r := range map[string]struct {
		typ  string
		size int
		want int
	}{
		"binary":   {"image/png", 4 << 20, 200},
		"Base64":   {"image/png", 5 << 20, 413},
		"text":     {"text/plain", 6<<20 - 2048, 200},
		"too long": {"text/plain", 6<<20 + 1, 413},
	} {
		l.inputs = nil
		res, body := l.do(request("POST", "/", strings.Repeat("a", r.size), "Content-Type: "+r.typ))
		require.Equal(t, r.want, res.StatusCode, name)
		if r.want == 413 {
			require.Empty(t, l.inputs, name)
			require.Contains(t, body, `{"Message":"Request must be smaller than`)
		}
	}
	res, _ := l.do(httptest.NewRequest("POST", "/", io.NopCloser(iotest.ErrReader(errors.New("gone")))))
	require.Equal(t, 400, res.StatusCode)
}

// A response over Lambda's limit is a function error.
func TestResponseTooLarge(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	l.returns(`"` + strings.Repeat("a", lambda.MaxResponsePayload) + `"`)
	res, body := l.get("/")
	require.Equal(t, failed, answerOf(res, body))
}

// key is somebody's access key.
var key = functionurl.AccessKey{
	ID: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	Principal: functionurl.Principal{ARN: "arn:aws:iam::210987654321:user/ann", UserID: "AIDACKCEVSQ6C2EXAMPLE", OrgID: "o-a1b2c3"},
}

func TestIAM(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{AuthType: registry.AuthAWSIAM},
		functionurl.Options{Authenticate: functionurl.SigV4("", key)})
	refuse := func(name, body string, change func(k *functionurl.AccessKey, at *time.Time)) {
		r, k, now := request("POST", "/a?b=c", body), key, time.Now()
		r.Host = l.host
		if change != nil {
			change(&k, &now)
			k.Sign(r, []byte("body"), now, "us-east-1")
		}
		res, got := l.do(r)
		require.Equal(t, answer{403, text, forbiddenBody}, answerOf(res, got), name)
		require.Equal(t, "AccessDeniedException", res.Header.Get("x-amzn-ErrorType"))
		require.Empty(t, l.inputs)
	}
	refuse("unsigned", "body", nil)
	refuse("another secret", "body", func(k *functionurl.AccessKey, _ *time.Time) { k.Secret = "x" })
	refuse("another key", "body", func(k *functionurl.AccessKey, _ *time.Time) { k.ID = "x" })
	refuse("another body", "tampered", func(*functionurl.AccessKey, *time.Time) {})
	refuse("long ago", "body", func(_ *functionurl.AccessKey, at *time.Time) { *at = at.Add(-6 * time.Minute) })
	refuse("a stray token", "body", func(k *functionurl.AccessKey, _ *time.Time) { k.SessionToken = "x" })

	r := request("POST", "/a?b=c", "body")
	r.Host = l.host
	key.Sign(r, []byte("body"), time.Now(), "")
	res, _ := l.do(r)
	require.Equal(t, 200, res.StatusCode)
	in := l.inputs[0]
	require.Equal(t, key.Principal.ARN, in.Caller.Principal)
	require.Equal(t, "o-a1b2c3", in.Caller.OrgID)
	require.Equal(t, "AWS_IAM", in.Caller.FunctionURLAuthType)
	var e events.LambdaFunctionURLRequest
	require.NoError(t, json.Unmarshal(in.Payload, &e))
	require.Equal(t, "123456789012", e.RequestContext.AccountID, "the owner")
	require.Equal(t, &events.LambdaFunctionURLRequestContextAuthorizerIAMDescription{
		AccessKey: key.ID, AccountID: "210987654321", CallerID: "AIDACKCEVSQ6C2EXAMPLE", UserARN: key.Principal.ARN, UserID: "AIDACKCEVSQ6C2EXAMPLE",
	}, e.RequestContext.Authorizer.IAM)
	require.Contains(t, string(in.Payload), `"cognitoIdentity":null,"principalOrgId":"o-a1b2c3"`)
	require.NotContains(t, e.Headers, "authorization")
	require.Contains(t, e.Headers, "x-amz-date")

	nobody := newLab(t, registry.FunctionURLInput{AuthType: registry.AuthAWSIAM}, functionurl.Options{})
	res, body := nobody.get("/")
	require.Equal(t, answer{403, text, forbiddenBody}, answerOf(res, body), "without an Authenticator nobody is known")
}

func TestClientThatGoesAway(t *testing.T) {
	for _, mode := range []registry.InvokeMode{registry.Buffered, registry.ResponseStream} {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t, registry.FunctionURLInput{InvokeMode: mode}, functionurl.Options{})
			var ran atomic.Bool
			l.answer = func(ctx, []byte) ([]byte, error) {
				time.Sleep(time.Second)
				ran.Store(true)
				return []byte(`"late"`), nil
			}
			c, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			r := request("GET", "/", "").WithContext(c)
			r.Host = l.host
			w := httptest.NewRecorder()
			l.ServeHTTP(w, r)
			require.Zero(t, w.Body.Len())
			require.Equal(t, 504, w.Code, "a handler before this one may have set the deadline, and its client must not read a 200")
			require.False(t, ran.Load())
			time.Sleep(time.Second)
			synctest.Wait()
			require.True(t, ran.Load(), "the function runs on")
		})
	}
}

// A client that leaves in the middle of a stream takes the door along, though the function is silent. What it has got is
// not to look whole, if it was not the client that left but a handler in between.
func TestClientThatLeavesAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, registry.FunctionURLInput{InvokeMode: registry.ResponseStream}, functionurl.Options{})
		silent, release := io.Pipe()
		l.stream = func(ctx) (io.Reader, error) { return io.MultiReader(strings.NewReader("first"), silent), nil }
		c, cancel := context.WithCancel(t.Context())
		r := request("GET", "/", "").WithContext(c)
		r.Host = l.host
		w := httptest.NewRecorder()
		served := make(chan struct{})
		go func() {
			defer close(served)
			require.PanicsWithValue(t, http.ErrAbortHandler, func() { l.ServeHTTP(w, r) })
		}()
		synctest.Wait()
		left := time.Now()
		cancel()
		<-served
		require.Zero(t, time.Since(left), "not only when the function's time is up")
		require.Equal(t, "first", w.Body.String())
		release.Close()
		synctest.Wait()
	})
}
