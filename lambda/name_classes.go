package lambda

import "strings"

// class says which of the characters in names a byte is.
type class uint8

const (
	lower  class = 1 << iota // a-z
	upper                    // A-Z
	digit                    // 0-9
	hyphen                   // -
	under                    // _
	dot                      // .
	dollar                   // $
)

const word = lower | upper | digit | hyphen | under

var classes = func() (t [256]class) {
	for c := 'a'; c <= 'z'; c++ {
		t[c] = lower
	}
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = upper
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = digit
	}
	t['-'], t['_'], t['.'], t['$'] = hyphen, under, dot, dollar
	return t
}()

// isAll reports whether s is one or more characters of the classes in mask.
func isAll(s string, mask class) bool {
	for i := range len(s) {
		if classes[s[i]]&mask == 0 {
			return false
		}
	}
	return s != ""
}

// isName matches the bare name: [a-zA-Z0-9-_\.]+ or [a-zA-Z0-9-_]+.
func (form *nameForm) isName(s string) bool {
	if form.dots {
		return isAll(s, word|dot)
	}
	return isAll(s, word)
}

// isQualifier matches a qualifier inside a name: \$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+.
func (form *nameForm) isQualifier(s string) bool {
	return s == Latest || form.published && s == latestPublished || isAll(s, word)
}

// latestPublished is a qualifier of functions on managed instances.
const latestPublished = "$LATEST.PUBLISHED"

// isQualifierParameter is a qualifier beside the name that breaks no constraint.
func isQualifierParameter(s string) bool {
	return len(s) <= maxQualifier && matchesQualifier(s)
}

// matchesQualifier matches \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+.
func matchesQualifier(s string) bool {
	return isAll(s, word|dollar) || s == latestPublished
}

// IsAlias reports whether s has the form of an alias's name: letters, digits, hyphens and underscores, not digits
// alone.
func IsAlias(s string) bool { return isAll(s, word) && !IsVersion(s) }

// IsVersion reports whether s has the form of a published version's number.
func IsVersion(s string) bool { return isAll(s, digit) }

// isPartition matches aws[a-zA-Z-]*.
func isPartition(s string) bool {
	rest, ok := strings.CutPrefix(s, "aws")
	return ok && (rest == "" || isAll(rest, lower|upper|hyphen))
}

// isAccount matches \d{12}.
func isAccount(s string) bool { return len(s) == 12 && isAll(s, digit) }

// isRegion matches (eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}.
func isRegion(s string) bool {
	// From the right: a digit, a hyphen, the place's letters, a hyphen.
	n := len(s)
	if n < len("aa-a-0") || classes[s[n-1]] != digit || s[n-2] != '-' {
		return false
	}
	s = s[:n-2]
	i := strings.LastIndexByte(s, '-')
	if i < 0 || !isAll(s[i+1:], lower) {
		return false
	}
	// What is left is the country with its prefix and suffix. eusc- is a prefix only before two more letters.
	s = strings.TrimPrefix(s[:i], "eusc-")
	if len(s) < 2 || !isAll(s[:2], lower) {
		return false
	}
	switch suffix := s[2:]; {
	case suffix == "", suffix == "-gov", suffix == "-iso":
		return true
	default:
		return len(suffix) == len("-isoa") && strings.HasPrefix(suffix, "-iso") && classes[suffix[4]] == lower
	}
}
