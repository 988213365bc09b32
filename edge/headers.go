package edge

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"
)

// Header is one header line.
type Header struct {
	// Key is the name as it was received. A function may leave it out; what it says instead is ignored.
	Key   string `json:"key,omitempty"`
	Value string `json:"value"`
}

// Headers holds header lines under their lower-case name, one element for each line, values not taken apart.
//
// Its methods take names in any case. They are not safe for concurrent use.
type Headers map[string][]Header

// Get is the first value under a name, or "".
func (h Headers) Get(name string) string {
	if lines := h[strings.ToLower(name)]; len(lines) > 0 {
		return lines[0].Value
	}
	return ""
}

// Values are all values under a name, in order.
func (h Headers) Values(name string) []string {
	lines := h[strings.ToLower(name)]
	values := make([]string, len(lines))
	for i, l := range lines {
		values[i] = l.Value
	}
	return values
}

// Set replaces all lines under a name by one.
func (h Headers) Set(name, value string) { h[strings.ToLower(name)] = []Header{line(name, value)} }

// Add adds a line.
func (h Headers) Add(name, value string) {
	key := strings.ToLower(name)
	h[key] = append(h[key], line(name, value))
}

// Del deletes all lines under a name.
func (h Headers) Del(name string) { delete(h, strings.ToLower(name)) }

// Clone is a copy that shares nothing with h.
func (h Headers) Clone() Headers {
	if h == nil {
		return nil
	}
	c := make(Headers, len(h))
	for name, lines := range h {
		c[name] = slices.Clone(lines)
	}
	return c
}

func line(name, value string) Header {
	return Header{Key: textproto.CanonicalMIMEHeaderKey(name), Value: value}
}

// showHeaders is h as functions see it: without the names that are hidden from them, values as UTF-8. net/http has
// forgotten how names were spelt; they show in canonical form.
func showHeaders(h http.Header) Headers {
	shown := make(Headers, len(h))
	for name, values := range h {
		key := strings.ToLower(name)
		if len(values) == 0 || isDisallowed(key) {
			continue
		}
		lines := make([]Header, len(values))
		for i, v := range values {
			lines[i] = Header{Key: name, Value: utf8Text(v)}
		}
		shown[key] = lines
	}
	return shown
}

// readHeaders is what a function returned as a canonical header map. Names are taken from the map's keys in any case;
// keys that mean the same name are joined in their order. It refuses what cannot stand on a header line: such a text
// could smuggle a second line, or a second request.
func readHeaders(h Headers) (http.Header, *failure) {
	out := make(http.Header, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if !isToken(name) {
			return nil, invalidResult("the headers object has a name that is not valid, headerName : " + name + ".")
		}
		key := textproto.CanonicalMIMEHeaderKey(name)
		for _, l := range h[name] {
			if !isFieldValue(l.Value) {
				return nil, invalidResult("the value of a header is not valid, headerName : " + name + ".")
			}
			out[key] = append(out[key], strings.Trim(l.Value, " \t"))
		}
	}
	return out, nil
}

// restoreBytes puts the bytes that came back where a function returned a header as it was shown: what only became
// UTF-8 to be shown is not changed.
func restoreBytes(returned, original http.Header) {
	for name, values := range returned {
		was := original[name]
		if len(was) == len(values) && slices.EqualFunc(was, values, func(a, b string) bool { return strings.Trim(utf8Text(a), " \t") == b }) {
			returned[name] = slices.Clone(was)
		}
	}
}

// utf8Text is s as UTF-8: what is no UTF-8 is taken for ISO-8859-1.
func utf8Text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// isToken says whether s can be a header's name.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7F || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// isFieldValue says whether s can be a header's value: no control character but the tab.
func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}
