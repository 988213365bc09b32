package httpevent

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReadBody(t *testing.T) {
	read := func(body io.Reader, length int64) (string, error) {
		b, err := ReadBody(&http.Request{Body: io.NopCloser(body), ContentLength: length}, 2000)
		return string(b), err
	}
	exact, over := strings.Repeat("a", 2000), strings.Repeat("a", 2001)
	for _, length := range []int64{-1, 0, 2000} {
		got, err := read(iotest.OneByteReader(strings.NewReader(exact)), length)
		require.NoError(t, err)
		require.Equal(t, exact, got)
		_, err = read(strings.NewReader(over), length)
		require.ErrorIs(t, err, ErrTooLarge)
	}
	_, err := read(iotest.ErrReader(errors.New("read")), 2001)
	require.ErrorIs(t, err, ErrTooLarge, "announced, so not read")
	_, err = read(iotest.ErrReader(errors.New("read")), -1)
	require.EqualError(t, err, "read")
	for _, none := range []io.ReadCloser{nil, http.NoBody} {
		b, err := ReadBody(&http.Request{Body: none}, 1)
		require.NoError(t, err)
		require.Empty(t, b)
	}
}

func TestIsBinary(t *testing.T) {
	for _, row := range []struct {
		contentType, encoding string
		length                int
		want                  bool
	}{
		{"", "", 0, false},
		{"image/png", "gzip", 0, false},
		{"", "", 1, true},
		{"text/plain", "", 1, false},
		{"TEXT/CSV; charset=utf-8", "", 1, false},
		{"Application/JSON;charset=utf-8", "", 1, false},
		{"application/javascript", "", 1, false},
		{" application/xml ", "", 1, false},
		{"application/json", "gzip", 1, true},
		{"application/x-www-form-urlencoded", "", 1, true},
		{"application/vnd.api+json", "", 1, true},
		{"text/", "", 1, true},
		{"idk", "", 1, true},
	} {
		h := http.Header{}
		if row.contentType != "" {
			h.Set("Content-Type", row.contentType)
		}
		if row.encoding != "" {
			h.Set("Content-Encoding", row.encoding)
		}
		require.Equal(t, row.want, IsBinary(h, row.length), "%+v", row)
	}
}

func TestBase64(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		text, ok := parse(t, string(AppendBody(nil, body, true))).Text()
		require.True(t, ok)
		got, ok := DecodeBase64(text)
		require.True(t, ok)
		require.Equal(t, string(body), string(got))
	})
	for _, bad := range []string{"aGk", "aGk=\r\n", "aG\nk=", "aGl=", "a-k=", "?"} {
		_, ok := DecodeBase64(bad)
		require.False(t, ok, bad)
	}
}

func TestPairs(t *testing.T) {
	p := Pairs{{"b", "2"}, {"a", "x"}, {"b", "1"}, {"cookie", "n=1"}, {"cookie", "m=\"2\""}}.Sort()
	require.Equal(t, `{"a":"x","b":"1","cookie":"m=\"2\""}`, string(p.AppendLast(nil)))
	require.Equal(t, `{"a":["x"],"b":["2","1"],"cookie":["n=1","m=\"2\""]}`, string(p.AppendLists(nil)))
	require.Equal(t, `{"a":"x","b":"2,1","cookie":"n=1,m=\"2\""}`, string(p.AppendJoined(nil)))
	require.Equal(t, `{}`, string(Pairs(nil).AppendLists(nil)))
}

func TestTarget(t *testing.T) {
	for uri, want := range map[string][2]string{
		"/":                        {"/", ""},
		"/a%20b?x=%20":             {"/a%20b", "x=%20"},
		"/pa2%Fth/1":               {"/pa2%Fth/1", ""},
		"/a??b":                    {"/a", "?b"},
		"//a//b/":                  {"//a//b/", ""},
		"/http://x":                {"/http://x", ""},
		"http://example.org/a?b=c": {"/a", "b=c"},
		"http://example.org":       {"/", ""},
		"http://example.org?b":     {"/", "b"},
		"?b":                       {"/", "b"},
		"*":                        {"*", ""},
	} {
		path, query := Target(&http.Request{RequestURI: uri})
		require.Equal(t, want, [2]string{path, query}, uri)
	}
	made, err := http.NewRequest("GET", "http://example.org/a%2Fb%20c?d=%2B", nil)
	require.NoError(t, err)
	path, query := Target(made)
	require.Equal(t, [2]string{"/a%2Fb%20c", "d=%2B"}, [2]string{path, query})
	path, _ = Target(&http.Request{})
	require.Equal(t, "/", path)
}

func TestQueries(t *testing.T) {
	const query = "a=a+b&b=a%2Bb&c=&d&&e=1=2&f=%zz%4&=v"
	require.Equal(t, Pairs{{"a", "a+b"}, {"b", "a%2Bb"}, {"c", ""}, {"d", ""}, {"e", "1=2"}, {"f", "%zz%4"}, {"", "v"}}, RawQuery(query))
	require.Equal(t, Pairs{{"a", "a b"}, {"b", "a+b"}, {"c", ""}, {"d", ""}, {"e", "1=2"}, {"f", "%zz%4"}, {"", "v"}}, FormQuery(query))
	require.Nil(t, RawQuery(""))
	require.Equal(t, "/a+b c/é%F", UnescapePath("/a+b%20c/%C3%A9%F"))
}

