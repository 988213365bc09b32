// Package jsontext writes JSON strings as the services do.
package jsontext

import (
	"math/bits"
	"unicode/utf8"
)

// AppendString appends s as a JSON string, escaping what JSON demands and nothing else: the service's JSON has
// neither encoding/json's \u003c for "<" nor its \u2028. Bytes that are no UTF-8 become U+FFFD.
func AppendString[T string | []byte](b []byte, s T) []byte {
	return append(AppendEscaped(append(b, '"'), s), '"')
}

// AppendEscaped is [AppendString] without the quotes.
func AppendEscaped[T string | []byte](b []byte, s T) []byte {
	start := 0
	for i := PlainLen(s); i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			b = appendEscape(b, c)
			i++
			start = i
			i += PlainLen(s[i:])
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = utf8.AppendRune(b, utf8.RuneError)
			start = i + 1
		}
		i += size
	}
	return append(b, s[start:]...)
}

// PlainLen is how many bytes at the beginning of s surely are ASCII that stands for itself in a JSON string. It looks at
// eight bytes at a time, since most texts are long and plain, and not at what is left in the end.
func PlainLen[T string | []byte](s T) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	rest := s
	for len(rest) >= 8 { // cut at the front, so that no index needs a check
		x := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		quote, backslash := x^ones*'"', x^ones*'\\'
		// Subtracting borrows from the high bit of a byte that is zero, or less than a space. A borrow may go on to the
		// bytes behind, so that the first bit alone is to be trusted.
		if special := (x | (quote - ones) | (backslash - ones) | (x - ones*' ')) & highs; special != 0 {
			return len(s) - len(rest) + bits.TrailingZeros64(special)/8
		}
		rest = rest[8:]
	}
	return len(s) - len(rest)
}

// appendEscape appends the escape of a quote, a backslash or a control character.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	const digits = "0123456789ABCDEF"
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}
