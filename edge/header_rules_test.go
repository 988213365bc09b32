package edge

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

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

// every is the four triggers.
var every = []EventType{ViewerRequest, OriginRequest, OriginResponse, ViewerResponse}

// TestDisallowedNames holds the rule against the published list, name by name.
func TestDisallowedNames(t *testing.T) {
	for _, name := range []string{
		"Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Trailer", "Upgrade",
		"X-Accel-Buffering", "X-Accel-Charset", "X-Accel-Limit-Rate", "X-Accel-Redirect", "X-Amz-Cf-", "X-Amz-Cf-Id", "X-Amz-Cf-Pop",
		"X-Amzn-Auth", "X-Amzn-Cf-Billing", "X-Amzn-Cf-Id", "X-Amzn-Cf-Xff", "X-Amzn-Errortype", "X-Amzn-Fle-Profile",
		"X-Amzn-Header-Count", "X-Amzn-Header-Order", "X-Amzn-Lambda-Integration-Tag", "X-Amzn-RequestId", "X-Cache", "X-Edge-",
		"X-Edge-Location", "X-Forwarded-Proto", "X-Real-IP", "CloudFront-Viewer-Cert-Pem", "Client-Cert", "Client-Cert-Chain",
	} {
		require.True(t, isDisallowed(strings.ToLower(name)), name)
	}
	for _, name := range []string{
		"X-Amzn-Trace-Id", "X-Amz-Meta-A", "X-Amz-Cfx", "X-Edgy", "X-Cached", "Te", "Host", "Via", "X-Forwarded-For", "Set-Cookie",
		"Proxy-Anything", "X-Amzn-Cf-Id-2", "Connection-X", "",
	} {
		require.False(t, isDisallowed(strings.ToLower(name)), name)
	}
}

// TestReadOnlyNames holds the lists against the published ones.
func TestReadOnlyNames(t *testing.T) {
	want := map[EventType]string{
		ViewerRequest:  "CDN-Loop Content-Length Host Transfer-Encoding Via",
		OriginRequest:  "Accept-Encoding CDN-Loop Content-Length If-Modified-Since If-None-Match If-Range If-Unmodified-Since Transfer-Encoding Via",
		OriginResponse: "Transfer-Encoding Via",
		ViewerResponse: "Content-Encoding Content-Length Transfer-Encoding Via Warning",
	}
	require.Len(t, readOnlyNames, len(want))
	for event, names := range want {
		var canonical []string
		for name := range strings.FieldsSeq(names) {
			canonical = append(canonical, http.CanonicalHeaderKey(name))
		}
		require.Equal(t, canonical, readOnlyNames[event], event)
	}
}

// TestInvariant11DisallowedNamesAreRefused: whatever else a result has, a disallowed name in it is a failure.
func TestInvariant11DisallowedNamesAreRefused(t *testing.T) {
	names := slices.Sorted(maps.Keys(disallowedNames))
	rapid.Check(t, func(t *rapid.T) {
		event := rapid.SampledFrom(every).Draw(t, "event")
		name := rapid.OneOf(rapid.SampledFrom(names), rapid.StringMatching(`x-(edge|amz-cf)-[a-z]{0,5}`)).Draw(t, "name")
		shown := http.Header{"X-A": {"1"}, "Via": {"1.1 x"}, "Host": {"h"}, http.CanonicalHeaderKey(name): {"the viewer's own"}}
		returned := maps.Clone(shown)
		delete(returned, http.CanonicalHeaderKey(name))
		require.Nil(t, checkHeaders(event, visible(shown), returned), "without it nothing is wrong")
		require.NotContains(t, showHeaders(shown), name, "nobody gets to see it")
		returned[http.CanonicalHeaderKey(name)] = []string{"1"}
		f := checkHeaders(event, visible(shown), returned)
		require.NotNil(t, f)
		require.Equal(t, []any{502, xValidation, textBlacklisted}, []any{f.status, f.xCache, f.text})
		require.Contains(t, f.log, "headerName : "+name+".")
	})
}

