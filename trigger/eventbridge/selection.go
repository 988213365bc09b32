package eventbridge

import "github.com/lambdakit/lambdakit/eventsource/filter"

// selection is rules with a pattern, in order, and the index that reads an event once for all of them. It does not
// change; whether a rule is enabled, and has targets, is not part of it.
type selection struct {
	rules []*rule
	index *filter.Index // numbers are those of rules
}

func newSelection(rules []*rule) *selection {
	s := &selection{}
	var patterns []*filter.Set
	for _, r := range rules {
		if r.pattern != nil {
			s.rules, patterns = append(s.rules, r), append(patterns, r.pattern)
		}
	}
	s.index = filter.NewIndex(patterns...)
	return s
}

// selecting is the selection among the rules of this moment. It is made here and not where rules change, since many
// rules may be put before an event comes.
func (b *Bus) selecting() *selection {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.selection == nil {
		b.selection = newSelection(b.rules)
	}
	return b.selection
}
