package edge_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestEdgeRedirectAndHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "vr", Timeout: 5 * time.Second}, lambda.Handler(func(e edge.Event) (any, error) {
			r := e.Records[0].CF.Request
			if strings.HasPrefix(r.URI, "/old") {
				return edge.Response{Status: "301", Headers: edge.Headers{"location": {{Value: "/new"}}}}, nil
			}
			return r, nil
		}))
		_, err := edge.NewDistribution(edge.Config{CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", ViewerRequest: "vr:$LATEST"}}})
		require.ErrorContains(t, err, "must reference a specific function version")
		_, err = svc.PublishVersion("vr")
		require.NoError(t, err)
		hits := 0
		d, err := edge.NewDistribution(edge.Config{Invoker: svc,
			Origin:         edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { hits++; w.Write([]byte("page")) })),
			CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", ViewerRequest: "vr:1", DefaultTTL: time.Minute}}})
		require.NoError(t, err)
		get := func(path string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			return w
		}
		w := get("/old/a")
		require.Equal(t, 301, w.Code)
		require.Equal(t, "/new", w.Header().Get("Location"))
		require.Equal(t, "Miss from cloudfront", get("/new").Header().Get("X-Cache"))
		time.Sleep(10 * time.Second)
		w = get("/new")
		require.Equal(t, "Hit from cloudfront", w.Header().Get("X-Cache"))
		require.Equal(t, "10", w.Header().Get("Age"))
		time.Sleep(time.Minute)
		require.Equal(t, "Miss from cloudfront", get("/new").Header().Get("X-Cache"))
		require.Equal(t, 2, hits)
	})
}
