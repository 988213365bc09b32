package batch

import "time"

// Fields says where the rules find what they look at in a caller's records, so that records are neither copied nor
// converted. The functions must be pure and are called often; a nil one stands for the zero value.
type Fields[R any] struct {
	_ struct{}

	// ID is the message id or sequence number, as batchItemFailures names it.
	ID func(*R) string
	// Size is the number of bytes that the record takes in the encoded event.
	Size func(*R) int
	// Arrival is when the record reached its source.
	Arrival func(*R) time.Time
	// Key binds records that must stay in order: the message group, the partition key, the item's key.
	Key func(*R) string
	// Expires is when the lease on a queue's message ends; the zero Time means never.
	Expires func(*R) time.Time
}

func (f *Fields[R]) id(r *R) string {
	if f.ID == nil {
		return ""
	}
	return f.ID(r)
}

func (f *Fields[R]) size(r *R) int {
	if f.Size == nil {
		return 0
	}
	return f.Size(r)
}

func (f *Fields[R]) arrival(r *R) time.Time {
	if f.Arrival == nil {
		return time.Time{}
	}
	return f.Arrival(r)
}

func (f *Fields[R]) key(r *R) string {
	if f.Key == nil {
		return ""
	}
	return f.Key(r)
}

func (f *Fields[R]) expires(r *R) time.Time {
	if f.Expires == nil {
		return time.Time{}
	}
	return f.Expires(r)
}
