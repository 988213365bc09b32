package apigateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// TestManyAtOnce: requests that are served at once keep apart, and each has an id of its own.
func TestManyAtOnce(t *testing.T) {
	svc := echo(t)
	rest := restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker, c.Methods[0].Integration.Function = svc, "rest" })
	web := httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker, c.Routes[0].Function = svc, "http" })
	for _, api := range []http.Handler{rest, web} {
		var mu sync.Mutex
		ids := map[string]bool{}
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				body := string(make([]byte, i)) + "mine"
				w := httptest.NewRecorder()
				api.ServeHTTP(w, request("POST", "/stage/a", body, "Content-Type", "text/plain"))
				mu.Lock()
				defer mu.Unlock()
				if w.Code != 201 {
					t.Errorf("answered with %d", w.Code)
				}
				if got := w.Body.String(); got[len(got)-len(body):] != body {
					t.Errorf("got somebody else's answer: %q", got)
				}
				ids[w.Header().Get("X-Amzn-Requestid")+w.Header().Get("Apigw-Requestid")] = true
			})
		}
		wg.Wait()
		require.Len(t, ids, 32)
	}
}

// TestNothingIsLeftBehind: the bubble ends only when no goroutine is left, after an answer and after a timeout.
func TestNothingIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		svc := slow(t, time.Second, &ran)
		api := restWith(t, nil, func(c *apigateway.RESTConfig) {
			c.Invoker, c.Methods[0].Integration.Timeout = svc, 500*time.Millisecond
		})
		require.Equal(t, 504, ask(api, get("/stage/x")).StatusCode)
		lambdatest.Advance(time.Second)
		require.Equal(t, 1, ran)
	})
}

// TestClientLeaves: a client that goes away ends the wait and not the function, and nobody is called again.
func TestClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		svc := slow(t, 10*time.Second, &ran)
		for _, api := range []http.Handler{
			restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = svc }),
			httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc }),
		} {
			ran = 0
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			ask(api, get("/stage/x").WithContext(ctx))
			cancel()
			require.Equal(t, time.Second, time.Since(start))
			lambdatest.Advance(10 * time.Second)
			require.Equal(t, 1, ran)
		}
	})
}

var _ apigateway.Invoker = (*invoke.Service)(nil)
