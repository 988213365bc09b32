package filter

// word matches null, true or false.
type word kind

func (m word) match(v *value) bool { return v.kind == kind(m) }

// exactStrings matches a string that is one of a set, byte for byte.
type exactStrings struct {
	few  []string
	many map[string]struct{} // in place of few, where there are many
}

// fewStrings is how many strings are compared one by one.
const fewStrings = 8

func (m *exactStrings) add(s string) {
	if m.many == nil && len(m.few) < fewStrings {
		m.few = append(m.few, s)
		return
	}
	if m.many == nil {
		m.many = make(map[string]struct{}, 2*fewStrings)
		for _, s := range m.few {
			m.many[s] = struct{}{}
		}
		m.few = nil
	}
	m.many[s] = struct{}{}
}

func (m *exactStrings) empty() bool { return m.few == nil && m.many == nil }

func (m *exactStrings) match(v *value) bool {
	if v.kind != stringKind {
		return false
	}
	if m.many != nil {
		_, ok := m.many[string(v.text)]
		return ok
	}
	for _, s := range m.few {
		if s == string(v.text) {
			return true
		}
	}
	return false
}

// exactNumber matches a number: by value where both sides can be compared so, by its literal where neither can.
type exactNumber struct {
	value   float64
	byValue bool
	literal string
}

func newExactNumber(literal []byte) *exactNumber {
	f, ok := exactDouble(literal)
	return &exactNumber{value: f, byValue: ok, literal: string(literal)}
}

func (m *exactNumber) match(v *value) bool {
	if v.kind != numberKind {
		return false
	}
	f, ok := v.float()
	if ok != m.byValue {
		return false
	}
	return ok && f == m.value || !ok && m.literal == string(v.text)
}

// exactly reads the operand of {"exactly":"s"}, which is "s" without the special meaning of strings that look like IP
// addresses.
func (c *compiler) exactly(i int) (matcher, int, error) {
	s, end, err := c.stringOperand(i)
	m := &exactStrings{}
	m.add(s)
	return m, end, err
}
