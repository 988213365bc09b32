package lambda

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ExamplePrices_Cost() {
	// Three million runs of 120 ms at 512 MB.
	billed := BilledDuration(119*time.Millisecond+time.Microsecond, 0)
	u := Usage{Requests: 3e6, GBSeconds: 3e6 * GBSeconds(512, billed)}
	fmt.Printf("%v, %.0f GB-s, $%.2f\n", billed, u.GBSeconds, PricesIn2026(ArchitectureX86).Cost(u))
	// Output: 120ms, 180000 GB-s, $3.60
}

func TestBilledDuration(t *testing.T) {
	for _, row := range []struct{ duration, init, want time.Duration }{
		{3010 * time.Microsecond, 0, 4 * ms},                                // row 36
		{250060 * time.Microsecond, 151060 * time.Microsecond, 402 * ms},    // row 37
		{1049630 * time.Microsecond, 1293830 * time.Microsecond, 2344 * ms}, // measured
		{600000 * ms, 516310 * time.Microsecond, 600517 * ms},               // a timeout's report
		{ms, 0, ms}, {0, 0, 0}, {1, 0, ms}, {ms, 1, 2 * ms}, {500 * time.Microsecond, 500 * time.Microsecond, ms},
	} {
		require.Equal(t, row.want, BilledDuration(row.duration, row.init), "%v + %v", row.duration, row.init)
	}
}

func TestVCPUs(t *testing.T) {
	require.InDelta(t, 1, Config{MemorySize: 1769}.VCPUs(), 1e-12)
	require.InDelta(t, 5.79, Config{MemorySize: 10240}.VCPUs(), 0.01) // which Lambda shows as 6
	require.InDelta(t, 128.0/1769, Config{}.VCPUs(), 1e-12)
}

func TestGBSeconds(t *testing.T) {
	require.InDelta(t, 1, GBSeconds(1024, time.Second), 1e-12)
	require.InDelta(t, 0.0005, GBSeconds(128, 4*ms), 1e-12)
}

func TestCost(t *testing.T) {
	x86, arm := PricesIn2026("x86_64"), PricesIn2026("arm64")
	for _, row := range []struct {
		name   string
		prices Prices
		usage  Usage
		want   float64
	}{
		{"nothing", x86, Usage{}, 0},
		{"requests", x86, Usage{Requests: 1e6}, 0.20},
		{"first tier", x86, Usage{GBSeconds: 6e9}, 6e9 * 0.0000166667},
		{"second tier", x86, Usage{GBSeconds: 15e9}, 6e9*0.0000166667 + 9e9*0.0000150000},
		{"third tier", x86, Usage{GBSeconds: 16e9}, 6e9*0.0000166667 + 9e9*0.0000150000 + 1e9*0.0000133334},
		{"arm", arm, Usage{GBSeconds: 7.5e9}, 7.5e9 * 0.0000133334},
		{"arm, all tiers", arm, Usage{GBSeconds: 20e9}, 7.5e9*0.0000133334 + 11.25e9*0.0000120001 + 1.25e9*0.0000106667},
		{"provisioned", x86, Usage{ProvisionedGBSeconds: 1e6, AllocatedGBSeconds: 1e6}, 9.7222 + 4.1667},
		{"storage", x86, Usage{StorageGBSeconds: 1e9}, 30.9},
	} {
		t.Run(row.name, func(t *testing.T) { require.InEpsilon(t, row.want+1, row.prices.Cost(row.usage)+1, 1e-5) })
	}
	require.Equal(t, x86, PricesIn2026(""))
}

// More use never costs less, and the tiers meet without a step.
func TestCostIsMonotonic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := PricesIn2026(rapid.SampledFrom([]string{"x86_64", "arm64"}).Draw(t, "architecture"))
		u := rapid.Float64Range(0, 30e9).Draw(t, "gbs")
		more := rapid.Float64Range(0, 1e9).Draw(t, "more")
		step := p.Cost(Usage{GBSeconds: u + more}) - p.Cost(Usage{GBSeconds: u})
		require.GreaterOrEqual(t, step, more*p.Duration[2].Price-1e-3)
		require.LessOrEqual(t, step, more*p.Duration[0].Price+1e-3)
	})
}

func TestProvisionedInitLimit(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		3 * time.Second: 130 * time.Second, 130 * time.Second: 130 * time.Second, 131 * time.Second: 131 * time.Second, 900 * time.Second: 900 * time.Second,
	} {
		require.Equal(t, want, ProvisionedInitLimit(timeout))
	}
}

// The sizes as AWS's messages and recordings name them.
func TestLimits(t *testing.T) {
	require.Equal(t, 6291456, MaxRequestPayload)
	require.Equal(t, 6291556, MaxResponsePayload)
	require.Equal(t, 1048576, MaxEventPayload)
	require.Equal(t, 262144, MaxInvokeAsyncPayload)
	require.EqualValues(t, 209715200, MaxStreamedResponse)
	require.Equal(t, 52428800, MaxZippedPackage)
	require.Equal(t, 262144000, MaxUnzippedPackage)
	require.Equal(t, int64(80530636800), int64(MaxAccountCode))
}
