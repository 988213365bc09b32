package edge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
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
