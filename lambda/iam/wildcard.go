package iam

import (
	"strings"
	"unicode/utf8"
)

// matches reports whether text matches a pattern in which * is any run of characters, also none, and ? is one.
//
// What stands between two stars is looked for at its leftmost place, and never again: the time is linear in the length
// of the text, times the length of those parts that have a question mark.
func matches(pattern, text string) bool {
	part, pattern, starred := strings.Cut(pattern, "*")
	text, ok := cutPart(text, part)
	if !starred {
		return ok && text == ""
	}
	for ok {
		if part, pattern, starred = strings.Cut(pattern, "*"); !starred {
			return endsIn(text, part)
		}
		text, ok = cutThrough(text, part)
	}
	return false
}

// cutPart takes a part off the beginning of text.
func cutPart(text, part string) (rest string, ok bool) {
	for {
		literal, next, question := strings.Cut(part, "?")
		if text, ok = strings.CutPrefix(text, literal); !ok || !question {
			return text, ok
		}
		if text == "" {
			return "", false
		}
		_, size := utf8.DecodeRuneInString(text)
		text, part = text[size:], next
	}
}

// cutThrough takes all through the first occurrence of a part off the beginning of text.
func cutThrough(text, part string) (rest string, ok bool) {
	if !strings.Contains(part, "?") {
		_, rest, ok = strings.Cut(text, part)
		return rest, ok
	}
	for i := range text {
		if rest, ok = cutPart(text[i:], part); ok {
			return rest, true
		}
	}
	return "", false
}

// endsIn reports whether text ends in a part.
func endsIn(text, part string) bool {
	if !strings.Contains(part, "?") {
		return strings.HasSuffix(text, part)
	}
	start := len(text)
	for range utf8.RuneCountInString(part) {
		_, size := utf8.DecodeLastRuneInString(text[:start])
		start -= size
	}
	rest, ok := cutPart(text[start:], part)
	return ok && rest == ""
}

// matchesAction is matches in either case.
func matchesAction(pattern, action string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return strings.EqualFold(pattern, action)
	}
	return matches(strings.ToLower(pattern), strings.ToLower(action))
}
