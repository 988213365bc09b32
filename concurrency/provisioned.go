package concurrency

import (
	"fmt"
	"time"
)

// FunctionErrorInitFailure is the StatusReason of a configuration whose environments fail in Init.
const FunctionErrorInitFailure = "FUNCTION_ERROR_INIT_FAILURE"

// ProvisionedStatus is the state of a configuration of provisioned concurrency.
type ProvisionedStatus uint8

const (
	// InProgress: the environments are being allocated.
	InProgress ProvisionedStatus = iota + 1
	// Ready: all of them can serve.
	Ready
	// Failed: they could not be initialised. The configuration stays, and goes on claiming concurrency.
	Failed
)

// String returns the status as the API spells it.
func (s ProvisionedStatus) String() string {
	switch s {
	case InProgress:
		return "IN_PROGRESS"
	case Ready:
		return "READY"
	case Failed:
		return "FAILED"
	}
	return fmt.Sprintf("ProvisionedStatus(%d)", uint8(s))
}

// MarshalText returns the status as the API spells it.
func (s ProvisionedStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ProvisionedConcurrency is the state of the provisioned concurrency of a version.
type ProvisionedConcurrency struct {
	_ struct{}

	// Requested is what is configured. It counts against the quota from the moment it is put.
	Requested int `json:"RequestedProvisionedConcurrentExecutions"`
	// Allocated and Available are how many environments serve now. While a configuration moves from another version
	// they are that version's, as the API shows it.
	Allocated int `json:"AllocatedProvisionedConcurrentExecutions"`
	Available int `json:"AvailableProvisionedConcurrentExecutions"`
	// Status is where the request stands, and StatusReason why it failed.
	Status       ProvisionedStatus
	StatusReason string `json:",omitempty"`
	// LastModified is when it was put.
	LastModified time.Time
	// ReadyAt is when the ramp ends: the configuration is ready then unless it is held longer, see
	// [Version.HoldProvisioned].
	ReadyAt time.Time `json:"-"`
}

// provisioned is the books of a version's provisioned concurrency.
//
// At all times allocated ≤ target ≤ total and busy ≤ total: as long as fewer than allocated are busy, a slot is free.
type provisioned struct {
	requested int // what is configured; 0 without a configuration
	allocated int // how many may serve
	target    int // how many slots to hold; more drain as they are released
	total     int // slots
	busy      int // slots in a lease

	bare, warm stack // free slots: without and with an attachment
	requests   bucket

	put, readyAt time.Time
	ready        int64  // readyAt on the account's clock
	request      uint64 // the number of the put
	held         bool   // the owner says when it is ready
	confirmed    bool   // and has said so
	failed       bool
	reason       string
	settled      bool // the request has become ready

	from, to *Version // the other version while a configuration moves
}

// isReady reports whether the request has become ready by now.
func (p *provisioned) isReady(now int64) bool {
	return p.requested > 0 && (p.settled || !p.failed && (!p.held || p.confirmed) && now >= p.ready)
}

// serving returns how many environments of the configuration may serve at now.
func (p *provisioned) serving(now int64) int {
	if p.isReady(now) {
		return p.requested
	}
	return p.allocated
}

// holding returns how many slots there are to be at now: none once a move is over.
func (p *provisioned) holding(now int64) int {
	if p.to != nil && p.to.pc.isReady(now) {
		return 0
	}
	return p.target
}

// rampEnd returns when a request put at t that needs n more environments is allocated: after the preparation, a
// second for every 100 or part of 100, and none of them before all of them. With nothing to allocate it is at once.
func (r *rules) rampEnd(t time.Time, n int) time.Time {
	if n == 0 {
		return t
	}
	const perSecond = 100
	return t.Add(r.prep + time.Duration((n+perSecond-1)/perSecond)*time.Second)
}

// PutProvisionedAt configures n units of provisioned concurrency for the version at t, in the place of what was
// configured. They count against the function's reservation, or else against the unreserved pool, at once. They are
// all ready together, at the ReadyAt of [ProvisionedConcurrency], unless [Version.HoldProvisioned] is called; what is
// allocated already serves meanwhile, unless [Options].KeepOnIncrease is false. If nothing more is to be allocated,
// they are ready at once, and what is too much retires as soon as it is free. The error is a [*ConfigError] if the
// version is $LATEST, n is below 1, more than the function's reservation, or leaves too little unreserved.
func (v *Version) PutProvisionedAt(t time.Time, n int) error {
	a := v.function.account
	a.mu.Lock()
	defer a.unlock()
	if v.released {
		return ErrReleased
	}
	if err := v.checkProvisioned(n); err != nil {
		return err
	}
	now := a.clock.advance(t)
	v.settle(now)
	v.unlinkMove()
	v.configure(n)
	v.begin(t, now)
	return nil
}

// checkProvisioned checks n in AWS's order. The version's own old configuration is free for the new one.
func (v *Version) checkProvisioned(n int) error {
	f := v.function
	a := f.account
	if v.name == Latest {
		return errProvisionedUnpublished()
	}
	if n < 1 {
		return errTooSmall(n, 1, "provisionedConcurrentExecutions")
	}
	own := 0
	if v.pc != nil {
		own = v.pc.requested
	}
	if f.reserved != unset {
		if f.requested-own+n > f.reserved {
			return errProvisionedAboveReserved()
		}
		return nil
	}
	unreserved := a.rules.limit - (a.configured - own)
	if n > unreserved {
		return errProvisionedAboveUnreserved(unreserved)
	}
	if unreserved-n < a.rules.minimum {
		return errProvisionedLeavesTooLittle(a.rules.minimum)
	}
	return nil
}

// begin starts the allocation of a new request. What serves already serves on if the account's rules say so; lowering
// the number always keeps the rest.
func (v *Version) begin(t time.Time, now int64) {
	p, r := v.pc, &v.function.account.rules
	kept := min(p.allocated, p.requested)
	if kept < p.requested && !r.keepOnIncrease {
		kept = 0
	}
	v.allocate(now, kept)
	v.hold(p.requested)
	p.put = t
	p.readyAt = r.rampEnd(t, p.requested-kept)
	p.ready = now + int64(p.readyAt.Sub(t))
	p.request++
	p.held, p.confirmed, p.failed, p.settled, p.reason = false, false, false, false, ""
}

// DeleteProvisionedAt takes the version's configuration away at t. Free environments retire; busy ones go on
// counting against the function until they are released. Without a configuration it does nothing.
func (v *Version) DeleteProvisionedAt(t time.Time) {
	a := v.function.account
	a.mu.Lock()
	defer a.unlock()
	if v.pc == nil || v.pc.requested == 0 {
		return
	}
	v.settle(a.clock.advance(t))
	v.dropProvisioned()
}

// ProvisionedAt returns the state of the version's provisioned concurrency at t, and whether it has any.
func (v *Version) ProvisionedAt(t time.Time) (ProvisionedConcurrency, bool) {
	a := v.function.account
	a.mu.Lock()
	defer a.mu.Unlock()
	return v.provisionedAt(a.clock.read(t.UnixNano()))
}

func (v *Version) provisionedAt(now int64) (ProvisionedConcurrency, bool) {
	p := v.pc
	if p == nil || p.requested == 0 {
		return ProvisionedConcurrency{}, false
	}
	state := ProvisionedConcurrency{Requested: p.requested, Allocated: p.serving(now), Status: InProgress,
		StatusReason: p.reason, LastModified: p.put, ReadyAt: p.readyAt}
	switch {
	case p.isReady(now):
		state.Status = Ready
	case p.failed:
		state.Status = Failed
	case p.from != nil:
		state.Allocated = min(p.requested, p.from.pc.allocated)
	}
	state.Available = state.Allocated
	return state, true
}

// HoldProvisioned leaves it to the caller to say when the version's latest request is ready: a service that really
// runs the Init of the environments calls it right after [Version.PutProvisionedAt] or
// [Version.MoveProvisionedAt], before time passes: it holds at the latest instant booked. The request is then ready
// when the ramp is over and [Version.ReadyProvisionedAt] was called with the number returned here, or fails by
// [Version.FailProvisionedAt]. A later put makes the number void. Without a request that is still in progress it
// returns false.
func (v *Version) HoldProvisioned() (request uint64, ok bool) {
	a := v.function.account
	a.mu.Lock()
	defer a.unlock()
	p := v.pc
	if p == nil {
		return 0, false
	}
	v.settle(a.clock.last)
	if p.requested == 0 || p.settled || p.failed {
		return 0, false
	}
	p.held = true
	return p.request, true
}

// ReadyProvisionedAt says at t that the environments of a request that is held are initialised. It returns false if
// the request is not in progress any more.
func (v *Version) ReadyProvisionedAt(t time.Time, request uint64) bool {
	a := v.function.account
	a.mu.Lock()
	defer a.unlock()
	if !v.pc.pending(request) {
		return false
	}
	now := a.clock.advance(t)
	p := v.pc
	p.confirmed = true
	if now > p.ready {
		p.ready, p.readyAt = now, t
	}
	v.settle(now)
	return true
}

// FailProvisionedAt says at t that a request that is held has failed, and why, which for a failing Init is
// [FunctionErrorInitFailure]. The configuration stays, with what was allocated before it. It returns false if the
// request is not in progress any more.
func (v *Version) FailProvisionedAt(t time.Time, request uint64, reason string) bool {
	a := v.function.account
	a.mu.Lock()
	defer a.unlock()
	if !v.pc.pending(request) {
		return false
	}
	a.clock.advance(t)
	v.pc.failed, v.pc.reason = true, reason
	v.hold(v.pc.allocated)
	return true
}

// pending reports whether the held request with that number waits for its owner's word.
func (p *provisioned) pending(request uint64) bool {
	return p != nil && p.requested > 0 && p.request == request && p.held && !p.confirmed && !p.failed
}
