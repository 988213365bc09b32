package edge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// seen is what one function got to see.
type seen struct {
	trigger edge.EventType
	id      string
	names   []string // of all headers
	status  string   // of the response
}

// step is one viewer's request in a drawn world, and all that happened for it.
type step struct {
	method, path, query string
	vq, oq, op, vp      string // what the functions were up to
	keyed               string // the path that the entry must be under, after the viewer-request function
	now                 time.Time
	before, after       []edge.Cached
	got                 reply
	events              []seen
}

func (s *step) ran(what string) bool { return slices.Contains(strings.Fields(s.got.runs), what) }

// askedOrigin says whether an origin was asked.
func (s *step) askedOrigin() bool { return s.ran("O") || s.ran("O2") }

// entry is what the cache had under the request's key.
func (s *step) entry() *edge.Cached {
	for _, c := range s.before {
		if c.Path == s.keyed {
			return &c
		}
	}
	return nil
}

// isRead says whether the method is one whose answers are cached here.
func (s *step) isRead() bool { return s.method == "GET" || s.method == "HEAD" }

// endedBy says whether a function ended the chain by what it was up to: a response, a failure or a mistake.
func endedBy(program string) bool { return program != "identity" && program != "change" }

// world is a distribution with two behaviors over two origins, functions that do something else in every step, an error
// page, and viewers that send whatever they like.
type world struct {
	*site
	step   *step
	origin struct{ status, maxAge int }
	all    bool // the key has query strings
}

func newWorld(t *rapid.T) *world {
	w := &world{site: newSite(nil), all: rapid.Bool().Draw(t, "query strings keyed")}
	w.origin.status, w.origin.maxAge = 200, -1
	first, second := edge.HandlerOrigin(w.serving("O")), edge.HandlerOrigin(w.serving("O2"))
	second.ID, second.DomainName = "second", "second.example.org"
	w.config.Origin, w.config.Origins = first, []*edge.Origin{second}
	w.b.AllowedMethods = edge.AllMethods
	w.b.DefaultTTL, w.b.MaxTTL = 100*time.Second, 200*time.Second
	if w.all {
		w.b.CachePolicy.QueryStrings = edge.All()
	}
	w.b.Hooks = edge.Hooks{ViewerRequest: w.viewerRequest, OriginRequest: w.originRequest, OriginResponse: w.originResponse, ViewerResponse: w.viewerResponse}
	other := *w.b
	other.PathPattern, other.TargetOriginID = "/b*", "second"
	w.config.CacheBehaviors = []edge.CacheBehavior{other, *w.b}
	if rapid.Bool().Draw(t, "error page") {
		w.config.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: errorPagePath, ResponseCode: 200}}
	}
	d, err := edge.NewDistribution(w.config)
	require.NoError(t, err)
	w.d = d
	return w
}

// serving is an origin. The page for errors is always there.
func (w *world) serving(name string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == errorPagePath {
			io.WriteString(rw, "sorry")
			return
		}
		w.site.ran(name)
		if w.origin.maxAge >= 0 {
			rw.Header().Set("Cache-Control", fmt.Sprint("max-age=", w.origin.maxAge))
		}
		rw.WriteHeader(w.origin.status)
		fmt.Fprintf(rw, "%d %s", w.origin.status, r.RequestURI)
	}
}

// errorPagePath is the path of the page for errors, for which functions run that do nothing, and of which steps do not
// tell: it has a chain of its own.
const errorPagePath = "/e.html"

// cached is what the cache has beside the page for errors.
func (w *world) cached() []edge.Cached {
	return slices.DeleteFunc(w.d.Cache(), func(c edge.Cached) bool { return c.Path == errorPagePath })
}

