package dynamodb

import (
	"cmp"
	"strconv"
	"strings"
)

// number is a DynamoDB number: up to 38 significant digits, from 1E-130 to 9.99…E+125 and below zero alike.
type number struct {
	negative bool
	digits   string // significant ones, without zeros at either end; "" is zero
	exponent int    // power of ten of the first digit
}

// The bounds of a number.
const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

// parseNumber reads a number as DynamoDB does: sign, digits with a decimal point, exponent. It refuses with
// DynamoDB's texts.
func parseNumber(s string) (number, error) {
	if s == "" {
		return number{}, ErrValidation.because("The parameter cannot be converted to a numeric value")
	}
	n, ok := scanNumber(s)
	if !ok {
		return number{}, ErrValidation.because("The parameter cannot be converted to a numeric value: %s", s)
	}
	if err := n.check(); err != nil {
		return number{}, err
	}
	if n.digits == "" {
		return number{}, nil
	}
	return n, nil
}

// scanNumber reads any decimal number whose exponent fits 64 bits. A zero keeps its sign and has the exponent that it
// is written with, by which its range is checked.
func scanNumber(s string) (n number, ok bool) {
	if n.negative = s[0] == '-'; n.negative || s[0] == '+' {
		s = s[1:]
	}
	exponent := int64(0)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.ParseInt(s[i+1:], 10, 64)
		if err != nil {
			return n, false
		}
		const far = 1 << 30 // beyond any range, and yet to be added to
		s, exponent = s[:i], min(max(e, -far), far)
	}
	whole, fraction, _ := strings.Cut(s, ".")
	all := whole + fraction
	n.digits = strings.TrimLeft(all, "0")
	n.exponent = int(exponent) - len(fraction)
	if n.digits != "" {
		n.exponent += len(n.digits) - 1
		n.digits = strings.TrimRight(n.digits, "0")
	}
	return n, isDigits(all)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (n number) check() error {
	switch {
	case n.exponent > maxExponent:
		return ErrValidation.because("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case n.exponent < minExponent:
		return ErrValidation.because("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	case len(n.digits) > maxDigits:
		return ErrValidation.because("Attempting to store more than 38 significant digits in a Number")
	}
	return nil
}

// append appends the number as DynamoDB shows it: without exponent, and without zeros that do not count.
func (n number) append(b []byte) []byte {
	if n.negative {
		b = append(b, '-')
	}
	switch whole := n.exponent + 1; {
	case n.digits == "":
		return append(b, '0')
	case whole <= 0:
		b = append(b, "0."...)
		b = appendZeros(b, -whole)
		return append(b, n.digits...)
	case whole >= len(n.digits):
		b = append(b, n.digits...)
		return appendZeros(b, whole-len(n.digits))
	default:
		b = append(b, n.digits[:whole]...)
		b = append(b, '.')
		return append(b, n.digits[whole:]...)
	}
}

func appendZeros(b []byte, n int) []byte {
	for range n {
		b = append(b, '0')
	}
	return b
}

func (n number) compare(o number) int {
	if n.negative != o.negative || n.digits == "" || o.digits == "" {
		return cmp.Compare(n.sign(), o.sign())
	}
	c := cmp.Compare(n.exponent, o.exponent)
	if c == 0 {
		c = strings.Compare(n.digits, o.digits)
	}
	return c * n.sign()
}

func (n number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.negative:
		return -1
	}
	return 1
}

// size is what a number counts in an item's size. The documentation says about one byte for two significant digits and
// one more; this is the exact form of it: digits are stored in pairs that are aligned to the decimal point, and a
// negative number has one byte more. Zero has no digits.
func (n number) size() int {
	if n.digits == "" {
		return 1
	}
	last := n.exponent - len(n.digits) + 1
	size := 1 + (n.exponent >> 1) - (last >> 1) + 1 // a shift rounds down, below zero too
	if n.negative {
		size++
	}
	return min(size, 21)
}
