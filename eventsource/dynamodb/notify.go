package dynamodb

import "slices"

// watchers are those who want to be woken. The list may grow but what it holds is never changed, so that a copy can be
// called without the lock that guards it.
type watchers []*watcher

type watcher struct{ wake func() }

// with is w and one more.
func (w watchers) with(one *watcher) watchers { return append(w, one) }

// without is w but for one.
func (w watchers) without(one *watcher) watchers {
	return slices.DeleteFunc(slices.Clone(w), func(o *watcher) bool { return o == one })
}

// wake calls all, in the order of their registration. The caller holds no lock.
func (w watchers) wake() {
	for _, one := range w {
		one.wake()
	}
}
