package kinesis

import (
	"math/bits"
	"strconv"
)

// uint192 is an unsigned number, most significant word first: wide enough for hash keys of 128 bits and sequence
// numbers of 186, both of which the service writes in decimal.
type uint192 [3]uint64

const (
	groupDigits = 19
	group       = 1e19 // the largest power of ten in a word
)

// append appends n in decimal.
func (n uint192) append(b []byte) []byte {
	var groups [4]uint64
	last := 0
	for ; ; last++ {
		var rest uint64
		for i := range n {
			n[i], rest = bits.Div64(rest, n[i], group)
		}
		groups[last] = rest
		if n == (uint192{}) {
			break
		}
	}
	b = strconv.AppendUint(b, groups[last], 10)
	for i := last - 1; i >= 0; i-- {
		b = appendPadded(b, groups[i], groupDigits)
	}
	return b
}

// parseDecimal reads what append writes: digits without sign or leading zeros.
func parseDecimal(s string) (n uint192, ok bool) {
	if s == "" || s[0] == '0' && len(s) > 1 {
		return n, false
	}
	for i := range len(s) {
		digit := uint64(s[i] - '0')
		if s[i] < '0' || digit > 9 {
			return uint192{}, false
		}
		for w := len(n) - 1; w >= 0; w-- {
			high, low := bits.Mul64(n[w], 10)
			low, carry := bits.Add64(low, digit, 0)
			n[w], digit = low, high+carry
		}
		if digit != 0 { // carried out of the top word
			return uint192{}, false
		}
	}
	return n, true
}

// appendPadded appends v in decimal with leading zeros up to width.
func appendPadded(b []byte, v uint64, width int) []byte {
	var digits [20]byte
	s := strconv.AppendUint(digits[:0], v, 10)
	for range width - len(s) {
		b = append(b, '0')
	}
	return append(b, s...)
}