// look writes down what a function sees.
func (w *world) look(ctx context.Context, what string, r *edge.Request, resp *edge.Response) {
	w.site.ran(what)
	c := edge.ConfigOf(ctx)
	s := seen{trigger: c.EventType, id: c.RequestID}
	for name := range r.Headers {
		s.names = append(s.names, name)
	}
	if resp != nil {
		s.status = resp.Status
		for name := range resp.Headers {
			s.names = append(s.names, name)
		}
	}
	w.step.events = append(w.step.events, s)
}

var errProgram = errors.New("boom")

// request does what a request function is up to.
func (w *world) request(program string, r *edge.Request, mutate func(edge.Headers)) (*edge.Request, *edge.Response, error) {
	switch program {
	case "change":
		r.URI = "/b/changed"
	case "respond":
		return nil, &edge.Response{Status: "201", Body: new("made"), Headers: edge.Headers{"cache-control": {{Value: "max-age=50"}}}}, nil
	case "respond 404":
		return nil, &edge.Response{Status: "404", Body: new("made")}, nil
	case "fail":
		return nil, nil, errProgram
	case "disallowed":
		r.Headers.Set("X-Edge-A", "1")
	case "read-only":
		mutate(r.Headers)
	}
	return r, nil, nil
}

func (w *world) viewerRequest(ctx context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
	w.look(ctx, "vq", r, nil)
	return w.request(w.step.vq, r, func(h edge.Headers) { h.Set("Host", "evil.example") })
}

func (w *world) originRequest(ctx context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
	if r.URI == errorPagePath {
		return r, nil, nil
	}
	w.look(ctx, "oq", r, nil)
	return w.request(w.step.oq, r, func(h edge.Headers) { h.Del("Via") })
}

// response does what a response function is up to.
func (w *world) response(program string, r *edge.Response) (*edge.Response, error) {
	switch program {
	case "change":
		r.Headers.Set("X-A", "1")
	case "status":
		r.Status = "202"
	case "fail":
		return nil, errProgram
	case "disallowed":
		r.Headers.Set("X-Cache", "Hit")
	case "read-only":
		r.Headers.Set("Via", "me")
	}
	return r, nil
}

func (w *world) originResponse(ctx context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
	if req.URI == errorPagePath {
		return r, nil
	}
	w.look(ctx, "op", req, r)
	return w.response(w.step.op, r)
}

func (w *world) viewerResponse(ctx context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
	w.look(ctx, "vp", req, r)
	return w.response(w.step.vp, r)
}

// viewer sends a drawn request.
func (w *world) viewer(t *rapid.T) *step {
	program := func(label string, more ...string) string {
		return rapid.SampledFrom(append([]string{"identity", "identity", "identity", "identity", "change", "fail", "disallowed", "read-only"}, more...)).Draw(t, label)
	}
	s := &step{
		method: rapid.SampledFrom([]string{"GET", "GET", "GET", "HEAD", "POST", "DELETE"}).Draw(t, "method"),
		path:   rapid.SampledFrom([]string{"/a", "/b", "/b/changed"}).Draw(t, "path"),
		query:  rapid.SampledFrom([]string{"", "q=1", "q=2"}).Draw(t, "query"),
		vq:     program("viewer-request", "respond", "respond 404"), oq: program("origin-request", "respond", "respond 404"),
		op: program("origin-response", "status"), vp: program("viewer-response", "status"),
		now: time.Now(), before: w.cached(),
	}
	s.keyed = s.path
	if s.vq == "change" {
		s.keyed = "/b/changed"
	}
	if w.all && s.query != "" {
		s.keyed += "?" + s.query
	}
	w.step = s
	r := request(s.method, s.path+"?"+s.query, "X-Real-IP", "192.0.2.9", "X-Edge-Location", "here", "X-Amz-Cf-Id", "mine", "Keep-Alive", "1", "X-B", "1")
	s.got = w.do(r)
	s.after = w.cached()
	return s
}

