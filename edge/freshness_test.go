package edge

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

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

// TestInvariant15LifetimeIsItsTable: the table, and what follows from it: never outside the bounds, never less for more.
func TestInvariant15LifetimeIsItsTable(t *testing.T) {
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
		longer := directives{explicit: true, noCache: noCache, age: time.Duration(a+rapid.IntRange(0, 50).Draw(t, "more")) * time.Second}
		if more, _ := lifetime(longer, b); said && more < got {
			t.Fatalf("%v for more than gave %v", more, got)
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
		require.Equal(t, min(want*3, 30*time.Second), errorLifetime(status, expires, 10*time.Second, legacy), "%d: Expires counts, but admits none that max-age has to", status)
		require.Equal(t, wantAged, errorLifetime(status, aged, 10*time.Second, legacy), status)
	}
	require.Equal(t, 10*time.Second, errorLifetime(404, aged, 10*time.Second, ttls{max: time.Second}))
}

func TestReadDirectives(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	in := func(d time.Duration) string { return now.Add(d).UTC().Format(http.TimeFormat) }
	none := directives{age: -1, staleIfError: -1}
	said := func(age time.Duration, byMaxAge bool) directives {
		return directives{age: age, explicit: true, byMaxAge: byMaxAge, staleIfError: -1}
	}
	for _, c := range []struct {
		name string
		h    http.Header
		want directives
	}{
		{"nothing", http.Header{}, none},
		{"max-age", headerOf("Cache-Control", "max-age=60"), said(time.Minute, true)},
		{"in any case, with spaces", headerOf("Cache-Control", " public , MAX-AGE = 60 "), said(time.Minute, true)},
		{"quoted", headerOf("Cache-Control", `max-age="60"`), said(time.Minute, true)},
		{"the last of two", headerOf("Cache-Control", "max-age=1", "Cache-Control", "max-age=60"), said(time.Minute, true)},
		{"what is no number says nothing", headerOf("Cache-Control", "max-age=60s"), none},
		{"nor does a sign", headerOf("Cache-Control", "max-age=+60"), none},
		{"s-maxage before max-age", headerOf("Cache-Control", "max-age=60, s-maxage=0"), said(0, true)},
		{"max-age before Expires", headerOf("Cache-Control", "max-age=0", "Expires", in(time.Hour)), said(0, true)},
		{"Expires", headerOf("Expires", in(time.Hour)), said(time.Hour, false)},
		{"Expires in the past", headerOf("Expires", in(-time.Hour)), said(0, false)},
		{"Expires that is no date", headerOf("Expires", "soon"), said(0, false)},
		{"no-cache", headerOf("Cache-Control", "no-cache"), directives{age: -1, staleIfError: -1, noCache: true}},
		{"no-cache with nothing after it", headerOf("Cache-Control", "no-cache="), directives{age: -1, staleIfError: -1, noCache: true}},
		{"no-cache for fields", headerOf("Cache-Control", `no-cache="Set-Cookie, X-A", max-age=60`), directives{
			age: time.Minute, explicit: true, byMaxAge: true, staleIfError: -1, uncachedFields: []string{"Set-Cookie", " X-A"}}},
		{"no-store and private", headerOf("Cache-Control", "no-store, private"), directives{age: -1, staleIfError: -1, noStore: true, private: true}},
		{"stale", headerOf("Cache-Control", "stale-if-error=5, stale-while-revalidate=7"), directives{
			age: -1, staleIfError: 5 * time.Second, staleWhileRevalidate: 7 * time.Second}},
		{"ETag", headerOf("ETag", "x"), directives{age: -1, staleIfError: -1, hasValidator: true}},
		{"Last-Modified", headerOf("Last-Modified", "x"), directives{age: -1, staleIfError: -1, hasValidator: true}},
		{"Vary for all", headerOf("Vary", " * "), directives{age: -1, staleIfError: -1, varyAll: true}},
		{"Pragma is no directive", headerOf("Pragma", "no-cache"), none},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, readDirectives(c.h, now)) })
	}
}

