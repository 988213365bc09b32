package filter

import "strconv"

// exactDouble reads the literal of a JSON number. It returns the double nearest to it, and whether the service compares
// it by value: only if that double, written in as few digits as tell it from its neighbours, is the same number again.
// All numbers of up to 15 significant digits are (0.1, 300, 3e2, 4.50); 9007199254740993 and 1e400 are not, and match
// nothing but the same literal.
func exactDouble(literal []byte) (float64, bool) {
	d, ok := parseDecimal(literal)
	if !ok {
		return 0, false
	}
	f, ok := d.float()
	if d.negative {
		f = -f
	}
	return f, ok
}

// decimal is a number of at most 17 significant digits, the most that any double needs: digits × 10^exponent, where
// digits does not end in 0 unless it is 0, and has count digits.
type decimal struct {
	digits   uint64
	count    int
	exponent int
	negative bool
}

const (
	maxDigits   = 17
	maxExponent = 1 << 20 // far beyond any double, so that a clamped exponent decides nothing
)

// parseDecimal reads a literal that numberEnd has accepted. It fails if there are too many digits.
func parseDecimal(literal []byte) (d decimal, ok bool) {
	fraction, zeros := 0, 0 // digits behind the point; zeros that may turn out to be the last digits
	point := 0
	for i, c := range literal {
		switch {
		case c == '-':
			d.negative = true
		case c == '.':
			point = 1
		case c|0x20 == 'e':
			d.exponent = exponent(literal[i+1:])
			return d.scaled(zeros - fraction), true
		case c == '0':
			fraction += point
			if d.count > 0 {
				zeros++
			}
		default:
			fraction += point
			if d.count+zeros+1 > maxDigits {
				return d, false
			}
			for ; zeros > 0; zeros-- {
				d.digits *= 10
				d.count++
			}
			d.digits = d.digits*10 + uint64(c-'0')
			d.count++
		}
	}
	return d.scaled(zeros - fraction), true
}

// scaled multiplies by 10^n. Zero has one form only, without a sign.
func (d decimal) scaled(n int) decimal {
	if d.digits == 0 {
		return decimal{}
	}
	d.exponent += n
	return d
}

func exponent(b []byte) int {
	e, sign := 0, 1
	for _, c := range b {
		switch {
		case c == '-':
			sign = -1
		case c != '+' && e < maxExponent:
			e = e*10 + int(c-'0')
		}
	}
	return e * sign
}

// powers of ten that a double holds exactly
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
	1e18, 1e19, 1e20, 1e21, 1e22}

// float is the nearest double, without the sign, and whether its shortest form is d again.
func (d decimal) float() (float64, bool) {
	if d.count <= 15 && -len(tens) < d.exponent && d.exponent < len(tens) {
		// Both operands are exact, so the one rounding is to the nearest double, and 15 digits always come back.
		if d.exponent < 0 {
			return float64(d.digits) / tens[-d.exponent], true
		}
		return float64(d.digits) * tens[d.exponent], true
	}
	if d.beyondDoubles() {
		return 0, false
	}
	var room [48]byte
	text := strconv.AppendUint(room[:0], d.digits, 10)
	text = append(text, 'e')
	text = strconv.AppendInt(text, int64(d.exponent), 10)
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || f == 0 {
		return 0, false
	}
	shortest, ok := parseDecimal(strconv.AppendFloat(room[:0], f, 'e', -1, 64))
	return f, ok && shortest == decimal{digits: d.digits, count: d.count, exponent: d.exponent}
}

// beyondDoubles says whether the number is larger than the largest double, 17976931348623157e292, in 17 digits, or so
// small that its double is zero.
func (d decimal) beyondDoubles() bool {
	digits := d.digits
	for n := d.count; n < maxDigits; n++ {
		digits *= 10
	}
	exponent := d.exponent + d.count - maxDigits
	return exponent > 292 || exponent == 292 && digits > 17976931348623157 || exponent < -345
}
