package edge

import (
	"net/http"
	"slices"
	"strings"
)

// appendKey appends the cache key of a request after the viewer-request function: the path, and the query strings,
// headers and cookies of the policy, in the order in which they came. No value can be taken for another's: parts are
// set off by bytes that cannot be in them, or by their lengths.
func (b *behavior) appendKey(key []byte, r *request) []byte {
	if r.method == http.MethodOptions {
		key = append(key, "OPTIONS "...)
	}
	key = append(key, r.uri...)
	key = append(key, '\n')
	if b.policy.QueryStrings.kind != selectNone {
		key = append(key, b.policy.QueryStrings.queries(r.query)...)
	}
	key = append(key, '\n')
	if b.policy.Headers.kind == selectOnly {
		for _, name := range b.keyHeaders {
			for _, v := range r.header[name] {
				key = append(append(append(key, ':'), v...), '\n') // marked: an empty value is one too
			}
			key = append(key, '\n')
		}
	}
	if b.normalisesEncoding() {
		key = append(append(key, b.encoding(r.header)...), '\n')
	}
	if b.policy.Cookies.kind != selectNone {
		for _, c := range cookies(r.header) {
			if b.policy.Cookies.includes(cookieName(c)) {
				key = append(append(key, c...), ';')
			}
		}
	}
	return key
}

// queries is the query string with the chosen parameters only.
func (s Selection) queries(query string) string {
	if query == "" || s.kind == selectAll {
		return query
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); s.includes(name) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// cookies are the name=value pairs of all Cookie lines.
func cookies(h http.Header) []string {
	var list []string
	for _, l := range h["Cookie"] {
		for c := range strings.SplitSeq(l, ";") {
			if c = strings.Trim(c, " \t"); c != "" {
				list = append(list, c)
			}
		}
	}
	return list
}

func cookieName(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	return name
}

// normalisesEncoding says whether Accept-Encoding is CloudFront's business and no ordinary header.
func (b *behavior) normalisesEncoding() bool { return b.policy.Gzip || b.policy.Brotli }

// encoding is the normalised Accept-Encoding: br,gzip or one of them; "" for none.
func (b *behavior) encoding(h http.Header) string {
	br := b.policy.Brotli && acceptsEncoding(h, "br")
	gz := b.policy.Gzip && acceptsEncoding(h, "gzip")
	switch {
	case br && gz:
		return "br,gzip"
	case br:
		return "br"
	case gz:
		return "gzip"
	}
	return ""
}

func acceptsEncoding(h http.Header, coding string) bool {
	for _, l := range h["Accept-Encoding"] {
		for part := range strings.SplitSeq(l, ",") {
			name, params, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), coding) && !slices.Contains(zeroWeights, strings.TrimSpace(params)) {
				return true
			}
		}
	}
	return false
}

// zeroWeights are the ways to say that a coding is not accepted.
var zeroWeights = []string{"q=0", "q=0.0", "q=0.00", "q=0.000"}
