package edge

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWithoutSignedCookies(t *testing.T) {
	for _, c := range []struct {
		name     string
		in, want []string
	}{
		{"none", nil, nil},
		{"others stay as they are", []string{"a=1;b=2;; c", ""}, []string{"a=1;b=2;; c", ""}},
		{"a whole line", []string{"CloudFront-Policy=p; CloudFront-Signature=s;CloudFront-Key-Pair-Id=K", "a=1"}, []string{"a=1"}},
		{"all lines", []string{"CloudFront-Expires=1; ", "CloudFront-Signature=s"}, nil},
		{"the first", []string{"CloudFront-Expires=1; a=1"}, []string{"a=1"}},
		{"in the middle", []string{"a=1; CloudFront-Signature=s; b=2"}, []string{"a=1; b=2"}},
		{"the last", []string{"a=1; CloudFront-Key-Pair-Id=K"}, []string{"a=1"}},
		{"twice", []string{"CloudFront-Policy=p; a=1; CloudFront-Policy=q"}, []string{"a=1"}},
		{"without a value", []string{"CloudFront-Policy; a=1"}, []string{"a=1"}},
		{"names that are similar", []string{"cloudfront-policy=p; CloudFront-Policy2=p; XCloudFront-Policy=p; Policy=p; CloudFront-=p"},
			[]string{"cloudfront-policy=p; CloudFront-Policy2=p; XCloudFront-Policy=p; Policy=p; CloudFront-=p"}},
		{"a value that is similar", []string{"a=CloudFront-Policy"}, []string{"a=CloudFront-Policy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := http.Header{"X-A": {"CloudFront-Policy=p"}}
			if c.in != nil {
				in["Cookie"] = c.in
			}
			was := in.Clone()
			got := withoutSignedCookies(in)
			require.Equal(t, c.want, got["Cookie"])
			require.Equal(t, []string{"CloudFront-Policy=p"}, got["X-A"])
			_, has := got["Cookie"]
			require.Equal(t, c.want != nil, has)
			require.Equal(t, was, in, "the viewer's own stay")
		})
	}
}

// TestSignedCookiesGoAndOthersStay: of any cookies, those are left that are no part of a signature, in their order.
func TestSignedCookiesGoAndOthersStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a=1", "b", "", " ", "\tc=2 ", "CloudFront-Policy=x", " CloudFront-Signature=y", "CloudFront-Key-Pair-Id", "CloudFront-Expires=1=2", "CloudFront-Other=1"})
		var lines []string
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			lines = append(lines, strings.Join(rapid.SliceOfN(part, 0, 5).Draw(t, "parts"), ";"))
		}
		h := http.Header{"Cookie": lines}
		var want []string
		for _, c := range cookies(h) {
			if name, _, _ := strings.Cut(c, "="); !slices.Contains([]string{"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Expires"}, name) {
				want = append(want, c)
			}
		}
		got := withoutSignedCookies(h)
		require.Equal(t, want, cookies(got))
		require.Equal(t, got, withoutSignedCookies(got))
	})
}

// TestSignedCookiesStayAtTheEdge: neither functions nor the key nor the origin get to see them, whichever policy asks
// for them. Viewers with signatures of their own share what is cached.
func TestSignedCookiesStayAtTheEdge(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for name, b := range map[string]CacheBehavior{
		"keyed":           {CachePolicy: CachePolicy{Cookies: All()}},
		"keyed by name":   {CachePolicy: CachePolicy{Cookies: Only("user", "CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Expires")}},
		"keyed but some":  {CachePolicy: CachePolicy{Cookies: AllExcept("x")}},
		"only forwarded":  {OriginRequestPolicy: OriginRequestPolicy{Cookies: All()}},
		"with all others": {OriginRequestPolicy: OriginRequestPolicy{Cookies: All(), Headers: All()}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen []string // by functions and the origin
				look := func(_ context.Context, r *Request) (*Request, *Response, error) {
					seen = append(seen, r.Headers.Get("Cookie"))
					return r, nil, nil
				}
				b.PathPattern, b.TrustedKeys = "*", map[string]*rsa.PublicKey{"K1": &key.PublicKey}
				b.Hooks = Hooks{ViewerRequest: look, OriginRequest: look, ViewerResponse: func(_ context.Context, r *Request, resp *Response) (*Response, error) {
					seen = append(seen, r.Headers.Get("Cookie"))
					return resp, nil
				}}
				d, err := NewDistribution(Config{CacheBehaviors: []CacheBehavior{b}, Origin: HandlerOrigin(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					seen = append(seen, r.Header.Get("Cookie"))
				}))})
				require.NoError(t, err)
				expires := time.Now().Unix() + 60
				policy := fmt.Sprintf(`{"Statement":[{"Resource":"http://example.com/*","Condition":{"DateLessThan":{"AWS:EpochTime":%d}}}]}`, expires)
				const page = "http://example.com/a"
				custom := "CloudFront-Policy=" + encodeURLSafe([]byte(policy)) + "; CloudFront-Signature=" + signText(t, key, policy) + "; CloudFront-Key-Pair-Id=K1"
				canned := func(e int64) string {
					return fmt.Sprintf("CloudFront-Expires=%d; CloudFront-Signature=%s; CloudFront-Key-Pair-Id=K1", e, signText(t, key, cannedPolicy(page, e)))
				}
				signed := fmt.Sprintf("?Expires=%d&Signature=%s&Key-Pair-Id=K1", expires, signText(t, key, cannedPolicy(page, expires)))

				require.Equal(t, 403, served(d, "GET", page, "Cookie", "user=1").Code)
				require.Empty(t, seen)
				w := served(d, "GET", page, "Cookie", "user=1; "+custom)
				require.Equal(t, []any{200, "Miss from cloudfront"}, []any{w.Code, w.Header().Get("X-Cache")})
				require.Equal(t, []string{"user=1", "user=1", "user=1", "user=1"}, seen)
				for _, again := range []struct{ target, cookie string }{
					{page, canned(expires) + "; user=1"}, {page, canned(expires+1) + "; user=1"}, {page + signed, "user=1; " + canned(1)},
				} {
					seen = nil
					w := served(d, "GET", again.target, "Cookie", again.cookie)
					require.Equal(t, []any{200, "Hit from cloudfront"}, []any{w.Code, w.Header().Get("X-Cache")})
					require.Equal(t, []string{"user=1", "user=1"}, seen)
				}
			})
		})
	}
}

// TestCookiesThatSignNothingAreCookies: where everybody is let in, they have no meaning, and go where others go.
func TestCookiesThatSignNothingAreCookies(t *testing.T) {
	var seen string
	d, err := NewDistribution(Config{
		Origin:         HandlerOrigin(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Get("Cookie") })),
		CacheBehaviors: []CacheBehavior{{PathPattern: "*", CachePolicy: CachePolicy{Cookies: All()}}},
	})
	require.NoError(t, err)
	require.Equal(t, 200, served(d, "GET", "/a", "Cookie", "CloudFront-Policy=p; a=1").Code)
	require.Equal(t, "CloudFront-Policy=p; a=1", seen)
}
