package httpevent

import (
	"bytes"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// maxDepth is how deep a result may be nested: as deep as package json allows.
const maxDepth = 10000

// The skip functions return the index after what begins at i, or -1 if nothing well-formed does. skipSpace never
// fails.

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

func skipValue(text []byte, i, depth int) int {
	if i >= len(text) {
		return -1
	}
	switch c := text[i]; {
	case c == '"':
		return skipString(text, i)
	case c == '{':
		return skipContainer(text, i, depth, '}', skipMember)
	case c == '[':
		return skipContainer(text, i, depth, ']', skipValue)
	case c == 't':
		return skipWord(text, i, "true")
	case c == 'f':
		return skipWord(text, i, "false")
	case c == 'n':
		return skipWord(text, i, "null")
	}
	return skipNumber(text, i)
}

func skipContainer(text []byte, i, depth int, end byte, skip func([]byte, int, int) int) int {
	if i = skipSpace(text, i+1); i < len(text) && text[i] == end && depth < maxDepth {
		return i + 1
	}
	for depth < maxDepth {
		if i = skip(text, i, depth+1); i < 0 {
			return -1
		}
		i = skipSpace(text, i)
		switch {
		case i >= len(text):
			return -1
		case text[i] == end:
			return i + 1
		case text[i] != ',':
			return -1
		}
		i = skipSpace(text, i+1)
	}
	return -1
}

func skipMember(text []byte, i, depth int) int {
	if i >= len(text) || text[i] != '"' {
		return -1
	}
	if i = skipString(text, i); i < 0 {
		return -1
	}
	if i = skipSpace(text, i); i >= len(text) || text[i] != ':' {
		return -1
	}
	return skipValue(text, skipSpace(text, i+1), depth)
}

func skipString(text []byte, i int) int {
	for i += 1 + jsontext.PlainLen(text[i+1:]); i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			n := escapeLen(text[i+1:])
			if n == 0 {
				return -1
			}
			i += n
			i += jsontext.PlainLen(text[i+1:])
		}
	}
	return -1
}

// endOfString is skipString for a string that is known to be well-formed.
func endOfString(text []byte, i int) int {
	for start := i + 1; ; {
		i = start + bytes.IndexByte(text[start:], '"')
		escapes := 0
		for text[i-1-escapes] == '\\' {
			escapes++
		}
		if start = i + 1; escapes%2 == 0 {
			return start
		}
	}
}

// endOfValue is skipValue for a value that is known to be well-formed.
func endOfValue(text []byte, i int) int {
	if text[i] == '"' {
		return endOfString(text, i)
	}
	return skipValue(text, i, 0)
}

// escapeLen is how many bytes after a backslash belong to the escape, 0 if it is none.
func escapeLen(rest []byte) int {
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(rest) >= 5 && isHex(rest[1]) && isHex(rest[2]) && isHex(rest[3]) && isHex(rest[4]) {
			return 5
		}
	}
	return 0
}

func skipWord(text []byte, i int, word string) int {
	if len(text)-i < len(word) || string(text[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func skipNumber(text []byte, i int) int {
	if text[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(text, i); i == start || text[start] == '0' && i > start+1 {
		return -1
	}
	if i < len(text) && text[i] == '.' {
		start = i + 1
		if i = skipDigits(text, start); i == start {
			return -1
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(text, i); i == start {
			return -1
		}
	}
	return i
}

func skipDigits(text []byte, i int) int {
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return i
}
