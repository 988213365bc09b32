package edge

import "strings"

// maxPathPattern bounds a path pattern, in characters.
const maxPathPattern = 255

// matchPath says whether a cache behavior's path pattern matches the whole of a path, case-sensitively: * is any text,
// slashes included, and ? is any one character. Both may begin with a slash or not.
//
// It takes time in proportion to the product of the two lengths at worst: after a mismatch only the last * grows.
func matchPath(pattern, path string) bool {
	return matchWild(strings.TrimPrefix(pattern, "/"), strings.TrimPrefix(path, "/"))
}

// matchWild is the same without regard to slashes.
func matchWild(pattern, s string) bool {
	p, i := 0, 0
	star, from := -1, 0 // the last *, and where in s what follows it was last tried
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// isPathPattern says whether s is made of what a path pattern may have.
func isPathPattern(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && strings.IndexByte(`_-.*$/~"'@:+&?`, c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= maxPathPattern
}
