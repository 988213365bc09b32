package filter

import "bytes"

// wildcard matches strings in which each * of the pattern stands for any run of characters, also none. With the
// leftmost place for each part between stars, a match needs one pass and no second thoughts.
type wildcard struct {
	parts [][]byte // what stands between the stars; there is one part more than there are stars
}

func (m *wildcard) match(v *value) bool {
	if v.kind != stringKind {
		return false
	}
	first, last := m.parts[0], m.parts[len(m.parts)-1]
	if len(m.parts) == 1 {
		return bytes.Equal(v.text, first)
	}
	s, ok := bytes.CutPrefix(v.text, first)
	if !ok {
		return false
	}
	if s, ok = bytes.CutSuffix(s, last); !ok {
		return false
	}
	for _, part := range m.parts[1 : len(m.parts)-1] {
		i := bytes.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// newWildcard compiles a wildcard, in which \* and \\ stand for the characters themselves. If that fails, fault is the
// index in s and a reason.
func newWildcard(s string) (m *wildcard, reason string) {
	m = &wildcard{}
	var part []byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '*' && i+1 < len(s) && s[i+1] == '*':
			return nil, "wildcard has consecutive stars"
		case c == '*':
			m.parts = append(m.parts, part)
			part = nil
		case c == '\\' && (i+1 == len(s) || s[i+1] != '*' && s[i+1] != '\\'):
			return nil, "wildcard has a backslash that escapes neither * nor \\"
		case c == '\\':
			i++
			part = append(part, s[i])
		default:
			part = append(part, c)
		}
	}
	m.parts = append(m.parts, part)
	return m, ""
}

// wildcard reads the operand of {"wildcard":"a*b"}.
func (c *compiler) wildcard(i int) (matcher, int, error) {
	s, end, err := c.stringOperand(i)
	if err != nil {
		return nil, 0, err
	}
	m, reason := newWildcard(s)
	if m == nil {
		return nil, 0, c.fail(i, "%s", reason)
	}
	return m, end, nil
}
