package edge

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// disallowedNames are the headers that functions neither see nor may add, in lower case.
var disallowedNames = nameSet(
	"connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer",
	"upgrade", "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-amzn-auth",
	"x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile",
	"x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-cache",
	"x-forwarded-proto", "x-real-ip", "cloudfront-viewer-cert-pem", "client-cert", "client-cert-chain")

func nameSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// isDisallowed says whether functions must not see or add the header; name is in lower case. Two families are
// disallowed by their prefix.
func isDisallowed(name string) bool {
	return disallowedNames[name] || strings.HasPrefix(name, "x-amz-cf-") || strings.HasPrefix(name, "x-edge-")
}

// readOnlyNames are the headers that a function must return as it got them, in canonical form. Host is writable in an
// origin-request, where it chooses the site.
var readOnlyNames = map[EventType][]string{
	ViewerRequest: {"Cdn-Loop", "Content-Length", "Host", "Transfer-Encoding", "Via"},
	OriginRequest: {"Accept-Encoding", "Cdn-Loop", "Content-Length", "If-Modified-Since", "If-None-Match", "If-Range",
		"If-Unmodified-Since", "Transfer-Encoding", "Via"},
	OriginResponse: {"Transfer-Encoding", "Via"},
	ViewerResponse: {"Content-Encoding", "Content-Length", "Transfer-Encoding", "Via", "Warning"},
}

// viewerCountry is the one CloudFront header that a viewer-request function may not add.
const viewerCountry = "Cloudfront-Viewer-Country"

// checkHeaders is what is wrong with the headers that a function returned, given those that it was shown; nil if
// nothing is. Values are compared as shown, in order, whatever the spelling of names. A response that a function made
// is compared with no headers at all.
func checkHeaders(t EventType, shown, returned http.Header) *failure {
	for name := range returned {
		if lower := strings.ToLower(name); isDisallowed(lower) {
			return blacklistedHeader(lower)
		}
	}
	if t == ViewerRequest && returned[viewerCountry] != nil && shown[viewerCountry] == nil {
		return blacklistedHeader(strings.ToLower(viewerCountry))
	}
	for _, name := range readOnlyNames[t] {
		if !slices.EqualFunc(shown[name], returned[name], func(a, b string) bool { return utf8Text(a) == utf8Text(b) }) {
			return readOnlyHeader(name, len(returned[name]) == 0)
		}
	}
	return nil
}

// deniedCustomHeaders are the names that an origin's custom headers must not have, in lower case.
var deniedCustomHeaders = nameSet(
	"cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since",
	"if-none-match", "if-range", "if-unmodified-since", "max-forwards", "pragma", "proxy-authorization",
	"proxy-connection", "range", "request-range", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-real-ip")

// The quotas of an origin's custom headers, in characters but the first.
const (
	maxCustomHeaders     = 10
	maxCustomHeaderName  = 256
	maxCustomHeaderValue = 1783
	maxCustomHeaderTotal = 10240
)

// isCustomHeaderName says whether an origin's custom header may have the name.
func isCustomHeaderName(name string) bool {
	lower := strings.ToLower(name)
	return isToken(name) && len(name) <= maxCustomHeaderName && !deniedCustomHeaders[lower] &&
		!strings.HasPrefix(lower, "x-amz-") && !strings.HasPrefix(lower, "x-edge-")
}

// checkCustomHeaders says whether headers may be an origin's custom headers. taken are the request's headers, whose
// names a function must not repeat; nil for a distribution's own configuration.
func checkCustomHeaders(h Headers, taken http.Header) bool {
	total := 0
	for name, lines := range h {
		if !isCustomHeaderName(name) || taken[textproto.CanonicalMIMEHeaderKey(name)] != nil {
			return false
		}
		for _, l := range lines {
			if len(l.Value) > maxCustomHeaderValue || !isFieldValue(l.Value) {
				return false
			}
			total += len(name) + len(l.Value)
		}
	}
	return len(h) <= maxCustomHeaders && total <= maxCustomHeaderTotal
}
