package push

import "strings"

// filterPattern is a subscription filter's pattern: nothing, which takes all, or terms.
type filterPattern struct {
	all  []string // every one must occur
	any  []string // one must occur, if there are any
	none []string // none may occur
}

// parsePattern reads a pattern; reason names what is not supported.
//
//	(nothing)            every event
//	ERROR "disk full"    those with both
//	ERROR -Exit          with the one and without the other
//	?ERROR ?WARN         with either
func parsePattern(text string) (p filterPattern, reason string) {
	rest := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(rest, "{"):
		return p, "patterns for JSON events ({ $.field … })"
	case strings.HasPrefix(rest, "["):
		return p, "patterns for space-delimited events ([a, b])"
	case strings.Contains(rest, "%"):
		return p, "regular expressions (%…%)"
	}
	for rest != "" {
		list := &p.all
		switch rest[0] {
		case '-':
			list, rest = &p.none, rest[1:]
		case '?':
			list, rest = &p.any, rest[1:]
		}
		var term string
		var ok bool
		if term, rest, ok = cutTerm(rest); !ok {
			return filterPattern{}, "an empty term or an open quote"
		}
		*list = append(*list, term)
		rest = strings.TrimLeft(rest, " \t")
	}
	if len(p.any) > 0 && len(p.all)+len(p.none) > 0 {
		return filterPattern{}, "? together with other terms"
	}
	return p, ""
}

// cutTerm takes the first term: up to a blank, or quoted.
func cutTerm(text string) (term, rest string, ok bool) {
	if quoted, found := strings.CutPrefix(text, `"`); found {
		var b strings.Builder
		for i := 0; i < len(quoted); i++ {
			switch c := quoted[i]; {
			case c == '"':
				return b.String(), quoted[i+1:], b.Len() > 0
			case c == '\\' && i+1 < len(quoted):
				i++
				b.WriteByte(quoted[i])
			default:
				b.WriteByte(c)
			}
		}
		return "", "", false
	}
	end := strings.IndexFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '"' })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], end > 0
}

// matches reports whether an event's message passes. Terms are compared with their case, and anywhere in the message:
// that they need not be whole words is an assumption.
func (p *filterPattern) matches(message string) bool {
	for _, term := range p.all {
		if !strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range p.none {
		if strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range p.any {
		if strings.Contains(message, term) {
			return true
		}
	}
	return len(p.any) == 0
}
