// Package stack spares deep calls the growing of their goroutine's stack step by step.
//
// A new goroutine has 2 KB. Deep calls need more, and the runtime doubles it as they go, each time copying all frames
// and correcting every pointer in them: for a call by reflection between two passes of JSON that is half of what the
// call costs. Grown once, before there are frames to copy, it is nearly free.
package stack

// Deep is implemented by functions that call deeply. Whoever starts a goroutine for one should call [Grow] first.
type Deep interface{ CallsDeeply() }

// Grow grows the goroutine's stack at once, to 16 KB if it has its first 2 KB yet. A stack that is large enough stays.
func Grow() { grow(false) }

// grow asks for a large frame, for which its caller's stack must have room whether it is used or not: it is not, as
// that would mean to clear it.
//
//go:noinline
func grow(use bool) byte {
	if !use {
		return 0
	}
	var frame [8 << 10]byte
	touch(&frame)
	return frame[0]
}

//go:noinline
func touch(frame *[8 << 10]byte) { frame[0]++ }
