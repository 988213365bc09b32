package edge

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

func TestHeadersThatPoliciesMustNotName(t *testing.T) {
	for _, c := range []struct {
		name   string
		cache  Selection
		origin Selection
		header string // the refused one; "" for none
	}{
		{name: "Authorization forwarded alone", origin: Only("Authorization"), header: "Authorization"},
		{name: "in any case, among others", origin: Only("X-A", "authorization"), header: "authorization"},
		{name: "even if it is keyed", cache: Only("Authorization"), origin: Only("Authorization"), header: "Authorization"},
		{name: "beside all", origin: AllAnd("Authorization"), header: "Authorization"},
		{name: "Accept-Encoding forwarded alone", origin: Only("Accept-Encoding"), header: "Accept-Encoding"},
		{name: "Authorization keyed", cache: Only("Authorization")},
		{name: "Accept-Encoding keyed", cache: Only("Accept-Encoding")},
		{name: "with all that viewers send", origin: All()},
		{name: "with all but some", origin: AllExcept("Host")},
		{name: "all but Authorization", origin: AllExcept("Authorization")},
		{name: "names that are similar", origin: Only("X-WP-Access-Authorization", "Authorization-X")},
		{name: "a hidden header forwarded", origin: Only("X-Real-IP"), header: "X-Real-IP"},
		{name: "a hidden header keyed", cache: Only("x-cache"), header: "x-cache"},
		{name: "no name", origin: Only("a b"), header: "a b"},
		{name: "no name keyed", cache: Only(""), header: ""},
		{name: "cookies keyed as a header", cache: Only("Cookie"), header: "Cookie"},
		{name: "the viewer's address keyed", cache: Only("CloudFront-Viewer-Address"), header: "CloudFront-Viewer-Address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewDistribution(Config{Origin: HandlerOrigin(http.NotFoundHandler()), CacheBehaviors: []CacheBehavior{{PathPattern: "*",
				CachePolicy: CachePolicy{Headers: c.cache}, OriginRequestPolicy: OriginRequestPolicy{Headers: c.origin}}}})
			if c.header == "" && c.name != "no name keyed" {
				require.NoError(t, err)
				return
			}
			var e *lambda.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, []any{InvalidArgument, 400}, []any{e.Code, e.StatusCode})
			require.Equal(t, "The parameter Headers contains "+c.header+" that is not allowed.", e.Message)
		})
	}
}

// TestAuthorizationGoesWithAllOthers: it is forwarded with all that viewers send, or if it is keyed, and else not.
func TestAuthorizationGoesWithAllOthers(t *testing.T) {
	for _, c := range []struct {
		cache, origin Selection
		want          string
	}{
		{None(), None(), ""}, {None(), Only("X-A"), ""}, {None(), AllExcept("authorization"), ""},
		{Only("Authorization"), None(), "me"}, {None(), All(), "me"}, {None(), AllAnd("CloudFront-Viewer-Country"), "me"}, {None(), AllExcept("Host"), "me"},
		{Only("Authorization"), AllExcept("Authorization"), "me"},
	} {
		var seen string
		d, err := NewDistribution(Config{
			Origin: HandlerOrigin(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Get("Authorization") })),
			CacheBehaviors: []CacheBehavior{{PathPattern: "*", CachePolicy: CachePolicy{Headers: c.cache},
				OriginRequestPolicy: OriginRequestPolicy{Headers: c.origin}}},
		})
		require.NoError(t, err)
		served(d, "GET", "/a", "Authorization", "me")
		require.Equal(t, c.want, seen, "%+v", c)
	}
}
