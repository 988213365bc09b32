package stack

import (
	"sync"
	"testing"
)

// descend calls itself with frames of some 200 bytes.
//
//go:noinline
func descend(n int) int {
	var frame [200]byte
	if n == 0 {
		return int(frame[n])
	}
	return descend(n-1) + int(frame[n%len(frame)])
}

// BenchmarkGrow is what a goroutine costs that calls deeply, as it comes and grown at once; the baseline calls nothing.
func BenchmarkGrow(b *testing.B) {
	run := func(b *testing.B, f func()) {
		var wg sync.WaitGroup
		for b.Loop() {
			wg.Add(1)
			go func() {
				defer wg.Done()
				f()
			}()
			wg.Wait()
		}
	}
	b.Run("goroutine", func(b *testing.B) { run(b, func() {}) })
	b.Run("grown", func(b *testing.B) { run(b, Grow) })
	b.Run("deep", func(b *testing.B) { run(b, func() { descend(20) }) })
	b.Run("deep grown", func(b *testing.B) { run(b, func() { Grow(); descend(20) }) })
}
