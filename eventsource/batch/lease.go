package batch

import "time"

// Leased returns the messages of a queue's batch that may still be invoked at t, in order. A poller never invokes with
// an expired receipt: it abandons its copy, and the message comes back from the queue with a higher receive count. Of a
// FIFO group (Fields.Key not empty), what follows an abandoned message is abandoned, too, or it would overtake.
//
// The result is the batch itself if nothing is left out, and a new slice otherwise.
func (f *Fields[R]) Leased(batch []R, t time.Time) []R {
	if f.Expires == nil {
		return batch
	}
	for i := range batch {
		if f.lapsed(&batch[i], t) {
			return f.leased(batch, i, t)
		}
	}
	return batch
}

// leased is what remains of a batch whose message at position first is the first that lapsed.
func (f *Fields[R]) leased(batch []R, first int, t time.Time) []R {
	kept := append([]R(nil), batch[:first]...)
	behind := make(map[string]bool) // groups with an abandoned message
	for i := first; i < len(batch); i++ {
		r := &batch[i]
		key := f.key(r)
		if behind[key] || f.lapsed(r, t) {
			behind[key] = key != ""
			continue
		}
		kept = append(kept, *r)
	}
	return kept
}

func (f *Fields[R]) lapsed(r *R, t time.Time) bool {
	e := f.expires(r)
	return !e.IsZero() && !t.Before(e)
}

// RetryAt is when to look again at a queue's batch that was throttled at t for the given number of times in a row, 1 or
// more: after its backoff, or when the last of its leases ends, if that is earlier. What [Fields.Leased] then leaves is
// to be invoked; if it leaves nothing, the batch is abandoned. Throttled messages stay leased meanwhile, they are
// neither deleted nor released.
func (f *Fields[R]) RetryAt(batch []R, t time.Time, tries int, b Backoff) time.Time {
	at := t.Add(b.delay(tries))
	var last time.Time
	for i := range batch {
		e := f.expires(&batch[i])
		if e.IsZero() {
			return at
		}
		if e.After(last) {
			last = e
		}
	}
	if last.Before(at) && len(batch) > 0 {
		return last
	}
	return at
}
