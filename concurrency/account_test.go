package concurrency_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

func TestClaim(t *testing.T) {
	a := concurrency.NewAccount(concurrency.Options{})
	one, two := new(int), new(int)
	f, err := a.Claim("f", one)
	require.NoError(t, err)
	require.Equal(t, "f", f.Name())
	again, err := a.Claim("f", one)
	require.NoError(t, err)
	require.Same(t, f, again)
	require.Same(t, f, a.Function("f"))
	require.Nil(t, a.Function("g"))

	_, err = a.Claim("f", two)
	require.ErrorIs(t, err, concurrency.ErrClaimed)
	require.EqualError(t, err, `concurrency: function "f": claimed by another owner`)
	_, err = a.Claim("f", nil)
	require.ErrorIs(t, err, concurrency.ErrClaimed)
	_, err = a.Claim("g", []int{1})
	require.EqualError(t, err, `concurrency: function "g": owner of type []int is not comparable`)
	require.Nil(t, a.Function("g"))

	f.Release()
	g, err := a.Claim("f", two)
	require.NoError(t, err)
	require.NotSame(t, f, g)
}

func TestFunction_versions(t *testing.T) {
	f := newWorld(t, concurrency.Options{}).function("f")
	v := f.Version("1")
	require.Equal(t, "1", v.Name())
	require.Same(t, f, v.Function())
	require.Same(t, v, f.Version("1"))
	require.NotSame(t, v, f.Version(concurrency.Latest))
}

func TestFunction_Release(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	f := w.function("f")
	w.ready("f@1", 2)
	require.Empty(t, w.reserve("f", 10))
	w.do("+4 f@1", "2 PC w, 2 R c")
	w.do("-1 f@1 R", "")
	f.Release()
	f.Release()
	s := w.snapshot()
	require.Empty(t, s.Functions)
	require.Equal(t, []int{3, 2, 998, 1}, []int{s.InFlight, s.Claimed, s.UnreservedCap, s.UnreservedInUse}) // what is in flight counts on

	v := f.Version("1")
	_, err := v.AcquireAt(w.now())
	require.ErrorIs(t, err, concurrency.ErrReleased)
	_, err = f.Version("new").AcquireAt(w.now())
	require.ErrorIs(t, err, concurrency.ErrReleased)
	require.ErrorIs(t, f.PutReservedAt(w.now(), 1), concurrency.ErrReleased)
	require.ErrorIs(t, v.PutProvisionedAt(w.now(), 1), concurrency.ErrReleased)
	require.ErrorIs(t, v.MoveProvisionedAt(w.now(), f.Version("2")), concurrency.ErrReleased)
	f.DeleteReservedAt(w.now())
	f.RenewAt(w.now(), "1")
	v.Release()

	w.function("f").Version("1") // the name is free for books of its own
	w.do("-3 f@1", "")
	s = w.snapshot()
	require.Equal(t, []int{0, 0, 1000, 0}, []int{s.InFlight, s.Claimed, s.UnreservedCap, s.UnreservedInUse})
	w.do("+1 f@1", "1 U c") // nothing is left of the old environments
}

func TestVersion_Release(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.ready("f@1", 2)
	w.do("+3 f@1", "2 PC w, 1 U c")
	old := w.version("f@1")
	old.Release()
	old.Release()
	_, err := old.AcquireAt(w.now())
	require.ErrorIs(t, err, concurrency.ErrReleased)
	require.Empty(t, w.snapshot().Function("f").Versions)
	require.Equal(t, 3, w.function("f").InFlight())
	require.Equal(t, 998, w.unreservedCap()) // draining
	w.do("-3 f@1", "")
	require.Equal(t, 1000, w.unreservedCap())
	require.NotSame(t, old, w.version("f@1"))
}

