package httpevent

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// LowerHeaders are a request's header lines under lower-case names, sorted, as a door passes them on: own are the door's,
// in the place of the request's of the same name; the request's that are hidden do not go on. Names in own and hidden are
// lower-case. Host and Content-Length are among the request's: net/http keeps them elsewhere. One header under two
// spellings, which only a request made by hand can have, comes in the order of the spellings.
func LowerHeaders(r *http.Request, own Pairs, hidden ...string) Pairs {
	l := lines{
		pairs: make(Pairs, 0, len(r.Header)+2+len(own)), own: own, hidden: hidden, host: r.Host != "",
		size: r.ContentLength > 0 && r.Header.Get("Content-Length") == "",
	}
	for name, values := range r.Header {
		l.add(name, values)
	}
	sorted := l.finish(r)
	if !l.ambiguous() {
		return sorted
	}
	l.pairs, l.length, l.names = l.pairs[:0], 0, 0
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		l.add(name, r.Header[name])
	}
	return l.finish(r)
}

// lines gathers header lines.
type lines struct {
	pairs, own Pairs
	hidden     []string
	host, size bool // the request's Host and Content-Length are known from elsewhere
	length     int  // of all names together
	names      int
}

// add adds the lines of one name, unless they do not go on.
func (l *lines) add(name string, values []string) {
	if len(values) == 0 || l.host && strings.EqualFold(name, "host") ||
		l.size && strings.EqualFold(name, "content-length") || l.isReplaced(name) {
		return
	}
	l.names++
	for _, v := range values {
		l.pairs = append(l.pairs, Pair{name, v})
		l.length += len(name)
	}
}

func (l *lines) isReplaced(name string) bool {
	for i := range l.own {
		if strings.EqualFold(l.own[i].Name, name) {
			return true
		}
	}
	for _, h := range l.hidden {
		if strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}

// finish adds what does not stand in the request's map, and sorts.
func (l *lines) finish(r *http.Request) Pairs {
	lowerNames(l.pairs, l.length)
	if l.host {
		l.pairs = append(l.pairs, Pair{"host", r.Host})
		l.names++
	}
	if l.size {
		l.pairs = append(l.pairs, Pair{"content-length", strconv.FormatInt(r.ContentLength, 10)})
		l.names++
	}
	l.pairs = append(l.pairs, l.own...)
	l.names += len(l.own)
	return l.pairs.Sort()
}

// ambiguous says that there are fewer names than there were spellings.
func (l *lines) ambiguous() bool {
	for i := 0; i < len(l.pairs); {
		i += l.pairs[i:].run()
		l.names--
	}
	return l.names > 0
}

// lowerNames makes all names lower-case. They have length bytes together, and share one allocation.
func lowerNames(pairs Pairs, length int) {
	var names strings.Builder
	names.Grow(length)
	for _, p := range pairs {
		for i := range len(p.Name) {
			names.WriteByte(lower(p.Name[i]))
		}
	}
	rest := names.String()
	for i := range pairs {
		n := len(pairs[i].Name)
		pairs[i].Name, rest = rest[:n], rest[n:]
	}
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// Cookies are the cookies of all Cookie lines, one by one; nil for none.
func Cookies(h http.Header) []string {
	var cookies []string
	for _, line := range h["Cookie"] {
		for c := range strings.SplitSeq(line, ";") {
			if c = strings.TrimSpace(c); c != "" {
				cookies = append(cookies, c)
			}
		}
	}
	return cookies
}

// IsHopByHop says whether a header concerns one connection only, so that no door passes a function's on. Case does not
// count.
func IsHopByHop(name string) bool { return isHopByHop(http.CanonicalHeaderKey(name)) }

func isHopByHop(canonical string) bool {
	switch canonical {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

// IsField says whether a function's header can stand on a line. What cannot could smuggle a second line, or a second
// response.
func IsField(name, value string) bool {
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7F || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return name != ""
}
