package edge

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// replied is what a viewer gets for an answer.
func replied(t require.TestingT, method string, a answer, header ...string) *httptest.ResponseRecorder {
	d, err := NewDistribution(Config{Origin: HandlerOrigin(http.NotFoundHandler())})
	require.NoError(t, err)
	r := httptest.NewRequest(method, "/", nil)
	r.Header = headerOf(header...)
	w := httptest.NewRecorder()
	x := &exchange{d: d, r: r, id: "id"}
	require.Nil(t, x.admit())
	x.reply(w, &a)
	return w
}

func TestReply(t *testing.T) {
	stored := time.Unix(1_800_000_000, 0)
	page := &response{status: 200, body: []byte("page"), header: headerOf("Content-Type", "text/plain", "X-A", "1", "X-A", "2", "Via", "1.0 them", "X-Cache", "theirs", "Transfer-Encoding", "chunked")}
	a := answer{response: page, xCache: xHit, entry: &entry{stored: stored}, at: stored.Add(90*time.Second + 999*time.Millisecond)}
	w := replied(t, "GET", a)
	via := w.Header().Get("Via")
	require.Regexp(t, `^1\.0 them, 1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$`, via)
	require.Equal(t, http.Header{
		"Content-Type": {"text/plain"}, "X-A": {"1", "2"}, "Via": {via}, "X-Cache": {"Hit from cloudfront"}, "X-Amz-Cf-Pop": {"SEA19-C1"},
		"X-Amz-Cf-Id": {"id"}, "Age": {"90"}, "Content-Length": {"4"},
	}, w.Header())
	require.Equal(t, "page", w.Body.String())

	head := replied(t, "HEAD", a)
	require.Empty(t, head.Body.String())
	require.Equal(t, w.Header(), head.Header(), "the same headers, without the body")

	new := replied(t, "GET", answer{response: page, xCache: xMiss})
	require.NotContains(t, new.Header(), "Age")
}

func TestRepliesWithoutBody(t *testing.T) {
	for _, status := range []int{204, 304} {
		w := replied(t, "GET", answer{response: &response{status: status, header: headerOf("Content-Length", "4"), body: []byte("page")}, xCache: xMiss})
		require.Equal(t, status, w.Code)
		require.Empty(t, w.Body.String())
		require.NotContains(t, w.Header(), "Content-Length")
	}
	w := replied(t, "HEAD", answer{response: &response{status: 200, header: headerOf("Content-Length", "1234")}, xCache: xMiss})
	require.Equal(t, "1234", w.Header().Get("Content-Length"), "an origin's answer to HEAD has a length and no body")
}

func TestReplyCloses(t *testing.T) {
	require.Equal(t, "close", replied(t, "GET", answer{response: &response{status: 413}, close: true}).Header().Get("Connection"))
	require.NotContains(t, replied(t, "GET", answer{response: &response{status: 413}}).Header(), "Connection")
}

func TestNoTypeIsGuessed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, _ := NewDistribution(Config{Origin: HandlerOrigin(http.NotFoundHandler())})
		x := &exchange{d: d, r: r, id: "id"}
		x.admit()
		x.reply(w, &answer{response: &response{status: 200, header: http.Header{}, body: []byte("<script>alert(1)</script>")}, entry: &entry{}})
	}))
	defer server.Close()
	for _, ranges := range []string{"", "bytes=0-7"} {
		r, err := http.NewRequest("GET", server.URL, nil)
		require.NoError(t, err)
		if ranges != "" {
			r.Header.Set("Range", ranges)
		}
		resp, err := server.Client().Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		require.NotContains(t, resp.Header, "Content-Type", "an origin's text does not become a script here")
	}
}

func TestPartsOfCachedAnswers(t *testing.T) {
	modified := time.Unix(1_700_000_000, 0).UTC().Format(http.TimeFormat)
	a := answer{xCache: xHit, entry: &entry{}, response: &response{status: 200, body: []byte("0123456789"),
		header: headerOf("Content-Type", "text/plain", "ETag", `"v1"`, "Last-Modified", modified)}}
	for _, c := range []struct {
		name   string
		header []string
		status int
		body   string
	}{
		{"a range", []string{"Range", "bytes=2-4"}, 206, "234"},
		{"a range from the end", []string{"Range", "bytes=-2"}, 206, "89"},
		{"a range out of bounds", []string{"Range", "bytes=20-"}, 416, ""},
		{"no range at all", []string{"Range", "lines=1-2"}, 416, ""},
		{"the same tag", []string{"If-None-Match", `"v0", W/"v1"`}, 304, ""},
		{"another tag", []string{"If-None-Match", `"v0"`}, 200, "0123456789"},
		{"not modified", []string{"If-Modified-Since", modified}, 304, ""},
		{"a range of that version", []string{"Range", "bytes=0-0", "If-Range", `"v1"`}, 206, "0"},
		{"a range of another", []string{"Range", "bytes=0-0", "If-Range", `"v0"`}, 200, "0123456789"},
		{"a precondition that fails", []string{"If-Match", `"v0"`}, 412, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := replied(t, "GET", a, c.header...)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, xHit, w.Header().Get("X-Cache"))
			if c.status != 416 { // whose text is net/http's own
				require.Equal(t, c.body, w.Body.String())
				require.Empty(t, replied(t, "HEAD", a, c.header...).Body.String())
			}
		})
	}
	a.entry = nil
	require.Equal(t, 200, replied(t, "GET", a, "Range", "bytes=2-4").Code, "what is not cached is the origin's own answer")
}

// TestInvariant16AgeNeverDecreases: Age is whole seconds since the entry was stored, and never less than none.
func TestInvariant16AgeNeverDecreases(t *testing.T) {
	stored := time.Unix(1_800_000_000, 0)
	rapid.Check(t, func(t *rapid.T) {
		e := &entry{stored: stored}
		now := stored.Add(time.Duration(rapid.Int64Range(-10_000, 100_000).Draw(t, "ms")) * time.Millisecond)
		later := now.Add(time.Duration(rapid.Int64Range(0, 100_000).Draw(t, "more ms")) * time.Millisecond)
		one, two := age(e, now), age(e, later)
		require.GreaterOrEqual(t, one, 0)
		require.LessOrEqual(t, one, two)
		if now.After(stored) {
			require.LessOrEqual(t, time.Duration(one)*time.Second, now.Sub(stored))
			require.Greater(t, time.Duration(one+1)*time.Second, now.Sub(stored))
		}
	})
}
