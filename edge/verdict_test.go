package edge

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestJudge(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	legacy := ttls{0, legacyDefaultTTL, legacyMaxTTL}
	good := &entry{response: &response{status: 200, header: http.Header{}}, fresh: now.Add(-time.Second), staleIfError: -1}
	proud := &entry{response: good.response, fresh: now.Add(-time.Second), staleIfError: 0}
	bad := &entry{response: &response{status: 404, header: http.Header{}}, fresh: now.Add(-time.Second), staleIfError: -1}
	ask := question{cacheable: true, fromOrigin: true, ttl: legacy, errorTTL: 10 * time.Second}
	renew, own, uncached := ask, ask, ask
	renew.revalidates, own.fromOrigin, uncached.cacheable = true, false, false
	disabled := ask
	disabled.ttl = ttls{}
	for _, c := range []struct {
		name    string
		q       question
		status  int
		h       http.Header
		expired *entry
		want    verdict
		ttl     time.Duration
	}{
		{"a page", ask, 200, nil, nil, store, legacyDefaultTTL},
		{"a redirect", ask, 301, nil, nil, store, legacyDefaultTTL},
		{"a page with an age", ask, 200, headerOf("Cache-Control", "max-age=5"), nil, store, 5 * time.Second},
		{"a private page", ask, 200, headerOf("Cache-Control", "private"), good, drop, 0},
		{"a POST's answer", uncached, 200, nil, nil, pass, 0},
		{"a POST's error", uncached, 500, nil, nil, pass, 0},
		{"a 304 to our validators", renew, 304, nil, good, refresh, 0},
		{"a 304 to the viewer's", ask, 304, nil, nil, pass, 0},
		{"a part", ask, 206, nil, nil, pass, 0},
		{"a part while expired", renew, 206, nil, good, pass, 0},
		{"an error", ask, 404, nil, nil, store, 10 * time.Second},
		{"an error that takes the place of a page", renew, 404, nil, good, store, 10 * time.Second},
		{"an error that is not cached", ask, 403, nil, nil, drop, 0},
		{"an error with an age", ask, 403, headerOf("Cache-Control", "max-age=30"), nil, store, 30 * time.Second},
		{"416", ask, 416, headerOf("Cache-Control", "max-age=30"), nil, drop, 0},
		{"a failing origin", ask, 503, nil, nil, store, 10 * time.Second},
		{"a failing origin, and something stale", renew, 503, nil, good, useStale, 10 * time.Second},
		{"and something that must not be", renew, 503, nil, proud, store, 10 * time.Second},
		{"and an error that is stale", ask, 503, nil, bad, store, 10 * time.Second},
		{"a function's 503, and something stale", own, 503, nil, good, store, 10 * time.Second},
		{"caching disabled", disabled, 200, headerOf("ETag", "x"), nil, drop, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, ttl := judge(c.q, c.status, c.h, c.expired, now)
			require.Equal(t, c.want, v)
			require.Equal(t, c.ttl, ttl)
		})
	}
}

// TestInvariant18A304RenewsAnd5xxSparesTheEntry: a 304 keeps an entry, a 5xx does unless the entry forbids it, a 4xx
// never does.
func TestInvariant18A304RenewsAnd5xxSparesTheEntry(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	rapid.Check(t, func(t *rapid.T) {
		stale := time.Duration(rapid.IntRange(-1, 5).Draw(t, "stale-if-error")) * time.Second
		if stale < 0 {
			stale = -1
		}
		ago := time.Duration(rapid.IntRange(0, 10).Draw(t, "expired ago")) * time.Second
		e := &entry{response: &response{status: 200}, fresh: now.Add(-ago), staleIfError: stale}
		q := question{cacheable: true, revalidates: true, fromOrigin: true, ttl: ttls{0, time.Hour, time.Hour}, errorTTL: time.Second}
		status := rapid.IntRange(200, 599).Draw(t, "status")
		v, ttl := judge(q, status, http.Header{}, e, now)
		switch {
		case status == 304:
			require.Equal(t, refresh, v)
		case status >= 500 && (stale == -1 || stale > 0 && ago <= stale):
			require.Equal(t, useStale, v)
			require.Equal(t, time.Second, ttl)
		case status == 206:
			require.Equal(t, pass, v)
		default:
			require.Contains(t, []verdict{store, drop}, v, "the old entry goes")
		}
	})
}

func TestMerge(t *testing.T) {
	old := &response{status: 200, description: "OK", body: []byte("page"), header: headerOf("Content-Length", "4", "Content-Encoding", "gzip", "ETag", `W/"1"`, "X-A", "1", "X-B", "1")}
	got := merge(old, &response{status: 304, header: headerOf("Content-Length", "0", "Content-Encoding", "br", "Transfer-Encoding", "chunked", "ETag", `"1"`, "X-A", "2", "X-C", "3")})
	require.Equal(t, &response{status: 200, description: "OK", body: []byte("page"),
		header: headerOf("Content-Length", "4", "Content-Encoding", "gzip", "ETag", `W/"1"`, "X-A", "2", "X-B", "1", "X-C", "3")}, got)
	require.Equal(t, "1", old.header.Get("X-A"), "the stored answer is not changed")
	strong := &response{header: headerOf("ETag", `"1"`)}
	require.Equal(t, `"1"`, merge(strong, &response{header: headerOf("ETag", `"1"`)}).header.Get("ETag"))
	require.Equal(t, `W/"2"`, merge(strong, &response{header: headerOf("ETag", `W/"2"`)}).header.Get("ETag"))
}
