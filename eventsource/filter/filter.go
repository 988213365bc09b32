package filter

// The limits of a mapping's FilterCriteria. They belong to Lambda's API; [Compile] knows no limits of its own but those
// of the grammar, so that other services' rules can use it. [CheckLimits] applies them.
const (
	// MaxPatternLength is how many characters a pattern may have.
	MaxPatternLength = 4096
	// DefaultMaxPatterns is how many patterns a mapping may have by default.
	DefaultMaxPatterns = 5
	// MaxPatterns is how many patterns a mapping may have once its quota has been raised.
	MaxPatterns = 10
)

// CheckLimits says whether a mapping may have these patterns: at most count of them, which is [DefaultMaxPatterns]
// unless the account's quota is higher, and each of at most [MaxPatternLength] characters. The error is an [*Error]. It
// does not say whether they compile.
func CheckLimits(count int, patterns ...string) error {
	for i, p := range patterns {
		if i == count {
			return &Error{Pattern: i, Reason: "too many patterns"}
		}
		characters := 0
		for offset := range p {
			if characters == MaxPatternLength {
				return &Error{Pattern: i, Offset: offset, Reason: "pattern too long"}
			}
			characters++
		}
	}
	return nil
}

// Options say which patterns to accept. The zero Options accept all of EventBridge's grammar.
type Options struct {
	// Strict refuses the operators that Lambda's documentation does not list for filters, although it calls the syntax
	// the same as EventBridge's: cidr, wildcard, exactly, the ones inside anything-but, and equals-ignore-case inside
	// prefix and suffix. Whether Lambda refuses them is not known.
	Strict bool

	_ struct{}
}

// Set is a list of compiled patterns. It does not change, and its methods may be called concurrently.
type Set struct {
	tree
	patterns int
}

// Compile compiles patterns with the zero [Options]. The error, if any, is an [*Error] about the first fault of the first
// faulty pattern.
func Compile(patterns ...string) (*Set, error) {
	return Options{}.Compile(patterns...)
}

// Compile compiles patterns. The error, if any, is an [*Error] about the first fault of the first faulty pattern.
func (o Options) Compile(patterns ...string) (*Set, error) {
	set := &Set{patterns: len(patterns)}
	b := newBuilder(&set.tree)
	for i, p := range patterns {
		alternatives, err := o.parse(i, p)
		if err != nil {
			return nil, err
		}
		for _, a := range alternatives {
			b.compile(i, a)
		}
	}
	return set, nil
}

// Len is the number of patterns.
func (s *Set) Len() int { return s.patterns }

// Match reports whether any pattern matches the event. A Set without patterns matches everything, as a mapping without
// filters delivers every record; otherwise what is not a JSON object in UTF-8 matches nothing. Of repeated keys in one
// object the last counts. The event is neither kept nor changed, and in the long run nothing is allocated.
func (s *Set) Match(event []byte) bool {
	if s.patterns == 0 {
		return true
	}
	w := newWalker()
	defer w.release()
	return w.event(s.root, event) && w.decide(s.facts, s.branches)
}

// MatchValue is [Set.Match] for a decoded event: what encoding/json decodes into an any, with or without UseNumber, or
// anything that encoding/json can encode, which is then encoded where a pattern looks at it. What is not an object, or
// cannot be encoded, matches nothing. The event is not kept; maps and slices in it must not change meanwhile.
func (s *Set) MatchValue(event any) bool {
	if s.patterns == 0 {
		return true
	}
	w := newWalker()
	defer w.release()
	return w.decodedEvent(s.root, event) && w.decide(s.facts, s.branches)
}
