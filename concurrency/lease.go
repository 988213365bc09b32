package concurrency

import (
	"fmt"
	"time"
)

// Pool is the concurrency that a lease is charged to.
type Pool uint8

const (
	// Provisioned is the provisioned concurrency of the version.
	Provisioned Pool = iota + 1
	// Reserved is what the function's reserved concurrency has beside provisioned concurrency.
	Reserved
	// Unreserved is what the account has for all functions without reserved concurrency.
	Unreserved
)

// String returns the name of the pool.
func (p Pool) String() string {
	switch p {
	case Provisioned:
		return "Provisioned"
	case Reserved:
		return "Reserved"
	case Unreserved:
		return "Unreserved"
	}
	return fmt.Sprintf("Pool(%d)", uint8(p))
}

// Lease is the right to run one request in one execution environment. It is a value, small and free to copy; all
// copies are the same lease. The zero Lease is one that has ended.
type Lease struct {
	held handle

	// Pool is what the lease was charged to when it was taken.
	Pool Pool
	// Cold says that the request has to wait for the Init of a new environment. A lease can have nothing attached
	// although it is not cold: then the environment counts as initialised before the request came.
	Cold bool
	// Spillover says that the request runs on demand although its version has provisioned concurrency.
	Spillover bool
}

// handle is one use of a slot. It is a struct of its own so that a Lease has four fields: one with more is not kept in
// registers.
type handle struct {
	slot   *slot
	number uint64 // of the slot's leases
}

// ReleaseAt ends the request at t. With keep the environment stays for the next request; without, it retires, as it
// must after a crash that it cannot recover from. It retires too if its version was deployed anew or its time is
// over. The concurrency goes back to what the lease was taken from, provisioned or on demand, whatever the settings
// are by now. Releasing again does nothing.
func (l Lease) ReleaseAt(t time.Time, keep bool) {
	s := l.held.slot
	if s == nil {
		return
	}
	a := s.account
	a.mu.Lock()
	if s.lease == l.held.number {
		s.release(a.clock.advance(t), keep)
	}
	a.unlock()
}

// Attach hangs x, the caller's execution environment, on the lease's slot. It stays there for later leases until the
// slot retires; what was attached before is dropped without a report. It does nothing once the lease has ended.
func (l Lease) Attach(x any) {
	s := l.held.slot
	if s == nil {
		return
	}
	a := s.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.lease == l.held.number {
		s.attached = x
	}
}

// Attached returns what was attached in this or an earlier lease of the same environment: nil for a new one, and nil
// once the lease has ended.
func (l Lease) Attached() any {
	s := l.held.slot
	if s == nil {
		return nil
	}
	a := s.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.lease != l.held.number {
		return nil
	}
	return s.attached
}

// release ends the current lease.
func (s *slot) release(now int64, keep bool) {
	s.lease++
	s.account.inFlight--
	v := s.version
	keep = keep && s.epoch == v.epoch
	if s.provisioned {
		v.giveProvisioned(s, now, keep)
		return
	}
	v.function.countOnDemand(-1)
	v.busy--
	if keep && !v.aged(s, now) {
		v.wait(s, now)
	} else {
		v.end(s)
	}
}
