package concurrency

import "math"

const (
	// DefaultTarget is the customary target for the utilization of provisioned concurrency.
	DefaultTarget = 0.7

	scaleOutPoints = 3   // minutes above the target before provisioned concurrency grows
	scaleInPoints  = 15  // minutes below before it shrinks
	scaleInBelow   = 0.9 // of the target
)

// TargetTracking is Application Auto Scaling's policy for provisioned concurrency, which keeps the utilization of a
// version or alias (ProvisionedConcurrencyUtilization, the average of a minute) near a target. It is a pure rule:
// scheduled actions are other bounds from some minute on. Alarms need minutes to act, so a burst shorter than three
// never grows anything. Cooldowns, 0 by default, are not modelled.
type TargetTracking struct {
	_ struct{}

	// Target is the utilization aimed at, above 0 and up to 1; 0 means [DefaultTarget].
	Target float64
	// Min and Max bound the result. A Min below 1 counts as 1, and a Max of 0 as no bound.
	Min, Max int
}

// Desired returns the provisioned concurrency to ask for, given what is allocated and the utilization of past minutes,
// the latest last. It is more than current after three minutes above the target, less after fifteen below nine
// tenths of it, and current otherwise, within the bounds.
func (p TargetTracking) Desired(current int, utilization []float64) int {
	n := len(utilization)
	over := func(u float64) bool { return u > p.target() }
	under := func(u float64) bool { return u < scaleInBelow*p.target() }
	if all(utilization, scaleOutPoints, over) || all(utilization, scaleInPoints, under) {
		return p.Step(current, utilization[n-1])
	}
	return p.bound(current)
}

// Step returns the size that would bring the utilization of current to the target, rounded up and within the bounds.
func (p TargetTracking) Step(current int, utilization float64) int {
	const rounding = 1e-9 // 10 × 0.7 ÷ 0.7 is 10, not 11
	return p.bound(int(math.Ceil(float64(current)*utilization/p.target() - rounding)))
}

func (p TargetTracking) target() float64 { return orDefault(p.Target, DefaultTarget) }

func (p TargetTracking) bound(n int) int {
	if p.Max > 0 {
		n = min(n, p.Max)
	}
	return max(n, p.Min, 1)
}

// all reports whether there are n points and the latest n of them satisfy f.
func all(points []float64, n int, f func(float64) bool) bool {
	if len(points) < n {
		return false
	}
	for _, u := range points[len(points)-n:] {
		if !f(u) {
			return false
		}
	}
	return true
}
