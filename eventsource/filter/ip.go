package filter

// ip is an address as a number. An IPv4 address and the IPv6 address that it is mapped to are the same.
type ip struct {
	high, low uint64
	v4        bool
}

// less orders addresses of one family.
func (a ip) less(b ip) bool {
	return a.high < b.high || a.high == b.high && a.low < b.low
}

// parseIP reads an address in the forms that patterns know: IPv4 as four decimal numbers, where leading zeros do not
// count, and IPv6 in hexadecimal groups. A zone and an IPv6 address that ends in decimal numbers make it plain text.
func parseIP(s []byte) (ip, bool) {
	for _, c := range s {
		switch {
		case c == '.':
			return parseIPv4(s)
		case c == ':':
			return parseIPv6(s)
		case hexDigit(c) < 0:
			return ip{}, false
		}
	}
	return ip{}, false
}

func parseIPv4(s []byte) (a ip, ok bool) {
	if len(s) > len("255.255.255.255") {
		return a, false
	}
	parts, n, digits := uint64(0), uint64(0), 0
	for i := 0; i <= len(s); i++ {
		switch c := at(s, i); {
		case i < len(s) && c-'0' <= 9:
			n = n*10 + uint64(c-'0')
			digits++
		case i < len(s) && c != '.', digits == 0, n > 255:
			return a, false
		default:
			a.low = a.low<<8 | n
			parts++
			n, digits = 0, 0
		}
	}
	a.v4 = true
	return a, parts == 4
}

func parseIPv6(s []byte) (ip, bool) {
	var groups [8]uint64
	n, gap := 0, -1
	i := 0
	if at(s, 0) == ':' {
		if i = 1; at(s, 1) != ':' {
			return ip{}, false
		}
	}
	for i < len(s) {
		if s[i] == ':' { // the second colon of ::
			if gap >= 0 {
				return ip{}, false
			}
			gap = n
			i++
			continue
		}
		group, end := hexGroup(s, i)
		if end < 0 || n == len(groups) {
			return ip{}, false
		}
		groups[n] = group
		n++
		if i = end; i < len(s) {
			if i++; i == len(s) { // a single colon at the end
				return ip{}, false
			}
		}
	}
	return assemble(groups, n, gap)
}

// hexGroup reads one group and returns the index of the colon behind it, or of the end.
func hexGroup(s []byte, i int) (group uint64, end int) {
	for ; i < len(s) && s[i] != ':'; i++ {
		d := hexDigit(s[i])
		if d < 0 {
			return 0, -1
		}
		if group = group<<4 | uint64(d); group > 0xffff {
			return 0, -1
		}
	}
	return group, i
}

// assemble fills the gap that :: left before group number gap, and recognises mapped IPv4 addresses.
func assemble(groups [8]uint64, n, gap int) (a ip, ok bool) {
	if gap >= 0 && n < len(groups) {
		tail := n - gap
		copy(groups[len(groups)-tail:], groups[gap:n])
		clear(groups[gap : len(groups)-tail])
	} else if gap >= 0 || n < len(groups) {
		return a, false
	}
	for i := range 4 {
		a.high = a.high<<16 | groups[i]
		a.low = a.low<<16 | groups[4+i]
	}
	if a.high == 0 && a.low>>32 == 0xffff {
		return ip{low: a.low & 0xffffffff, v4: true}, true
	}
	return a, true
}
