package concurrency_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

// What a lease gives back depends on the settings of the moment, not on the pool that it was taken from.
func TestGaugesAfter(t *testing.T) {
	for _, c := range []struct {
		name              string
		before, meanwhile func(w *world)
		call              string
		inFlight, claimed int
		drains            bool
	}{
		{"unreserved", nil, nil, "f", 0, 0, false},
		{"unreserved, then reserved", nil, func(w *world) { w.reserve("f", 5) }, "f", 0, 5, false},
		{"unreserved, then turned off", nil, func(w *world) { w.reserve("f", 0) }, "f", 0, 0, false},
		{"reserved", func(w *world) { w.reserve("f", 5) }, nil, "f", 0, 5, false},
		{"reserved, then not", func(w *world) { w.reserve("f", 5) }, func(w *world) { w.function("f").DeleteReservedAt(w.now()) }, "f", 0, 0, false},
		{"unreserved, then deleted", nil, func(w *world) { w.function("f").Release() }, "f", 0, 0, false},
		{"provisioned", func(w *world) { w.ready("f@1", 3) }, nil, "f@1", 0, 3, false},
		{"provisioned, then cut", func(w *world) { w.ready("f@1", 3) }, func(w *world) { w.provision("f@1", 1) }, "f@1", 0, 1, false},
		{"provisioned, then deleted", func(w *world) { w.ready("f@1", 3) }, func(w *world) { w.version("f@1").DeleteProvisionedAt(w.now()) }, "f@1", 0, 0, true},
		{"provisioned, then deleted, of a reserved function",
			func(w *world) { w.reserve("f", 5); w.ready("f@1", 3) }, func(w *world) { w.version("f@1").DeleteProvisionedAt(w.now()) }, "f@1", 0, 5, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, concurrency.Options{})
			if c.before != nil {
				c.before(w)
			}
			f := w.function("f")
			lease, err := w.version(c.call).AcquireAt(w.now())
			require.NoError(t, err)
			if c.meanwhile != nil {
				c.meanwhile(w)
			}
			require.Equal(t, c.drains, lease.Drains())
			inFlight, claimed := lease.GaugesAfter()
			require.Equal(t, []int{c.inFlight, c.claimed}, []int{inFlight, claimed})
			lease.ReleaseAt(w.now(), true)
			require.Equal(t, []int{c.inFlight, c.claimed}, []int{f.InFlight(), w.account.ClaimedAccountConcurrency()})
			require.False(t, lease.Drains())
		})
	}
}
