package filter

import "math"

// numeric matches numbers in a range. Numbers that cannot be compared by value are in none.
type numeric struct {
	low, high         float64
	openLow, openHigh bool
}

func (m *numeric) match(v *value) bool {
	if v.kind != numberKind {
		return false
	}
	f, ok := v.float()
	return ok && (f > m.low || f == m.low && !m.openLow) && (f < m.high || f == m.high && !m.openHigh)
}

// numeric reads the operand of {"numeric":[operator,number]} or, with a lower bound first, of
// {"numeric":[operator,number,operator,number]}.
func (c *compiler) numeric(i int) (matcher, int, error) {
	if at(c.src, i) != '[' {
		return nil, 0, c.fail(i, "numeric needs an array")
	}
	m := &numeric{low: -math.MaxFloat64, high: math.MaxFloat64}
	start := i
	op, f, i, more, err := c.comparison(space(c.src, i+1))
	if err != nil {
		return nil, 0, err
	}
	if op == "=" {
		m.low, m.high = f, f
		return m, i, c.endOfNumeric(i, more)
	}
	if op == ">" || op == ">=" {
		m.low, m.openLow = f, op == ">"
		if more {
			at := i
			if op, f, i, more, err = c.comparison(i); err != nil {
				return nil, 0, err
			}
			if op != "<" && op != "<=" {
				return nil, 0, c.fail(at, "a numeric range ends with < or <=, not with %q", op)
			}
		}
	}
	if op == "<" || op == "<=" {
		m.high, m.openHigh = f, op == "<"
	}
	if m.low >= m.high {
		return nil, 0, c.fail(start, "the lower bound of a numeric range must be less than the upper one")
	}
	return m, i, c.endOfNumeric(i, more)
}

func (c *compiler) endOfNumeric(i int, more bool) error {
	if more {
		return c.fail(i, "too many elements in numeric")
	}
	return nil
}

// comparison reads an operator and its number.
func (c *compiler) comparison(i int) (op string, f float64, end int, more bool, err error) {
	start := i
	if op, i, err = c.stringOperand(i); err != nil {
		return op, 0, 0, false, err
	}
	switch op {
	case "=", "<", "<=", ">", ">=":
	default:
		return op, 0, 0, false, c.fail(start, "unknown numeric operator %q", op)
	}
	if i, more = next(c.src, i, ']'); !more {
		return op, 0, 0, false, c.fail(i-1, "numeric operator %q needs a number", op)
	}
	if f, end, err = c.numberOperand(i); err != nil {
		return op, 0, 0, false, err
	}
	end, more = next(c.src, end, ']')
	return op, f, end, more, nil
}

// numberOperand reads a number that can be compared by value.
func (c *compiler) numberOperand(i int) (float64, int, error) {
	if b := at(c.src, i); b != '-' && b-'0' > 9 {
		return 0, 0, c.fail(i, "must be a number")
	}
	end := numberEnd(c.src, i)
	f, ok := comparable(c.src[i:end])
	if !ok {
		return 0, 0, c.fail(i, "%s has more digits or is larger than can be compared", c.src[i:end])
	}
	return f, end, nil
}
