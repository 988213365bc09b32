package concurrency_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

func TestOptions_zeroIsADefaultAccount(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	s := w.snapshot()
	require.Equal(t, []int{1000, 100, 1000}, []int{s.Limit, s.MinimumUnreserved, s.UnreservedCap})
	require.Empty(t, w.provision("f@1", 1))
	p, _ := w.version("f@1").ProvisionedAt(epoch)
	require.Equal(t, 61*time.Second, p.ReadyAt.Sub(epoch))
}

func TestOptions_nonsensePanics(t *testing.T) {
	for want, opts := range map[string]concurrency.Options{
		"concurrency: Options.Limit is -1, not between 1 and 10000000":             {Limit: -1},
		"concurrency: Options.Limit is 10000001, not between 1 and 10000000":       {Limit: 10_000_001},
		"concurrency: Options.MinimumUnreserved is negative: -1":                   {MinimumUnreserved: new(-1)},
		"concurrency: Options.Reuse is unknown: 3":                                 {Reuse: 3},
		"concurrency: Options.ProactiveInit is 1.5, not between 0 and 1":           {ProactiveInit: 1.5},
		"concurrency: Options.ProactiveInit is NaN, not between 0 and 1":           {ProactiveInit: math.NaN()},
		"concurrency: Options.RateBurst is -1ns, not between 0 and 1m0s":           {RateBurst: -1},
		"concurrency: Options.RateBurst is 1m0.000000001s, not between 0 and 1m0s": {RateBurst: time.Minute + 1},
		"concurrency: Options.ProvisionPrep is negative: -1s":                      {ProvisionPrep: new(-time.Second)},
	} {
		require.PanicsWithValue(t, want, func() { concurrency.NewAccount(opts) })
	}
}

func TestOptions_minimumUnreserved(t *testing.T) {
	w := newWorld(t, concurrency.Options{Limit: 50, MinimumUnreserved: new(10)})
	const text = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10]."
	require.Equal(t, text, w.reserve("f", 41))
	require.Empty(t, w.reserve("f", 40))
}

// An account whose quota is below the minimum can reserve nothing, but runs.
func TestOptions_smallAccount(t *testing.T) {
	w := newWorld(t, concurrency.Options{Limit: 10})
	require.Equal(t, tooMuchReserved, w.reserve("f", 1))
	require.Empty(t, w.reserve("f", 0))
	w.do("+11 g", "10 U c, 1 !CC")
}

func TestOptions_rateBurst(t *testing.T) {
	w := newWorld(t, concurrency.Options{RateBurst: 200 * time.Millisecond})
	require.Empty(t, w.reserve("f", 5))
	require.Equal(t, "1 R c, 9 R w, 5 !RR", w.instant(15, "f", 0))
	w.at = time.Second
	require.Equal(t, "10 R w, 5 !RR", w.instant(15, "f", 0))
}

func TestOptions_ratesOff(t *testing.T) {
	w := newWorld(t, concurrency.Options{Limit: 2000, NoRequestRates: true, NoScalingRate: true})
	require.Empty(t, w.reserve("f", 1))
	require.Equal(t, "1 R c, 99 R w", w.instant(100, "f", 0))
	w.do("+1500 g", "1500 U c")
	for range 30_000 {
		require.NoError(t, w.account.AcceptEventAt(w.now()))
	}
}

func TestOptions_keepOnIncrease(t *testing.T) {
	for _, keep := range []bool{true, false} {
		w := newWorld(t, concurrency.Options{KeepOnIncrease: &keep})
		w.ready("f@1", 2)
		require.Empty(t, w.provision("f@1", 3))
		p, _ := w.version("f@1").ProvisionedAt(w.now())
		require.Equal(t, concurrency.InProgress, p.Status)
		if keep {
			require.Equal(t, 2, p.Available)
			w.do("+3 f@1", "2 PC w, 1 U c")
		} else {
			require.Equal(t, 0, p.Available)
			w.do("+3 f@1", "3 U c")
		}
		require.Empty(t, w.provision("f@1", 1)) // less: what is left serves on either way
		p, _ = w.version("f@1").ProvisionedAt(w.now())
		require.Equal(t, map[bool]int{true: 1, false: 0}[keep], p.Available)
	}
}

func TestReuse_String(t *testing.T) {
	require.Equal(t, "Newest MostRecentlyUsed Oldest Reuse(7)", concurrency.Newest.String()+" "+
		concurrency.MostRecentlyUsed.String()+" "+concurrency.Oldest.String()+" "+concurrency.Reuse(7).String())
}
