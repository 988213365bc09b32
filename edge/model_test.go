package edge_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/edge"
)

// page is what the origin serves now.
type page struct {
	status, version int
	maxAge          time.Duration // -1 for no directive
	validators      bool
}

func (p page) body() string { return fmt.Sprint(p.status, " v", p.version) }

func (p page) serve(w http.ResponseWriter, r *http.Request) {
	tag := fmt.Sprintf(`"%d"`, p.version)
	if p.maxAge >= 0 {
		w.Header().Set("Cache-Control", fmt.Sprint("max-age=", int(p.maxAge.Seconds())))
	}
	if p.validators && p.status == 200 {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(304)
			return
		}
	}
	w.WriteHeader(p.status)
	io.WriteString(w, p.body())
}

// remembered is an entry of the model.
type remembered struct {
	page
	stored, fresh, retry time.Time
}

// expectation is what the model says of one request.
type expectation struct {
	status int
	body   string
	asked  bool // the origin was asked
	age    int  // -1 for no Age
}

// model is a cache of one path, written down rule by rule: min TTL 0, default TTL 100 s, max TTL 200 s.
type model struct{ entry *remembered }

func (m *model) get(now time.Time, p page) expectation {
	e := m.entry
	if e != nil && (now.Before(e.fresh) || now.Before(e.retry)) {
		return expectation{e.status, e.body(), false, int(now.Sub(e.stored).Seconds())}
	}
	good := e != nil && e.status < 400
	refreshed := good && e.validators && p.validators && e.version == p.version && p.status == 200
	if refreshed && p.maxAge < 0 {
		p.maxAge = e.maxAge // a 304 that does not say otherwise leaves what was said
	}
	ttl := 100 * time.Second
	if p.maxAge >= 0 {
		ttl = min(p.maxAge, 200*time.Second)
	}
	switch {
	case p.status >= 500 && good:
		e.retry = now.Add(10 * time.Second)
		return expectation{e.status, e.body(), true, int(now.Sub(e.stored).Seconds())}
	case p.status >= 400:
		m.entry = nil
		if p.maxAge < 0 {
			ttl = 0
		}
		if p.status != 403 || p.maxAge >= 0 {
			m.entry = &remembered{p, now, now.Add(max(ttl, 10*time.Second)), time.Time{}}
		}
		return expectation{p.status, p.body(), true, -1}
	}
	m.entry = nil
	if ttl > 0 || p.validators {
		m.entry = &remembered{p, now, now.Add(ttl), time.Time{}}
	}
	if refreshed {
		return expectation{200, p.body(), true, 0}
	}
	return expectation{200, p.body(), true, -1}
}

// TestCacheBehavesAsItsModel drives a distribution with functions on all events, and a model beside it, through
// changing origins and passing time. It also holds the gates of the functions against what happened.
func TestCacheBehavesAsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			s := newSite(nil)
			s.b.DefaultTTL, s.b.MaxTTL = 100*time.Second, 200*time.Second
			d, err := edge.NewDistribution(s.config)
			require.NoError(t, err)
			s.d = d
			now := page{status: 200, maxAge: -1}
			s.origin = func(w http.ResponseWriter, r *http.Request) { now.serve(w, r) }
			m := &model{}
			t.Repeat(map[string]func(*rapid.T){
				"time passes": func(t *rapid.T) {
					time.Sleep(time.Duration(rapid.SampledFrom([]int{1, 5, 9, 10, 11, 60, 99, 100, 250}).Draw(t, "s")) * time.Second)
				},
				"the origin changes": func(t *rapid.T) {
					now.status = rapid.SampledFrom([]int{200, 200, 200, 403, 404, 503}).Draw(t, "status")
					now.maxAge = time.Duration(rapid.SampledFrom([]int{-1, 0, 5, 30, 300}).Draw(t, "max-age")) * time.Second
					if now.maxAge < 0 {
						now.maxAge = -1
					}
					now.validators = rapid.Bool().Draw(t, "validators")
					now.version += rapid.IntRange(0, 1).Draw(t, "new version")
				},
				"GET": func(t *rapid.T) {
					want := m.get(time.Now(), now)
					got := s.get("/a")
					require.Equal(t, want.status, got.code)
					require.Equal(t, want.body, got.body)
					require.Equal(t, want.asked, strings.Contains(got.runs, "O"))
					if want.age >= 0 {
						require.Equal(t, fmt.Sprint(want.age), got.header.Get("Age"))
					} else {
						require.Empty(t, got.header.Get("Age"))
					}
					runs := "vq"
					if want.asked {
						runs += " oq O op"
					}
					if want.status < 400 {
						runs += " vp"
					}
					require.Equal(t, runs, got.runs)
				},
				"invalidate": func(t *rapid.T) {
					_, err := s.d.Invalidate("/*")
					require.NoError(t, err)
					m.entry = nil
				},
			})
		})
	})
}
