package edge

import (
	"crypto/rand"
	"crypto/rsa"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzPolicy: a policy that is signed, and so read, admits only those for whom it says so, whatever else is in it. Who
// has the private key may sign nonsense.
func FuzzPolicy(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(f, err)
	f.Add(`{"Statement":[{"Resource":"http://h/*","Condition":{"DateLessThan":{"AWS:EpochTime":99999999999}}}]}`)
	f.Add(`{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":5},"IpAddress":{"AWS:SourceIp":"192.0.2.0/33"}}}]}`)
	f.Add(`{"Statement":[{},{}]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, policy string) {
		s := signature{policy: encodeURLSafe([]byte(policy)), keyPairID: "K", signature: signText(t, key, policy)}
		keys := map[string]*rsa.PublicKey{"K": &key.PublicKey}
		admitted := s.admits(keys, "http://h/a", "192.0.2.1", time.Unix(1000, 0))
		if admitted && s.admits(keys, "http://h/a", "192.0.2.1", time.Unix(math.MaxInt64, 0)) {
			t.Fatalf("%q never ends", policy)
		}
		s.signature = signText(t, key, policy+" ")
		if s.admits(keys, "http://h/a", "192.0.2.1", time.Unix(1000, 0)) {
			t.Fatalf("%q admits with the signature of another", policy)
		}
	})
}

// FuzzCookies: names and values come out of any Cookie line as they are compared, and never with what separates them.
func FuzzCookies(f *testing.F) {
	f.Add("a=1; b=2", "c")
	f.Add(";;=; =", "\t a = 1 ;")
	f.Fuzz(func(t *testing.T, one, two string) {
		for _, c := range cookies(http.Header{"Cookie": {one, two}}) {
			if c == "" || strings.Contains(c, ";") || !strings.HasPrefix(c, cookieName(c)) {
				t.Fatalf("%q", c)
			}
		}
	})
}

// FuzzPathPattern: a match ends, and a pattern without wildcards matches itself alone.
func FuzzPathPattern(f *testing.F) {
	f.Add("/a*b?", "/aXXbc")
	f.Add("****", "")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		got := matchPath(pattern, path)
		if !strings.ContainsAny(pattern, "*?") && got != (strings.TrimPrefix(pattern, "/") == strings.TrimPrefix(path, "/")) {
			t.Fatalf("%q against %q: %v", pattern, path, got)
		}
		if !matchPath(pattern+"*", path+"x") && got {
			t.Fatalf("%q matches %q, and with a star after it not more", pattern, path)
		}
	})
}

// FuzzKey: requests that differ in the path have keys that differ, whatever they try to look like.
func FuzzKey(f *testing.F) {
	f.Add("/a", "q=1", "x", "/a\nq=1", "", "")
	f.Add("/", "", "1", "/", "", "1\n")
	b := keyed(f, CachePolicy{QueryStrings: All(), Headers: Only("X-A"), Cookies: All()})
	f.Fuzz(func(t *testing.T, uri1, query1, value1, uri2, query2, value2 string) {
		if strings.ContainsAny(uri1+query1+value1+uri2+query2+value2, "\n") {
			return // which stands in no request line and on no header line
		}
		key := func(uri, query, value string) string {
			return string(b.appendKey(nil, &request{method: "GET", uri: uri, query: query, header: http.Header{"X-A": {value}}}))
		}
		if same := uri1 == uri2 && query1 == query2 && value1 == value2; same != (key(uri1, query1, value1) == key(uri2, query2, value2)) {
			t.Fatalf("%q %q %q and %q %q %q", uri1, query1, value1, uri2, query2, value2)
		}
	})
}

// FuzzOriginEvent: an origin that a function returns is refused, or is one that can be asked: a host, and a path that
// stands in a request line.
func FuzzOriginEvent(f *testing.F) {
	f.Add(`{"custom":{"domainName":"a.b","path":"/p","port":443,"protocol":"https","readTimeout":5,"keepaliveTimeout":5,"sslProtocols":[],"customHeaders":{}}}`)
	f.Add(`{"s3":{"domainName":"b.s3.amazonaws.com","authMethod":"none","path":"","customHeaders":{"x-a":[{"value":"1"}]}}}`)
	f.Add(`{"custom":{"domainName":"evil@b:80/#"}}`)
	f.Fuzz(func(t *testing.T, origin string) {
		got, failed := parseResult(OriginRequest, []byte(`{"uri":"/a","headers":{"host":[{"value":"example.org"}],"x-a":[{"value":"1"}]},"origin":`+origin+`}`))
		if failed != nil || got.request == nil {
			return
		}
		was := asked(OriginRequest)
		next, failed := applyRequest(OriginRequest, was, was.show(), got.request)
		if failed != nil {
			return
		}
		a := addressOf(next.origin, true, time.Second)
		u := target(a, next.uri, next.query)
		r, err := http.NewRequest("GET", u.String(), nil)
		if err != nil || r.URL.Host != a.host || r.URL.User != nil || r.URL.Fragment != "" || r.URL.EscapedPath() != a.path+"/a" {
			t.Fatalf("%s gives %s, %v", origin, u, err)
		}
	})
}
