package filter

import (
	"fmt"
	"maps"
)

// The operators, as patterns name them.
const (
	opExactly          = "exactly"
	opPrefix           = "prefix"
	opSuffix           = "suffix"
	opEqualsIgnoreCase = "equals-ignore-case"
	opWildcard         = "wildcard"
	opAnythingBut      = "anything-but"
	opNumeric          = "numeric"
	opExists           = "exists"
	opCIDR             = "cidr"
)

const (
	// maxFields is how many paths one alternative of a pattern may have: the limit of EventBridge's rule engine.
	maxFields = 256
	// maxAlternatives is how many alternatives the $or lists of one pattern may multiply to. The figure is an
	// assumption: some limit there must be, since a short pattern can multiply to more alternatives than fit anywhere.
	maxAlternatives = 1000
)

// alternative is one way to satisfy a pattern: for each path the list that must hold there. A pattern without $or is one
// alternative. Where a path comes twice, the last list counts, as in the service, which is why $or cannot be kept as a
// tree.
type alternative map[string]*list

// compiler reads one pattern. Its methods read the construct at an index and return the index behind it; the text is
// known to be valid JSON.
type compiler struct {
	src     []byte
	pattern int
	options Options
	found   []alternative
}

// parse reads a pattern into its alternatives.
func (o Options) parse(index int, pattern string) ([]alternative, error) {
	c := &compiler{src: []byte(pattern), pattern: index, options: o, found: []alternative{{}}}
	if i := document(c.src); i < 0 {
		return nil, c.fail(^i, "not valid JSON")
	}
	start := space(c.src, 0)
	if c.src[start] != '{' {
		return nil, c.fail(start, "a pattern must be a JSON object")
	}
	if _, err := c.object(start, "", false); err != nil {
		return nil, err
	}
	for _, a := range c.found {
		if len(a) > maxFields {
			return nil, c.fail(start, "more than %d fields", maxFields)
		}
	}
	return c.found, nil
}

func (c *compiler) fail(offset int, format string, args ...any) error {
	return &Error{Pattern: c.pattern, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// text decodes the content of the string that starts behind the quote at i and ends at end.
func (c *compiler) text(i, end int, escaped bool) string {
	content := c.src[i+1 : end]
	if escaped {
		content = unescape(nil, content)
	}
	return string(content)
}

// object reads an object whose path, with a dot behind it, is parent.
func (c *compiler) object(i int, parent string, inOr bool) (int, error) {
	start := i
	i, more := open(c.src, i, '}', 0)
	if !more {
		return 0, c.fail(start, "empty object")
	}
	for more {
		end, value, escaped := memberKey(c.src, i)
		behind, err := c.field(i, value, parent, c.text(i, end, escaped), inOr)
		if err != nil {
			return 0, err
		}
		i, more = next(c.src, behind, '}')
	}
	return i, nil
}

// field reads the member of an object whose key is at the index key.
func (c *compiler) field(key, value int, parent, name string, inOr bool) (int, error) {
	switch {
	case name == or:
		return c.or(value, parent)
	case inOr && reservedInOr(name):
		return 0, c.fail(key, "%q cannot be a field inside $or", name)
	}
	switch c.src[value] {
	case '{':
		return c.object(value, parent+name+".", inOr)
	case '[':
		l, end, err := c.list(value, parent+name)
		if err != nil {
			return 0, err
		}
		for _, a := range c.found {
			a[l.path] = l
		}
		return end, nil
	}
	return 0, c.fail(value, "%q must be an object or an array", name)
}

// list reads the array at the end of a path.
func (c *compiler) list(i int, path string) (*list, int, error) {
	l := &list{path: path, offset: i}
	i, more := open(c.src, i, ']', 0)
	if !more {
		return nil, 0, c.fail(l.offset, "empty array")
	}
	texts := &exactStrings{}
	for more {
		end, err := c.entry(i, l, texts)
		if err != nil {
			return nil, 0, err
		}
		i, more = next(c.src, end, ']')
	}
	if !texts.empty() {
		l.matchers = append(l.matchers, texts)
	}
	return l, i, nil
}

// entry reads one entry of a list. Strings that stand for themselves go into texts.
func (c *compiler) entry(i int, l *list, texts *exactStrings) (int, error) {
	var m matcher
	var end int
	var err error
	switch c.src[i] {
	case '[':
		return 0, c.fail(i, "an array cannot stand in an array")
	case '{':
		m, end, err = c.expression(i)
		l.absent = l.absent || err == nil && m == nil
	case '"':
		m, end = c.exactString(i, texts)
	default:
		m, end = c.literal(i)
	}
	if m != nil {
		l.matchers = append(l.matchers, m)
	}
	return end, err
}

// exactString reads a string that stands for itself. One that is an IP address matches that address however it is
// written; for any other there is no matcher but texts.
func (c *compiler) exactString(i int, texts *exactStrings) (matcher, int) {
	s, end, _ := c.stringOperand(i)
	if a, ok := parseIP([]byte(s)); ok {
		return &addresses{low: a, high: a}, end
	}
	texts.add(s)
	return nil, end
}

// literal reads a number, null, true or false.
func (c *compiler) literal(i int) (matcher, int) {
	end := plainEnd(c.src, i)
	switch c.src[i] {
	case 'n':
		return word(nullKind), end
	case 't':
		return word(trueKind), end
	case 'f':
		return word(falseKind), end
	}
	return newExactNumber(c.src[i:end]), end
}

// expression reads an object in a list: one operator and its operand. There is no matcher for {"exists":false}.
func (c *compiler) expression(i int) (m matcher, end int, err error) {
	end, err = c.single(i, func(name string, at, operand int) (end int, err error) {
		m, end, err = c.operator(name, at, operand)
		return end, err
	})
	return m, end, err
}

func (c *compiler) operator(name string, at, operand int) (matcher, int, error) {
	switch name {
	case opPrefix:
		return c.prefix(operand)
	case opSuffix:
		return c.suffix(operand)
	case opEqualsIgnoreCase:
		return c.equalsIgnoreCase(operand)
	case opAnythingBut:
		return c.anythingBut(operand)
	case opNumeric:
		return c.numeric(operand)
	case opExists:
		return c.exists(operand)
	}
	if !c.options.Strict {
		switch name {
		case opExactly:
			return c.exactly(operand)
		case opWildcard:
			return c.wildcard(operand)
		case opCIDR:
			return c.cidr(operand)
		}
	}
	return nil, 0, c.fail(at, "unknown operator %q", name)
}

// single reads an object that must have exactly one member. It calls read with the member's name and the indexes of its
// key and its value.
func (c *compiler) single(i int, read func(name string, at, operand int) (int, error)) (int, error) {
	start := i
	i, more := open(c.src, i, '}', 0)
	if !more {
		return 0, c.fail(start, "an operator is missing")
	}
	end, value, escaped := memberKey(c.src, i)
	behind, err := read(c.text(i, end, escaped), i, value)
	if err != nil {
		return 0, err
	}
	if i, more = next(c.src, behind, '}'); more {
		return 0, c.fail(i, "only one operator may stand in an object")
	}
	return i, nil
}

func (c *compiler) stringOperand(i int) (string, int, error) {
	if at(c.src, i) != '"' {
		return "", 0, c.fail(i, "must be a string")
	}
	end, escaped := stringEnd(c.src, i+1)
	return c.text(i, end, escaped), end + 1, nil
}

// fork is a copy of the alternatives that can be added to on its own.
func fork(found []alternative) []alternative {
	forked := make([]alternative, len(found))
	for i, a := range found {
		forked[i] = maps.Clone(a)
	}
	return forked
}
