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
