package concurrency

import "time"

// Acquire is AcquireAt at the current time.
func (v *Version) Acquire() (Lease, error) { return v.AcquireAt(time.Now()) }

// AcquireAt asks for an execution environment of the version for one request that arrives at t. The error is a
// [*ThrottleError] if the call is throttled, or [ErrReleased] if the function is gone; either changes nothing. It
// allocates nothing, except the place of an environment when there are more than ever before.
func (v *Version) AcquireAt(t time.Time) (Lease, error) {
	a := v.function.account
	a.mu.Lock()
	lease, err := v.acquire(t.UnixNano())
	a.unlock()
	return lease, err
}

// acquire passes the call through the gates in order. It looks first and books last, so that a refusal has nothing
// to undo.
func (v *Version) acquire(unix int64) (Lease, error) {
	f := v.function
	a := f.account
	if v.released {
		return Lease{}, ErrReleased
	}
	if f.reserved == 0 {
		return Lease{}, errOff
	}
	now := a.clock.see(unix)
	rated := !a.rules.noRates
	var own, all int64
	if rated {
		var ok bool
		if f.reserved > 0 {
			if own, ok = f.requests.ask(now); !ok {
				return Lease{}, errReservedRate
			}
		}
		if all, ok = a.requests.ask(now); !ok {
			return Lease{}, errAccountRate
		}
	}
	lease, err := v.take(now)
	if err != nil {
		return Lease{}, err
	}
	if rated {
		if f.reserved > 0 {
			f.requests.take(now, own)
		}
		a.requests.take(now, all)
	}
	a.clock.book(now)
	a.inFlight++
	return lease, nil
}

// take takes an environment from the first pool that the call may use.
func (v *Version) take(now int64) (Lease, error) {
	f := v.function
	a := f.account
	if v.pc != nil {
		if s := v.takeProvisioned(now); s != nil {
			return Lease{held: handle{s, s.lease}, Pool: Provisioned}, nil
		}
	}
	pool := Unreserved
	if f.reserved != unset {
		pool = Reserved
		if f.onDemand >= f.reserved-f.provisioned() {
			return Lease{}, errReservedPool
		}
	} else if a.unreserved >= a.unreservedCap() {
		return Lease{}, errUnreservedPool
	}
	cold := false
	s := v.reuse(now)
	if s == nil {
		if s = v.create(now); s == nil {
			return Lease{}, errScalingRate
		}
		cold = !f.initialisedAhead()
	}
	f.countOnDemand(+1)
	v.busy++
	return Lease{held: handle{s, s.lease}, Pool: pool, Cold: cold, Spillover: v.spills()}, nil
}

// create makes a new environment on demand, nil if the function scales too fast.
func (v *Version) create(now int64) *slot {
	f := v.function
	rules := &f.account.rules
	if !rules.noScaling {
		debt, ok := f.scaling.ask(now)
		if !ok {
			return nil
		}
		f.scaling.take(now, debt)
	}
	s := v.newSlot(now, false)
	if rules.reuse == Newest {
		v.births.add(s)
	}
	f.born++
	return s
}

// spills reports whether a request that runs on demand counts as spillover: its version has a configuration of
// provisioned concurrency, be it used up or not ready yet.
func (v *Version) spills() bool { return v.pc != nil && v.pc.requested > 0 }
