package filter

import (
	"strconv"
	"strings"
)

// addresses matches strings that are IP addresses in a range.
type addresses struct{ low, high ip }

func (m *addresses) match(v *value) bool {
	if v.kind != stringKind {
		return false
	}
	a, ok := parseIP(v.text)
	return ok && a.v4 == m.low.v4 && !a.less(m.low) && !m.high.less(a)
}

// cidr reads the operand of {"cidr":"address/bits"}. Blocks of a single address are refused, as the service does.
func (c *compiler) cidr(i int) (matcher, int, error) {
	s, end, err := c.stringOperand(i)
	if err != nil {
		return nil, 0, err
	}
	address, mask, ok := strings.Cut(strings.TrimRight(s, "/"), "/") // the service overlooks slashes at the end
	if !ok {
		return nil, 0, c.fail(i, "CIDR block %q has no mask", s)
	}
	a, ok := parseIP([]byte(address))
	if !ok {
		return nil, 0, c.fail(i, "CIDR block %q does not start with an IP address", s)
	}
	size := 128
	if a.v4 {
		size = 32
	}
	fixed, err := strconv.Atoi(mask)
	if err != nil || fixed < 0 || fixed >= size {
		return nil, 0, c.fail(i, "the mask of CIDR block %q must be a number below %d", s, size)
	}
	return block(a, size-fixed), end, nil
}

// block is the range of addresses that agree with a in all but the last bits.
func block(a ip, bits int) *addresses {
	low, high := a, a
	mask := ^uint64(0)
	if bits < 64 {
		mask = 1<<bits - 1
	}
	low.low &^= mask
	high.low |= mask
	if bits > 64 {
		mask = 1<<(bits-64) - 1
		low.high &^= mask
		high.high |= mask
	}
	return &addresses{low: low, high: high}
}
