package edge

import (
	"slices"
	"strings"
)

// Selection chooses query strings, headers or cookies by name. The zero value chooses none.
type Selection struct {
	kind  selectionKind
	names []string
}

type selectionKind uint8

const (
	selectNone selectionKind = iota
	selectOnly
	selectAllExcept
	selectAll
)

// None chooses nothing.
func None() Selection { return Selection{} }

// All chooses everything.
func All() Selection { return Selection{kind: selectAll} }

// Only chooses what has one of the names: AWS's whitelist.
func Only(names ...string) Selection { return Selection{selectOnly, slices.Clone(names)} }

// AllExcept chooses everything but what has one of the names.
func AllExcept(names ...string) Selection { return Selection{selectAllExcept, slices.Clone(names)} }

// AllAnd chooses everything the viewer sent, and the named headers that CloudFront adds: AWS's
// allViewerAndWhitelistCloudFront.
func AllAnd(names ...string) Selection { return Selection{selectAll, slices.Clone(names)} }

// includes says whether a name is chosen. Query strings and cookies are compared exactly.
func (s Selection) includes(name string) bool {
	switch s.kind {
	case selectAll:
		return true
	case selectOnly:
		return slices.Contains(s.names, name)
	case selectAllExcept:
		return !slices.Contains(s.names, name)
	}
	return false
}

// includesHeader is includes for headers, whose names are compared in any case. CloudFront's own headers are chosen
// only by name: "all" means all that viewers send.
func (s Selection) includesHeader(name string) bool {
	named := slices.ContainsFunc(s.names, func(n string) bool { return strings.EqualFold(n, name) })
	switch {
	case s.kind == selectOnly, isCloudFrontHeader(name):
		return named && s.kind != selectAllExcept
	case s.kind == selectAllExcept:
		return !named
	}
	return s.kind == selectAll
}

// listed are the names that a Selection of headers adds to what viewers send.
func (s Selection) listed() []string {
	if s.kind == selectAllExcept {
		return nil
	}
	return s.names
}

// isCloudFrontHeader says whether the header is one that CloudFront itself sets.
func isCloudFrontHeader(name string) bool {
	return len(name) > len("cloudfront-") && strings.EqualFold(name[:len("cloudfront-")], "cloudfront-")
}

// CachePolicy says what the cache key holds beside the path. Whatever is in the key also goes to the origin.
type CachePolicy struct {
	// QueryStrings and Cookies are compared case-sensitively, and in the order in which they come.
	QueryStrings, Cookies Selection
	// Headers may be None or Only.
	Headers Selection
	// Gzip and Brotli normalise Accept-Encoding to what of the two viewer and policy both know, and put it into the
	// key (EnableAcceptEncodingGzip, EnableAcceptEncodingBrotli). Viewers before HTTP/1.1 know neither. See also
	// [CacheBehavior].Compress.
	Gzip, Brotli bool

	_ struct{}
}

// OriginRequestPolicy says what goes to the origin without being in the cache key. Authorization and Accept-Encoding go
// with [All] or [AllExcept] others; a policy that names them is refused with the code [InvalidArgument].
type OriginRequestPolicy struct {
	QueryStrings, Cookies, Headers Selection

	_ struct{}
}
