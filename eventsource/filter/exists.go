package filter

// present matches every leaf, null and the empty string too.
type present struct{}

func (present) match(*value) bool { return true }

// exists reads the operand of {"exists":true} or {"exists":false}. The latter has no matcher: it is satisfied by there
// being no leaf.
func (c *compiler) exists(i int) (m matcher, end int, err error) {
	switch at(c.src, i) {
	case 't':
		return present{}, wordEnd(c.src, i), nil
	case 'f':
		return nil, wordEnd(c.src, i), nil
	}
	return nil, 0, c.fail(i, "exists needs true or false")
}