// holds plays drawn worlds and checks an invariant after every request.
func holds(t *testing.T, check func(t *rapid.T, w *world, s *step)) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(t)
			for range rapid.IntRange(1, 12).Draw(t, "requests") {
				time.Sleep(time.Duration(rapid.SampledFrom([]int{0, 1, 5, 50, 100, 250}).Draw(t, "seconds")) * time.Second)
				if rapid.Bool().Draw(t, "the origin changes") {
					w.origin.status = rapid.SampledFrom([]int{200, 200, 302, 403, 404, 503}).Draw(t, "status")
					w.origin.maxAge = rapid.SampledFrom([]int{-1, 0, 5, 60, 1000}).Draw(t, "max-age")
				}
				check(t, w, w.viewer(t))
			}
		})
	})
}

func TestInvariant01OnlyMissesReachTheOrigin(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		if e := s.entry(); e == nil || !e.UsableAt(s.now) || !s.isRead() || endedBy(s.vq) {
			return
		}
		require.False(t, s.ran("oq") || s.askedOrigin() || s.ran("op"), "a fresh entry asks nobody: %s", s.got.runs)
	})
}

func TestInvariant02ViewerRequestRunsOnceForEach(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		require.Equal(t, 1, strings.Count(s.got.runs+" ", "vq "))
		require.True(t, strings.HasPrefix(s.got.runs, "vq"))
	})
	virtual(t, func(t *testing.T, s *site) { // and for none that ends before
		s.config.Aliases = []string{"www.example.com"}
		s.get("http://other.example/").is(t, 403, "Error", "")
		s.post("http://www.example.com/", "x").is(t, 403, "Error", "")
	})
}

func TestInvariant03ViewerRequestsResponsesTouchNothing(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		if s.vq == "respond" {
			require.Equal(t, []any{201, bodyFor(s, "made"), "LambdaGeneratedResponse"}, []any{s.got.code, s.got.body, s.got.xCache})
			require.Equal(t, "vq", s.got.runs)
			require.Equal(t, s.before, s.after)
		}
	})
}

// bodyFor is the body that a reply to s has.
func bodyFor(s *step, body string) string {
	if s.method == "HEAD" {
		return ""
	}
	return body
}

func TestInvariant04OriginRequestsResponsesStandInForTheOrigin(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		if s.oq != "respond" || !s.ran("oq") || endedBy(s.vq) {
			return
		}
		require.False(t, s.askedOrigin())
		require.False(t, s.ran("op"))
		if !s.isRead() || s.vp != "identity" {
			return
		}
		require.Equal(t, "LambdaGeneratedResponse", s.got.xCache)
		at := slices.IndexFunc(s.after, func(c edge.Cached) bool { return c.Path == s.keyed && c.Status == 201 })
		require.GreaterOrEqual(t, at, 0)
		require.Equal(t, s.now.Add(50*time.Second), s.after[at].Fresh, "for as long as the response says")
	})
	virtual(t, func(t *testing.T, s *site) {
		s.oq = makes(&edge.Response{Status: "200", Headers: edge.Headers{"cache-control": {{Value: "max-age=50"}}}})
		s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq oq vp")
		time.Sleep(49 * time.Second)
		s.get("/a").is(t, 200, "Hit", cached)
		time.Sleep(time.Second)
		s.get("/a").is(t, 200, "LambdaGeneratedResponse", "vq oq vp")
	})
}

func TestInvariant05ViewerResponseRunsIffThereIsSomethingGood(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		page := s.got.xCache == "Error" && s.got.code == 200
		switch {
		case !s.ran("vp"):
			require.True(t, s.got.code >= 400 || endedBy(s.vq) || page, "%d %s", s.got.code, s.got.xCache)
		case endedBy(s.vp) && !(s.vp == "status" && s.got.code == 202): // which it was already
			require.GreaterOrEqual(t, s.got.code, 500, "its own mistake")
		default:
			require.Less(t, s.got.code, 400)
			require.False(t, endedBy(s.vq) || page)
		}
		require.LessOrEqual(t, strings.Count(s.got.runs, "vp"), 1)
	})
	virtual(t, func(t *testing.T, s *site) {
		s.b.ViewerProtocolPolicy = "redirect-to-https"
		s.get("/a").is(t, 301, "Redirect", "")
	})
}