// TestInvariant12ReadOnlyHeadersDoNotChange: any other list of values under a read-only name is a failure, and any
// spelling of the name is not.
func TestInvariant12ReadOnlyHeadersDoNotChange(t *testing.T) {
	values := rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", ""}), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		event := rapid.SampledFrom(every).Draw(t, "event")
		name := rapid.SampledFrom(readOnlyNames[event]).Draw(t, "name")
		was, now := values.Draw(t, "was"), values.Draw(t, "now")
		spelt := Headers{}
		for _, v := range now {
			key := rapid.SampledFrom([]string{name, strings.ToUpper(name), strings.ToLower(name), "", "Other"}).Draw(t, "key")
			spelt[strings.ToLower(name)] = append(spelt[strings.ToLower(name)], Header{key, v})
		}
		returned, failed := readHeaders(spelt)
		require.Nil(t, failed)
		shown := http.Header{}
		if len(was) > 0 {
			shown[name] = was
		}
		f := checkHeaders(event, shown, returned)
		if slices.Equal(was, now) {
			require.Nil(t, f)
			return
		}
		require.NotNil(t, f)
		require.Equal(t, textReadOnly, f.text)
		require.Equal(t, len(now) == 0, strings.Contains(f.log, "delete"), f.log)
	})
}

func TestViewerCountryAtTheViewersSide(t *testing.T) {
	country := http.Header{viewerCountry: {"FR"}}
	require.Equal(t, textBlacklisted, checkHeaders(ViewerRequest, nil, country).text, "added")
	require.Nil(t, checkHeaders(ViewerRequest, country, http.Header{viewerCountry: {"DE"}}), "edited")
	require.Nil(t, checkHeaders(ViewerRequest, country, nil), "removed")
	require.Nil(t, checkHeaders(OriginRequest, nil, country), "added at the origin's side")
	require.Nil(t, checkHeaders(ViewerRequest, nil, http.Header{"Cloudfront-Is-Mobile-Viewer": {"true"}}), "another one")
}

func TestCustomHeaders(t *testing.T) {
	for _, name := range []string{
		"Cache-Control", "Connection", "Content-Length", "Cookie", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
		"If-Unmodified-Since", "Max-Forwards", "Pragma", "Proxy-Authorization", "Proxy-Connection", "Range", "Request-Range", "TE", "Trailer",
		"Transfer-Encoding", "Upgrade", "Via", "X-Real-Ip", "X-Amz-Anything", "X-Edge-Anything", "", "a b", "a:b", "a\nb", strings.Repeat("a", 257),
	} {
		require.False(t, isCustomHeaderName(name), "%q", name)
	}
	for _, name := range []string{"Authorization", "X-Secret", "User-Agent", "X-Forwarded-For", "Accept", strings.Repeat("a", 256)} {
		require.True(t, isCustomHeaderName(name), name)
	}
	of := func(n, size int) Headers {
		h := Headers{}
		for i := range n {
			h.Set("x-"+string(rune('a'+i)), strings.Repeat("v", size))
		}
		return h
	}
	require.True(t, checkCustomHeaders(nil, nil))
	require.True(t, checkCustomHeaders(of(1, 1783), nil))
	require.False(t, checkCustomHeaders(of(1, 1784), nil))
	require.True(t, checkCustomHeaders(of(10, 1), nil))
	require.False(t, checkCustomHeaders(of(11, 1), nil))
	require.True(t, checkCustomHeaders(of(10, 1021), nil), "10,240 in all")
	require.False(t, checkCustomHeaders(of(10, 1022), nil))
	require.False(t, checkCustomHeaders(of(1, 1), http.Header{"X-A": {"1"}}), "a name of the request")
	require.False(t, checkCustomHeaders(Headers{"x-a": {{Value: "a\r\nb"}}}, nil))
}