func TestSetLimitAt(t *testing.T) {
	w := newWorld(t, concurrency.Options{Limit: 1000})
	require.Empty(t, w.reserve("f", 500))
	w.do("+300 x", "300 U c")
	for _, n := range []int{-1, 0, 599, 10_000_001} {
		require.ErrorIs(t, w.account.SetLimitAt(w.now(), n), concurrency.ErrLimit, n)
	}
	require.EqualError(t, w.account.SetLimitAt(w.now(), 599),
		"concurrency: limit refused: 599 leaves less than 100 unreserved beside the 500 claimed")
	require.Equal(t, 1000, w.snapshot().Limit)
	require.NoError(t, w.account.SetLimitAt(w.now(), 600)) // ends nothing
	require.Equal(t, 300, w.account.InFlight())
	w.do("-200 x", "")
	w.do("+1 x", "1 !CC")
	w.do("-1 x", "")
	w.do("+2 x", "1 U w, 1 !CC")

	small := newWorld(t, concurrency.Options{Limit: 1000})
	require.NoError(t, small.account.SetLimitAt(epoch, 10)) // nothing claimed, so nothing to protect
	small.do("+11 x", "10 U c, 1 !CC")
}

// Ten times the quota may be accepted a second, whatever is executed meanwhile.
func TestAcceptEventAt(t *testing.T) {
	w := newWorld(t, concurrency.Options{Limit: 10})
	require.Equal(t, "1 U c, 99 U w, 1 !CR", w.instant(101, "f", 0))
	accept := func(n int) (accepted int) {
		for range n {
			err := w.account.AcceptEventAt(w.now())
			if err == nil {
				accepted++
				continue
			}
			var refused *concurrency.ThrottleError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, concurrency.CallerRateLimitExceeded, refused.Reason)
		}
		return accepted
	}
	require.Equal(t, 100, accept(120))
	w.at = 100 * time.Millisecond
	require.Equal(t, 10, accept(20))
	require.NoError(t, w.account.SetLimitAt(w.now(), 20))
	require.Equal(t, 100, accept(200)) // of two hundred, a hundred are used
}

func TestGauges(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.ready("f@1", 2)
	require.Empty(t, w.reserve("g", 7))
	w.do("+3 f@1", "2 PC w, 1 U c")
	require.Equal(t, 3, w.function("f").InFlight())
	require.Equal(t, 0, w.function("g").InFlight())
	require.Equal(t, 2+7+1, w.account.ClaimedAccountConcurrency())
	require.Equal(t, 3, w.account.InFlight())
	inFlight, claimed := concurrency.Lease{}.GaugesAfter()
	require.Equal(t, []int{0, 0}, []int{inFlight, claimed})
	require.False(t, concurrency.Lease{}.Drains())
}

// Everything at once, for the race detector: no lease is lost, and no environment serves two.
func TestConcurrentUse(t *testing.T) {
	owner := &counter{}
	a := concurrency.NewAccount(concurrency.Options{Limit: 20, MinimumUnreserved: new(0), NoRequestRates: true, IdleLifetime: time.Microsecond})
	f, err := a.Claim("f", owner)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for worker := range 4 {
		v := f.Version([]string{"$LATEST", "1"}[worker%2])
		wg.Go(func() {
			for i := range 2000 {
				lease, err := v.Acquire()
				if err != nil {
					assert.ErrorIs(t, err, concurrency.ErrThrottled)
					continue
				}
				env, _ := lease.Attached().(*sync.Mutex)
				if env == nil {
					env = &sync.Mutex{}
					lease.Attach(env)
				}
				assert.True(t, env.TryLock())
				runtime.Gosched()
				env.Unlock()
				lease.ReleaseAt(time.Now(), i%5 > 0)
			}
		})
	}
	wg.Go(func() {
		for i := range 300 {
			now := time.Now()
			_ = f.PutReservedAt(now, i%5)
			_ = f.Version("1").PutProvisionedAt(now, i%3)
			a.Snapshot(now)
			a.ExpireAt(now)
			f.Version("1").AttachProvisioned(&sync.Mutex{})
			f.DeleteReservedAt(now)
			f.Version("1").DeleteProvisionedAt(now)
			f.RenewAt(now, "1")
		}
	})
	wg.Wait()
	require.Zero(t, a.InFlight())
	require.Positive(t, owner.retired())
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) Retired(any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (c *counter) retired() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}
