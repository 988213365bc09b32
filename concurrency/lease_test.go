package concurrency

import (
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestLease_isASmallValue(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(Lease{}), uintptr(32))
}

func TestLease_zeroHasEnded(t *testing.T) {
	var l Lease
	l.ReleaseAt(time.Unix(0, 0), true)
	l.Attach(1)
	require.Nil(t, l.Attached())
}

// A lease that has ended cannot touch the environment's later leases, nor the slot's later environments.
func TestLease_ended(t *testing.T) {
	f, err := NewAccount(Options{}).Claim("f", nil)
	require.NoError(t, err)
	now := time.Unix(1_700_000_000, 0)
	acquire := func(version string) Lease {
		l, err := f.Version(version).AcquireAt(now)
		require.NoError(t, err)
		return l
	}
	first := acquire("1")
	copied := first
	first.Attach("A")
	copied.ReleaseAt(now, true)
	require.Nil(t, first.Attached())

	second := acquire("1")
	first.ReleaseAt(now, false)
	first.Attach("stale")
	require.Equal(t, "A", second.Attached())
	require.Equal(t, 1, f.account.InFlight())
	second.ReleaseAt(now, false)

	third := acquire("2")
	require.Same(t, first.held.slot, third.held.slot) // the slot went to another version
	for _, old := range []Lease{first, copied, second} {
		old.ReleaseAt(now, true)
		old.Attach("stale")
		require.Nil(t, old.Attached())
	}
	require.Nil(t, third.Attached())
	require.Equal(t, 1, f.account.InFlight())
}

func TestAcquire_doesNotAllocate(t *testing.T) {
	for name, prepare := range map[string]func(*Version, time.Time){
		"on demand":   func(*Version, time.Time) {},
		"reserved":    func(v *Version, now time.Time) { require.NoError(t, v.function.PutReservedAt(now, 500)) },
		"provisioned": func(v *Version, now time.Time) { require.NoError(t, v.PutProvisionedAt(now.Add(-time.Hour), 5)) },
	} {
		for _, keep := range []bool{true, false} { // warm, and cold in a slot that was used before
			f, err := NewAccount(Options{NoScalingRate: true}).Claim("f", nil)
			require.NoError(t, err)
			v := f.Version("1")
			now := time.Unix(1_700_000_000, 0)
			prepare(v, now)
			n := testing.AllocsPerRun(1000, func() {
				now = now.Add(10 * time.Millisecond)
				l, err := v.AcquireAt(now)
				if err != nil {
					t.Error(err)
				}
				l.ReleaseAt(now, keep)
			})
			require.Zero(t, n, name)
		}
	}
}

func TestAcquire_refusingDoesNotAllocate(t *testing.T) {
	f, err := NewAccount(Options{Limit: 1}).Claim("f", nil)
	require.NoError(t, err)
	v := f.Version("1")
	now := time.Unix(1_700_000_000, 0)
	_, err = v.AcquireAt(now)
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(1000, func() { _, err = v.AcquireAt(now) }))
	require.ErrorIs(t, err, ErrThrottled)
}

func TestPool_String(t *testing.T) {
	require.Equal(t, "Provisioned Reserved Unreserved Pool(0)",
		Provisioned.String()+" "+Reserved.String()+" "+Unreserved.String()+" "+Pool(0).String())
}
