package concurrency

// idleList holds the idle environments of a version in the order in which they became idle. As all of them live
// equally long, the first is always the first to expire.
type idleList struct {
	first, last *slot
	n           int
}

func (l *idleList) push(s *slot) {
	s.prev, s.next = l.last, nil
	if l.last == nil {
		l.first = s
	} else {
		l.last.next = s
	}
	l.last = s
	l.n++
}

func (l *idleList) remove(s *slot) {
	if s.prev == nil {
		l.first = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		l.last = s.prev
	} else {
		s.next.prev = s.prev
	}
	s.prev, s.next = nil, nil
	l.n--
}

// wait makes the environment in s idle.
func (v *Version) wait(s *slot, now int64) {
	s.since, s.waiting = now, true
	v.idle.push(s)
	if v.function.account.rules.reuse == Newest {
		v.births.mark(s.place)
	}
}

// wake takes the environment in s out of the idle ones.
func (v *Version) wake(s *slot) {
	s.waiting = false
	v.idle.remove(s)
	if v.function.account.rules.reuse == Newest {
		v.births.unmark(s.place)
	}
}

// end retires an environment that ran on demand and is not idle.
func (v *Version) end(s *slot) {
	if v.function.account.rules.reuse == Newest {
		v.births.remove(s)
	}
	s.retire()
}

// pick returns the idle environment that the policy would use next, nil if there is none.
func (v *Version) pick() *slot {
	switch v.function.account.rules.reuse {
	case Newest:
		return v.births.newest()
	case MostRecentlyUsed:
		return v.idle.last
	default:
		return v.idle.first
	}
}

// reuse takes an idle environment for a request at now, nil if there is none left alive.
func (v *Version) reuse(now int64) *slot {
	v.expire(now)
	for {
		s := v.pick()
		if s == nil {
			return nil
		}
		v.wake(s)
		if !v.aged(s, now) {
			return s
		}
		v.end(s)
	}
}

// expired reports whether s, idle, has waited too long. Exactly the lifetime is too long.
func (v *Version) expired(s *slot, now int64) bool {
	return now-s.since >= v.function.account.rules.idleLifetime
}

// aged reports whether s has lived too long to be used again.
func (v *Version) aged(s *slot, now int64) bool {
	return now-s.born >= v.function.account.rules.maxAge
}

// expire retires what has idled too long. Every retirement pays for one creation, so the cost is constant.
func (v *Version) expire(now int64) {
	for s := v.idle.first; s != nil && v.expired(s, now); s = v.idle.first {
		v.wake(s)
		v.end(s)
	}
}

// expireAll retires what has idled or lived too long.
func (v *Version) expireAll(now int64) {
	v.expire(now)
	for s := v.idle.first; s != nil; {
		next := s.next
		if v.aged(s, now) {
			v.wake(s)
			v.end(s)
		}
		s = next
	}
	v.settle(now)
}

// retireIdle retires all idle environments that ran on demand.
func (v *Version) retireIdle() {
	for s := v.idle.first; s != nil; s = v.idle.first {
		v.wake(s)
		v.end(s)
	}
}

// living returns how many idle environments would still be alive at now.
func (v *Version) living(now int64) int {
	n := 0
	for s := v.idle.first; s != nil; s = s.next {
		if !v.expired(s, now) && !v.aged(s, now) {
			n++
		}
	}
	return n
}
