package httpevent

import (
	"net/http"
	"strings"
)

// Target is the path and the query of a request as they were sent, undecoded. A request that came from nowhere, such as
// one made by http.NewRequest, has only its URL to tell. A path is never empty.
//
// What a middleware did to the URL does not count: no such thing stands before AWS's doors.
func Target(r *http.Request) (path, query string) {
	path, query, _ = strings.Cut(r.RequestURI, "?")
	if r.RequestURI == "" && r.URL != nil {
		path, query = r.URL.EscapedPath(), r.URL.RawQuery
	}
	if scheme := strings.Index(path, "://"); scheme > 0 && path[0] != '/' { // the form in which proxies are asked
		path = path[scheme+len("://"):]
		path = path[min(max(strings.IndexByte(path, '/'), 0), len(path)):]
		if !strings.HasPrefix(path, "/") {
			path = "/"
		}
	}
	if path == "" {
		path = "/"
	}
	return path, query
}

// RawQuery takes a query apart without decoding anything. A key without = has the value "".
func RawQuery(query string) Pairs { return splitQuery(query, func(s string) string { return s }) }

// FormQuery takes a query apart and decodes it as a form: + is a space. A percent sign that is followed by something
// else than two hexadecimal digits stays as it is.
func FormQuery(query string) Pairs {
	return splitQuery(query, func(s string) string { return unescape(s, true) })
}

func splitQuery(query string, decode func(string) string) Pairs {
	if query == "" {
		return nil
	}
	pairs := make(Pairs, 0, strings.Count(query, "&")+1)
	for piece := range strings.SplitSeq(query, "&") {
		if piece == "" {
			continue
		}
		key, value, _ := strings.Cut(piece, "=")
		pairs = append(pairs, Pair{decode(key), decode(value)})
	}
	return pairs
}

// UnescapePath decodes a path, but for percent signs that are followed by something else than two hexadecimal digits.
func UnescapePath(path string) string { return unescape(path, false) }

func unescape(s string, form bool) string {
	if strings.IndexByte(s, '%') < 0 && (!form || strings.IndexByte(s, '+') < 0) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, fromHex(s[i+1])<<4|fromHex(s[i+2]))
			i += 2
		case s[i] == '+' && form:
			b = append(b, ' ')
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

func fromHex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