func TestInvariant06ViewerResponseKeepsTheStatus(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		if !s.ran("vp") {
			return
		}
		shown := s.events[len(s.events)-1].status
		if s.got.code < 500 {
			require.Equal(t, shown, fmt.Sprint(s.got.code))
		}
		require.Equal(t, s.vp == "status" && shown != "202" || s.vp == "fail" || s.vp == "disallowed" || s.vp == "read-only", s.got.code >= 500)
	})
}

func TestInvariant08KeysAreOfTheViewersSide(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		for _, c := range s.after {
			if !slices.Contains(s.before, c) {
				require.Equal(t, s.keyed, c.Path, "whatever the origin-request function made of the URI")
			}
		}
	})
}

func TestInvariant10BehaviorsAreTheViewersPaths(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		second := strings.HasPrefix(s.path, "/b")
		require.False(t, second && s.ran("O") || !second && s.ran("O2"), s.got.runs)
	})
}

func TestInvariant11DisallowedNamesNeverShowAndNeverPass(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		for _, e := range s.events {
			for _, name := range e.names {
				require.NotContains(t, []string{"x-real-ip", "x-edge-location", "x-amz-cf-id", "keep-alive", "x-cache"}, name, e.trigger)
			}
		}
		if s.ran("vq") && s.vq == "disallowed" {
			require.Equal(t, []any{502, "LambdaValidationError", "vq"}, []any{s.got.code, s.got.xCache, s.got.runs})
		}
		if s.oq == "disallowed" && s.ran("oq") {
			require.False(t, s.askedOrigin())
			require.Equal(t, s.before, s.after)
		}
		if s.op == "disallowed" && s.ran("op") {
			require.Equal(t, s.before, s.after, "nothing is stored")
			require.Equal(t, 502, s.got.code)
		}
	})
}

func TestInvariant12ReadOnlyHeadersPassInNoFunction(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		for what, program := range map[string]string{"vq": s.vq, "oq": s.oq, "op": s.op, "vp": s.vp} {
			if program == "read-only" && s.ran(what) {
				require.Equal(t, []any{502, "LambdaValidationError"}, []any{s.got.code, s.got.xCache}, what)
			}
		}
	})
}

func TestInvariant16EntriesExpireAtTheirAge(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		e := s.entry()
		if e == nil || s.got.xCache != "Hit" {
			return
		}
		old := s.now.Sub(e.Stored)
		require.Equal(t, fmt.Sprint(int(old/time.Second)), s.got.header.Get("Age"))
		require.True(t, old < e.Fresh.Sub(e.Stored) || s.now.Before(e.Retry) || s.askedOrigin(), "at Age = TTL it is no hit any more")
	})
}

func TestInvariant20OneRequestID(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		for _, e := range s.events {
			require.Equal(t, s.got.header.Get("X-Amz-Cf-Id"), e.id, e.trigger)
		}
		require.NotEqual(t, "mine", s.got.header.Get("X-Amz-Cf-Id"))
	})
}

func TestInvariant22OtherMethodsNeverTouchTheCache(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		if s.isRead() {
			return
		}
		require.Equal(t, s.before, s.after)
		require.Equal(t, !endedBy(s.vq) && !endedBy(s.oq), s.askedOrigin(), "and never answer from it")
	})
}

// TestInvariant07OneEntryForEqualKeys: what the key does not have makes no second entry, and what it has does.
func TestInvariant07OneEntryForEqualKeys(t *testing.T) {
	holds(t, func(t *rapid.T, w *world, s *step) {
		paths := map[string]bool{}
		for _, c := range s.after {
			require.False(t, paths[c.Path], "two entries for %q", c.Path)
			paths[c.Path] = true
		}
	})
}

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
