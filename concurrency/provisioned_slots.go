package concurrency

// ProvisionedNeeds returns how many of the version's free provisioned environments have nothing attached: those of a
// request in progress, and those whose attachment retired because the version was deployed anew or the environment
// broke. A service that runs the Init ahead of requests makes that many and hands each to
// [Version.AttachProvisioned].
func (v *Version) ProvisionedNeeds() int {
	a := v.function.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if v.pc == nil {
		return 0
	}
	return v.pc.bare.n
}

// AttachProvisioned hangs x on a free provisioned environment without an attachment, where the next lease of that
// environment finds it. It returns false, and x stays the caller's, if none needs one.
func (v *Version) AttachProvisioned(x any) bool {
	a := v.function.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if x == nil || v.pc == nil {
		return false
	}
	s := v.pc.bare.pop()
	if s == nil {
		return false
	}
	s.attached = x
	v.pc.warm.push(s)
	return true
}

// takeProvisioned takes a slot of the version's provisioned concurrency, nil if all that may serve are busy or their
// request rate is used up.
func (v *Version) takeProvisioned(now int64) *slot {
	p := v.pc
	v.settle(now)
	if p.busy >= p.allocated {
		return nil
	}
	if !v.function.account.rules.noRates {
		debt, ok := p.requests.ask(now)
		if !ok {
			return nil
		}
		p.requests.take(now, debt)
	}
	s := p.warm.pop()
	if s == nil {
		s = p.bare.pop()
	}
	v.countBusy(+1)
	return s
}

// giveProvisioned takes back a slot whose lease has ended.
func (v *Version) giveProvisioned(s *slot, now int64, keep bool) {
	p := v.pc
	v.countBusy(-1)
	if p.total > p.target {
		p.total--
		s.retire()
		return
	}
	if !keep {
		s.recycle(now)
	}
	p.free(s)
}

func (p *provisioned) free(s *slot) {
	if s.attached == nil {
		p.bare.push(s)
	} else {
		p.warm.push(s)
	}
}

// countBusy changes the number of busy slots by one, up or down. Those beyond what is configured are draining, and
// still claim concurrency.
func (v *Version) countBusy(by int) {
	p, f := v.pc, v.function
	before := max(0, p.busy-p.requested)
	p.busy += by
	f.onProvisioned += by
	if change := max(0, p.busy-p.requested) - before; change != 0 {
		f.rebook(func() { f.draining += change })
	}
}

// settle makes a request that has become ready serve, and lets a version go whose configuration has moved.
func (v *Version) settle(now int64) {
	p := v.pc
	if p == nil {
		return
	}
	if p.to != nil {
		p.to.settle(now)
	}
	if p.settled || !p.isReady(now) {
		return
	}
	p.settled = true
	v.allocate(p.ready, p.requested)
	if p.from != nil {
		p.from.dropProvisioned()
	}
}

// allocate sets how many slots may serve from now on, and their request rate with it.
func (v *Version) allocate(now int64, n int) {
	v.pc.allocated = n
	v.function.account.rules.requestRate(&v.pc.requests, now, n)
}

// configure changes what is configured, and the sums with it; 0 is no configuration. What is allocated, and the
// slots, stay as they are.
func (v *Version) configure(n int) {
	if v.pc == nil {
		v.pc = &provisioned{}
	}
	p, f := v.pc, v.function
	f.rebook(func() {
		f.requested += n - p.requested
		f.draining += max(0, p.busy-n) - max(0, p.busy-p.requested)
		p.requested = n
	})
}

// dropProvisioned takes the configuration and everything allocated away, together with what serves in its place
// during a move.
func (v *Version) dropProvisioned() {
	p := v.pc
	if p == nil {
		return
	}
	v.unlinkMove()
	if p.from != nil {
		p.from.dropProvisioned()
	}
	v.configure(0)
	p.allocated = 0
	v.hold(0)
}

// hold makes the version hold n slots: it opens bare ones, or retires free ones, bare ones first. If too many are
// busy, the rest drains as they are released.
func (v *Version) hold(n int) {
	p := v.pc
	p.target = n
	for p.total < n {
		p.bare.push(v.newSlot(v.function.account.clock.last, true))
		p.total++
	}
	for p.total > n {
		s := p.bare.pop()
		if s == nil {
			s = p.warm.pop()
		}
		if s == nil {
			return
		}
		p.total--
		s.retire()
	}
}

// renewProvisioned replaces the free environments of an earlier deployment by bare ones. Busy ones follow when they
// are released.
func (v *Version) renewProvisioned() {
	p := v.pc
	if p == nil {
		return
	}
	now := v.function.account.clock.last
	free := p.warm
	p.warm = stack{}
	for s := p.bare.top; s != nil; s = s.next {
		s.epoch = v.epoch
	}
	for s := free.pop(); s != nil; s = free.pop() {
		s.recycle(now)
		p.bare.push(s)
	}
}
