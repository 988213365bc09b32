package filter

// anythingBut matches a leaf that none of a list matches. What is of another type than the list does match.
type anythingBut []matcher

func (m anythingBut) match(v *value) bool { return !anyMatches(m, v) }

// anythingBut reads the operand of {"anything-but":…}: a string or a number, a list of one of them, or an operator with
// a string or a list of strings.
func (c *compiler) anythingBut(i int) (matcher, int, error) {
	if at(c.src, i) != '{' {
		return c.anythingButValues(i)
	}
	if c.options.Strict {
		return nil, 0, c.fail(i, "anything-but needs a string, a number or a list")
	}
	var none anythingBut
	end, err := c.single(i, func(name string, at, operand int) (end int, err error) {
		none, end, err = c.anythingButOperator(name, at, operand)
		return end, err
	})
	return none, end, err
}

// anythingButValues reads strings or numbers, one or a list of one kind.
func (c *compiler) anythingButValues(i int) (matcher, int, error) {
	texts := &exactStrings{}
	var numbers anythingBut
	strings := false
	end, err := c.oneOrList(i, func(i int) (int, error) {
		if at(c.src, i) == '"' {
			s, end, err := c.stringOperand(i)
			texts.add(s)
			strings = true
			return end, err
		}
		f, end, err := c.numberOperand(i)
		numbers = append(numbers, &exactNumber{value: f, byValue: true})
		return end, err
	})
	if err == nil && strings && numbers != nil {
		err = c.fail(i, "anything-but has strings and numbers in one list")
	}
	if strings {
		return anythingBut{texts}, end, err
	}
	return numbers, end, err
}

// anythingButOperator reads what an operator inside anything-but excludes.
func (c *compiler) anythingButOperator(name string, at, i int) (none anythingBut, end int, err error) {
	var read func(i int) (matcher, int, error)
	switch name {
	case opPrefix:
		read = c.nonEmpty(c.prefix)
	case opSuffix:
		read = c.nonEmpty(c.suffix)
	case opEqualsIgnoreCase:
		read = c.equalsIgnoreCase
	case opWildcard:
		read = c.wildcard
	default:
		return nil, 0, c.fail(at, "unsupported operator %q inside anything-but", name)
	}
	end, err = c.oneOrList(i, func(i int) (int, error) {
		m, end, err := read(i)
		none = append(none, m)
		return end, err
	})
	return none, end, err
}

// nonEmpty limits prefix and suffix to what anything-but takes: a string, and not the empty one, which would exclude
// every string.
func (c *compiler) nonEmpty(read func(int) (matcher, int, error)) func(int) (matcher, int, error) {
	return func(i int) (matcher, int, error) {
		if at(c.src, i) != '"' || at(c.src, i+1) == '"' {
			return nil, 0, c.fail(i, "anything-but needs prefixes and suffixes that are strings and not empty")
		}
		return read(i)
	}
}

// oneOrList calls read for the operand at i, or, if that is a list, for each of its elements, of which there must be one.
func (c *compiler) oneOrList(i int, read func(i int) (int, error)) (int, error) {
	if at(c.src, i) != '[' {
		return read(i)
	}
	start := i
	i, more := open(c.src, i, ']', 0)
	if !more {
		return 0, c.fail(start, "empty list")
	}
	for more {
		end, err := read(i)
		if err != nil {
			return 0, err
		}
		i, more = next(c.src, end, ']')
	}
	return i, nil
}
