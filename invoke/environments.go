package invoke

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

// environments is the list of a Service's environments, and of the runs whose handlers outlive them.
type environments struct {
	mu        sync.Mutex
	made      uint64
	live      map[*environment]struct{}
	abandoned map[*run]lateness
}

// lateness is what is known of a run whose deadline has passed: whether its end is settled, and whether its handler has
// returned. It is forgotten when both are.
type lateness struct{ settled, returned bool }

func (l *environments) add(e *environment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made++
	e.number = l.made
	if l.live == nil {
		l.live = map[*environment]struct{}{}
	}
	l.live[e] = struct{}{}
}

func (l *environments) remove(e *environment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.live, e)
}

func (l *environments) abandon(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.abandoned == nil {
		l.abandoned = map[*run]lateness{}
	}
	l.abandoned[r] = lateness{}
}

// forget takes back what abandon noted too early.
func (l *environments) forget(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.abandoned, r)
}

// settled notes that a run is settled, and tells whether its handler has returned before.
func (l *environments) settled(r *run) bool {
	return l.note(r, func(late *lateness) { late.settled = true })
}

// returned notes that a handler has returned, and tells whether its run was settled before.
func (l *environments) returned(r *run) bool {
	return l.note(r, func(late *lateness) { late.returned = true })
}

func (l *environments) note(r *run, change func(*lateness)) (both bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	late, ok := l.abandoned[r]
	if !ok {
		return false
	}
	change(&late)
	if late.settled && late.returned {
		delete(l.abandoned, r)
		return true
	}
	l.abandoned[r] = late
	return false
}

// all lists the environments in the order in which they were made.
func (l *environments) all() []*environment {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*environment, 0, len(l.live))
	for e := range l.live {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *environment) int { return cmp.Compare(a.number, b.number) })
	return list
}

// busy says which handlers have not returned, for a person who wonders what Close waits for.
func (l *environments) busy() []string {
	var list []string
	for _, e := range l.all() {
		if e.hasEnded() {
			list = append(list, fmt.Sprintf("%s: Shutdown is running", e.deployment.Config.Name))
		}
		if e.inits.Load() > 0 {
			list = append(list, fmt.Sprintf("%s: an init is running", e.deployment.Config.Name))
		}
		if r := e.cur.Load(); r != nil {
			list = append(list, fmt.Sprintf("%s: request %s is running", r.name, r.out.RequestID))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	late := make([]*run, 0, len(l.abandoned))
	for r, state := range l.abandoned {
		if !state.returned {
			late = append(late, r)
		}
	}
	slices.SortFunc(late, func(a, b *run) int { return cmp.Compare(a.number, b.number) })
	for _, r := range late {
		list = append(list, fmt.Sprintf("%s: request %s timed out, but its handler has not returned", r.name, r.out.RequestID))
	}
	return list
}
