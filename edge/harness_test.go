package edge_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
)

// site is the base of the vectors: one default behavior over one origin, example.org, with a function on all four
// events, which does nothing unless the test says so. It writes down what runs.
type site struct {
	t      *testing.T
	d      *edge.Distribution
	config edge.Config
	b      *edge.CacheBehavior // the default one

	vq, oq edge.RequestHook // nil for the identity
	op, vp edge.ResponseHook
	origin http.HandlerFunc

	mu     sync.Mutex
	runs   []string
	asked  *http.Request // what the origin saw last
	posted string        // with its body
	logs   []string
}

func newSite(t *testing.T) *site {
	s := &site{t: t}
	s.origin = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "page") }
	s.config = edge.Config{
		Origin:         edge.HandlerOrigin(http.HandlerFunc(s.answer)),
		CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*"}},
		Logf:           func(f string, _ ...any) { s.logs = append(s.logs, f) },
	}
	s.config.Origin.DomainName = "example.org"
	s.b = &s.config.CacheBehaviors[0]
	s.b.Hooks = s.hooks()
	return s
}

// virtual runs a test in virtual time with a site.
func virtual(t *testing.T, test func(t *testing.T, s *site)) {
	synctest.Test(t, func(t *testing.T) { test(t, newSite(t)) })
}

func (s *site) hooks() edge.Hooks {
	return edge.Hooks{
		ViewerRequest: func(ctx context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
			s.ran("vq")
			if s.vq != nil {
				return s.vq(ctx, r)
			}
			return r, nil, nil
		},
		OriginRequest: func(ctx context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
			s.ran("oq")
			if s.oq != nil {
				return s.oq(ctx, r)
			}
			return r, nil, nil
		},
		OriginResponse: func(ctx context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
			s.ran("op")
			if s.op != nil {
				return s.op(ctx, req, r)
			}
			return r, nil
		},
		ViewerResponse: func(ctx context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
			s.ran("vp")
			if s.vp != nil {
				return s.vp(ctx, req, r)
			}
			return r, nil
		},
	}
}

func (s *site) ran(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, what)
}

func (s *site) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.runs = append(s.runs, "O")
	s.asked, s.posted = r, string(body)
	s.mu.Unlock()
	s.origin(w, r)
}

// reply is what a viewer got, and what ran for it.
type reply struct {
	code         int
	xCache, body string
	header       http.Header
	runs         string
}

// do sends a request; the distribution is made from config at the first one.
func (s *site) do(r *http.Request) reply {
	if s.d == nil {
		var err error
		s.d, err = edge.NewDistribution(s.config)
		require.NoError(s.t, err)
	}
	w := httptest.NewRecorder()
	s.d.ServeHTTP(w, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	runs := strings.Join(s.runs, " ")
	s.runs = nil
	cache, _ := strings.CutSuffix(w.Header().Get("X-Cache"), " from cloudfront")
	return reply{code: w.Code, xCache: cache, body: w.Body.String(), header: w.Header(), runs: runs}
}

func (s *site) get(path string) reply {
	return s.do(request("GET", path))
}

func (s *site) post(path, body string) reply {
	s.t.Helper()
	return s.do(httptest.NewRequest("POST", path, strings.NewReader(body)))
}

func request(method, target string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// gives makes the origin answer so. header is names and values.
func (s *site) gives(status int, body string, header ...string) {
	s.origin = func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

const (
	missed  = "vq oq O op vp"
	cached  = "vq vp"
	failing = "vq oq O op"
)

// is checks status, X-Cache and what ran.
func (r reply) is(t *testing.T, code int, xCache, runs string) reply {
	t.Helper()
	require.Equal(t, code, r.code, r.body)
	require.Equal(t, xCache, r.xCache)
	require.Equal(t, runs, r.runs)
	return r
}

// livesFor checks that what is cached under path is used until ttl after now, and then no longer.
func (s *site) livesFor(path string, ttl time.Duration) {
	s.t.Helper()
	time.Sleep(ttl - time.Second)
	require.NotContains(s.t, s.get(path).runs, "O", "before its end")
	time.Sleep(time.Second)
	require.Contains(s.t, s.get(path).runs, "O", "at its end")
}

// makes is a request function that makes a response.
func makes(r *edge.Response) edge.RequestHook {
	return func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) { return nil, r, nil }
}

// edits is a request function that changes the request.
func edits(f func(r *edge.Request)) edge.RequestHook {
	return func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
		f(r)
		return r, nil, nil
	}
}

// changes is a response function that changes the response.
func changes(f func(r *edge.Response)) edge.ResponseHook {
	return func(_ context.Context, _ *edge.Request, r *edge.Response) (*edge.Response, error) {
		f(r)
		return r, nil
	}
}

// invokerFunc is an Invoker that returns what the function does.
type invokerFunc func(ctx context.Context, in invoke.Input) (*invoke.Output, error)

func (f invokerFunc) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	return f(ctx, in)
}

// returns makes a deployed function, in place of the hook, that returns that JSON.
func (s *site) returns(t edge.EventType, payload string) {
	s.config.Invoker = invokerFunc(func(context.Context, invoke.Input) (*invoke.Output, error) {
		s.ran(map[edge.EventType]string{edge.ViewerRequest: "vq", edge.OriginRequest: "oq", edge.OriginResponse: "op", edge.ViewerResponse: "vp"}[t])
		return &invoke.Output{StatusCode: 200, Payload: []byte(payload)}, nil
	})
	switch t {
	case edge.ViewerRequest:
		s.b.Hooks.ViewerRequest, s.b.ViewerRequest = nil, "f:1"
	case edge.OriginRequest:
		s.b.Hooks.OriginRequest, s.b.OriginRequest = nil, "f:1"
	case edge.OriginResponse:
		s.b.Hooks.OriginResponse, s.b.OriginResponse = nil, "f:1"
	case edge.ViewerResponse:
		s.b.Hooks.ViewerResponse, s.b.ViewerResponse = nil, "f:1"
	}
}
