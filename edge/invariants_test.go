package edge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/edge"
)

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
