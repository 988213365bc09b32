// Package jsontext writes JSON strings as the services do.
package jsontext

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// AppendString appends s as a JSON string, escaping what JSON demands and nothing else: the service's JSON has
// neither encoding/json's \u003c for "<" nor its \u2028. Bytes that are no UTF-8 become U+FFFD.
func AppendString[T string | []byte](b []byte, s T) []byte {
	return append(AppendEscaped(append(b, '"'), s), '"')
}

// AppendEscaped is [AppendString] without the quotes.
func AppendEscaped[T string | []byte](b []byte, s T) []byte {
	b = slices.Grow(b, len(s)+len(s)/8)
	for len(s) > 0 {
		if len(s) >= 8 && cap(b)-len(b) >= 8 {
			eight := word(s)
			special := Specials(eight)
			if special == 0 {
				n := PlainLen(s)
				b, s = append(b, s[:n]...), s[n:]
				continue
			}
			// A few bytes are not worth a copy: all eight are written, and what is not plain is written over.
			binary.LittleEndian.PutUint64(b[len(b):len(b)+8], eight)
			plain := bits.TrailingZeros64(special) / 8
			b, s = b[:len(b)+plain], s[plain:]
			if c := s[0]; c == '"' || c == '\\' { // of texts inside of texts, nearly all
				b, s = append(b, '\\', c), s[1:]
				continue
			}
		}
		n := 0
		for n < len(s) && isPlain(s[n]) {
			n++
		}
		b, s = append(b, s[:n]...), s[n:]
		if len(s) > 0 {
			b, n = appendNext(b, s)
			s = s[n:]
		}
	}
	return b
}

// isPlain says that a byte is ASCII that stands for itself in a JSON string.
func isPlain(c byte) bool { return ' ' <= c && c < utf8.RuneSelf && c != '"' && c != '\\' }

// appendNext appends what stands for the first character of s, which is not plain, and says how long that is in s.
func appendNext[T string | []byte](b []byte, s T) ([]byte, int) {
	if s[0] < utf8.RuneSelf {
		return appendEscape(b, s[0]), 1
	}
	r, size := utf8.DecodeRuneInString(string(s[:min(utf8.UTFMax, len(s))]))
	return utf8.AppendRune(b, r), size
}

// PlainLen is how many bytes at the beginning of s surely are ASCII that stands for itself in a JSON string. It looks at
// eight bytes at a time, since most texts are long and plain, and not at what is left in the end.
func PlainLen[T string | []byte](s T) int {
	rest := s
	for len(rest) >= 8 { // cut at the front, so that no index needs a check
		if special := Specials(word(rest)); special != 0 {
			return len(s) - len(rest) + bits.TrailingZeros64(special)/8
		}
		rest = rest[8:]
	}
	return len(s) - len(rest)
}

// word is the first eight bytes of s, of which there must be so many, the first one lowest.
func word[T string | []byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Specials has a bit set in the first of eight bytes that does not stand for itself in a JSON string, and none before
// it. Subtracting borrows from the high bit of a byte that is zero, or less than a space; a borrow may go on to the
// bytes behind, so that the first bit alone is to be trusted.
func Specials(eight uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, backslash := eight^ones*'"', eight^ones*'\\'
	return (eight | (quote - ones) | (backslash - ones) | (eight - ones*' ')) & highs
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
