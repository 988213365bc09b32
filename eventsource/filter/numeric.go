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

// bound is an operator and a number, at an index of the pattern.
type bound struct {
	op    string
	value float64
	at    int
}

func (b bound) lower() bool { return b.op[0] == '>' }
func (b bound) upper() bool { return b.op[0] == '<' }

// numeric reads the operand of {"numeric":[operator,number]} or, with a lower bound first, of
// {"numeric":[operator,number,operator,number]}. The bounds must leave room for more than one number.
func (c *compiler) numeric(i int) (matcher, int, error) {
	bounds, end, err := c.bounds(i)
	if err != nil {
		return nil, 0, err
	}
	m := &numeric{low: -math.MaxFloat64, high: math.MaxFloat64}
	for n, b := range bounds {
		if n > 1 || n == 1 && !(bounds[0].lower() && b.upper()) {
			return nil, 0, c.fail(b.at, "in numeric only an upper bound can follow, and only a lower one")
		}
		switch b.op {
		case "<", "<=":
			m.high, m.openHigh = b.value, b.op == "<"
		case ">", ">=":
			m.low, m.openLow = b.value, b.op == ">"
		default:
			m.low, m.high = b.value, b.value
		}
	}
	if bounds[0].op != "=" && m.low >= m.high {
		return nil, 0, c.fail(i, "the lower bound of a numeric range must be less than the upper one")
	}
	return m, end, nil
}

// bounds reads an array of operators, each with its number.
func (c *compiler) bounds(i int) (bounds []bound, end int, err error) {
	if at(c.src, i) != '[' {
		return nil, 0, c.fail(i, "numeric needs an array")
	}
	start := i
	i, more := open(c.src, i, ']', 0)
	if !more {
		return nil, 0, c.fail(start, "empty array")
	}
	for more {
		b := bound{at: i}
		if b.op, i, err = c.stringOperand(i); err != nil {
			return nil, 0, err
		}
		switch b.op {
		case "=", "<", "<=", ">", ">=":
		default:
			return nil, 0, c.fail(b.at, "unknown numeric operator %q", b.op)
		}
		if i, more = next(c.src, i, ']'); !more {
			return nil, 0, c.fail(b.at, "numeric operator %q needs a number", b.op)
		}
		if b.value, i, err = c.numberOperand(i); err != nil {
			return nil, 0, err
		}
		bounds = append(bounds, b)
		i, more = next(c.src, i, ']')
	}
	return bounds, i, nil
}

// numberOperand reads a number that can be compared by value.
func (c *compiler) numberOperand(i int) (float64, int, error) {
	if b := at(c.src, i); b != '-' && b-'0' > 9 {
		return 0, 0, c.fail(i, "must be a number")
	}
	end := numberEnd(c.src, i)
	f, ok := exactDouble(c.src[i:end])
	if !ok {
		return 0, 0, c.fail(i, "%s has more digits or is larger than can be compared", c.src[i:end])
	}
	return f, end, nil
}
