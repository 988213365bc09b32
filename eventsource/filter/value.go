package filter

type kind uint8

const (
	nullKind kind = iota
	falseKind
	trueKind
	numberKind
	stringKind
)

// value is a leaf of an event, as matchers see it.
type value struct {
	kind kind
	text []byte // a string's decoded content, a number's literal

	number float64
	exact  bool // number may be compared
	parsed bool // number and exact are set
}

// float is a number's value, and whether it can be compared by value.
func (v *value) float() (float64, bool) {
	if !v.parsed {
		v.number, v.exact = exactDouble(v.text)
		v.parsed = true
	}
	return v.number, v.exact
}

// matcher is one entry of the list at the end of a path.
type matcher interface {
	match(v *value) bool
}

// list is what stands at the end of a path in a pattern. It is satisfied by a value that some matcher accepts, or,
// where absent, by there being no value.
type list struct {
	path     string
	offset   int
	matchers []matcher
	absent   bool
}

func (l *list) match(v *value) bool { return anyMatches(l.matchers, v) }

func anyMatches(matchers []matcher, v *value) bool {
	for _, m := range matchers {
		if m.match(v) {
			return true
		}
	}
	return false
}
