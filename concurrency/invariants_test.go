package concurrency_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
)

// The invariants that are not in machine_test.go or longrun_test.go, by number: those that compare two runs, and those
// about long or large schedules.

// step is one step of a script that can be played against any account.
type step struct {
	function, version string
	calls, releases   int
	keep              bool
	advance           time.Duration
}

func drawScript(t *rapid.T, functions ...string) []step {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			function: rapid.SampledFrom(functions).Draw(t, "function"),
			version:  rapid.SampledFrom([]string{concurrency.Latest, "1"}).Draw(t, "version"),
			calls:    rapid.IntRange(0, 6).Draw(t, "calls"),
			releases: rapid.IntRange(0, 6).Draw(t, "releases"),
			keep:     rapid.Bool().Draw(t, "keep"),
			advance:  time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond,
		}
	}), 1, 60).Draw(t, "script")
}

// player plays scripts and records the outcome of every call, by function.
type player struct {
	account *concurrency.Account
	at      time.Duration
	held    map[string][]concurrency.Lease
	trace   map[string][]string
}

func newPlayer(opts concurrency.Options) *player {
	return &player{account: concurrency.NewAccount(opts), held: map[string][]concurrency.Lease{}, trace: map[string][]string{}}
}

func (p *player) now() time.Time { return epoch.Add(p.at) }

func (p *player) function(name string) *concurrency.Function {
	f, err := p.account.Claim(name, nil)
	if err != nil {
		panic(err)
	}
	return f
}

func (p *player) play(s step) {
	p.at += s.advance
	for range min(s.releases, len(p.held[s.function])) {
		p.held[s.function][0].ReleaseAt(p.now(), s.keep)
		p.held[s.function] = p.held[s.function][1:]
	}
	v := p.function(s.function).Version(s.version)
	for range s.calls {
		lease, err := v.AcquireAt(p.now())
		p.trace[s.function] = append(p.trace[s.function], verdict(lease, err))
		if err == nil {
			p.held[s.function] = append(p.held[s.function], lease)
		}
	}
}

// wait lets the time of a step pass without what it does.
func (p *player) wait(s step) { p.at += s.advance }

// 9 and 11: what has reserved concurrency neither feels others nor is felt by them, busy or idle.
func TestInvariants_reservedFunctionsAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		script := drawScript(t, "reserved", "x", "y")
		reserved := rapid.IntRange(0, 6).Draw(t, "R")
		provisioned := rapid.IntRange(0, reserved).Draw(t, "P")
		play := func(skip func(step) bool) map[string][]string {
			p := newPlayer(concurrency.Options{Limit: 10, MinimumUnreserved: new(0), NoRequestRates: true, ProvisionPrep: new(3 * time.Second)})
			require.NoError(t, p.function("reserved").PutReservedAt(p.now(), reserved))
			if provisioned > 0 {
				require.NoError(t, p.function("reserved").Version("1").PutProvisionedAt(p.now(), provisioned))
			}
			for _, s := range script {
				if skip(s) {
					p.wait(s)
				} else {
					p.play(s)
				}
			}
			return p.trace
		}
		all := play(func(step) bool { return false })
		alone := play(func(s step) bool { return s.function != "reserved" })
		others := play(func(s step) bool { return s.function == "reserved" })
		require.Equal(t, all["reserved"], alone["reserved"])
		require.Equal(t, all["x"], others["x"])
		require.Equal(t, all["y"], others["y"])
	})
}

// 27: scaling rates are each function's own, as long as the pool is large enough for both.
func TestInvariants_scalingIsIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		script := drawScript(t, "x", "y")
		for i := range script {
			script[i].calls *= 150
			script[i].keep = false
		}
		play := func(only string) map[string][]string {
			p := newPlayer(concurrency.Options{Limit: 1_000_000, NoRequestRates: true})
			for _, s := range script {
				if only == "" || s.function == only {
					p.play(s)
				} else {
					p.wait(s)
				}
			}
			return p.trace
		}
		both := play("")
		require.Equal(t, both["x"], play("x")["x"])
		require.Equal(t, both["y"], play("y")["y"])
	})
}

// 22: in any window of w seconds at most 1000 + 100·w environments are created, and from rest exactly that many if
// demand never ends. 26: the same for the request rates, at most r·(1+w).
func TestInvariants_rates(t *testing.T) {
	type admission struct {
		at time.Duration
		n  int
	}
	windows := func(t *rapid.T, log []admission, atOnce, perSecond float64) {
		for i := range log {
			n := 0
			for j := i; j < len(log); j++ {
				n += log[j].n
				w := (log[j].at - log[i].at).Seconds()
				require.LessOrEqual(t, float64(n), atOnce+perSecond*w+1e-6)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) admission {
			return admission{time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms")) * time.Millisecond, rapid.IntRange(0, 1500).Draw(t, "calls")}
		}), 1, 30).Draw(t, "steps")
		reserved := rapid.IntRange(1, 100).Draw(t, "R")
		scaling := newPlayer(concurrency.Options{Limit: 100_000, NoRequestRates: true})
		requests := newPlayer(concurrency.Options{Limit: 1000, NoScalingRate: true})
		require.NoError(t, requests.function("f").PutReservedAt(epoch, reserved))
		var created, admitted []admission
		for _, s := range steps {
			scaling.at += s.at
			requests.at += s.at
			var c, a int
			for range s.n {
				lease, err := scaling.function("f").Version("1").AcquireAt(scaling.now())
				lease.ReleaseAt(scaling.now(), false)
				c += count(err == nil)
				lease, err = requests.function("f").Version("1").AcquireAt(requests.now())
				lease.ReleaseAt(requests.now(), true)
				a += count(err == nil)
			}
			created = append(created, admission{scaling.at, c})
			admitted = append(admitted, admission{requests.at, a})
		}
		windows(t, created, 1000, 100)
		windows(t, admitted, float64(10*reserved), float64(10*reserved))
	})
}

