package httpevent

import "sync"

// Buffers are where a door writes its events, used again and again: an Invoker keeps none. They belong to one door.
type Buffers struct{ pool sync.Pool }

// maxKept is the largest buffer that is worth keeping.
const maxKept = 64 << 10

// Get is an empty buffer with some room.
func (p *Buffers) Get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, 2<<10)
	return &b
}

// Put takes a buffer back that nobody reads any more.
func (p *Buffers) Put(b *[]byte) {
	if cap(*b) <= maxKept {
		*b = (*b)[:0]
		p.pool.Put(b)
	}
}
