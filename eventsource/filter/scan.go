package filter

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions of this file move over JSON text without decoding it. Each takes the index at which it starts and
// returns the index behind what it read, or, if the text is not JSON, the bitwise complement of the index at which that
// shows, which is negative.

// maxDepth is how deeply arrays and objects may nest. Deeper text counts as invalid, which bounds the recursion; the
// limit is the one that the service's JSON parser has.
const maxDepth = 1000

// at is b[i], or zero, which no rule of JSON accepts, behind the end.
func at(b []byte, i int) byte {
	if uint(i) < uint(len(b)) {
		return b[i]
	}
	return 0
}

// space is where white space ends.
func space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && whiteSpace>>b[i]&1 != 0 {
		i++
	}
	return i
}

const whiteSpace uint64 = 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r'

const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
)

// unusual marks, in the high bit of each of eight bytes, those that need a look inside a string: quotes, backslashes,
// control characters and whatever is not ASCII. Bytes above the lowest marked one may be marked wrongly.
func unusual(x uint64) uint64 {
	quote := x ^ eachByte*'"'
	slash := x ^ eachByte*'\\'
	return (x | (x - eachByte*' ') | (quote - eachByte) | (slash - eachByte)) & highBits
}

// stringEnd returns the index of the quote that closes the string whose content starts at i, and whether the content
// has escapes.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	for j := i; j+8 <= len(b); j += 8 {
		if m := unusual(binary.LittleEndian.Uint64(b[j:])); m != 0 {
			j += bits.TrailingZeros64(m) >> 3
			if b[j] == '"' {
				return j, false
			}
			return unusualEnd(b, i, j)
		}
	}
	return unusualEnd(b, i, i)
}

// unusualEnd is stringEnd for strings that have more than plain ASCII, or lie at the end of the text. Up to from, the
// content is plain.
func unusualEnd(b []byte, start, from int) (end int, escaped bool) {
	wide := false
	for i := from; ; {
		i = nextUnusual(b, i)
		switch c := at(b, i); {
		case c == '"':
			if wide && !utf8.Valid(b[start:i]) {
				return ^start, false
			}
			return i, escaped
		case c == '\\':
			n := escapeLen(b[i:])
			if n == 0 {
				return ^i, false
			}
			escaped = true
			i += n
		case c >= utf8.RuneSelf:
			wide = true
			for at(b, i) >= utf8.RuneSelf {
				i++
			}
		default: // a control character, or the text ends
			return ^i, false
		}
	}
}

// nextUnusual finds the next byte that needs a look inside a string.
func nextUnusual(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := unusual(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// escapeLen is the length of the escape that b starts with, or 0.
func escapeLen(b []byte) int {
	switch at(b, 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if hex4(b[2:]) >= 0 {
			return 6
		}
	}
	return 0
}

// hex4 is the number that the four hexadecimal digits at the start of b write, or -1.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		d := hexDigit(c)
		if d < 0 {
			return -1
		}
		r = r<<4 | rune(d)
	}
	return r
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// unescape appends the decoded content of a string to dst. A surrogate without its other half becomes U+FFFD.
func unescape(dst, content []byte) []byte {
	for i := 0; i < len(content); {
		c := content[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		switch c = content[i+1]; c {
		case 'u':
			r := hex4(content[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				r, i = pair(r, content, i)
			}
			dst = utf8.AppendRune(dst, r)
			continue
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		}
		dst = append(dst, c)
		i += 2
	}
	return dst
}

// pair joins the surrogate high with the escape at i, if that is its other half.
func pair(high rune, content []byte, i int) (rune, int) {
	if at(content, i) == '\\' && at(content, i+1) == 'u' {
		if r := utf16.DecodeRune(high, hex4(content[i+2:])); r != utf8.RuneError {
			return r, i + 6
		}
	}
	return utf8.RuneError, i
}

func numberEnd(b []byte, i int) int {
	if at(b, i) == '-' {
		i++
	}
	switch c := at(b, i); {
	case c == '0':
		i++
	case '1' <= c && c <= '9':
		i = digitsEnd(b, i)
	default:
		return ^i
	}
	if at(b, i) == '.' {
		j := digitsEnd(b, i+1)
		if j == i+1 {
			return ^j
		}
		i = j
	}
	if at(b, i)|0x20 != 'e' {
		return i
	}
	i++
	if c := at(b, i); c == '+' || c == '-' {
		i++
	}
	j := digitsEnd(b, i)
	if j == i {
		return ^j
	}
	return j
}

func digitsEnd(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// wordEnd reads null, true or false.
func wordEnd(b []byte, i int) int {
	for _, word := range [...]string{"null", "true", "false"} {
		if len(b)-i >= len(word) && string(b[i:i+len(word)]) == word {
			return i + len(word)
		}
	}
	return ^i
}

// plainEnd reads a number or a word.
func plainEnd(b []byte, i int) int {
	if c := at(b, i); c == '-' || c-'0' <= 9 {
		return numberEnd(b, i)
	}
	return wordEnd(b, i)
}

// skip reads any value, at the given depth of nesting.
func skip(b []byte, i, depth int) int {
	switch at(b, i) {
	case '"':
		end, _ := stringEnd(b, i+1)
		if end < 0 {
			return end
		}
		return end + 1
	case '{':
		return skipObject(b, i, depth)
	case '[':
		return skipArray(b, i, depth)
	default:
		return plainEnd(b, i)
	}
}

func skipObject(b []byte, i, depth int) int {
	i, more := open(b, i, '}', depth)
	for more {
		_, value, _ := memberKey(b, i)
		if value < 0 {
			return value
		}
		if i = skip(b, value, depth+1); i < 0 {
			return i
		}
		i, more = next(b, i, '}')
	}
	return i
}

func skipArray(b []byte, i, depth int) int {
	i, more := open(b, i, ']', depth)
	for more {
		if i = skip(b, i, depth+1); i < 0 {
			return i
		}
		i, more = next(b, i, ']')
	}
	return i
}

// open enters the array or object at i. It reports whether there is a first element or member, and where.
func open(b []byte, i int, closer byte, depth int) (int, bool) {
	if depth >= maxDepth {
		return ^i, false
	}
	i = space(b, i+1)
	if at(b, i) == closer {
		return i + 1, false
	}
	return i, true
}

// next goes on behind an element or member. It reports whether another one follows, and where.
func next(b []byte, i int, closer byte) (int, bool) {
	i = space(b, i)
	switch at(b, i) {
	case ',':
		return space(b, i+1), true
	case closer:
		return i + 1, false
	}
	return ^i, false
}

// memberKey reads an object's key, whose opening quote is at i, and the colon. The key's content is b[i+1:end], and the
// member's value starts at value.
func memberKey(b []byte, i int) (end, value int, escaped bool) {
	if at(b, i) != '"' {
		return 0, ^i, false
	}
	end, escaped = stringEnd(b, i+1)
	if end < 0 {
		return 0, end, false
	}
	i = space(b, end+1)
	if at(b, i) != ':' {
		return 0, ^i, false
	}
	return end, space(b, i+1), escaped
}

// document reads a whole text: one value and nothing but white space around it.
func document(b []byte) int {
	i := skip(b, space(b, 0), 0)
	if i < 0 {
		return i
	}
	if i = space(b, i); i < len(b) {
		return ^i
	}
	return i
}
