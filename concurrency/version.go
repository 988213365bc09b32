package concurrency

// Version is the books of one version of a function: its execution environments and its provisioned concurrency.
// Environments are never shared between versions, not even between versions of the same code. It is safe for
// concurrent use.
type Version struct {
	function *Function
	name     string

	// The rest is guarded by the account's mutex.
	busy             int      // in flight on demand
	idle             idleList // on-demand environments that wait
	births           births   // the same by age; kept for the policy Newest only
	pc               *provisioned
	epoch            uint64 // the deployment; environments of an earlier one are not used again
	created, retired uint64
	released         bool
}

// Name returns the version's name, [Latest] or a number.
func (v *Version) Name() string { return v.name }

// Function returns the books of the function that the version belongs to.
func (v *Version) Function() *Function { return v.function }

// Release closes the books of a version that was deleted, as [Function.Release] does for all of a function.
func (v *Version) Release() {
	a := v.function.account
	a.mu.Lock()
	defer a.unlock()
	if !v.released {
		v.close()
		delete(v.function.versions, v.name)
	}
}

func (v *Version) close() {
	v.retireIdle()
	v.dropProvisioned()
	v.released = true
	v.epoch++
}
