package lambda

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// plainJSON says that text is surely one JSON value: of ASCII, without a \u escape, and not nested deeper than 64. It is
// a fast path for what nearly every event is; of what it does not take, jsonParser decides. It is one loop over the
// tokens, because it runs for every invocation.
func plainJSON(text []byte) bool {
	var objects uint64 // of the open containers, which are objects; the innermost in the lowest bit
	depth, i := 0, 0
	name := false // the next token is the name of an object's member
	for {
		if i = afterSpace(text, i); i >= len(text) {
			return false
		}
		switch c := text[i]; {
		case c == '"':
			i = afterString(text, i+1)
			if name {
				if i = afterColon(text, i); i < 0 {
					return false
				}
				name = false
				continue
			}
		case name:
			return false
		case c == '{' || c == '[':
			if depth == 64 {
				return false
			}
			depth++
			objects <<= 1
			if c == '{' {
				objects |= 1
			}
			if i = afterSpace(text, i+1); i < len(text) && text[i] != closing(objects) {
				name = c == '{'
				continue
			}
		case c == '-' || '0' <= c && c <= '9':
			i = afterNumber(text, i)
		default:
			i = afterWord(text, i)
		}
		if i < 0 {
			return false
		}
		// A value is over: containers may end, and then another member follows, or nothing.
		for {
			i = afterSpace(text, i)
			if depth == 0 {
				return i == len(text)
			}
			if i >= len(text) {
				return false
			}
			if text[i] != closing(objects) {
				break
			}
			objects >>= 1
			depth--
			i++
		}
		if text[i] != ',' {
			return false
		}
		i++
		name = objects&1 != 0
	}
}

// closing is what ends the innermost container.
func closing(objects uint64) byte {
	if objects&1 != 0 {
		return '}'
	}
	return ']'
}

// afterSpace returns where the next token begins. It is inlined for the usual case that one begins here.
func afterSpace(text []byte, i int) int {
	if uint(i) < uint(len(text)) && text[i] <= ' ' {
		return skipSpace(text, i)
	}
	return i
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// afterString returns where a string whose text begins at i has ended, -1 if it is not plain. It looks at eight bytes at a
// time; the last few of the text are looked at one by one.
func afterString(text []byte, i int) int {
	for len(text)-i > 8 {
		special := jsontext.Specials(binary.LittleEndian.Uint64(text[i:]))
		if special == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(special) / 8
		switch next := text[i : i+2]; {
		case next[0] == '"':
			return i + 1
		case next[0] != '\\' || !isShortEscape(next[1]):
			return -1
		}
		i += 2
	}
	for ; uint(i) < uint(len(text)); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1
		case c < ' ' || c >= utf8.RuneSelf:
			return -1
		case c == '\\':
			if i++; i >= len(text) || !isShortEscape(text[i]) {
				return -1
			}
		}
	}
	return -1
}

// afterColon returns where the colon behind a name that ends at i has ended, -1 if there is none or no name.
func afterColon(text []byte, i int) int {
	if i < 0 {
		return -1
	}
	if i = afterSpace(text, i); i >= len(text) || text[i] != ':' {
		return -1
	}
	return i + 1
}

// isShortEscape says that a backslash and c are an escape. Texts inside of events, such as bodies, are full of them.
func isShortEscape(c byte) bool {
	if c == '"' {
		return true
	}
	switch c {
	case '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	}
	return false
}

// afterNumber returns where a number has ended, -1 if it is not a plain one: an integer, with a fraction perhaps.
func afterNumber(text []byte, i int) int {
	if text[i] == '-' {
		i++
	}
	start := i
	if i = afterDigits(text, i); i == start || i > start+1 && text[start] == '0' {
		return -1
	}
	if i < len(text) && text[i] == '.' {
		start = i + 1
		if i = afterDigits(text, start); i == start {
			return -1
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		return -1
	}
	return i
}

func afterDigits(text []byte, i int) int {
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return i
}

func afterWord(text []byte, i int) int {
	word := "null"
	switch text[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	if len(text)-i < len(word) || string(text[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}