// What net/url writes as a form is read as it was.
func TestFormQueryReadsForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := url.Values(rapid.MapOf(rapid.String(), rapid.SliceOfN(rapid.String(), 1, 3)).Draw(t, "values"))
		got := url.Values{}
		for _, p := range FormQuery(values.Encode()) {
			got.Add(p.Name, p.Value)
		}
		require.Equal(t, values, got)
	})
}

func TestLowerHeaders(t *testing.T) {
	r := httptest.NewRequest("POST", "http://example.org/", strings.NewReader("12345"))
	r.Header = http.Header{"X-B": {"1", "2"}, "Accept": {"*/*"}, "x-b": {"3"}, "Aa_Bb": {""}}
	got := LowerHeaders(r, nil)
	names := map[string][]string{}
	for _, p := range got {
		names[p.Name] = append(names[p.Name], p.Value)
	}
	require.ElementsMatch(t, []string{"1", "2", "3"}, names["x-b"])
	delete(names, "x-b")
	require.Equal(t, map[string][]string{"accept": {"*/*"}, "aa_bb": {""}, "host": {"example.org"}, "content-length": {"5"}}, names)
	require.True(t, got[0].Name < got[1].Name)
}

// One header under two spellings, as only a request made by hand can have it, comes in one order: that of the spellings.
func TestLowerHeadersUnderTwoSpellings(t *testing.T) {
	for range 100 {
		r := &http.Request{Header: http.Header{"X-B": {"2", "1"}, "x-b": {"4", "3"}, "X-b": {"0"}, "X-A": {"5"}}}
		require.Equal(t, Pairs{{"x-a", "5"}, {"x-b", "2"}, {"x-b", "1"}, {"x-b", "0"}, {"x-b", "4"}, {"x-b", "3"}}, LowerHeaders(r, nil))
	}
}

// A door's own lines take the place of the request's, in any spelling, and what is hidden is not there.
func TestLowerHeadersOfTheDoor(t *testing.T) {
	r := &http.Request{Header: http.Header{"X-B": {"1", "2"}, "x-b": {"3"}, "A": {"4"}, "C": {"5"}, "c": {"6"}, "Empty": {}}}
	got := LowerHeaders(r, Pairs{{"x-b", "own"}, {"aa", "own"}}, "c", "absent")
	require.Equal(t, Pairs{{"a", "4"}, {"aa", "own"}, {"x-b", "own"}}, got)
}

// LowerHeaders agrees with the obvious: lower-case, in the order of the spellings, then replaced and hidden.
func TestLowerHeadersModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SampledFrom([]string{"A", "a", "Ab", "aB", "ab", "B", "Host", "host", "Content-Length", "content-length", "Z"})
		r := &http.Request{
			Header: rapid.MapOf(names, rapid.SliceOfN(rapid.StringMatching("[a-z]?"), 0, 3)).Draw(t, "header"),
			Host:   rapid.SampledFrom([]string{"", "h"}).Draw(t, "host"), ContentLength: rapid.Int64Range(-1, 2).Draw(t, "length"),
		}
		var own Pairs
		for name, value := range rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "z", "y"}), rapid.Just("own")).Draw(t, "own") {
			own = append(own, Pair{name, value})
		}
		hidden := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"ab", "c"}), rapid.ID).Draw(t, "hidden")
		lines := map[string][]string{}
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			lower := strings.ToLower(name)
			lines[lower] = append(lines[lower], r.Header[name]...)
		}
		if r.Host != "" {
			lines["host"] = []string{r.Host}
		}
		if r.ContentLength > 0 && r.Header.Get("Content-Length") == "" {
			lines["content-length"] = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
		for _, name := range hidden {
			delete(lines, name)
		}
		for _, p := range own {
			lines[p.Name] = []string{p.Value}
		}
		want := Pairs{}
		for _, name := range slices.Sorted(maps.Keys(lines)) {
			for _, v := range lines[name] {
				want = append(want, Pair{name, v})
			}
		}
		require.Equal(t, want, LowerHeaders(r, own, hidden...))
	})
}

// Host and Content-Length are what net/http makes of them, whatever a request made by hand has among its headers.
func TestLowerHeadersOfNetHTTP(t *testing.T) {
	r := &http.Request{Host: "a", Header: http.Header{"Host": {"b"}, "host": {"c"}}, ContentLength: 5}
	require.Equal(t, Pairs{{"content-length", "5"}, {"host", "a"}}, LowerHeaders(r, nil))
	r.Header = http.Header{"content-length": {"7", "8"}, "Content-Length": {""}}
	require.Equal(t, Pairs{{"content-length", "5"}, {"host", "a"}}, LowerHeaders(r, nil))
}

