package edge

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// signedCookie is the part of a signature that a cookie is by its name: Policy of CloudFront-Policy.
func signedCookie(name string) (part string, ok bool) {
	part, ok = strings.CutPrefix(name, "CloudFront-")
	return part, ok && slices.Contains(signatureNames, part)
}

// withoutSignedCookies is h without the cookies that sign a request, which go no further than the edge: to no function,
// no key, no origin, even if a policy selects them. That this goes for cookies as for signed URLs is inferred. What else
// is on their lines stays as it is, and so does h, which is the viewer's.
func withoutSignedCookies(h http.Header) http.Header {
	if !slices.ContainsFunc(cookies(h), isSignedCookie) {
		return h
	}
	out := maps.Clone(h)
	delete(out, "Cookie")
	for _, line := range h["Cookie"] {
		kept := slices.DeleteFunc(strings.Split(line, ";"), isSignedCookie)
		if line = strings.Trim(strings.Join(kept, ";"), " \t"); line != "" {
			out["Cookie"] = append(out["Cookie"], line)
		}
	}
	return out
}

// isSignedCookie says whether a name=value pair is a part of a signature.
func isSignedCookie(pair string) bool {
	_, ok := signedCookie(cookieName(strings.Trim(pair, " \t")))
	return ok
}
