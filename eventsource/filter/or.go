package filter

// or is the key of a list of alternatives.
const or = "$or"

// or reads a list of at least two objects. Each multiplies the alternatives found so far; fields that follow the list are
// added to all of them.
func (c *compiler) or(i int, parent string) (int, error) {
	start := i
	if c.src[i] != '[' {
		return 0, c.fail(i, "$or needs an array")
	}
	before := c.found
	var found []alternative
	count := 0
	i, more := open(c.src, i, ']', 0)
	for more {
		if c.src[i] != '{' {
			return 0, c.fail(i, "only objects can stand in $or")
		}
		c.found = fork(before)
		end, err := c.object(i, parent, true)
		if err != nil {
			return 0, err
		}
		count++
		if found = append(found, c.found...); len(found) > maxAlternatives {
			return 0, c.fail(start, "$or makes more than %d alternatives", maxAlternatives)
		}
		i, more = next(c.src, end, ']')
	}
	if count < 2 {
		return 0, c.fail(start, "$or needs at least two objects")
	}
	c.found = found
	return i, nil
}

// reservedInOr says whether a name cannot be a field anywhere inside $or: those of operators, of comparisons, and some
// that the service keeps for operators to come.
func reservedInOr(name string) bool {
	switch name {
	case opExactly, opPrefix, opSuffix, opEqualsIgnoreCase, opWildcard, opAnythingBut, opNumeric, opExists, opCIDR,
		"=", "<", "<=", ">", ">=",
		"regex", "not-wildcard", "not-equals-ignore-case",
		"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
		"ip-address-in-range", "ip-address-not-in-range":
		return true
	}
	return false
}
