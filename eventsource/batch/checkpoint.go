package batch

// Checkpoint keeps the position of one shard while its records are resolved in any order: it stands behind everything
// before the oldest record that is not resolved, and never goes back. A mapping that starts again from there skips
// nothing, and repeats only what was not resolved or was resolved out of order.
//
// P is the caller's kind of position. The records are numbered in the order of reading, from 0. A Checkpoint is not
// safe for concurrent use; reading and resolving a record takes constant time, amortised.
type Checkpoint[P any] struct {
	behind P         // the position behind everything resolved
	done   uint64    // the number of the oldest unresolved record
	marks  []mark[P] // the records from done on, from marks[head]
	head   int
}

type mark[P any] struct {
	behind   P
	resolved bool
}

// NewCheckpoint returns a Checkpoint at the position from which the shard is read.
func NewCheckpoint[P any](start P) *Checkpoint[P] { return &Checkpoint[P]{behind: start} }

// Read says that the next record of the shard was read, and which position is behind it. It returns its number.
func (c *Checkpoint[P]) Read(behind P) uint64 {
	c.marks = append(c.marks, mark[P]{behind: behind})
	return c.done + uint64(len(c.marks)-c.head) - 1
}

// Advance says that everything up to a position was read without finding more records. An empty read, and one whose
// last records the source left out, move the position without a record.
func (c *Checkpoint[P]) Advance(behind P) {
	if n := len(c.marks); n > c.head {
		c.marks[n-1].behind = behind
		return
	}
	c.behind = behind
}

// Resolve says that a record needs no further work: processed, filtered out or discarded. It reports whether the
// position moved. Resolving a record twice is no error; a number that was never given out changes nothing.
func (c *Checkpoint[P]) Resolve(number uint64) bool {
	if number < c.done || number-c.done >= uint64(len(c.marks)-c.head) {
		return false
	}
	c.marks[c.head+int(number-c.done)].resolved = true
	moved := false
	for c.head < len(c.marks) && c.marks[c.head].resolved {
		c.behind = c.marks[c.head].behind
		c.head++
		c.done++
		moved = true
	}
	c.compact()
	return moved
}

// compact gives up the resolved head of marks once it is the larger part.
func (c *Checkpoint[P]) compact() {
	if c.head*2 < len(c.marks) {
		return
	}
	n := copy(c.marks, c.marks[c.head:])
	clear(c.marks[n:])
	c.marks, c.head = c.marks[:n], 0
}

// Position is where to read on after a restart.
func (c *Checkpoint[P]) Position() P { return c.behind }

// Pending is the number of records read since the oldest unresolved one, itself included.
func (c *Checkpoint[P]) Pending() int { return len(c.marks) - c.head }
