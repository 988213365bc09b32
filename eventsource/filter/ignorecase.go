package filter

import "unicode"

// Case is ignored the way the service does it: character by character of the pattern, each of which stands for its lower
// and its upper case form. So ß stands for ß and SS, but SS does not stand for ß, and neither for ss.

// folded is a text of a pattern, case ignored: the two forms of each character, which differ in their first and in
// their last character if they differ at all.
type folded []foldedRune

type foldedRune struct{ lower, upper string }

func fold(s string) folded {
	f := make(folded, 0, len(s))
	for _, r := range s {
		f = append(f, foldedRune{lower: lowerCase(r), upper: upperCase(r)})
	}
	return f
}

func lowerCase(r rune) string {
	if r == dottedI {
		return "i\u0307"
	}
	return string(unicode.ToLower(r))
}

func upperCase(r rune) string {
	if s, ok := longUpperCase(r); ok {
		return s
	}
	return string(unicode.ToUpper(r))
}

// trimPrefix removes f from the start of s.
func (f folded) trimPrefix(s []byte) ([]byte, bool) {
	for _, r := range f {
		switch {
		case hasPrefix(s, r.lower):
			s = s[len(r.lower):]
		case hasPrefix(s, r.upper):
			s = s[len(r.upper):]
		default:
			return s, false
		}
	}
	return s, true
}

// hasPrefix is bytes.HasPrefix for a string.
func hasPrefix(s []byte, p string) bool { return len(s) >= len(p) && string(s[:len(p)]) == p }

// hasSuffix is bytes.HasSuffix for a string.
func hasSuffix(s []byte, p string) bool { return len(s) >= len(p) && string(s[len(s)-len(p):]) == p }

// Matchers of strings in which case is ignored.
type (
	foldedEqual  folded
	foldedPrefix folded
	foldedSuffix folded
)

func (m foldedEqual) match(v *value) bool {
	if v.kind != stringKind {
		return false
	}
	rest, ok := folded(m).trimPrefix(v.text)
	return ok && len(rest) == 0
}

func (m foldedPrefix) match(v *value) bool {
	if v.kind != stringKind {
		return false
	}
	_, ok := folded(m).trimPrefix(v.text)
	return ok
}

func (m foldedSuffix) match(v *value) bool {
	if v.kind != stringKind {
		return false
	}
	s := v.text
	for i := len(m) - 1; i >= 0; i-- {
		switch {
		case hasSuffix(s, m[i].lower):
			s = s[:len(s)-len(m[i].lower)]
		case hasSuffix(s, m[i].upper):
			s = s[:len(s)-len(m[i].upper)]
		default:
			return false
		}
	}
	return true
}

// equalsIgnoreCase reads the operand of {"equals-ignore-case":"s"}.
func (c *compiler) equalsIgnoreCase(i int) (matcher, int, error) {
	s, end, err := c.stringOperand(i)
	return foldedEqual(fold(s)), end, err
}
