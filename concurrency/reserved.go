package concurrency

import "time"

// PutReservedAt sets the function's reserved concurrency at t: from now on the function has n of the account's
// quota for itself, others cannot use it even while it is idle, and the function cannot use more. 0 turns the
// function off. Lowering it ends nothing that is in flight. The error is a [*ConfigError] if n is negative, leaves too
// little unreserved, or is less than the function's provisioned concurrency; 0 is accepted however little is
// unreserved. What is in flight does not matter for it.
func (f *Function) PutReservedAt(t time.Time, n int) error {
	a := f.account
	a.mu.Lock()
	defer a.unlock()
	if f.released {
		return ErrReleased
	}
	if err := f.checkReserved(n); err != nil {
		return err
	}
	now := a.clock.advance(t)
	f.rebook(func() { f.reserved = n })
	a.rules.requestRate(&f.requests, now, n)
	return nil
}

// checkReserved checks in AWS's order: the unreserved minimum first, then the function's own provisioned concurrency.
// A reservation that is replaced is free for the new one.
func (f *Function) checkReserved(n int) error {
	a := f.account
	if n < 0 {
		return errTooSmall(n, 0, "reservedConcurrentExecutions")
	}
	if left := a.rules.limit - (a.configured - f.configured()) - n; n > 0 && left < a.rules.minimum {
		return errReservedLeavesTooLittle(a.rules.minimum)
	}
	if n < f.requested {
		return errReservedBelowProvisioned(n, f.requested)
	}
	return nil
}

// DeleteReservedAt takes the reservation away at t. What the function has in flight beside provisioned concurrency
// moves to the unreserved pool, which may be more than full by it. Without a reservation it does nothing.
func (f *Function) DeleteReservedAt(t time.Time) {
	a := f.account
	a.mu.Lock()
	defer a.unlock()
	a.clock.advance(t)
	f.rebook(func() { f.reserved = unset })
}

// Reserved returns the function's reserved concurrency, and whether there is one: 0 reserved is not the same as none.
func (f *Function) Reserved() (n int, ok bool) {
	f.account.mu.Lock()
	defer f.account.mu.Unlock()
	if f.reserved == unset {
		return 0, false
	}
	return f.reserved, true
}