func TestForwarded(t *testing.T) {
	r := &http.Request{RemoteAddr: "192.0.2.1:1234", Header: http.Header{"X-Forwarded-For": {"203.0.113.7, 10.0.0.1", "10.0.0.2"}}}
	require.Equal(t, "192.0.2.1", PeerIP(r))
	require.Equal(t, "2001:db8::1", PeerIP(&http.Request{RemoteAddr: "[2001:db8::1]:80"}))
	require.Equal(t, "@", PeerIP(&http.Request{RemoteAddr: "@"}), "a Unix socket")
	require.Equal(t, "203.0.113.7, 10.0.0.1, 10.0.0.2, 192.0.2.1", ForwardedFor(r.Header, PeerIP(r)))
	require.Equal(t, "192.0.2.1", ForwardedFor(http.Header{}, "192.0.2.1"))
	require.Equal(t, "203.0.113.7", ForwardedFor(http.Header{"X-Forwarded-For": {"203.0.113.7"}}, ""))

	root := TraceRoot(time.Unix(0x5c34e93e, 0), 1, 2)
	require.Regexp(t, `^1-5c34e93e-[0-9a-f]{24}$`, root)
	require.Equal(t, root, TraceRoot(time.Unix(0x5c34e93e, 0), 1, 2))
	require.NotEqual(t, root, TraceRoot(time.Unix(0x5c34e93e, 0), 1, 3))
	require.Equal(t, "Root="+root, TraceHeader("", root))
	require.Equal(t, "Root=1-a-b", TraceHeader("Root=1-a-b", root))
	require.Equal(t, "Sampled=1; Root=1-a-b", TraceHeader("Sampled=1; Root=1-a-b", root))
	require.Equal(t, "Root="+root+";NoRoot=1", TraceHeader("NoRoot=1", root))
	require.Equal(t, "Root="+root+";Sampled=1", TraceHeader("Sampled=1", root))
}

func TestFields(t *testing.T) {
	require.Equal(t, []string{"a=1", "b=2", "c"}, Cookies(http.Header{"Cookie": {"a=1; b=2;", " c"}}))
	require.Nil(t, Cookies(http.Header{"Cookie": {"; "}}))
	for _, name := range []string{"connection", "Keep-Alive", "TE", "trailer", "transfer-encoding", "Upgrade", "proxy-connection"} {
		require.True(t, IsHopByHop(name), name)
	}
	require.False(t, IsHopByHop("content-length"))
}

func TestEvent2(t *testing.T) {
	at := time.UnixMilli(1583348638390)
	bare := Event2{RawPath: "/", Time: at}
	require.Equal(t, `{"version":"2.0","routeKey":"","rawPath":"/","rawQueryString":"","headers":{},"requestContext":{`+
		`"accountId":"","apiId":"","domainName":"","domainPrefix":"","http":{"method":"","path":"","protocol":"","sourceIp":"",`+
		`"userAgent":""},"requestId":"","routeKey":"","stage":"","time":"04/Mar/2020:19:03:58 +0000","timeEpoch":1583348638390},`+
		`"isBase64Encoded":false}`, string(bare.Append(nil)))

	r := httptest.NewRequest("PUT", "/pets/7?a=1&a=2", strings.NewReader("x"))
	r.Header.Set("User-Agent", "test")
	full := Event2{
		RouteKey: "PUT /pets/{id}", Stage: "prod", RawPath: "/prod/pets/7", RawQuery: "a=1&a=2",
		Cookies: []string{"c=1"}, Headers: LowerHeaders(r, nil), Query: FormQuery("a=1&a=2").Sort(),
		PathParameters: Pairs{{"id", "7"}}, StageVariables: Pairs{{"v", "w"}}, AccountID: "123456789012", APIID: "api",
		Authentication: []byte("null"), Authorizer: []byte(`{"jwt":{"claims":{"sub":"me"},"scopes":null}}`),
		DomainName: "api.example.org", Prefix: "api", Path: "/prod/pets/7", RequestID: "id", Body: []byte("x"), Binary: true,
	}
	full.SetRequest(r, at)
	var got events.APIGatewayV2HTTPRequest
	require.NoError(t, json.Unmarshal(full.Append(nil), &got))
	require.Equal(t, "PUT /pets/{id}", got.RouteKey)
	require.Equal(t, map[string]string{"id": "7"}, got.PathParameters)
	require.Equal(t, map[string]string{"v": "w"}, got.StageVariables)
	require.Equal(t, map[string]string{"a": "1,2"}, got.QueryStringParameters)
	require.Equal(t, map[string]string{"host": "example.com", "content-length": "1", "user-agent": "test"}, got.Headers)
	require.Equal(t, []string{"c=1"}, got.Cookies)
	require.Equal(t, "eA==", got.Body)
	require.True(t, got.IsBase64Encoded)
	require.Equal(t, "me", got.RequestContext.Authorizer.JWT.Claims["sub"])
	require.Equal(t, events.APIGatewayV2HTTPRequestContextHTTPDescription{
		Method: "PUT", Path: "/prod/pets/7", Protocol: "HTTP/1.1", SourceIP: "192.0.2.1", UserAgent: "test",
	}, got.RequestContext.HTTP)
	require.Equal(t, int64(1583348638390), got.RequestContext.TimeEpoch)
}
