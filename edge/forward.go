package edge

import (
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// staysHere says whether a request header, in canonical form, never goes to the origin. Those that functions do not see
// either are gone before.
func staysHere(name string) bool { return neverForwarded[name] || strings.HasPrefix(name, "Proxy-") }

var neverForwarded = nameSet("Te", "Transfer-Encoding", "Content-Length", "X-Forwarded-For", "Via")

// contentHeaders go to the origin with a body, whatever the policies say: an assumption.
var contentHeaders = nameSet("Content-Type", "Content-Encoding", "Content-Length")

// conditions are the headers that ask for less than the whole. They always go to the origin.
var conditions = []string{"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range"}

// isCondition says whether a header, by its canonical name, is one of those.
func isCondition(name string) bool {
	return (name == "Range" || strings.HasPrefix(name, "If-")) && slices.Contains(conditions, name)
}

// isConditional says whether a request asks for less than the whole.
func isConditional(h http.Header) bool {
	for _, name := range conditions {
		if h[name] != nil {
			return true
		}
	}
	return false
}

// defaultUserAgent is the User-Agent that origins see unless the viewer's is forwarded.
const defaultUserAgent = "Amazon CloudFront"

// forward is the request that goes to an origin: what the policies choose of the viewer's, and what CloudFront adds.
// via is the token of this distribution in Via.
func (b *behavior) forward(r *request, o *Origin, via string, secure bool) *request {
	out := &request{
		clientIP: r.clientIP, method: r.method, uri: r.uri, query: b.forwardQuery(r.query),
		header: make(http.Header, len(r.header)+4), body: r.body, origin: o.event(secure),
	}
	for name, values := range r.header {
		if b.forwards(name, o, r.body != nil) {
			out.header[name] = values
		}
	}
	b.forwardCookies(r.header, out.header, o)
	b.forwardEncoding(r.header, out.header)
	if out.header["Host"] == nil {
		out.header["Host"] = []string{o.DomainName}
	}
	if out.header["User-Agent"] == nil {
		out.header["User-Agent"] = []string{defaultUserAgent}
	}
	before := r.header["X-Forwarded-For"]
	out.header["X-Forwarded-For"] = []string{strings.Join(append(slices.Clone(before), r.clientIP), ",")}
	out.header["Via"] = []string{via}
	for name := range o.CustomHeaders { // which come in their place, as part of the origin
		delete(out.header, textproto.CanonicalMIMEHeaderKey(name))
	}
	return out
}

// forwards says whether a viewer's header goes to the origin.
func (b *behavior) forwards(name string, o *Origin, hasBody bool) bool {
	switch {
	case contentHeaders[name] && hasBody:
		return true
	case staysHere(name), name == "Cookie", name == "Accept-Encoding" && b.normalisesEncoding():
		return false
	case name == "Host":
		return o.S3 == nil && b.selectsHeader(name)
	case isCondition(name):
		return true
	}
	return b.selectsHeader(name)
}

// selectsHeader says whether one of the policies forwards the header. Two lists of exceptions are one.
func (b *behavior) selectsHeader(name string) bool {
	return b.policy.Headers.includesHeader(name) || b.originPolicy.Headers.includesHeader(name)
}

// either is whether one of two Selections includes a name, where two lists of exceptions are one.
func either(a, b Selection, name string) bool {
	if a.kind == selectAllExcept && b.kind == selectAllExcept {
		return a.includes(name) && b.includes(name)
	}
	return a.includes(name) || b.includes(name)
}

// forwardQuery is the query string with what one of the policies chooses.
func (b *behavior) forwardQuery(query string) string {
	a, o := b.policy.QueryStrings, b.originPolicy.QueryStrings
	switch {
	case query == "", a.kind == selectAll, o.kind == selectAll:
		return query
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); either(a, o, name) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// seesQuery says whether origin triggers may read the query string: only if all of it is forwarded.
func (b *behavior) seesQuery() bool {
	return b.policy.QueryStrings.kind == selectAll || b.originPolicy.QueryStrings.kind == selectAll
}

// forwardsCookies says whether any cookie may go to an origin. If not, what origins set does not come back either.
func (b *behavior) forwardsCookies() bool {
	return b.policy.Cookies.kind != selectNone || b.originPolicy.Cookies.kind != selectNone
}

func (b *behavior) forwardCookies(from, to http.Header, o *Origin) {
	if o.S3 != nil || !b.forwardsCookies() {
		return
	}
	var kept []string
	for _, c := range cookies(from) {
		if either(b.policy.Cookies, b.originPolicy.Cookies, cookieName(c)) {
			kept = append(kept, c)
		}
	}
	if kept != nil {
		to["Cookie"] = []string{strings.Join(kept, "; ")}
	}
}

// forwardEncoding sets the normalised Accept-Encoding.
func (b *behavior) forwardEncoding(from, to http.Header) {
	if !b.normalisesEncoding() || from["Accept-Encoding"] == nil {
		return
	}
	to["Accept-Encoding"] = []string{defaulted(b.encoding(from), "identity")}
}

// wirePath is a path as it may stand in a request line: every byte that may not is percent-encoded, and what is
// encoded already stays.
func wirePath(p string) string {
	clean := true
	for i := 0; i < len(p) && clean; i++ {
		clean = isPathByte(p, i)
	}
	if clean {
		return p
	}
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(p) {
		if isPathByte(p, i) {
			out.WriteByte(p[i])
			continue
		}
		out.WriteByte('%')
		out.WriteByte(digits[p[i]>>4])
		out.WriteByte(digits[p[i]&15])
	}
	return out.String()
}

// isPathByte says whether the byte of p at i may stand as it is: what net/url would also leave, so that the path goes
// out exactly as it is.
func isPathByte(p string, i int) bool {
	c := p[i]
	switch {
	case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9':
		return true
	case c == '%':
		return i+2 < len(p) && isHex(p[i+1]) && isHex(p[i+2])
	}
	return c < 0x80 && strings.IndexByte("-_.~$&+,/:;=@!'()*[]", c) >= 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// target is the URL of a request to an address.
func target(a address, uri, query string) *url.URL {
	raw := a.path + wirePath(uri)
	decoded, err := url.PathUnescape(raw)
	if err != nil { // wirePath leaves nothing that is not encoded well
		decoded = raw
	}
	return &url.URL{Scheme: a.scheme, Host: a.host, Path: decoded, RawPath: raw, RawQuery: wireQuery(query)}
}

// wireQuery is a query string as it may stand in a request line.
func wireQuery(q string) string {
	clean := true
	for i := range len(q) {
		clean = clean && q[i] > ' ' && q[i] < 0x7F && q[i] != '#'
	}
	if clean {
		return q
	}
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(q) {
		if c := q[i]; c > ' ' && c != 0x7F && c != '#' {
			out.WriteByte(c) // bytes over 0x7F go as they came
		} else {
			out.WriteString(string([]byte{'%', digits[c>>4], digits[c&15]}))
		}
	}
	return out.String()
}
