package edge

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// signText signs as CloudFront's tools do.
func signText(t require.TestingT, key *rsa.PrivateKey, text string) string {
	sum := sha1.Sum([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA1, sum[:])
	require.NoError(t, err)
	return encodeURLSafe(sig)
}

func encodeURLSafe(b []byte) string {
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(b))
}

func TestSignedURLsAndCookies(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().Unix()
		var seen string
		d, err := NewDistribution(Config{
			Origin: HandlerOrigin(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.RequestURI })),
			CacheBehaviors: []CacheBehavior{{PathPattern: "*", TrustedKeys: map[string]*rsa.PublicKey{"K1": &key.PublicKey},
				CachePolicy: CachePolicy{QueryStrings: All()}}},
		})
		require.NoError(t, err)
		get := func(target, cookie string) (int, string) {
			r := httptest.NewRequest("GET", target, nil)
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		const page = "http://www.example.com/a?x=1"
		canned := fmt.Sprintf("&Expires=%d&Signature=%s&Key-Pair-Id=K1", now+60, signText(t, key, cannedPolicy(page, now+60)))
		code, _ := get(page+canned, "")
		require.Equal(t, 200, code)
		require.Equal(t, "/a?x=1", seen) // the signature goes no further

		policy := fmt.Sprintf(`{"Statement":[{"Resource":"http://www.example.com/*","Condition":{"DateLessThan":{"AWS:EpochTime":%d},"DateGreaterThan":{"AWS:EpochTime":%d},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}}]}`, now+60, now-1)
		cookies := "CloudFront-Policy=" + encodeURLSafe([]byte(policy)) + "; CloudFront-Signature=" + signText(t, key, policy) + "; CloudFront-Key-Pair-Id=K1"
		code, _ = get("http://www.example.com/b", cookies)
		require.Equal(t, 200, code)

		for name, c := range map[string]struct{ target, cookie, body string }{
			"nothing":       {page, "", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>`},
			"another page":  {"http://www.example.com/b?x=1" + canned, "", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>`},
			"another query": {"http://www.example.com/a?x=2" + canned, "", "AccessDenied"},
			"another key":   {strings.Replace(page+canned, "K1", "K2", 1), "", "AccessDenied"},
			"later expiry":  {strings.Replace(page+canned, fmt.Sprint(now+60), fmt.Sprint(now+61), 1), "", "AccessDenied"},
			"no base64":     {page + "&Expires=1&Signature=!&Key-Pair-Id=K1", "", "AccessDenied"},
			"another host":  {"http://other.example/b", cookies, "AccessDenied"},
			"changed":       {"http://www.example.com/b", strings.Replace(cookies, "Policy=e", "Policy=f", 1), "AccessDenied"},
		} {
			code, body := get(c.target, c.cookie)
			require.Equal(t, 403, code, name)
			require.Contains(t, body, c.body, name)
		}
		time.Sleep(time.Minute)
		code, _ = get(page+canned, "")
		require.Equal(t, 403, code)
		code, _ = get("http://www.example.com/b", cookies)
		require.Equal(t, 403, code)
	})
}

func TestPolicyNetworks(t *testing.T) {
	require.True(t, inNetwork("192.0.2.0/24", "192.0.2.7"))
	require.True(t, inNetwork("192.0.2.7", "192.0.2.7"))
	require.False(t, inNetwork("192.0.2.0/24", "198.51.100.1"))
	require.False(t, inNetwork("", "192.0.2.7"))
	require.False(t, inNetwork("0.0.0.0/0", "nobody"))
}

// TestCustomPoliciesAdmit holds what is signed against the instant and the resource.
func TestCustomPoliciesAdmit(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys := map[string]*rsa.PublicKey{"K1": &key.PublicKey}
	const now = 1_000
	statement := func(resource string, conditions ...string) string {
		return `{"Resource":"` + resource + `","Condition":{` + strings.Join(conditions, ",") + `}}`
	}
	until := func(t int) string { return fmt.Sprintf(`"DateLessThan":{"AWS:EpochTime":%d}`, t) }
	from := func(t int) string { return fmt.Sprintf(`"DateGreaterThan":{"AWS:EpochTime":%d}`, t) }
	for _, c := range []struct {
		name, statements string
		want             bool
	}{
		{"in time", statement("http://h/*", until(now+1)), true},
		{"at its end", statement("http://h/*", until(now)), false},
		{"after its beginning", statement("http://h/*", until(now+1), from(now-1)), true},
		{"at its beginning", statement("http://h/*", until(now+1), from(now)), false},
		{"without an end", statement("http://h/*", from(now-1)), false},
		{"another resource", statement("http://i/*", until(now+1)), false},
		{"any resource", statement("", until(now+1)), true},
		{"no statement", "", false},
		{"two statements", statement("http://h/*", until(now+1)) + "," + statement("http://h/*", until(now+1)), false},
	} {
		policy := `{"Statement":[` + c.statements + `]}`
		s := signature{policy: encodeURLSafe([]byte(policy)), signature: signText(t, key, policy), keyPairID: "K1"}
		require.Equal(t, c.want, s.admits(keys, "http://h/a", "192.0.2.1", time.Unix(now, 0)), c.name)
	}
}

// FuzzSignature: what a viewer sends as a signature admits nobody and breaks nothing.
func FuzzSignature(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(f, err)
	f.Add("Expires=1&Signature=a&Key-Pair-Id=K1", "CloudFront-Policy=e30_")
	f.Add("Policy=e30_&Signature=e30_&Key-Pair-Id=K1", "")
	f.Fuzz(func(t *testing.T, query, cookie string) {
		s, rest := takeSignature(query, http.Header{"Cookie": {cookie}})
		if s.admits(map[string]*rsa.PublicKey{"K1": &key.PublicKey}, "http://h/", "192.0.2.1", time.Unix(0, 0)) {
			t.Fatal("forged")
		}
		if again, _ := takeSignature(rest, nil); again != (signature{}) {
			t.Fatalf("%q is left", rest)
		}
	})
}
