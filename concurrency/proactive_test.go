package concurrency_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

// colds makes n calls that each need a new environment and tells which of them waited for it.
func colds(t *testing.T, opts concurrency.Options, name string, n int) []bool {
	t.Helper()
	opts.Limit = 1_000_000
	w := newWorld(t, opts)
	cold := make([]bool, n)
	for i := range cold {
		now := epoch.Add(time.Duration(i) * 10 * time.Millisecond)
		lease, err := w.version(name + "@1").AcquireAt(now)
		require.NoError(t, err)
		require.Nil(t, lease.Attached())
		cold[i] = lease.Cold
	}
	s := w.account.Snapshot(w.now()).Function(name).Version("1")
	require.Equal(t, uint64(n), s.Created) // initialised ahead or not, it is a new environment
	return cold
}

func TestProactiveInit(t *testing.T) {
	const n = 20_000
	for p, want := range map[float64]float64{0: 1, 0.3: 0.7, 0.85: 0.15, 1: 0} {
		waited := 0
		for _, cold := range colds(t, concurrency.Options{ProactiveInit: p}, "f", n) {
			waited += count(cold)
		}
		require.InDelta(t, want, float64(waited)/n, 0.01, p)
	}
}

func TestProactiveInit_hangsOnSeedAndFunctionOnly(t *testing.T) {
	half := concurrency.Options{ProactiveInit: 0.5}
	other := half
	other.Seed = 1
	require.Equal(t, colds(t, half, "f", 200), colds(t, half, "f", 200))
	require.NotEqual(t, colds(t, half, "f", 200), colds(t, other, "f", 200))
	require.NotEqual(t, colds(t, half, "f", 200), colds(t, half, "g", 200))
}

// An environment initialised ahead still counts against the scaling rate.
func TestProactiveInit_costsAToken(t *testing.T) {
	w := newWorld(t, concurrency.Options{Limit: 5000, ProactiveInit: 1})
	w.do("+1001 f", "1000 U w, 1 !SC")
}
