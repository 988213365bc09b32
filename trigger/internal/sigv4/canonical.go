package sigv4

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// canonicalRequest is the text on which both sides must agree.
func canonicalRequest(r *http.Request, signed []string, bodyHash string) string {
	target, query := httpevent.Target(r)
	var b strings.Builder
	b.WriteString(cmp.Or(r.Method, http.MethodGet) + "\n")
	b.WriteString(canonicalPath(target) + "\n")
	b.WriteString(canonicalQuery(query) + "\n")
	for _, name := range signed {
		b.WriteString(name + ":" + canonicalValue(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + bodyHash)
	return b.String()
}

// canonicalPath is the path without needless slashes and dots, encoded once more than it was sent, as all services but
// S3 have it.
func canonicalPath(sent string) string {
	clean := path.Clean(sent)
	if clean != "/" && strings.HasSuffix(sent, "/") {
		clean += "/"
	}
	return encode(clean, true)
}

// canonicalQuery is the query with its parameters sorted and encoded in one way.
func canonicalQuery(query string) string {
	pairs := httpevent.FormQuery(query)
	for i, p := range pairs {
		pairs[i] = httpevent.Pair{Name: encode(p.Name, false), Value: encode(p.Value, false)}
	}
	slices.SortFunc(pairs, func(a, b httpevent.Pair) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = p.Name + "=" + p.Value
	}
	return strings.Join(parts, "&")
}

// canonicalValue is all values of a header, each without needless spaces.
func canonicalValue(r *http.Request, name string) string {
	switch {
	case name == "host":
		return r.Host
	case name == "content-length" && r.Header.Get(name) == "":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := slices.Clone(r.Header.Values(name))
	for i, v := range values {
		values[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(values, ",")
}

// encode writes every byte as %XX that is not unreserved, nor a slash that is to stay.
func encode(s string, slashes bool) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~',
			c == '/' && slashes:
			b = append(b, c)
		default:
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}
