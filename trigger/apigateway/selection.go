package apigateway

import (
	"regexp"
	"strings"
)

// compilePattern reads a selection pattern, or what else kind names: a regular expression of Java's that must match the
// whole text. What Go reads differently or not at all is refused.
func compilePattern(setting, kind, pattern string) (*regexp.Regexp, error) {
	if reason := unlikeJava(pattern); reason != "" {
		return nil, misconfigured(setting, "the "+kind+" "+pattern+" has "+reason+", which is not modelled")
	}
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, misconfigured(setting, "the "+kind+" "+pattern+" cannot be used: "+err.Error())
	}
	whole, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil {
		return nil, misconfigured(setting, "the "+kind+" "+pattern+" cannot be used: "+err.Error())
	}
	return whole, nil
}

// unlikeJava finds what Go would take without a word, and for something else than Java does.
func unlikeJava(pattern string) string {
	inClass := false
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch {
		case strings.HasPrefix(rest, `\Q`):
			end := strings.Index(rest, `\E`)
			if end < 0 {
				return ""
			}
			i += end + 1
		case rest[0] == '\\':
			if i++; i < len(pattern) && strings.IndexByte("vhHVRXZGkN", pattern[i]) >= 0 {
				return `\` + pattern[i:i+1]
			}
		case inClass && (rest[0] == '[' || strings.HasPrefix(rest, "&&")):
			return "an operation on character classes"
		case inClass:
			inClass = rest[0] != ']'
		case rest[0] == '[':
			inClass = true
			if strings.HasPrefix(rest, "[^") {
				i++
			}
			if i+1 < len(pattern) && pattern[i+1] == ']' {
				return "a class that begins with a bracket"
			}
		case strings.HasPrefix(rest, "(?"):
			if reason := unlikeJavaGroup(rest[2:]); reason != "" {
				return reason
			}
		}
	}
	return ""
}

// unlikeJavaGroup is for what follows (?.
func unlikeJavaGroup(rest string) string {
	switch {
	case strings.HasPrefix(rest, "="), strings.HasPrefix(rest, "!"), strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, "<!"):
		return "look-around"
	case strings.HasPrefix(rest, ">"):
		return "an atomic group"
	case strings.HasPrefix(rest, "P"):
		return "a group that Java has not"
	}
	flags, _, _ := strings.Cut(rest, ")")
	flags, _, _ = strings.Cut(flags, ":")
	if !strings.HasPrefix(rest, "<") && strings.Trim(flags, "ism-") != "" {
		return "the flags " + flags
	}
	return ""
}
