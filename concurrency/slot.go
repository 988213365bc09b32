package concurrency

// slot is the place of one execution environment in the books. It serves one lease at a time.
type slot struct {
	account *Account // immutable: a slot is used again, but only within its account
	version *Version
	// lease is the number of the current lease, or of the next one while the slot is idle. A lease with another
	// number is over.
	lease       uint64
	born, since int64 // start of Init; end of the last request. Nanoseconds
	epoch       uint64
	attached    any
	prev, next  *slot // in the list of whoever holds the slot
	place       int   // in births
	provisioned bool
	waiting     bool // idle
}

// newSlot opens a slot for a new environment of v.
func (v *Version) newSlot(now int64, provisioned bool) *slot {
	a := v.function.account
	s := a.spare
	if s == nil {
		s = &slot{account: a}
	} else {
		a.spare = s.next
		s.next = nil
	}
	s.version, s.born, s.epoch, s.provisioned = v, now, v.epoch, provisioned
	v.created++
	return s
}

// retire ends an environment. Its slot must be in no list.
func (s *slot) retire() {
	s.detach()
	v := s.version
	v.retired++
	s.version = nil
	s.next, s.account.spare = s.account.spare, s
}

// recycle ends the environment in a slot of provisioned concurrency and puts a bare one in its place, because Lambda
// holds the number of those that are ready.
func (s *slot) recycle(now int64) {
	s.detach()
	s.version.retired++
	s.version.created++
	s.born, s.epoch = now, s.version.epoch
}

// detach hands what is attached back to its owner.
func (s *slot) detach() {
	if s.attached == nil {
		return
	}
	if owner := s.version.function.retirer; owner != nil {
		s.account.gone = append(s.account.gone, retirement{owner, s.attached})
	}
	s.attached = nil
}

// stack is a list of slots of which the last in is the first out.
type stack struct {
	top *slot
	n   int
}

func (k *stack) push(s *slot) {
	s.next, k.top = k.top, s
	k.n++
}

// pop returns nil if the stack is empty.
func (k *stack) pop() *slot {
	s := k.top
	if s != nil {
		k.top, s.next = s.next, nil
		k.n--
	}
	return s
}
