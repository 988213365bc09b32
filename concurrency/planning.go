package concurrency

import (
	"math"
	"time"
)

// Concurrency returns how many requests are in flight on average: rate, in requests a second, times their mean
// duration (Little's law). It is how AWS says to estimate the concurrency a function needs.
func Concurrency(rate float64, duration time.Duration) float64 { return rate * duration.Seconds() }

// ProvisionedFor returns the provisioned concurrency AWS recommends for a measured peak: 10 % more, rounded up.
func ProvisionedFor(peak int) int { return (peak*11 + 9) / 10 }

// ColdStartProbability returns the probability of a cold start for a function that is called rate times a second at
// random, so rarely that requests hardly overlap: that the last one was at least the idle lifetime ago.
func ColdStartProbability(rate float64, idleLifetime time.Duration) float64 {
	return math.Exp(-rate * idleLifetime.Seconds())
}

// ErlangB returns the fraction of requests that are throttled with the given units of concurrency under a load, in
// units, of [Concurrency] of random requests. It holds for any law of durations with that mean, as long as no rate
// limit binds. It returns NaN for negative arguments.
func ErlangB(units int, load float64) float64 {
	if units < 0 || !(load >= 0) {
		return math.NaN()
	}
	blocked := 1.0
	for k := 1; k <= units; k++ {
		blocked = load * blocked / (float64(k) + load*blocked)
	}
	return blocked
}

// PoissonQuantile returns the least concurrency that is enough with probability q, 0 ≤ q < 1, for random requests
// without a limit, of which mean are in flight on average: what is in flight has the Poisson distribution, whatever
// the law of durations. It returns -1 if there is no such number.
func PoissonQuantile(mean, q float64) int {
	if !(mean >= 0) || math.IsInf(mean, 1) || !(q >= 0 && q < 1) {
		return -1
	}
	const widths = 12 // standard deviations below the mean, beyond which nothing is left to add up
	k := int(math.Max(0, mean-widths*math.Sqrt(mean)-widths))
	for sum := 0.0; ; k++ {
		p := poisson(mean, k)
		sum += p
		if sum >= q || float64(k) > mean && p == 0 {
			return k
		}
	}
}

// poisson returns the probability of k events when mean are expected. It goes through logarithms because the powers
// of large means are beyond a float64.
func poisson(mean float64, k int) float64 {
	if mean == 0 {
		return float64(b2i(k == 0))
	}
	factorial, _ := math.Lgamma(float64(k) + 1)
	return math.Exp(float64(k)*math.Log(mean) - mean - factorial)
}
