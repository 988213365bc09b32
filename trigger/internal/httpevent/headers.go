package httpevent

import (
	"net/http"
	"strconv"
	"strings"
)

// LowerHeaders are a request's header lines under lower-case names, sorted; room is for how many more the caller will
// append. Host and Content-Length are among them: net/http keeps them elsewhere. One header under two spellings, which
// only a request made by hand can have, comes in the order of the spellings.
func LowerHeaders(r *http.Request, room int) Pairs {
	pairs := make(Pairs, 0, len(r.Header)+2+room)
	length := 0
	for name, values := range r.Header {
		for _, v := range values {
			pairs = append(pairs, Pair{name, v})
			length += len(name)
		}
	}
	lowerNames(pairs.Sort(), length) // sorted before, too, or spellings would come in the map's order
	pairs.Sort()
	if r.Host != "" {
		pairs = pairs.Set("host", r.Host)
	}
	if r.ContentLength > 0 && r.Header.Get("Content-Length") == "" {
		pairs = pairs.Set("content-length", strconv.FormatInt(r.ContentLength, 10))
	}
	return pairs
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

// Set gives one name, which is lower-case, a single value. It keeps the order.
func (p Pairs) Set(name, value string) Pairs {
	at := 0
	for at < len(p) && p[at].Name < name {
		at++
	}
	n := 0
	for at+n < len(p) && p[at+n].Name == name {
		n++
	}
	if n == 0 {
		p = append(p, Pair{})
		copy(p[at+1:], p[at:])
	} else {
		p = append(p[:at+1], p[at+n:]...)
	}
	p[at] = Pair{name, value}
	return p
}

// Without is p without the pairs of one name, in place.
func (p Pairs) Without(name string) Pairs {
	kept := p[:0]
	for _, x := range p {
		if x.Name != name {
			kept = append(kept, x)
		}
	}
	return kept
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