func TestInvariants_scalingFromRest(t *testing.T) {
	v := newPlayer(concurrency.Options{Limit: 100_000, NoRequestRates: true}).function("f").Version("1")
	total := 0
	for second := 0; second <= 30; second++ {
		for {
			if _, err := v.AcquireAt(epoch.Add(time.Duration(second) * time.Second)); err != nil {
				break
			}
			total++
		}
		require.Equal(t, 1000+100*second, total)
	}
}

// 18: after everything has ended and ten seconds have passed, the account is as at the start.
func TestInvariants_everythingComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		script := drawScript(t, "f", "g")
		for i := range script {
			script[i].keep = false // keep nothing warm, so that the scaling rate shows
			script[i].calls *= 20
		}
		opts := concurrency.Options{Limit: 2000}
		p := newPlayer(opts)
		start := p.account.Snapshot(p.now())
		for _, s := range script {
			p.play(s)
		}
		for _, leases := range p.held {
			for _, lease := range leases {
				lease.ReleaseAt(p.now(), false)
			}
		}
		p.at += 10 * time.Second
		end := p.account.Snapshot(p.now())
		end.Functions = nil
		require.Equal(t, start, end)
		p.trace = map[string][]string{}
		fresh := newPlayer(opts)
		for _, x := range []*player{p, fresh} { // all buckets are full again
			x.play(step{function: "f", version: "1", calls: 1200})
			x.play(step{function: "g", version: "1", calls: 1200})
		}
		require.Equal(t, fresh.trace, p.trace)
	})
}

// 20: raising a cap by k admits exactly min(k, demand) more.
func TestInvariants_raisingACap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cap, k, demand := rapid.IntRange(1, 20).Draw(t, "cap"), rapid.IntRange(0, 20).Draw(t, "k"), rapid.IntRange(0, 30).Draw(t, "demand")
		for _, reserved := range []bool{false, true} {
			p := newPlayer(concurrency.Options{Limit: cap, MinimumUnreserved: new(0), NoRequestRates: true})
			put := func(n int) {
				require.NoError(t, p.account.SetLimitAt(p.now(), n))
				if reserved {
					require.NoError(t, p.function("f").PutReservedAt(p.now(), n))
				}
			}
			put(cap)
			p.play(step{function: "f", version: "1", calls: cap + 5})
			require.Len(t, p.held["f"], cap)
			put(cap + k)
			p.play(step{function: "f", version: "1", calls: demand})
			require.Len(t, p.held["f"], cap+min(k, demand))
		}
	})
}

// 28: calls of a version with provisioned concurrency either run on it or spill over.
func TestInvariants_spillover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlayer(concurrency.Options{Limit: 10, MinimumUnreserved: new(0)})
		n := rapid.IntRange(1, 10).Draw(t, "P")
		require.NoError(t, p.function("f").Version("1").PutProvisionedAt(p.now(), n))
		p.at = time.Hour
		for _, s := range drawScript(t, "f", "g") {
			s.version = "1"
			p.play(s)
			for _, lease := range p.held["f"] {
				require.Equal(t, lease.Pool != concurrency.Provisioned, lease.Spillover)
			}
			for _, lease := range p.held["g"] {
				require.False(t, lease.Spillover)
			}
		}
	})
}

// 30: the same script gives the same trace, chance included.
func TestInvariants_deterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		script, seed := drawScript(t, "f", "g", "h"), rapid.Uint64().Draw(t, "seed")
		play := func(seed uint64) map[string][]string {
			p := newPlayer(concurrency.Options{Limit: 12, MinimumUnreserved: new(0), ProactiveInit: 0.5, Seed: seed})
			for _, s := range script {
				p.play(s)
			}
			return p.trace
		}
		require.Equal(t, play(seed), play(seed))
	})
}

// The metrics of provisioned concurrency in the guide's example: a call a minute, each two minutes long, on ten units.
func TestInvariants_provisionedMetrics(t *testing.T) {
	p := newPlayer(concurrency.Options{})
	v := p.function("f").Version("1")
	require.NoError(t, v.PutProvisionedAt(p.now(), 10))
	p.at = time.Hour
	var leases []concurrency.Lease
	for minute, want := range []struct {
		busy        int
		utilization float64
	}{{1, 0.1}, {2, 0.2}, {2, 0.2}, {2, 0.2}} {
		if minute >= 2 { // two minutes are over
			leases[minute-2].ReleaseAt(p.now(), true)
		}
		lease, err := v.AcquireAt(p.now())
		require.NoError(t, err)
		leases = append(leases, lease)
		s := p.account.Snapshot(p.now()).Function("f").Version("1")
		require.Equal(t, want.busy, s.ProvisionedBusy)
		require.InDelta(t, want.utilization, s.Utilization(), 1e-9)
		p.at += time.Minute
	}
}

// The guide's example for ClaimedAccountConcurrency: 500 reserved, 300 provisioned, and 0, 100, 100 unreserved in use.
func TestInvariants_claimed(t *testing.T) {
	p := newPlayer(concurrency.Options{})
	require.NoError(t, p.function("reserved").PutReservedAt(p.now(), 500))
	require.NoError(t, p.function("provisioned").Version("1").PutProvisionedAt(p.now(), 300))
	var claimed []int
	for _, calls := range []int{0, 100, 0} {
		for range calls {
			_, err := p.function("x").Version("1").AcquireAt(p.now())
			require.NoError(t, err)
		}
		claimed = append(claimed, p.account.ClaimedAccountConcurrency())
	}
	require.Equal(t, []int{800, 900, 900}, claimed)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