func TestTTLsOfABehavior(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name string
		b    CacheBehavior
		want ttls
	}{
		{"legacy defaults", CacheBehavior{}, ttls{0, 86400 * s, 31536000 * s}},
		{"CachingDisabled", CacheBehavior{CachingDisabled: true}, ttls{}},
		{"CachingOptimized", CacheBehavior{MinTTL: s, DefaultTTL: 86400 * s, MaxTTL: 31536000 * s}, ttls{s, 86400 * s, 31536000 * s}},
		{"a minimum over the default", CacheBehavior{MinTTL: 2 * 86400 * s}, ttls{2 * 86400 * s, 2 * 86400 * s, 31536000 * s}},
		{"a maximum under the default", CacheBehavior{MaxTTL: 60 * s}, ttls{0, 60 * s, 60 * s}},
		{"a default over the maximum", CacheBehavior{DefaultTTL: 2 * 31536000 * s}, ttls{0, 2 * 31536000 * s, 2 * 31536000 * s}},
		{"none by default", CacheBehavior{DefaultTTL: ZeroTTL}, ttls{0, 0, 31536000 * s}},
		{"none at all", CacheBehavior{DefaultTTL: ZeroTTL, MaxTTL: ZeroTTL}, ttls{}},
		{"no maximum alone", CacheBehavior{MaxTTL: ZeroTTL}, ttls{}},
	} {
		got, err := c.b.ttls()
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	for name, b := range map[string]CacheBehavior{
		"negative":          {MinTTL: -s},
		"minimum, default":  {MinTTL: 2 * s, DefaultTTL: s},
		"default, maximum":  {DefaultTTL: 2 * s, MaxTTL: s},
		"minimum, maximum":  {MinTTL: 2 * s, MaxTTL: s},
		"disabled, minimum": {CachingDisabled: true, MinTTL: s},
		"disabled, maximum": {CachingDisabled: true, MaxTTL: ZeroTTL},
	} {
		_, err := b.ttls()
		require.Error(t, err, name)
	}
}

func TestStaleAllowed(t *testing.T) {
	require.True(t, staleAllowed(-1, 1000*time.Hour), "without a bound")
	require.False(t, staleAllowed(0, 0), "forbidden")
	require.True(t, staleAllowed(time.Minute, time.Minute))
	require.False(t, staleAllowed(time.Minute, time.Minute+1))
}

func TestSeconds(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0": 0, "007": 7 * time.Second, "99999999999999999999": time.Duration(maxSeconds) * time.Second,
		"10000000000": time.Duration(maxSeconds) * time.Second, // no overflow on the way
		"":            -1, "-1": -1, "1.5": -1, " 1": -1,
	} {
		require.Equal(t, want, seconds(in, -1), "%q", in)
	}
	require.Positive(t, 4*time.Duration(maxSeconds)*time.Second-1, "sums of what is read do not overflow")
}

// FuzzCacheControl: whatever an origin says, an answer is not kept longer than the behavior allows, nor for less than
// nothing.
func FuzzCacheControl(f *testing.F) {
	f.Add("max-age=1, s-maxage=\"2\"", "Thu, 01 Jan 1970 00:00:00 GMT", "*")
	f.Add(`no-cache="a,b`, "0", "")
	f.Add("stale-if-error=99999999999999999999,,=,", "", "Accept-Encoding")
	f.Fuzz(func(t *testing.T, control, expires, vary string) {
		d := readDirectives(headerOf("Cache-Control", control, "Expires", expires, "Vary", vary), time.Unix(1_800_000_000, 0))
		bounds := ttls{time.Second, time.Minute, time.Hour}
		ttl, store := lifetime(d, bounds)
		if ttl < bounds.min || ttl > bounds.max || !store {
			t.Fatalf("%v, %v", ttl, store)
		}
		if e := errorLifetime(404, d, time.Second, bounds); e < time.Second || e > bounds.max {
			t.Fatalf("%v for an error", e)
		}
	})
}
