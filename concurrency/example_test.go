package concurrency_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
)

// Two functions share an account; one has reserved most of it.
func Example() {
	account := concurrency.NewAccount(concurrency.Options{Limit: 10, MinimumUnreserved: new(2)})
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

	orders, _ := account.Claim("orders", nil)
	reports, _ := account.Claim("reports", nil)
	if err := orders.PutReservedAt(now, 8); err != nil {
		fmt.Println(err)
	}

	for range 3 {
		lease, err := reports.Version("$LATEST").AcquireAt(now)
		var throttled *concurrency.ThrottleError
		if errors.As(err, &throttled) {
			fmt.Println("throttled:", throttled.Reason)
			continue
		}
		fmt.Println(lease.Pool, "cold:", lease.Cold)
	}
	fmt.Println("in flight:", account.InFlight())
	// Output:
	// Unreserved cold: true
	// Unreserved cold: true
	// throttled: ConcurrentInvocationLimitExceeded
	// in flight: 2
}

// An idle environment serves the next request, until it has been idle for its lifetime.
func ExampleLease() {
	account := concurrency.NewAccount(concurrency.Options{IdleLifetime: 10 * time.Minute})
	f, _ := account.Claim("thumbnail", nil)
	v := f.Version("1")
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

	for _, pause := range []time.Duration{0, 9 * time.Minute, 10 * time.Minute} {
		now = now.Add(pause)
		lease, err := v.AcquireAt(now)
		if err != nil {
			fmt.Println(err)
			return
		}
		if lease.Cold {
			lease.Attach("environment of " + now.Format(time.TimeOnly))
		}
		fmt.Println(lease.Attached())
		lease.ReleaseAt(now, true)
	}
	// Output:
	// environment of 09:00:00
	// environment of 09:00:00
	// environment of 09:19:00
}

// Provisioned concurrency takes its time to become ready, and what it cannot serve spills over.
func ExampleVersion_PutProvisionedAt() {
	account := concurrency.NewAccount(concurrency.Options{})
	f, _ := account.Claim("checkout", nil)
	v := f.Version("7")
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	if err := v.PutProvisionedAt(now, 1); err != nil {
		fmt.Println(err)
	}
	for _, at := range []time.Time{now, now.Add(61 * time.Second)} {
		p, _ := v.ProvisionedAt(at)
		fmt.Println(p.Status, p.Available, "of", p.Requested)
	}

	now = now.Add(2 * time.Minute)
	for range 2 {
		lease, _ := v.AcquireAt(now)
		fmt.Println(lease.Pool, "cold:", lease.Cold, "spillover:", lease.Spillover)
	}
	// Output:
	// IN_PROGRESS 0 of 1
	// READY 1 of 1
	// Provisioned cold: false spillover: false
	// Unreserved cold: true spillover: true
}

// A setting that does not fit is refused in the service's words.
func ExampleFunction_PutReservedAt() {
	account := concurrency.NewAccount(concurrency.Options{})
	f, _ := account.Claim("orders", nil)
	err := f.PutReservedAt(time.Now(), 901)
	var refused *concurrency.ConfigError
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Code)
		fmt.Println(refused.Message)
	}
	// Output:
	// 400 InvalidParameterValueException
	// Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].
}

// A new function gets 1,000 environments at once, and then 100 a second.
func ExampleVersion_AcquireAt_scalingRate() {
	account := concurrency.NewAccount(concurrency.Options{Limit: 5000})
	f, _ := account.Claim("burst", nil)
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	for _, second := range []int{0, 5, 10} {
		admitted := 0
		for range 1500 {
			if _, err := f.Version("1").AcquireAt(now.Add(time.Duration(second) * time.Second)); err == nil {
				admitted++
			}
		}
		fmt.Printf("%2d s: %d of 1500\n", second, admitted)
	}
	// Output:
	//  0 s: 1000 of 1500
	//  5 s: 500 of 1500
	// 10 s: 500 of 1500
}

// shop owns a function and is told when its environments go.
type shop struct{}

func (shop) Retired(attached any) { fmt.Println("retired:", attached) }

func ExampleRetirer() {
	account := concurrency.NewAccount(concurrency.Options{})
	f, _ := account.Claim("shop", shop{})
	now := time.Now()
	lease, _ := f.Version("$LATEST").AcquireAt(now)
	lease.Attach("the environment with the old code")
	lease.ReleaseAt(now, true)
	f.RenewAt(now, "$LATEST") // new code is deployed
	// Output: retired: the environment with the old code
}

func ExampleAccount_Snapshot() {
	account := concurrency.NewAccount(concurrency.Options{})
	now := time.Now()
	reserved, _ := account.Claim("reserved", nil)
	_ = reserved.PutReservedAt(now, 500)
	provisioned, _ := account.Claim("provisioned", nil)
	_ = provisioned.Version("1").PutProvisionedAt(now, 300)
	free, _ := account.Claim("free", nil)
	_, _ = free.Version("1").AcquireAt(now)

	s := account.Snapshot(now)
	fmt.Println("unreserved:", s.UnreservedInUse, "of", s.UnreservedCap)
	fmt.Println("ClaimedAccountConcurrency:", s.ClaimedAccountConcurrency())
	// Output:
	// unreserved: 1 of 200
	// ClaimedAccountConcurrency: 801
}

// How much concurrency do 200 requests a second of a quarter of a second need?
func ExampleConcurrency() {
	load := concurrency.Concurrency(200, 250*time.Millisecond)
	fmt.Println("on average:", load)
	fmt.Println("99.9 % of the time:", concurrency.PoissonQuantile(load, 0.999))
	fmt.Printf("throttled with 60 units: %.1f %%\n", 100*concurrency.ErlangB(60, load))
	// Output:
	// on average: 50
	// 99.9 % of the time: 73
	// throttled with 60 units: 2.2 %
}

func ExampleTargetTracking() {
	policy := concurrency.TargetTracking{Target: 0.7, Min: 5, Max: 100}
	fmt.Println(policy.Desired(20, []float64{0.95, 0.98}))      // two minutes are a burst
	fmt.Println(policy.Desired(20, []float64{0.95, 0.98, 1.0})) // three are not
	// Output:
	// 20
	// 29
}
