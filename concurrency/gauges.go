package concurrency

// InFlight returns how many leases of the function are out (its ConcurrentExecutions), provisioned ones included.
func (f *Function) InFlight() int {
	f.account.mu.Lock()
	defer f.account.mu.Unlock()
	return f.onDemand + f.onProvisioned
}

// ClaimedAccountConcurrency is the metric of that name, as [Snapshot.ClaimedAccountConcurrency] gives it, for those who
// need no more than that.
func (a *Account) ClaimedAccountConcurrency() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.unreserved + a.claimed
}

// GaugesAfter tells what [Function.InFlight] of the lease's function and [Account.ClaimedAccountConcurrency] will be once
// the lease is released. What it claims then depends on the settings by now, and not on the pool that it was taken from:
// a reservation that was put or taken away meanwhile moved it. It changes nothing. Of a lease that has ended it knows
// nothing, and returns 0 and 0.
func (l Lease) GaugesAfter() (inFlight, claimed int) {
	s := l.held.slot
	if s == nil {
		return 0, 0
	}
	a := s.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.lease != l.held.number {
		return 0, 0
	}
	f := s.version.function
	inFlight, claimed = f.onDemand+f.onProvisioned-1, a.unreserved+a.claimed
	if f.reserved == unset && (!s.provisioned || s.drains()) {
		claimed--
	}
	return inFlight, claimed
}

// Drains tells whether the lease is of provisioned concurrency that is configured no more, of which more is in flight
// than is configured: it goes on claiming concurrency until it is released.
func (l Lease) Drains() bool {
	s := l.held.slot
	if s == nil {
		return false
	}
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	return s.lease == l.held.number && s.provisioned && s.drains()
}

// drains reports whether releasing a provisioned slot leaves less to drain.
func (s *slot) drains() bool { return s.version.pc.busy > s.version.pc.requested }
