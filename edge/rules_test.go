package edge

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestPathPatternIsItsModel compares the match with a regular expression that says the same.
func TestPathPatternIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("/ab*?")), 0, 8, -1).Draw(t, "pattern")
		path := "/" + rapid.StringOfN(rapid.RuneFrom([]rune("/ab")), 0, 10, -1).Draw(t, "path")
		text := regexp.QuoteMeta(strings.TrimPrefix(pattern, "/"))
		text = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(text)
		model := regexp.MustCompile("^" + text + "$")
		if got, want := matchPath(pattern, path), model.MatchString(strings.TrimPrefix(path, "/")); got != want {
			t.Fatalf("%q against %q: %v, want %v", pattern, path, got, want)
		}
	})
}

func TestPathPatternTakesItsTime(t *testing.T) {
	start := time.Now()
	require.False(t, matchPath(strings.Repeat("*a", 100)+"b", strings.Repeat("a", 8000)))
	require.Less(t, time.Since(start), time.Second)
}

// modelLifetime is the table of lifetimes, written down case by case.
func modelLifetime(t ttls, said, noCache bool, a time.Duration) time.Duration {
	if t.min == 0 {
		switch {
		case noCache:
			return 0
		case said && a < t.max:
			return a
		case said:
			return t.max
		}
		return t.def
	}
	switch {
	case noCache:
		return t.min
	case said && a < t.min:
		return t.min
	case said && a > t.max:
		return t.max
	case said:
		return a
	case t.min > t.def:
		return t.min
	}
	return t.def
}

func TestLifetimeIsItsTable(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	rapid.Check(t, func(t *rapid.T) {
		bounds := rapid.SliceOfN(rapid.IntRange(0, 100), 3, 3).Draw(t, "bounds")
		slices.Sort(bounds)
		b := ttls{time.Duration(bounds[0]) * time.Second, time.Duration(bounds[1]) * time.Second, time.Duration(bounds[2]) * time.Second}
		a := rapid.IntRange(0, 200).Draw(t, "a")
		h := http.Header{"Etag": {`"x"`}}
		said := true
		switch form := rapid.SampledFrom([]string{"nothing", "max-age", "s-maxage", "expires"}).Draw(t, "form"); form {
		case "nothing":
			said = false
		case "max-age":
			h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", a))
			h.Set("Expires", now.Add(time.Hour).UTC().Format(http.TimeFormat)) // max-age is first
		case "s-maxage":
			h.Set("Cache-Control", fmt.Sprintf("max-age=3, s-maxage=%d", a))
		case "expires":
			h.Set("Expires", now.Add(time.Duration(a)*time.Second).UTC().Format(http.TimeFormat))
		}
		noCache := rapid.Bool().Draw(t, "no-cache")
		if noCache {
			h.Add("Cache-Control", "no-cache")
		}
		got, _ := lifetime(readDirectives(h, now), b)
		if want := modelLifetime(b, said, noCache, time.Duration(a)*time.Second); got != want {
			t.Fatalf("%v of %v: %v, want %v", h, b, got, want)
		}
		if !noCache && said && (got < b.min || got > b.max) {
			t.Fatalf("%v is not within %v", got, b)
		}
	})
}

func TestLifetimeStores(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	legacy := ttls{0, legacyDefaultTTL, legacyMaxTTL}
	for _, c := range []struct {
		name  string
		h     http.Header
		ttl   ttls
		store bool
	}{
		{"private", http.Header{"Cache-Control": {"private"}, "Etag": {"x"}}, legacy, false},
		{"no-store", http.Header{"Cache-Control": {"no-store"}, "Etag": {"x"}}, legacy, false},
		{"Vary *", http.Header{"Vary": {"*"}, "Etag": {"x"}}, legacy, false},
		{"Vary * with a minimum", http.Header{"Vary": {"*"}}, ttls{time.Second, time.Second, time.Second}, true},
		{"no-cache with a validator", http.Header{"Cache-Control": {"no-cache"}, "Etag": {"x"}}, legacy, true},
		{"no-cache without", http.Header{"Cache-Control": {"no-cache"}}, legacy, false},
		{"max-age=0 with a validator", http.Header{"Cache-Control": {"max-age=0"}, "Last-Modified": {"x"}}, legacy, true},
		{"no-cache for a field", http.Header{"Cache-Control": {`no-cache="Set-Cookie, X-A"`}}, legacy, true},
		{"disabled", http.Header{"Etag": {"x"}}, ttls{}, false},
		{"an Expires that is no date", http.Header{"Expires": {"0"}}, legacy, false},
		{"a max-age that is none", http.Header{"Cache-Control": {"max-age=-1"}}, legacy, true},
		{"a max-age beyond all bounds", http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, legacy, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ttl, store := lifetime(readDirectives(c.h, now), c.ttl)
			require.Equal(t, c.store, store)
			require.LessOrEqual(t, ttl, max(c.ttl.max, c.ttl.min))
			require.GreaterOrEqual(t, ttl, time.Duration(0))
		})
	}
}

