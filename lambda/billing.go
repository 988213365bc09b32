package lambda

import (
	"math"
	"time"
)

// memoryPerCPU is the memory, in MB, that comes with one whole vCPU.
const memoryPerCPU = 1769

// VCPUs is the function's share of processors, which is proportional to its memory: 1 at 1,769 MB.
func (c Config) VCPUs() float64 {
	return float64(c.WithDefaults().MemorySize) / memoryPerCPU
}

// BilledDuration is what is billed of a run and the Init phase before it, 0 if there was none: their sum, rounded up
// to whole milliseconds. Init is billed for every kind of function since August 2025.
func BilledDuration(duration, init time.Duration) time.Duration {
	total := duration + init
	if rest := total % time.Millisecond; rest > 0 {
		total += time.Millisecond - rest
	}
	return total
}

// GBSeconds is a billed duration times the memory, whose GB is 1,024 MB.
func GBSeconds(memoryMB int, billed time.Duration) float64 {
	return float64(memoryMB) / 1024 * billed.Seconds()
}

// Usage is what one account's functions of one architecture used in one month of one Region.
type Usage struct {
	Requests int64
	// GBSeconds is the on-demand duration: see the function [GBSeconds].
	GBSeconds float64
	// ProvisionedGBSeconds is the duration of runs on provisioned concurrency.
	ProvisionedGBSeconds float64
	// AllocatedGBSeconds is the memory of provisioned concurrency times the time it was configured.
	AllocatedGBSeconds float64
	// StorageGBSeconds is the /tmp beyond 512 MB times the billed duration.
	StorageGBSeconds float64
}

// Prices is what usage costs, in US dollars.
type Prices struct {
	Request float64 // each
	// Duration is per GB-second on demand, in tiers that fill one after the other.
	Duration            [3]Tier
	ProvisionedDuration float64 // per GB-second
	Provisioned         float64 // per GB-second of allocation
	Storage             float64 // per GB-second
}

// Tier is a price that holds up to an amount of monthly usage.
type Tier struct {
	UpTo  float64 // GB-seconds; of the last tier +Inf
	Price float64
}

// PricesIn2026 are those of us-east-1 for x86_64 or arm64, which costs a fifth less by the GB-second. They are the
// list prices without the free tier.
func PricesIn2026(architecture string) Prices {
	if architecture == ArchitectureARM {
		return Prices{
			Request:             0.20e-6,
			Duration:            [3]Tier{{7.5e9, 0.0000133334}, {18.75e9, 0.0000133334 * 0.9}, {math.Inf(1), 0.0000133334 * 0.8}},
			ProvisionedDuration: 0.0000097222 * 0.8,
			Provisioned:         0.0000041667 * 0.8,
			Storage:             0.0000000309,
		}
	}
	return Prices{
		Request:             0.20e-6,
		Duration:            [3]Tier{{6e9, 0.0000166667}, {15e9, 0.0000166667 * 0.9}, {math.Inf(1), 0.0000166667 * 0.8}},
		ProvisionedDuration: 0.0000097222,
		Provisioned:         0.0000041667,
		Storage:             0.0000000309,
	}
}

// The monthly free tier of an account.
const (
	FreeRequests  = 1_000_000
	FreeGBSeconds = 400_000
)

// Cost is what u costs in US dollars.
func (p Prices) Cost(u Usage) float64 {
	cost := float64(u.Requests)*p.Request + u.ProvisionedGBSeconds*p.ProvisionedDuration +
		u.AllocatedGBSeconds*p.Provisioned + u.StorageGBSeconds*p.Storage
	full := 0.0 // the usage at which the tiers so far are full
	for _, tier := range p.Duration {
		cost += max(0, min(u.GBSeconds, tier.UpTo)-full) * tier.Price
		full = tier.UpTo
	}
	return cost
}
