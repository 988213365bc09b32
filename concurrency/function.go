package concurrency

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Latest is the name of the unpublished version.
const Latest = "$LATEST"

const unset = -1

// Function is the books of one function. Its versions and aliases share its reserved concurrency. It is safe for
// concurrent use.
type Function struct {
	account *Account
	name    string
	owner   any
	retirer Retirer // owner, if it is one

	// The rest is guarded by account.mu.
	versions      map[string]*Version
	reserved      int // unset without a reservation: not the same as 0
	onDemand      int // in flight beside provisioned concurrency
	onProvisioned int // in flight on it
	requested     int // provisioned concurrency configured for all versions
	draining      int // provisioned concurrency in flight beyond what is configured
	requests      bucket
	scaling       bucket
	born          uint64 // environments that were created on demand
	released      bool
}

func newFunction(a *Account, name string, owner any) *Function {
	retirer, _ := owner.(Retirer)
	return &Function{account: a, name: name, owner: owner, retirer: retirer, versions: map[string]*Version{},
		reserved: unset, scaling: newScaling(a.clock.last)}
}

// Name returns the name that the function was claimed by.
func (f *Function) Name() string { return f.name }

// Version returns the books of a version, [Latest] or a number, opening them if need be. Aliases have no books: a
// call is counted on the version that its alias resolves to. The Version stays the same until it is released.
func (f *Function) Version(name string) *Version {
	f.account.mu.Lock()
	defer f.account.mu.Unlock()
	return f.version(name)
}

func (f *Function) version(name string) *Version {
	v := f.versions[name]
	if v == nil {
		v = &Version{function: f, name: name, released: f.released}
		if !f.released {
			f.versions[name] = v
		}
	}
	return v
}

// RenewAt books a deployment of new code or configuration to a version, at t, and returns its books. Idle
// environments of the version retire at once, busy ones when they are released, whatever they are released with. The
// configuration of provisioned concurrency stays: its environments are replaced by bare ones, which
// [Version.ProvisionedNeeds] counts.
func (f *Function) RenewAt(t time.Time, version string) *Version {
	f.account.mu.Lock()
	defer f.account.unlock()
	v := f.version(version)
	f.account.clock.advance(t)
	v.epoch++
	v.retireIdle()
	v.renewProvisioned()
	return v
}

// Release closes the books of a function that was deleted. Its name, its reservation and its provisioned concurrency
// are free at once, and its idle environments retire. Leases in flight stay valid and count until they are released.
// Acquiring from it, or configuring it, is refused with [ErrReleased]. Releasing again does nothing.
func (f *Function) Release() {
	a := f.account
	a.mu.Lock()
	defer a.unlock()
	if f.released {
		return
	}
	for _, v := range f.sorted() {
		v.close()
	}
	f.rebook(func() { f.reserved = unset })
	f.released = true
	delete(a.functions, f.name)
}

// sorted returns the versions, $LATEST first and then by number.
func (f *Function) sorted() []*Version {
	all := make([]*Version, 0, len(f.versions))
	for _, v := range f.versions {
		all = append(all, v)
	}
	slices.SortFunc(all, func(x, y *Version) int { return compareVersions(x.name, y.name) })
	return all
}

// provisioned returns what provisioned concurrency takes: what is configured, and what is in flight beyond that
// while a deleted or smaller configuration drains.
func (f *Function) provisioned() int { return f.requested + f.draining }

// claim returns what the function takes out of the account's quota. Provisioned concurrency of a reserved function is
// part of the reservation and never added to it.
func (f *Function) claim() int {
	if f.reserved != unset {
		return f.reserved
	}
	return f.provisioned()
}

// configured is claim as settings see it: calls in flight do not matter.
func (f *Function) configured() int {
	if f.reserved != unset {
		return f.reserved
	}
	return f.requested
}

// unreserved returns what the function has in flight on the unreserved pool.
func (f *Function) unreserved() int {
	if f.reserved != unset {
		return 0
	}
	return f.onDemand
}

// countOnDemand changes what the function has in flight on demand. It is rebook for the one sum that every call
// changes.
func (f *Function) countOnDemand(by int) {
	f.onDemand += by
	if f.reserved == unset {
		f.account.unreserved += by
	}
}

// rebook makes a change to the function's settings and carries it into the account's sums.
func (f *Function) rebook(change func()) {
	a := f.account
	a.claimed -= f.claim()
	a.configured -= f.configured()
	a.unreserved -= f.unreserved()
	change()
	a.claimed += f.claim()
	a.configured += f.configured()
	a.unreserved += f.unreserved()
}

func compareNames(x, y string) int { return strings.Compare(x, y) }

// compareVersions puts $LATEST first and orders numbers by value.
func compareVersions(x, y string) int {
	if x == Latest || y == Latest {
		return cmp.Compare(b2i(y == Latest), b2i(x == Latest))
	}
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	return strings.Compare(x, y)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
