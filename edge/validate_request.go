package edge

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// limits are the quotas of a trigger, in bytes.
type limits struct {
	generated int // a response made by the function, headers and body
	exposed   int // of a request's body
	text      int // a replaced body
	base64    int // the same in base64
}

// quotas are the limits of t. KB and MB are powers of two.
func quotas(t EventType) limits {
	if t.isViewer() {
		return limits{generated: 40 << 10, exposed: 40 << 10, text: 40 << 10, base64: 532 << 10 / 10}
	}
	return limits{generated: 1 << 20, exposed: 1 << 20, text: 1 << 20, base64: 133 << 20 / 100}
}

// maxURI is what a returned URI and query string together must stay below, in characters.
const maxURI = 8192

// The bounds of an origin's read and keep-alive timeouts that a function may set, in seconds; keep-alive begins at 1.
const (
	minReadTimeout   = 4
	maxOriginTimeout = 60
)

// applyRequest is the request that goes on after a function at trigger t was shown sees and returned r, or the failure
// that the viewer gets. was is the request before; it is not changed.
func applyRequest(t EventType, was *request, sees, r *Request) (*request, *failure) {
	if r.Method != "" && r.Method != was.method || r.ClientIP != "" && r.ClientIP != was.clientIP {
		return nil, invalidResult("the function tried to change a read-only field.")
	}
	if f := checkURI(r.URI, r.QueryString); f != nil {
		return nil, f
	}
	header, f := readHeaders(r.Headers)
	if f != nil {
		return nil, f
	}
	if f := checkHeaders(t, visible(was.header), header); f != nil {
		return nil, f
	}
	restoreBytes(header, was.header)
	next := &request{
		clientIP: was.clientIP, method: was.method, uri: r.URI, query: r.QueryString, header: header,
		body: was.body, origin: was.origin,
	}
	if r.QueryString == sees.QueryString {
		next.query = was.query // as received
	}
	if f := applyOrigin(t, next, r); f != nil {
		return nil, f
	}
	return next, applyBody(t, next, r.Body)
}

// visible is h without what functions do not see.
func visible(h map[string][]string) map[string][]string {
	for name := range h {
		if isDisallowed(strings.ToLower(name)) {
			shown := make(map[string][]string, len(h))
			for n, v := range h {
				if !isDisallowed(strings.ToLower(n)) {
					shown[n] = v
				}
			}
			return shown
		}
	}
	return h
}

