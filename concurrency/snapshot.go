package concurrency

import "time"

// Snapshot is the state of an account at one instant: the numbers behind the account settings and the concurrency
// metrics. It is a copy, ordered by function name and by version.
type Snapshot struct {
	_ struct{}

	// Limit is the concurrency quota, and MinimumUnreserved what must stay unreserved of it.
	Limit             int
	MinimumUnreserved int
	// InFlight is how many leases are out (ConcurrentExecutions), those of released functions included.
	InFlight int
	// Claimed is the sum of all reservations and of the provisioned concurrency of functions without one.
	Claimed int
	// UnreservedCap is Limit less Claimed. It is below 0 while provisioned concurrency that is no longer configured
	// drains out of a full account.
	UnreservedCap int
	// UnreservedInUse is how many leases of functions without a reservation run on demand
	// (UnreservedConcurrentExecutions).
	UnreservedInUse int
	Functions       []FunctionSnapshot
}

// ClaimedAccountConcurrency is the metric of that name: what cannot be used by on-demand calls of functions without a
// reservation, because it is claimed or in use by them.
func (s Snapshot) ClaimedAccountConcurrency() int { return s.UnreservedInUse + s.Claimed }

// Function returns the part about the named function, nil if there is none.
func (s Snapshot) Function(name string) *FunctionSnapshot {
	for i := range s.Functions {
		if s.Functions[i].Name == name {
			return &s.Functions[i]
		}
	}
	return nil
}

// FunctionSnapshot is the state of one function.
type FunctionSnapshot struct {
	_ struct{}

	Name string
	// Reserved is the reserved concurrency, nil without one, which is not the same as 0.
	Reserved *int `json:"ReservedConcurrentExecutions,omitempty"`
	// OnDemand is how many of its leases are not on provisioned concurrency, and Provisioned how many are. Leases of
	// released versions are included.
	OnDemand    int
	Provisioned int
	Versions    []VersionSnapshot
}

// InFlight returns how many leases of the function are out (its ConcurrentExecutions).
func (f FunctionSnapshot) InFlight() int { return f.OnDemand + f.Provisioned }

// Version returns the part about the named version, nil if there is none.
func (f FunctionSnapshot) Version(name string) *VersionSnapshot {
	for i := range f.Versions {
		if f.Versions[i].Version == name {
			return &f.Versions[i]
		}
	}
	return nil
}

// VersionSnapshot is the state of one version and its environments.
type VersionSnapshot struct {
	_ struct{}

	Version string
	// Busy and Idle are the environments that run on demand, with and without a request.
	Busy, Idle int
	// ProvisionedBusy are the provisioned environments with a request (ProvisionedConcurrentExecutions), and
	// ProvisionedIdle those without one, be they ready or not.
	ProvisionedBusy, ProvisionedIdle int
	// Created and Retired count environments since the version's books were opened. Created less Retired is what is
	// busy or idle.
	Created, Retired uint64
	// Provisioned is the configuration of provisioned concurrency, nil without one.
	Provisioned *ProvisionedConcurrency `json:",omitempty"`
}

// Utilization returns the busy part of the allocated provisioned concurrency (ProvisionedConcurrencyUtilization), 0
// if none is allocated.
func (v VersionSnapshot) Utilization() float64 {
	if v.Provisioned == nil || v.Provisioned.Allocated == 0 {
		return 0
	}
	return float64(v.ProvisionedBusy) / float64(v.Provisioned.Allocated)
}

// Snapshot returns the state of the account as it is at t if nothing happens until then. It changes nothing.
func (a *Account) Snapshot(t time.Time) Snapshot {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.read(t.UnixNano())
	s := Snapshot{Limit: a.rules.limit, MinimumUnreserved: a.rules.minimum, InFlight: a.inFlight, Claimed: a.claimed,
		UnreservedCap: a.unreservedCap(), UnreservedInUse: a.unreserved}
	for _, f := range a.sorted() {
		s.Functions = append(s.Functions, f.snapshot(now))
	}
	return s
}

func (f *Function) snapshot(now int64) FunctionSnapshot {
	s := FunctionSnapshot{Name: f.name, OnDemand: f.onDemand, Provisioned: f.onProvisioned}
	if f.reserved != unset {
		s.Reserved = new(f.reserved)
	}
	for _, v := range f.sorted() {
		s.Versions = append(s.Versions, v.snapshot(now))
	}
	return s
}

func (v *Version) snapshot(now int64) VersionSnapshot {
	s := VersionSnapshot{Version: v.name, Busy: v.busy, Idle: v.living(now), Created: v.created}
	overdue := v.idle.n - s.Idle // dead, but nobody has asked since
	if p := v.pc; p != nil {
		s.ProvisionedBusy = p.busy
		s.ProvisionedIdle = min(p.total, max(p.holding(now), p.busy)) - p.busy
		overdue += p.total - p.busy - s.ProvisionedIdle
	}
	s.Retired = v.retired + uint64(overdue)
	if state, ok := v.provisionedAt(now); ok {
		s.Provisioned = &state
	}
	return s
}
