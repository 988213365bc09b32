// Package watch keeps a list of those who want to be woken.
package watch

import "slices"

// List is the list, in the order of registration. It may grow, but what it holds is never changed, so that a copy can
// be woken without the lock that guards it. The zero List is empty.
type List []*Watcher

// Watcher is one entry of a [List].
type Watcher struct{ wake func() }

// New makes an entry that calls wake, which must not block.
func New(wake func()) *Watcher { return &Watcher{wake} }

// With is l and one more. The caller holds the lock.
func (l List) With(one *Watcher) List { return append(l, one) }

// Without is l but for one. The caller holds the lock.
func (l List) Without(one *Watcher) List {
	return slices.DeleteFunc(slices.Clone(l), func(o *Watcher) bool { return o == one })
}

// Wake calls all, in the order of their registration. The caller holds no lock.
func (l List) Wake() {
	for _, one := range l {
		one.wake()
	}
}
