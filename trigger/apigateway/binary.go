package apigateway

import "strings"

// mediaTypes are an API's binaryMediaTypes.
type mediaTypes []string

// checkMediaTypes checks and lower-cases them.
func checkMediaTypes(list []string) (mediaTypes, error) {
	types := make(mediaTypes, len(list))
	for i, t := range list {
		kind, sub, ok := strings.Cut(t, "/")
		if !ok || kind == "" || sub == "" || strings.ContainsAny(t, " ;,") {
			return nil, misconfigured("binaryMediaTypes", "has an entry that is no media type: "+t)
		}
		types[i] = strings.ToLower(t)
	}
	return types, nil
}

// match says whether a media type is listed: exactly, or by type/*. An entry */* lists everything, also what has no
// type, which is inferred; no other wildcard does anything. Parameters and case do not count.
func (m mediaTypes) match(contentType string) bool {
	if len(m) == 0 {
		return false
	}
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	kind, sub, _ := strings.Cut(t, "/")
	for _, entry := range m {
		if entry == "*/*" || entry == t {
			return true
		}
		if listed, ok := strings.CutSuffix(entry, "/*"); ok && listed == kind && sub != "" {
			return true
		}
	}
	return false
}

// accepts says whether a client gets bytes for Base64: if the first media type that it accepts is listed. The others do
// not count, and neither does the type of the answer.
func (m mediaTypes) accepts(accept string) bool {
	first, _, _ := strings.Cut(accept, ",")
	return m.match(first)
}