func TestErrorLifetime(t *testing.T) {
	legacy := ttls{0, legacyDefaultTTL, legacyMaxTTL}
	aged := directives{age: 30 * time.Second, byMaxAge: true, explicit: true}
	expires := directives{age: 30 * time.Second, explicit: true}
	for status := 400; status < 600; status++ {
		want, wantAged := time.Duration(0), time.Duration(0)
		switch status {
		case 404, 414, 500, 501, 502, 503, 504:
			want, wantAged = 10*time.Second, 30*time.Second
		case 400, 403, 405, 412, 415:
			wantAged = 30 * time.Second
		}
		require.Equal(t, want, errorLifetime(status, directives{}, 10*time.Second, legacy), status)
		require.Equal(t, want, errorLifetime(status, expires, 10*time.Second, legacy), status)
		require.Equal(t, wantAged, errorLifetime(status, aged, 10*time.Second, legacy), status)
	}
	require.Equal(t, 10*time.Second, errorLifetime(404, aged, 10*time.Second, ttls{max: time.Second}))
}

func TestKeySeparatesWhatIsKeyed(t *testing.T) {
	b := &behavior{policy: CachePolicy{QueryStrings: Only("a"), Headers: Only("X-A"), Cookies: AllExcept("s"), Gzip: true}, keyHeaders: []string{"X-A"}}
	key := func(query string, header ...string) string {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Add(header[i], header[i+1])
		}
		return string(b.appendKey(nil, &request{method: "GET", uri: "/p", query: query, header: h}))
	}
	base := key("a=1")
	for _, same := range []string{
		key("a=1&b=2"), key("b=2&a=1"), key("a=1", "X-B", "1"), key("a=1", "Cookie", "s=1"), key("a=1", "Accept-Encoding", "br"),
	} {
		require.Equal(t, base, same)
	}
	distinct := []string{
		base, key("a=2"), key("A=1"), key("a=1&a=1"), key("a=1", "X-A", "1"), key("a=1", "X-A", ""), key("a=1", "X-A", "1", "X-A", "2"),
		key("a=1", "Cookie", "c=1"), key("a=1", "Cookie", "C=1"), key("a=1", "Cookie", "c=1; d=2"), key("a=1", "Cookie", "d=2; c=1"),
		key("a=1", "Accept-Encoding", "gzip"),
	}
	slices.Sort(distinct)
	require.Len(t, slices.Compact(slices.Clone(distinct)), len(distinct))
	require.Equal(t, key("a=1", "Accept-Encoding", "gzip;q=0.5, br"), key("a=1", "Accept-Encoding", "deflate, gzip"))
	require.Equal(t, base, key("a=1", "Accept-Encoding", "gzip;q=0"))
}

func TestCacheStaysWithinItsBound(t *testing.T) {
	const bound = 1 << 20
	c := newCache(bound)
	now := time.Unix(0, 0)
	for i := range 1_000_000 {
		key := fmt.Sprint("/", i)
		c.put(&entry{key: key, path: key, response: &response{body: []byte("x")}, fresh: now}, 0)
		if c.used > bound {
			t.Fatalf("%d bytes after %d entries", c.used, i)
		}
	}
	require.NotNil(t, c.get([]byte("/999999")))
	require.Nil(t, c.get([]byte("/0")))
	require.Greater(t, len(c.nodes), 1000)
	require.False(t, c.put(&entry{key: "big", response: &response{body: make([]byte, bound)}}, 0))
}

