package registry

import (
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
)

// moveProvisioned lets an alias's provisioned concurrency follow the alias to another version: that one's environments
// are made ready first, and until then the version being left serves on. The accountant refuses $LATEST.
func (r *Registry) moveProvisioned(now time.Time, f *function, a *alias, to string) error {
	p := f.provisioned[a.name]
	if p == nil || p.version == to {
		return nil
	}
	target := f.find(to)
	if target.pending {
		return f.busy()
	}
	if f.heldByAnother(a.name, to) {
		return alreadyProvisioned()
	}
	left := f.booksOf(f.find(p.version))
	if err := left.MoveProvisionedAt(now, f.booksOf(target)); err != nil {
		return configError(err)
	}
	if p.leaving == "" {
		p.leaving = p.version
	}
	if p.leaving == to { // back before it was away: everything is there still
		p.leaving = ""
	}
	p.version = to
	state, _ := f.booksOf(target).ProvisionedAt(now)
	r.noteConcurrency(f, to, state.Allocated)
	r.notify(target.deployment, state.Requested)
	return nil
}

// settleMove ends a move once the new version's environments are ready. Those that fail leave things as they are.
func (r *Registry) settleMove(now time.Time, f *function, p *provisioned) bool {
	if p.leaving == "" {
		return false
	}
	state, _ := f.booksOf(f.find(p.version)).ProvisionedAt(now)
	if state.Status != concurrency.Ready {
		return false
	}
	r.noteConcurrency(f, p.leaving, 0)
	p.leaving = ""
	return true
}

// moveDue is when a move ends by itself, if that can be foreseen.
func (f *function) moveDue(now time.Time, p *provisioned) (time.Time, bool) {
	if p.leaving == "" {
		return time.Time{}, false
	}
	state, _ := f.booksOf(f.find(p.version)).ProvisionedAt(now)
	return state.ReadyAt, state.Status == concurrency.InProgress && state.ReadyAt.After(now)
}
