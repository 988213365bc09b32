package stack

import (
	"sync"
	"testing"
	"unsafe"
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

// place is where a frame lies now; the pointer is not kept, so that the stack is free to move.
//
//go:noinline
func place(x *int) uintptr { return uintptr(unsafe.Pointer(x)) }

// A stack that was grown does not move under calls of 10 KB. That one that was not grown does is up to the runtime.
func TestGrow(t *testing.T) {
	done := make(chan [2]uintptr)
	go func() {
		Grow()
		x := 0
		before := place(&x)
		descend(40)
		done <- [2]uintptr{before, place(&x)}
	}()
	if at := <-done; at[0] != at[1] {
		t.Fatalf("the stack moved from %x to %x", at[0], at[1])
	}
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
