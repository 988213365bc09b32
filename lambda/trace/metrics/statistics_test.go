package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// nearestRank is the percentile by its definition, over all samples.
func nearestRank(samples []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func TestStatisticsEqualThoseOfAllSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0, 1, 1, 0.5, 2, 3.25, 1000, 1e6}), 1, 60).Draw(t, "samples")
		cut := rapid.IntRange(0, len(samples)).Draw(t, "cut")
		p := rapid.Float64Range(0, 100).Draw(t, "p")
		var left, right Statistics
		for i, v := range samples {
			if i < cut {
				left.add(v)
			} else {
				right.add(v)
			}
		}
		left.merge(right)
		sum := 0.0
		for _, v := range samples {
			sum += v
		}
		require.Equal(t, len(samples), left.SampleCount)
		require.InDelta(t, sum, left.Sum, 1e-6)
		require.InDelta(t, sum/float64(len(samples)), left.Average(), 1e-6)
		require.Equal(t, slices.Min(samples), left.Minimum)
		require.Equal(t, slices.Max(samples), left.Maximum)
		require.Equal(t, nearestRank(samples, p), left.Percentile(p))
	})
}

func TestStatisticsOfNothing(t *testing.T) {
	var s Statistics
	require.Zero(t, s.Average())
	require.Zero(t, s.Percentile(99))
	s.merge(Statistics{})
	require.Equal(t, Statistics{}, s)
}

func TestPercentileIsClampedToItsRange(t *testing.T) {
	var s Statistics
	for _, v := range []float64{3, 1, 2} {
		s.add(v)
	}
	require.Equal(t, 1.0, s.Percentile(-5))
	require.Equal(t, 1.0, s.Percentile(0))
	require.Equal(t, 2.0, s.Percentile(50))
	require.Equal(t, 3.0, s.Percentile(100))
	require.Equal(t, 3.0, s.Percentile(250))
}

func TestManyDifferentValuesCostLittleAndStayWithinOnePerCent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		samples := make([]float64, rapid.IntRange(maxDistinct+1, 3*maxDistinct).Draw(t, "n"))
		for i := range samples {
			samples[i] = math.Exp(random.Float64()*30 - 12) // 6 ns to 18 hours
		}
		p := rapid.Float64Range(0, 100).Draw(t, "p")
		var a, b, merged Statistics
		for i, v := range samples {
			if i%3 == 0 {
				a.add(v)
			} else {
				b.add(v)
			}
		}
		merged.merge(a)
		merged.merge(b)
		require.InEpsilon(t, nearestRank(samples, p), merged.Percentile(p), 0.0101)
		require.Equal(t, slices.Max(samples), merged.Percentile(100))
	})
}

func TestDistributionStaysSmall(t *testing.T) {
	var d distribution
	for i := range 1_000_000 {
		d.add(float64(i)*0.086, 1) // up to a day, in milliseconds
	}
	require.True(t, d.coarse)
	require.Less(t, len(d.others), 1500)
}

func TestRepresentativeOfValuesNearOneIsCountedOnce(t *testing.T) {
	d := distribution{coarse: true}
	d.add(1, 2)
	d.add(1.004, 3) // represented by 1
	require.Equal(t, 1.0, d.at(5))
	require.Equal(t, 5, d.count(1))
}

func TestCloneSharesNothing(t *testing.T) {
	var s Statistics
	s.add(7)
	c := s.clone()
	s.add(9)
	require.Equal(t, 7.0, c.Percentile(100))
	require.Equal(t, 1, c.SampleCount)
}
