package concurrency_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

func TestTargetTracking_step(t *testing.T) {
	p := concurrency.TargetTracking{Min: 5, Max: 50}
	for _, row := range []struct {
		current     int
		utilization float64
		want        int
	}{
		{10, 0.7, 10}, {10, 0.71, 11}, {10, 1, 15}, {20, 0.35, 10}, {10, 0, 5}, {50, 1, 50}, {10, 0.35, 5},
	} {
		require.Equal(t, row.want, p.Step(row.current, row.utilization), row)
	}
	require.Equal(t, 20, concurrency.TargetTracking{Target: 0.5}.Step(10, 1)) // no Max is no bound
	require.Equal(t, 1, concurrency.TargetTracking{}.Step(10, 0))             // nothing provisioned is no size
}

func TestTargetTracking_needsMinutes(t *testing.T) {
	p := concurrency.TargetTracking{Min: 1, Max: 100}
	high := func(n int) []float64 { return slices.Repeat([]float64{1}, n) }
	low := func(n int) []float64 { return slices.Repeat([]float64{0.14}, n) }
	for _, row := range []struct {
		name   string
		points []float64
		want   int
	}{
		{"no minute", nil, 10},
		{"a burst of two minutes", high(2), 10},
		{"three minutes", high(3), 15},
		{"three minutes, not the latest", append(high(3), 0.7), 10},
		{"two after one at the target", append([]float64{0.7}, high(2)...), 10},
		{"fourteen quiet minutes", low(14), 10},
		{"fifteen quiet minutes", low(15), 2},
		{"fifteen with one just inside the band", append(low(14), 0.64), 10},
		{"the latest minute counts", append(high(2), 0.84), 12},
	} {
		require.Equal(t, row.want, p.Desired(10, row.points), row.name)
	}
	require.Equal(t, 20, p.Desired(20, slices.Repeat([]float64{0.64}, 15))) // within the band nothing shrinks
	require.Equal(t, 18, p.Desired(20, slices.Repeat([]float64{0.62}, 15)))
}

// Scheduled actions change the bounds; the size follows at once.
func TestTargetTracking_bounds(t *testing.T) {
	require.Equal(t, 20, concurrency.TargetTracking{Min: 20, Max: 40}.Desired(10, nil))
	require.Equal(t, 8, concurrency.TargetTracking{Min: 1, Max: 8}.Desired(10, nil))
}
