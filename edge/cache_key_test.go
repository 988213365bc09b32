package edge

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// keyed is a behavior with a policy, as newBehavior makes it.
func keyed(t require.TestingT, p CachePolicy) *behavior {
	b, err := newBehavior(&Config{}, &CacheBehavior{PathPattern: "*", CachePolicy: p})
	require.NoError(t, err)
	return b
}

// headerOf is a header of names and values.
func headerOf(lines ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(lines); i += 2 {
		h.Add(lines[i], lines[i+1])
	}
	return h
}

func TestKeySeparatesWhatIsKeyed(t *testing.T) {
	b := keyed(t, CachePolicy{QueryStrings: Only("a"), Headers: Only("X-A"), Cookies: AllExcept("s"), Gzip: true})
	key := func(query string, header ...string) string {
		return string(b.appendKey(nil, &request{method: "GET", uri: "/p", query: query, header: headerOf(header...)}))
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

func TestKeyTellsHeadersApart(t *testing.T) {
	b := keyed(t, CachePolicy{Headers: Only("X-A", "X-B")})
	key := func(header ...string) string {
		return string(b.appendKey(nil, &request{method: "GET", uri: "/", header: headerOf(header...)}))
	}
	all := []string{
		key(), key("X-A", ""), key("X-B", ""), key("X-A", "", "X-B", ""), key("X-A", "", "X-A", ""), key("X-A", "x"), key("X-B", "x"),
		key("X-A", ":"), key("X-A", "x", "X-A", "y"), key("X-A", "x", "X-B", "y"), key("X-A", "x:y"), key("X-A", "x, y"),
	}
	slices.Sort(all)
	require.Len(t, slices.Compact(slices.Clone(all)), len(all), "an empty value of one header is no empty value of another")
}

func TestKeyByMethod(t *testing.T) {
	b := keyed(t, CachePolicy{})
	key := func(method string) string {
		return string(b.appendKey(nil, &request{method: method, uri: "/p", header: http.Header{}}))
	}
	require.Equal(t, key("GET"), key("HEAD"))
	require.NotEqual(t, key("GET"), key("OPTIONS"))
}

func TestEncodingIsNormalised(t *testing.T) {
	for _, c := range []struct {
		gzip, brotli bool
		accept, want string
	}{
		{true, true, "gzip, deflate, br", "br,gzip"},
		{true, true, "br;q=1.0, gzip;q=0.8, *;q=0.1", "br,gzip"},
		{true, true, "gzip", "gzip"},
		{true, true, "BR", "br"},
		{true, true, "deflate", ""},
		{true, true, "", ""},
		{true, true, "gzip;q=0, br;q=0.000", ""},
		{true, true, "gzip ; q=0", ""},
		{true, true, "gzipped, x-br", ""},
		{true, false, "gzip, br", "gzip"},
		{false, true, "gzip, br", "br"},
		{false, true, "gzip", ""},
	} {
		b := keyed(t, CachePolicy{Gzip: c.gzip, Brotli: c.brotli})
		require.Equal(t, c.want, b.encoding(headerOf("Accept-Encoding", c.accept)), "%+v", c)
	}
}

func TestCookiesAreTakenApart(t *testing.T) {
	require.Equal(t, []string{"a=1", "b=2", "c", "d=x=y"}, cookies(http.Header{"Cookie": {"a=1; b=2;", " c ;\td=x=y"}}))
	require.Empty(t, cookies(http.Header{"Cookie": {"", ";; ;"}}))
	require.Equal(t, "d", cookieName("d=x=y"))
	require.Equal(t, "c", cookieName("c"))
}

func TestQueriesOfASelection(t *testing.T) {
	for _, c := range []struct {
		s           Selection
		query, want string
	}{
		{All(), "b=2&&a=1", "b=2&&a=1"}, // as it came
		{None(), "b=2&a=1", ""},
		{Only("a"), "b=2&a=1&a=0&A=1", "a=1&a=0"},
		{Only("a"), "a", "a"},
		{AllExcept("a"), "b=2&a=1&c", "b=2&c"},
		{AllExcept("a"), "", ""},
	} {
		require.Equal(t, c.want, c.s.queries(c.query), "%+v", c)
	}
}

// slowKey is what a key holds, as a list of texts: a model in which nothing can be taken for anything else.
func slowKey(p CachePolicy, r *request) []string {
	parts := []string{"path " + r.uri}
	if r.method == "OPTIONS" {
		parts = append(parts, "OPTIONS")
	}
	chosen := func(s Selection, name string) bool {
		in := slices.Contains(s.names, name)
		return s.kind == selectAll || s.kind == selectOnly && in || s.kind == selectAllExcept && !in
	}
	for part := range strings.SplitSeq(r.query, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && chosen(p.QueryStrings, name) {
			parts = append(parts, "query "+part)
		}
	}
	for _, name := range p.Headers.names {
		for _, v := range r.header[textproto.CanonicalMIMEHeaderKey(name)] {
			parts = append(parts, "header "+textproto.CanonicalMIMEHeaderKey(name)+" "+v)
		}
	}
	for _, c := range cookies(r.header) {
		if chosen(p.Cookies, cookieName(c)) {
			parts = append(parts, "cookie "+c)
		}
	}
	if p.Gzip && acceptsEncoding(r.header, "gzip") {
		parts = append(parts, "gzip")
	}
	return parts
}

// drawSelection chooses among a and b.
func drawSelection(t *rapid.T, label string) Selection {
	return rapid.SampledFrom([]Selection{None(), All(), Only("a"), Only("a", "b"), AllExcept("a")}).Draw(t, label)
}

func drawRequest(t *rapid.T, label string) *request {
	h := http.Header{}
	for _, name := range []string{"X-A", "X-B", "Cookie", "Accept-Encoding"} {
		values := map[string][]string{
			"Cookie": {"a=1", "b=1; a=2", "a=1; b=1", "b=1"}, "Accept-Encoding": {"gzip", "br", "gzip;q=0"},
		}[name]
		if values == nil {
			values = []string{"", "1", "2", ":", "1,2"}
		}
		for range rapid.IntRange(0, 2).Draw(t, label+" lines of "+name) {
			h.Add(name, rapid.SampledFrom(values).Draw(t, label+" "+name))
		}
	}
	return &request{
		method: rapid.SampledFrom([]string{"GET", "HEAD", "OPTIONS"}).Draw(t, label+" method"),
		uri:    rapid.SampledFrom([]string{"/", "/a"}).Draw(t, label+" uri"),
		query:  rapid.SampledFrom([]string{"", "a=1", "a=1&b=1", "b=1&a=1", "b=1", "a=2"}).Draw(t, label+" query"),
		header: h,
	}
}

// TestInvariant07KeysAreEqualIffWhatIsKeyedIs: two requests have one key exactly if they agree in everything that the
// policy lists.
func TestInvariant07KeysAreEqualIffWhatIsKeyedIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := CachePolicy{
			QueryStrings: drawSelection(t, "queries"), Cookies: drawSelection(t, "cookies"),
			Headers: rapid.SampledFrom([]Selection{None(), Only("x-a"), Only("X-B", "X-A")}).Draw(t, "headers"),
			Gzip:    rapid.Bool().Draw(t, "gzip"),
		}
		b := keyed(t, p)
		one, two := drawRequest(t, "one"), drawRequest(t, "two")
		if rapid.Bool().Draw(t, "same path") {
			two.uri, two.query = one.uri, one.query
		}
		same := slices.Equal(slowKey(p, one), slowKey(p, two))
		equal := string(b.appendKey(nil, one)) == string(b.appendKey(nil, two))
		require.Equal(t, same, equal, fmt.Sprint(slowKey(p, one), " and ", slowKey(p, two)))
	})
}
