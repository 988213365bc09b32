package concurrency

import (
	"fmt"
	"time"
)

// MoveProvisionedAt books at t that an alias with provisioned concurrency moved from this version to another version
// of the function. The new version's environments are allocated as by a put; until all of them are ready, those of
// this version go on serving its calls, and then they are released. What is configured is counted once throughout, so
// calls of both versions may together pass the quota while those of the old one drain. The error is a [*ConfigError]
// if this version has no provisioned concurrency or the other already has its own.
func (v *Version) MoveProvisionedAt(t time.Time, to *Version) error {
	a := v.function.account
	a.mu.Lock()
	defer a.unlock()
	if to.function != v.function {
		return fmt.Errorf("concurrency: provisioned concurrency cannot move from function %q to function %q",
			v.function.name, to.function.name)
	}
	if err := v.checkMove(to); err != nil || v == to {
		return err
	}
	now := a.clock.advance(t)
	v.settle(now)
	to.settle(now)
	v.move(t, now, to)
	return nil
}

func (v *Version) checkMove(to *Version) error {
	switch {
	case v.released || to.released:
		return ErrReleased
	case v.pc == nil || v.pc.requested == 0:
		return errNotProvisioned()
	case to.name == Latest:
		return errProvisionedUnpublished()
	case v != to && to.pc != nil && to.pc.requested > 0:
		return errAlreadyProvisioned()
	}
	return nil
}

// move hands the configuration over. The version that serves meanwhile is v, or, if v itself was still waiting to
// relieve another one, that one.
func (v *Version) move(t time.Time, now int64, to *Version) {
	n, serving := v.pc.requested, v
	if v.pc.from != nil {
		serving = v.pc.from
		serving.unlinkMove()
		v.dropProvisioned()
	} else {
		v.configure(0)
	}
	to.unlinkMove()
	to.configure(n)
	to.begin(t, now)
	if serving != to { // else it came back to where everything is still there
		serving.pc.to, to.pc.from = to, serving
	}
}

// unlinkMove ends the move from v to another version. What v has allocated stays with it.
func (v *Version) unlinkMove() {
	if p := v.pc; p != nil && p.to != nil {
		p.to.pc.from, p.to = nil, nil
	}
}
