package batch

import "time"

// tumblingIdleClose is how long after its end a window of an idle shard is closed. AWS was seen to take up to about two
// minutes.
const tumblingIdleClose = 2 * time.Minute

// maximumState is the greatest state in bytes that a window carries on; a larger one ends it early.
const maximumState = 1 << 20

// emptyState is the state of a window that begins.
const emptyState = "{}"

// Window is what the event of an invoke tells about its tumbling window.
type Window struct {
	Start, End time.Time // the window's bounds; a record at End belongs to the next one
	State      []byte    // the state so far, a JSON object; it must not be changed
	Final      bool      // isFinalInvokeForWindow
	Early      bool      // isWindowTerminatedEarly
}

// WindowOf returns the bounds of the tumbling window, of a size above 0, that an instant falls into: multiples of the
// size since the Unix epoch, the end excluded. AWS does not say where windows begin; its examples are such multiples.
func WindowOf(arrival time.Time, size time.Duration) (start, end time.Time) {
	past := time.Duration(arrival.UnixNano()) % size
	if past < 0 {
		past += size
	}
	start = arrival.Add(-past).UTC()
	return start, start.Add(size)
}

// Tumbling keeps the tumbling window of one shard: which records belong to it, the state that the function's responses
// carry from invoke to invoke, and when the final invoke is due, after which the state is dropped.
//
// A window is open from its first record until its final invoke is resolved; one window at a time is open. Records
// come in a shard's order, and their arrival times may step back a little: a record that is late for its own window
// falls into the one that is open, or else into the first that has not been closed yet. So every record has one window
// and no window is opened twice, except that one that was ended early, for its state was too large, leaves the rest of
// its records to another window with the same bounds.
//
// A Tumbling is not safe for concurrent use.
type Tumbling struct {
	size  time.Duration
	start time.Time // of the open window, or of the earliest one that may be opened
	open  bool
	early bool
	state []byte
}

// NewTumbling returns a Tumbling without an open window. size is TumblingWindowInSeconds, 1 to 900 s; the error is a
// *[RangeError].
func NewTumbling(size time.Duration) (*Tumbling, error) {
	if err := within("TumblingWindowInSeconds", size, time.Second, 900*time.Second); err != nil {
		return nil, err
	}
	return &Tumbling{size: size}, nil
}

// Admit reports whether the next record, that arrived at the given instant, belongs to the open window, and opens one
// if there is none. If it does not, the final invoke of the open window has to come first.
func (w *Tumbling) Admit(arrival time.Time) bool {
	start, _ := WindowOf(arrival, w.size)
	if w.open {
		return !w.early && !start.After(w.start)
	}
	if start.After(w.start) {
		w.start = start
	}
	w.open, w.state = true, append(w.state[:0], emptyState...)
	return true
}

// Open reports whether a window is open.
func (w *Tumbling) Open() bool { return w.open }

// Early reports that the open window's state has outgrown 1 MB, so that the final invoke must come next.
func (w *Tumbling) Early() bool { return w.early }

// Idle is when the final invoke of the open window is due in a shard in which nothing follows: two minutes after its
// end.
func (w *Tumbling) Idle() time.Time { return w.start.Add(w.size + tumblingIdleClose) }

// Window describes an invoke of the open window. The state is valid until the next call of a method.
func (w *Tumbling) Window(final bool) Window {
	return Window{Start: w.start, End: w.start.Add(w.size), State: w.state, Final: final, Early: final && w.early}
}

// Carry takes the outcome of an invoke that was not final: the state it returned holds from now on if the invoke
// succeeded, or at least resolved the head of its batch. After a failed one the former state holds. It copies the state.
func (w *Tumbling) Carry(o Outcome) {
	if o.failed() {
		return
	}
	w.state = append(w.state[:0], o.State...)
	w.early = len(w.state) > maximumState
}

// Close drops the open window, after its final invoke has succeeded or was given up.
func (w *Tumbling) Close() {
	if !w.early {
		w.start = w.start.Add(w.size)
	}
	w.open, w.early, w.state = false, false, w.state[:0]
}
