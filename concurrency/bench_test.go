package concurrency

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"
)

// The bound is 50 ns for acquire and release by handle, without an allocation. The baselines are the least that a
// counter under a mutex and the passing of time cost, and x/sync's semaphore, which neither pools nor limits anything.
func BenchmarkAcquireRelease(b *testing.B) {
	start := time.Unix(1_700_000_000, 0)
	b.Run("baseline=counter", func(b *testing.B) {
		b.ReportAllocs()
		var mu sync.Mutex
		n := 0
		now := start
		for b.Loop() {
			now = now.Add(time.Millisecond)
			mu.Lock()
			n++
			mu.Unlock()
			mu.Lock()
			n--
			mu.Unlock()
		}
	})
	b.Run("baseline=semaphore", func(b *testing.B) {
		b.ReportAllocs()
		s := semaphore.NewWeighted(1000)
		now := start
		for b.Loop() {
			now = now.Add(time.Millisecond)
			s.TryAcquire(1)
			s.Release(1)
		}
	})
	for _, reuse := range []Reuse{Newest, MostRecentlyUsed, Oldest} {
		b.Run("warm/reuse="+reuse.String(), func(b *testing.B) {
			v := benchVersion(b, Options{Reuse: reuse})
			benchCycle(b, v, start)
		})
	}
	b.Run("warm/reserved", func(b *testing.B) {
		v := benchVersion(b, Options{})
		if err := v.function.PutReservedAt(start, 500); err != nil {
			b.Fatal(err)
		}
		benchCycle(b, v, start)
	})
	b.Run("provisioned", func(b *testing.B) {
		v := benchVersion(b, Options{})
		if err := v.PutProvisionedAt(start, 500); err != nil {
			b.Fatal(err)
		}
		benchCycle(b, v, start.Add(time.Hour))
	})
	for _, reuse := range []Reuse{Newest, MostRecentlyUsed, Oldest} {
		b.Run("1000busy1000idle/reuse="+reuse.String(), func(b *testing.B) {
			v := benchVersion(b, Options{Limit: 5000, Reuse: reuse, NoScalingRate: true, IdleLifetime: -1})
			var leases []Lease
			for range 2000 {
				l, err := v.AcquireAt(start)
				if err != nil {
					b.Fatal(err)
				}
				leases = append(leases, l)
			}
			for i := 0; i < len(leases); i += 2 {
				leases[i].ReleaseAt(start, true)
			}
			benchCycle(b, v, start)
		})
	}
	b.Run("throttled", func(b *testing.B) {
		b.ReportAllocs()
		v := benchVersion(b, Options{Limit: 1})
		if _, err := v.AcquireAt(start); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := v.AcquireAt(start); err == nil {
				b.Fatal("not throttled")
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		v := benchVersion(b, Options{})
		b.RunParallel(func(pb *testing.PB) {
			now := start
			for pb.Next() {
				now = now.Add(time.Millisecond)
				if l, err := v.AcquireAt(now); err == nil {
					l.ReleaseAt(now, true)
				}
			}
		})
	})
}

func benchVersion(b testing.TB, opts Options) *Version {
	f, err := NewAccount(opts).Claim("f", nil)
	if err != nil {
		b.Fatal(err)
	}
	return f.Version("1")
}

func benchCycle(b *testing.B, v *Version, now time.Time) {
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Millisecond)
		l, err := v.AcquireAt(now)
		if err != nil {
			b.Fatal(err)
		}
		l.ReleaseAt(now, true)
	}
}
