package filter

import "bytes"

// prefix and suffix match strings that start or end so. The empty one matches every string.
type (
	prefix []byte
	suffix []byte
)

func (m prefix) match(v *value) bool { return v.kind == stringKind && bytes.HasPrefix(v.text, m) }
func (m suffix) match(v *value) bool { return v.kind == stringKind && bytes.HasSuffix(v.text, m) }

// prefix reads the operand of {"prefix":"p"} or {"prefix":{"equals-ignore-case":"p"}}.
func (c *compiler) prefix(i int) (matcher, int, error) {
	if at(c.src, i) != '{' {
		s, end, err := c.stringOperand(i)
		return prefix(s), end, err
	}
	s, end, err := c.ignoreCaseOperand(i)
	return foldedPrefix(fold(s)), end, err
}

// suffix reads the operand of {"suffix":"s"} or {"suffix":{"equals-ignore-case":"s"}}.
func (c *compiler) suffix(i int) (matcher, int, error) {
	if at(c.src, i) != '{' {
		s, end, err := c.stringOperand(i)
		return suffix(s), end, err
	}
	s, end, err := c.ignoreCaseOperand(i)
	return foldedSuffix(fold(s)), end, err
}

// ignoreCaseOperand reads {"equals-ignore-case":"s"} in the place of an operand.
func (c *compiler) ignoreCaseOperand(i int) (s string, end int, err error) {
	if c.options.Strict {
		return "", 0, c.fail(i, "must be a string")
	}
	end, err = c.single(i, func(name string, at, operand int) (end int, err error) {
		if name != opEqualsIgnoreCase {
			return 0, c.fail(at, "unsupported operator %q inside prefix or suffix", name)
		}
		s, end, err = c.stringOperand(operand)
		return end, err
	})
	return s, end, err
}
