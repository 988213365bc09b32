package batch

import "encoding/json"

// cursor walks over JSON that is known to be valid, so it never looks for errors. It works on the bytes of the caller
// and allocates nothing.
type cursor struct {
	b []byte
	i int
}

// peek skips white space and returns the byte behind it.
func (c *cursor) peek() byte {
	for {
		switch b := c.b[c.i]; b {
		case ' ', '\t', '\n', '\r':
			c.i++
		default:
			return b
		}
	}
}

// value returns the bytes of the value at hand, without white space around it, and steps behind it.
func (c *cursor) value() []byte {
	first := c.peek()
	start := c.i
	switch first {
	case '"':
		c.str()
	case '{', '[':
		c.nested()
	default:
		for c.i < len(c.b) && !delimits(c.b[c.i]) {
			c.i++
		}
	}
	return c.b[start:c.i]
}

func delimits(b byte) bool {
	switch b {
	case ',', ']', '}', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

// str steps behind the string at hand.
func (c *cursor) str() {
	for c.i++; c.b[c.i] != '"'; c.i++ {
		if c.b[c.i] == '\\' {
			c.i++
		}
	}
	c.i++
}

// nested steps behind the object or array at hand.
func (c *cursor) nested() {
	for depth := 0; ; {
		switch c.b[c.i] {
		case '"':
			c.str()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.i++
		if depth == 0 {
			return
		}
	}
}

// open steps into the object or array at hand and reports whether there is anything in it.
func (c *cursor) open() bool {
	c.peek()
	c.i++
	return c.more()
}

// more steps over a comma; it reports false, behind the end, when the object or array at hand has no further element.
func (c *cursor) more() bool {
	switch c.peek() {
	case ',':
		c.i++
		return true
	case '}', ']':
		c.i++
		return false
	}
	return true
}

// key returns the member name at hand, decoded, and steps behind its colon.
func (c *cursor) key() []byte {
	k := c.value()
	c.peek()
	c.i++
	return unquote(k)
}

// unquote decodes a valid JSON string. It returns part of its argument unless there is an escape in it.
func unquote(s []byte) []byte {
	for _, b := range s {
		if b == '\\' {
			var t string
			_ = json.Unmarshal(s, &t) // it is valid
			return []byte(t)
		}
	}
	return s[1 : len(s)-1]
}
