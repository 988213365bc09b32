package edge_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/edge"
)

// TestInvariant17MissesCollapse: however many miss at once, one asks, or each if the answer may not be shared.
func TestInvariant17MissesCollapse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			s := newSite(nil)
			shared := rapid.Bool().Draw(t, "shared")
			control := rapid.SampledFrom([]string{"private", "no-store", "no-cache"}).Draw(t, "otherwise")
			s.origin = func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(time.Second)
				if !shared {
					w.Header().Set("Cache-Control", control)
				}
				io.WriteString(w, "page")
			}
			d, err := edge.NewDistribution(s.config)
			require.NoError(t, err)
			s.d = d
			n := rapid.IntRange(1, 30).Draw(t, "viewers")
			runs, caches := crowd(s, n)
			asks := n
			if shared {
				asks = 1
			}
			require.Equal(t, map[string]int{"vq": n, "oq": asks, "O": asks, "op": asks, "vp": n}, runs)
			require.Equal(t, asks, caches["Miss"])
			require.Equal(t, n-asks, caches["Hit"])
		})
	})
}

// TestInvariant14OriginsGetTheWholeBody: whatever part of a body the functions see, and in whichever form it comes.
func TestInvariant14OriginsGetTheWholeBody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{0, 1, 40 << 10, 1 << 20}).Draw(t, "around")
		sent := strings.Repeat("x", max(limit+rapid.IntRange(-1, 1).Draw(t, "more"), 0))
		include := rapid.SampledFrom([][]edge.EventType{nil, {edge.ViewerRequest}, {edge.OriginRequest}, {edge.ViewerRequest, edge.OriginRequest}}).Draw(t, "include")
		s := newSite(nil)
		s.b.AllowedMethods, s.b.IncludeBody = edge.AllMethods, include
		check := func(at edge.EventType, quota int) edge.RequestHook {
			return edits(func(r *edge.Request) {
				require.Equal(t, slices.Contains(include, at), r.Body != nil)
				if r.Body == nil {
					return
				}
				data, err := r.Body.Bytes()
				require.NoError(t, err)
				require.Len(t, data, min(len(sent), quota))
				require.Equal(t, len(sent) > quota, r.Body.InputTruncated)
			})
		}
		s.vq, s.oq = check(edge.ViewerRequest, 40<<10), check(edge.OriginRequest, 1<<20)
		d, err := edge.NewDistribution(s.config)
		require.NoError(t, err)
		s.d = d
		r := httptest.NewRequest("POST", "/a", strings.NewReader(sent))
		if rapid.Bool().Draw(t, "chunked") {
			r.ContentLength = -1
		}
		require.Equal(t, 200, s.do(r).code)
		require.True(t, sent == s.posted, "%d of %d bytes", len(s.posted), len(sent))
	})
}

// drawJSON is any JSON value, with names and values that mean something to CloudFront.
func drawJSON(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind = min(kind, 4)
	}
	text := rapid.SampledFrom([]string{"", "200", "/a", "text", "base64", "replace", "x", "\r\n", "GET", "none", "b.s3.amazonaws.com", "é"})
	switch kind {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.SampledFrom([]float64{0, 200, 404, 80, -1, 1e300, 0.5}).Draw(t, "number")
	case 3, 4:
		return text.Draw(t, "text")
	case 5:
		list := make([]any, rapid.IntRange(0, 2).Draw(t, "elements"))
		for i := range list {
			list[i] = drawJSON(t, depth-1)
		}
		return list
	}
	object := map[string]any{}
	names := []string{"status", "uri", "headers", "body", "bodyEncoding", "querystring", "method", "clientIp", "origin", "s3", "custom", "x-a", "host",
		"via", "connection", "key", "value", "domainName", "authMethod", "port", "action", "data", "encoding", "statusDescription"}
	for range rapid.IntRange(0, 5).Draw(t, "members") {
		object[rapid.SampledFrom(names).Draw(t, "name")] = drawJSON(t, depth-1)
	}
	return object
}

// TestInvariant21AnyJSONIsAResultOrA502: no output makes anything else of the reply, and the next viewer is served.
func TestInvariant21AnyJSONIsAResultOrA502(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SampledFrom([]edge.EventType{edge.ViewerRequest, edge.OriginRequest, edge.OriginResponse, edge.ViewerResponse}).Draw(t, "trigger")
		payload, err := json.Marshal(drawJSON(t, 4))
		require.NoError(t, err)
		s := newSite(nil)
		s.config.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("nobody there") })
		s.returns(at, string(payload))
		d, err := edge.NewDistribution(s.config)
		require.NoError(t, err)
		s.d = d
		r := s.get("/a")
		if r.code == 502 {
			require.Contains(t, []string{"LambdaValidationError", "Error", "LambdaGeneratedResponse"}, r.xCache)
			return
		}
		require.True(t, r.code >= 200 && r.code < 600, r.code)
		require.NotContains(t, r.xCache, "Lambda"+"Validation")
	})
}

// TestInvariant24InvalidatedPathsMiss: both paths have to be named where a function changes them.
func TestInvariant24InvalidatedPathsMiss(t *testing.T) {
	virtual(t, func(t *testing.T, s *site) {
		s.vq = edits(func(r *edge.Request) { r.URI = "/changed" })
		s.get("/a").is(t, 200, "Miss", missed)
		for paths, want := range map[string]string{"/a": "Hit", "/changed": "Miss", "/a /changed": "Miss", "/*": "Miss"} {
			_, err := s.d.Invalidate(strings.Fields(paths)...)
			require.NoError(t, err)
			require.Equal(t, want, s.get("/a").xCache, paths)
		}
	})
	holds(t, func(t *rapid.T, w *world, s *step) {
		if rapid.Bool().Draw(t, "invalidate") {
			return
		}
		_, err := w.d.Invalidate("/*")
		require.NoError(t, err)
		require.Empty(t, w.d.Cache())
	})
}

// TestInvariant23ADistributionTimesOutAtItsQuota is the same for each trigger of a whole distribution.
func TestInvariant23ADistributionTimesOutAtItsQuota(t *testing.T) {
	for trigger, quota := range map[string]time.Duration{"vq": 5 * time.Second, "oq": 30 * time.Second, "op": 30 * time.Second, "vp": 5 * time.Second} {
		for _, over := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				takes := quota - time.Millisecond
				if over {
					takes = quota + time.Millisecond
				}
				slow := edits(func(*edge.Request) { time.Sleep(takes) })
				late := changes(func(*edge.Response) { time.Sleep(takes) })
				switch trigger {
				case "vq":
					s.vq = slow
				case "oq":
					s.oq = slow
				case "op":
					s.op = late
				case "vp":
					s.vp = late
				}
				start := time.Now()
				r := s.get("/a")
				require.Equal(t, min(takes, quota), time.Since(start), trigger)
				if over {
					require.Equal(t, []any{503, "LambdaLimitExceeded"}, []any{r.code, r.xCache}, trigger)
				} else {
					r.is(t, 200, "Miss", missed)
				}
				s.d.Close()
			})
		}
	}
}
