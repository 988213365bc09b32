package batch

import "time"

// MaximumEventSize is the size in bytes of the largest event that a poller sends: Lambda's limit for a synchronous
// invocation. The whole encoded event counts, metadata and all.
const MaximumEventSize = 6 << 20

// Limits says when a batch is complete: at the first of BatchSize records, the end of Window, and MaxBytes.
type Limits struct {
	_ struct{}

	// BatchSize is the greatest number of records in a batch, 1 to 10,000.
	BatchSize int
	// Window is how long a batch may wait for more records after its first, MaximumBatchingWindowInSeconds on the
	// wire: 0 to 300 s. With 0 nothing ever waits.
	Window time.Duration
	// MaxBytes is the greatest encoded event in bytes; 0 means [MaximumEventSize].
	MaxBytes int
}

// Validate returns a *[RangeError] for the first limit that is out of bounds.
func (l *Limits) Validate() error {
	if err := within("BatchSize", l.BatchSize, 1, 10_000); err != nil {
		return err
	}
	if err := within("MaximumBatchingWindowInSeconds", l.Window, 0, 300*time.Second); err != nil {
		return err
	}
	return within("MaxBytes", l.MaxBytes, 0, MaximumEventSize)
}

// Former counts a batch while it forms. It holds sizes, not records: the caller keeps those, in order, and asks the
// Former for each whether it still belongs.
//
// The rules are those of every event source mapping: a batch closes at the first of its size, its window and the
// 6 MB event; the window opens with the first record; a record that is too large for any event makes a batch of its
// own, so that it can be discarded without taking others along. That an SQS poller on an idle queue may take up to
// 20 s, whatever the window, is not modelled.
//
// The zero Former admits nothing; see [NewFormer]. A Former is not safe for concurrent use.
type Former struct {
	limits Limits
	bytes  int
	n      int
	opened time.Time
	closed bool
}

// NewFormer returns an empty Former. overhead is the size in bytes of an event without records, such as
// len(`{"Records":[]}`). The error is a *[RangeError].
func NewFormer(l Limits, overhead int) (Former, error) {
	if err := l.Validate(); err != nil {
		return Former{}, err
	}
	if l.MaxBytes == 0 {
		l.MaxBytes = MaximumEventSize
	}
	return Former{limits: l, bytes: overhead}, nil
}

// Add counts a record of size encoded bytes that was read at t, unless it does not belong to this batch any more. It
// then reports false, and the batch is complete: the record is the first of the next one.
func (f *Former) Add(size int, t time.Time) bool {
	if f.closed || f.n >= f.limits.BatchSize {
		return false
	}
	grown := f.bytes + size
	if f.n > 0 {
		grown++ // the comma
		if grown > f.limits.MaxBytes {
			f.closed = true
			return false
		}
	} else {
		f.opened = t
	}
	f.n++
	f.bytes = grown
	return true
}

// Close completes the batch as it stands: the next record must not join it. It does nothing to an empty batch.
func (f *Former) Close() { f.closed = f.n > 0 }

// Reset begins the next batch, whose event has overhead bytes besides its records.
func (f *Former) Reset(overhead int) {
	f.bytes, f.n, f.opened, f.closed = overhead, 0, time.Time{}, false
}

// Len is the number of records in the batch.
func (f *Former) Len() int { return f.n }

// Bytes is the size of the encoded event so far.
func (f *Former) Bytes() int { return f.bytes }

// Oversize reports that the batch is a single record too large for any event: it must not be sent.
func (f *Former) Oversize() bool { return f.n == 1 && f.bytes > f.limits.MaxBytes }

// Complete reports that no record can join the batch any more, so that its window does not matter.
func (f *Former) Complete() bool {
	return f.n > 0 && (f.closed || f.n >= f.limits.BatchSize || f.bytes >= f.limits.MaxBytes)
}

// Due is when the batch has to be sent if nothing else arrives: the end of its window, or the instant at which it was
// opened if it is complete. It is the zero Time for an empty batch.
func (f *Former) Due() time.Time {
	if f.n == 0 || f.Complete() {
		return f.opened
	}
	return f.opened.Add(f.limits.Window)
}

// Ready reports whether the batch has to be sent at t.
func (f *Former) Ready(t time.Time) bool {
	return f.n > 0 && (f.Complete() || !t.Before(f.Due()))
}
