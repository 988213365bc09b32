package concurrency_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

func TestConcurrency_littlesLaw(t *testing.T) {
	for _, row := range []struct {
		rate     float64
		duration time.Duration
		want     float64
	}{
		{100, time.Second, 100}, {100, 500 * time.Millisecond, 50}, {200, 250 * time.Millisecond, 50},
		{20_000, 50 * time.Millisecond, 1000}, {0, time.Hour, 0},
	} {
		require.InDelta(t, row.want, concurrency.Concurrency(row.rate, row.duration), 1e-9)
	}
}

func TestErlangB(t *testing.T) {
	for _, row := range []struct {
		units             int
		rate, duration    float64
		blocking, carried float64
	}{
		{1, 1, 1, 0.5, 0.5},
		{5, 3, 1, 0.1100543478, 2.669837},
		{10, 50, 0.1, 0.01838457034, 4.908077},
		{10, 100, 0.1, 0.2145823431, 7.854177},
		{100, 100, 1, 0.07570045271, 92.429955},
		{100, 400, 0.2, 0.003992028605, 79.680638},
		{200, 90, 2, 0.0103249952, 178.1415},
		{1000, 950, 1, 0.003649293689, 946.53317},
		{1000, 1000, 0.9, 5.92986267e-05, 899.94663},
		{1000, 1000, 2.016, 0.5044545819, 999.01956},
	} {
		t.Run(fmt.Sprintf("%d units, %v/s of %v s", row.units, row.rate, row.duration), func(t *testing.T) {
			load := row.rate * row.duration
			got := concurrency.ErlangB(row.units, load)
			require.InEpsilon(t, row.blocking, got, 1e-8)
			require.InEpsilon(t, row.carried, load*(1-got), 1e-6)
		})
	}
	require.Equal(t, 1.0, concurrency.ErlangB(0, 3))
	require.Equal(t, 0.0, concurrency.ErlangB(3, 0))
	require.True(t, math.IsNaN(concurrency.ErlangB(-1, 3)))
	require.True(t, math.IsNaN(concurrency.ErlangB(3, -1)))
	require.True(t, math.IsNaN(concurrency.ErlangB(3, math.NaN())))
}

func TestPoissonQuantile(t *testing.T) {
	for _, row := range []struct {
		mean float64
		want [3]int
	}{
		{0.9 * 1.991, [3]int{6, 7, 9}},
		{10 * 0.3, [3]int{8, 10, 11}},
		{100 * 0.5, [3]int{67, 73, 78}},
		{100, [3]int{124, 132, 139}},
		{500 * 0.4, [3]int{234, 245, 255}},
	} {
		for i, q := range []float64{0.99, 0.999, 0.9999} {
			require.Equal(t, row.want[i], concurrency.PoissonQuantile(row.mean, q), "mean %v, q %v", row.mean, q)
		}
	}
	require.Equal(t, 0, concurrency.PoissonQuantile(0, 0.999))
	require.Equal(t, 0, concurrency.PoissonQuantile(5, 0))
	require.InDelta(t, 1e6+2.326*1e3, concurrency.PoissonQuantile(1e6, 0.99), 3) // the normal limit, far beyond e^-mean
	for _, bad := range [][2]float64{{-1, 0.5}, {1, 1}, {1, -0.1}, {math.NaN(), 0.5}, {1, math.NaN()}, {math.Inf(1), 0.5}} {
		require.Equal(t, -1, concurrency.PoissonQuantile(bad[0], bad[1]), bad)
	}
	require.Positive(t, concurrency.PoissonQuantile(3, 1-1e-16)) // ends although the sum never gets there
}

func TestColdStartProbability(t *testing.T) {
	for _, row := range []struct {
		rate float64
		idle time.Duration
		want float64
	}{
		{1.0 / 300, 300 * time.Second, 0.367879},
		{1.0 / 3600, 600 * time.Second, 0.846482},
		{0.00186314, 600 * time.Second, 0.326972},
	} {
		require.InDelta(t, row.want, concurrency.ColdStartProbability(row.rate, row.idle), 2e-6)
	}
}

func TestProvisionedFor(t *testing.T) {
	for peak, want := range map[int]int{0: 0, 1: 2, 9: 10, 10: 11, 100: 110, 101: 112} {
		require.Equal(t, want, concurrency.ProvisionedFor(peak), peak)
	}
}