// TestCacheIsItsModel compares the cache with a slice in order of use.
func TestCacheIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := (&entry{key: "a", response: &response{}}).size()
		room := rapid.IntRange(1, 4).Draw(t, "room")
		c := newCache(int64(room) * one)
		var model []*entry // newest first
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "key")
			i := slices.IndexFunc(model, func(e *entry) bool { return e.key == key })
			switch rapid.SampledFrom([]string{"get", "put", "drop", "invalidate"}).Draw(t, "step") {
			case "get":
				got := c.get([]byte(key))
				if i < 0 {
					require.Nil(t, got)
					continue
				}
				require.Same(t, model[i], got)
				model = append([]*entry{got}, slices.Delete(model, i, i+1)...)
			case "put":
				e := &entry{key: key, response: &response{}}
				require.True(t, c.put(e, c.epoch()))
				if i >= 0 {
					model = slices.Delete(model, i, i+1)
				}
				model = append([]*entry{e}, model...)
				model = model[:min(len(model), room)]
			case "drop":
				if i >= 0 {
					c.drop(model[i])
					model = slices.Delete(model, i, i+1)
				}
				c.drop(&entry{key: key}) // not the one that is there
			case "invalidate":
				before := c.epoch()
				n := c.invalidate(func(string) bool { return true })
				require.Equal(t, len(model), n)
				model = nil
				require.False(t, c.put(&entry{key: key, response: &response{}}, before))
			}
			require.Equal(t, int64(len(model))*one, c.used)
		}
	})
}

func TestHeaderRules(t *testing.T) {
	every := []EventType{ViewerRequest, OriginRequest, OriginResponse, ViewerResponse}
	for _, event := range every {
		for _, name := range []string{"connection", "x-amz-cf-anything", "x-edge-anything", "x-cache", "x-real-ip", "x-amzn-requestid", "client-cert"} {
			returned := http.Header{http.CanonicalHeaderKey(name): {"1"}}
			f := checkHeaders(event, nil, returned)
			require.NotNil(t, f, "%s at %s", name, event)
			require.Equal(t, textBlacklisted, f.text)
		}
		for _, name := range []string{"X-Amzn-Trace-Id", "X-Amz-Meta-A", "X-Custom"} {
			require.Nil(t, checkHeaders(event, nil, http.Header{name: {"1"}}))
		}
		for _, name := range readOnlyNames[event] {
			was := http.Header{name: {"1", "2"}}
			require.Nil(t, checkHeaders(event, was, http.Header{name: {"1", "2"}}))
			for what, returned := range map[string]http.Header{"added": {name: {"1", "2", "3"}}, "changed": {name: {"2", "1"}}, "deleted": {}} {
				f := checkHeaders(event, was, returned)
				require.NotNil(t, f, "%s %s at %s", name, what, event)
				require.Equal(t, textReadOnly, f.text)
			}
		}
	}
	require.Equal(t, "Validation error: Lambda function result failed validation, the function tried to add a blacklisted header in headers, headerName : connection.",
		checkHeaders(ViewerRequest, nil, http.Header{"Connection": {"1"}}).log)
	require.Equal(t, "Validation error: Lambda function result failed validation, the function tried to delete read-only header, headerName : Transfer-Encoding.",
		checkHeaders(OriginResponse, http.Header{"Transfer-Encoding": {"chunked"}}, nil).log)
}

func TestHeadersComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := http.Header{}
		for range rapid.IntRange(0, 5).Draw(t, "lines") {
			name := rapid.SampledFrom([]string{"Set-Cookie", "X-A", "Content-Type", "Etag"}).Draw(t, "name")
			value := strings.Trim(rapid.StringOf(rapid.RuneFrom([]rune("ab \t;=\u00e9\u4e16"))).Draw(t, "value"), " \t")
			if rapid.Bool().Draw(t, "latin") {
				value += "\xe9" // ISO-8859-1
			}
			h.Add(name, value)
		}
		back, f := readHeaders(showHeaders(h))
		require.Nil(t, f)
		restoreBytes(back, h)
		require.Equal(t, h, back)
	})
}

func TestWirePath(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b":       "/a/b",
		"/a%20b":     "/a%20b",
		"/a b":       "/a%20b",
		"/é":         "/%C3%A9",
		"/a?b#c":     "/a%3Fb%23c",
		"/100%":      "/100%25",
		"/%zz":       "/%25zz",
		"/../x":      "/../x",
		`/a\b"<>`:    "/a%5Cb%22%3C%3E",
		"/-_.~!'()*": "/-_.~!'()*",
	} {
		require.Equal(t, want, wirePath(in))
		require.Equal(t, want, target(address{scheme: "https", host: "h"}, in, "").EscapedPath())
	}
}
