package concurrency_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

// named gives every environment of a version a name and notes which retire.
type named struct {
	t       *testing.T
	account *concurrency.Account
	v       *concurrency.Version
	at      time.Duration
	leases  map[string]concurrency.Lease
	retired []string
}

func newNamed(t *testing.T, opts concurrency.Options) *named {
	n := &named{t: t, account: concurrency.NewAccount(opts), leases: map[string]concurrency.Lease{}}
	f, err := n.account.Claim("f", n)
	require.NoError(t, err)
	n.v = f.Version("1")
	return n
}

func (n *named) Retired(attached any) {
	n.retired = append(n.retired, attached.(string))
	n.account.InFlight() // no lock is held
}

func (n *named) now() time.Time { return epoch.Add(n.at) }

// start makes a call and names its environment, if it is new.
func (n *named) start(name string) (served string) {
	n.t.Helper()
	lease, err := n.v.AcquireAt(n.now())
	require.NoError(n.t, err)
	if lease.Cold {
		lease.Attach(name)
	}
	served = lease.Attached().(string)
	n.leases[served] = lease
	return served
}

func (n *named) end(name string, keep bool) { n.leases[name].ReleaseAt(n.now(), keep) }

func TestReuse(t *testing.T) {
	for _, row := range []struct {
		reuse concurrency.Reuse
		order []string
	}{
		{concurrency.Newest, []string{"C", "B", "A"}},
		{concurrency.MostRecentlyUsed, []string{"A", "C", "B"}},
		{concurrency.Oldest, []string{"B", "C", "A"}},
	} {
		t.Run(row.reuse.String(), func(t *testing.T) {
			n := newNamed(t, concurrency.Options{Reuse: row.reuse})
			for _, name := range []string{"A", "B", "C"} { // created in this order
				require.Equal(t, name, n.start(name))
			}
			for _, name := range []string{"B", "C", "A"} { // and idle since, in this one
				n.at += time.Second
				n.end(name, true)
			}
			for _, want := range row.order {
				require.Equal(t, want, n.start("new"))
			}
			require.Equal(t, "new", n.start("new"))
			require.Empty(t, n.retired)
		})
	}
}

func TestIdleLifetime_boundary(t *testing.T) {
	for _, reuse := range []concurrency.Reuse{concurrency.Newest, concurrency.MostRecentlyUsed, concurrency.Oldest} {
		n := newNamed(t, concurrency.Options{Reuse: reuse, IdleLifetime: time.Minute})
		n.start("A")
		n.end("A", true)
		n.at += time.Minute - 1
		require.Equal(t, "A", n.start("B"))
		n.end("A", true)
		n.at += time.Minute
		require.Equal(t, "B", n.start("B"))
		require.Equal(t, []string{"A"}, n.retired)
	}
}

func TestIdleLifetime_negativeIsForEver(t *testing.T) {
	n := newNamed(t, concurrency.Options{IdleLifetime: -1, MaxAge: -1})
	n.start("A")
	n.end("A", true)
	n.at += 100 * 365 * 24 * time.Hour
	require.Equal(t, "A", n.start("B"))
}

// An environment of the maximal age is not used again, be it busy or idle when it reaches it.
func TestMaxAge(t *testing.T) {
	for _, reuse := range []concurrency.Reuse{concurrency.Newest, concurrency.MostRecentlyUsed, concurrency.Oldest} {
		n := newNamed(t, concurrency.Options{Reuse: reuse, MaxAge: time.Hour, IdleLifetime: -1})
		n.start("A")
		n.at = 10 * time.Minute
		n.start("B")
		n.at = time.Hour - 1
		n.end("A", true)
		n.end("B", true)
		n.at = time.Hour
		require.Equal(t, "B", n.start("C")) // A came of age while idle
		n.at = 70 * time.Minute
		n.end("B", true) // and B while busy
		require.Contains(t, n.retired, "B")
		require.Equal(t, "C", n.start("C"))
		n.account.ExpireAt(n.now())
		require.ElementsMatch(t, []string{"A", "B"}, n.retired)
	}
}

func TestExpireAt_retiresWhatIsDue(t *testing.T) {
	n := newNamed(t, concurrency.Options{MaxAge: time.Hour, IdleLifetime: 40 * time.Minute})
	n.start("aged")
	n.at = 10 * time.Minute
	n.start("idle")
	n.end("idle", true)
	n.at = 49 * time.Minute
	n.start("fresh") // takes the idle one
	n.start("fresh")
	n.end("aged", true)
	n.end("fresh", true)
	n.end("idle", true)
	n.at = 60 * time.Minute
	s := n.account.Snapshot(n.now()).Function("f").Version("1")
	require.Equal(t, 2, s.Idle)
	require.Empty(t, n.retired) // a snapshot retires nothing
	n.account.ExpireAt(n.now())
	require.Equal(t, []string{"aged"}, n.retired)
	n.at = 89 * time.Minute
	n.account.ExpireAt(n.now())
	require.Equal(t, []string{"aged", "fresh", "idle"}, n.retired)
	n.account.ExpireAt(n.now())
	require.Len(t, n.retired, 3)
}

func TestRenew_retiresIdleAtOnceAndBusyLater(t *testing.T) {
	n := newNamed(t, concurrency.Options{})
	n.start("idle")
	n.start("busy")
	n.end("idle", true)
	require.Same(t, n.v, n.v.Function().RenewAt(n.now(), "1"))
	require.Equal(t, []string{"idle"}, n.retired)
	require.Equal(t, "fresh", n.start("fresh"))
	n.end("busy", true) // keep or not: its code is gone
	require.Equal(t, []string{"idle", "busy"}, n.retired)
	n.end("fresh", true)
	require.Equal(t, "fresh", n.start("x"))
}

func TestRelease_withoutKeepRetires(t *testing.T) {
	n := newNamed(t, concurrency.Options{})
	n.start("A")
	n.end("A", false)
	require.Equal(t, []string{"A"}, n.retired)
	require.Equal(t, "B", n.start("B"))
}

func TestVersions_doNotShareEnvironments(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.do("+1 f@1", "1 U c")
	w.do("-1 f@1", "")
	w.do("+1 f@2", "1 U c")
	w.do("+1 f", "1 U c")
	w.do("+1 f@1", "1 U w")
}

// Who holds back the owners of what retires has them told by tell, also of what others retired meanwhile, and also while
// somebody else holds them back.
func TestHoldRetirements(t *testing.T) {
	n := newNamed(t, concurrency.Options{})
	tellFirst, tellSecond := n.account.HoldRetirements(), n.account.HoldRetirements()
	for _, name := range []string{"A", "B"} {
		n.start(name)
		n.end(name, false)
	}
	require.Empty(t, n.retired)
	tellFirst()
	require.Equal(t, []string{"A", "B"}, n.retired)
	n.start("C")
	n.end("C", false)
	require.Len(t, n.retired, 2)
	tellSecond()
	require.Equal(t, []string{"A", "B", "C"}, n.retired)
	n.start("D")
	n.end("D", false)
	require.Equal(t, []string{"A", "B", "C", "D"}, n.retired, "nobody holds it back")
}