// checkURI is what is wrong with a returned path and query string, or nil.
func checkURI(uri, query string) *failure {
	switch {
	case !strings.HasPrefix(uri, "/"):
		return invalidResult("the URI must begin with a slash.")
	case utf8.RuneCountInString(uri)+utf8.RuneCountInString(query) >= maxURI:
		return invalidResult("the URI and the query string exceed the maximum size.")
	case strings.ContainsFunc(uri, isControl):
		return invalidResult("the URI has a character that is not valid.")
	case strings.ContainsFunc(query, isControl) || strings.ContainsAny(query, " #"):
		return invalidResult("the query string has a character that is not valid.")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7F }

// applyOrigin takes the origin from what an origin-request function returned. Elsewhere there is none to set.
func applyOrigin(t EventType, next *request, r *Request) *failure {
	if r.Origin == nil {
		return nil
	}
	if t != OriginRequest {
		return invalidOrigin()
	}
	o := r.Origin.clone()
	if (o.Custom == nil) == (o.S3 == nil) {
		return invalidOrigin()
	}
	if f := checkCustomOrigin(o.Custom, next.origin); f != nil {
		return f
	}
	if f := checkS3Origin(o.S3, next.origin); f != nil {
		return f
	}
	if !checkCustomHeaders(originHeaders(o), next.header) {
		return validationFailure(textCustomHeader, "Validation error: One or more HeaderName or HeaderValue values are invalid.")
	}
	next.origin = o
	return nil
}

func originHeaders(o *RequestOrigin) Headers {
	if o.S3 != nil {
		return o.S3.CustomHeaders
	}
	return o.Custom.CustomHeaders
}

// checkCustomOrigin refuses what has the wrong form. was is the origin that the function was shown: a timeout that the
// distribution has may stay, whatever the quota of those that functions set.
func checkCustomOrigin(c *CustomOrigin, was *RequestOrigin) *failure {
	shown := &CustomOrigin{}
	if was != nil && was.Custom != nil {
		shown = was.Custom
	}
	switch {
	case c == nil,
		isDomainName(c.DomainName, 253) && isOriginPath(c.Path) && isOriginPort(c.Port) &&
			(c.Protocol == "http" || c.Protocol == "https") && areSSLProtocols(c.SSLProtocols) &&
			(c.ReadTimeout >= minReadTimeout && c.ReadTimeout <= maxOriginTimeout || c.ReadTimeout == shown.ReadTimeout) &&
			(c.KeepaliveTimeout >= 1 && c.KeepaliveTimeout <= maxOriginTimeout || c.KeepaliveTimeout == shown.KeepaliveTimeout):
		return nil
	}
	return invalidOrigin()
}

// checkS3Origin refuses, beyond what has the wrong form, an identity that the request did not have before: a function
// cannot give itself one.
func checkS3Origin(s *S3Origin, was *RequestOrigin) *failure {
	if s == nil {
		return nil
	}
	hadIdentity := was != nil && was.S3 != nil && was.S3.AuthMethod == originAccessIdentity
	switch {
	case !isBucketDomain(s.DomainName), !isOriginPath(s.Path):
	case s.AuthMethod == authNone:
		return nil
	case s.AuthMethod == originAccessIdentity && hadIdentity && s.Region != "":
		return nil
	}
	return invalidOrigin()
}

// The values of an S3 origin's authMethod.
const (
	originAccessIdentity = "origin-access-identity"
	authNone             = "none"
)

// isDomainName says whether s is a DNS name and no address. Nothing in it can end the host in a URL.
func isDomainName(s string, maximum int) bool {
	if s == "" || len(s) > maximum {
		return false
	}
	numeric := true
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			c := label[i]
			digit := c >= '0' && c <= '9'
			if !digit && c != '-' && c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') {
				return false
			}
			numeric = numeric && digit
		}
	}
	return !numeric
}

// isBucketDomain says whether s can be the domain of a bucket, which has no capitals.
func isBucketDomain(s string) bool { return isDomainName(s, 128) && s == strings.ToLower(s) }

// isOriginPath says whether s can stand before the URI: nothing, or a path of at most 255 characters without a slash
// at its end.
func isOriginPath(s string) bool {
	return s == "" || s[0] == '/' && len(s) <= 255 && !strings.HasSuffix(s, "/") && wirePath(s) == s
}

func isOriginPort(p int) bool { return p == 80 || p == 443 || p >= 1024 && p <= 65535 }

var sslProtocols = []string{"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"}

func areSSLProtocols(list []string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(sslProtocols, s) })
}

// applyBody replaces the body if the function says so.
func applyBody(t EventType, next *request, b *Body) *failure {
	switch {
	case b == nil || b.Action == "" || b.Action == ReadOnly:
		return nil // whatever data it has: the origin gets all of what the viewer sent
	case b.Action != Replace:
		return invalidBody()
	}
	limit := quotas(t).base64
	if b.Encoding == Text {
		limit = quotas(t).text
	}
	if len(b.Data) > limit {
		return overlongBody()
	}
	data, f := decodeBody(b.Data, defaulted(b.Encoding, Base64))
	if f != nil {
		return f
	}
	next.body = replaced(data)
	if next.header["Content-Length"] != nil {
		next.header["Content-Length"] = []string{strconv.Itoa(len(data))} // what the next function sees
	}
	return nil
}

// overlongBody is what becomes of a returned body over the limit. That it is refused is an assumption: a guide of 2023
// says that it is cut.
func overlongBody() *failure { return invalidBody() }
