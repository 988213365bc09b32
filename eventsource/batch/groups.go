package batch

import "time"

// Groups keeps the order inside the message groups of a FIFO queue: at most one batch in flight has messages of a
// group, so that a mapping's concurrency never exceeds the number of active groups; a batch may mix groups. Messages
// without a group, of a standard queue, are never held back.
//
// The zero Groups is not usable; see [NewGroups]. It is not safe for concurrent use.
type Groups[R any] struct {
	fields *Fields[R]
	busy   map[string]struct{}
}

// NewGroups returns a Groups with nothing in flight. It reads ID, Key and Size of the messages.
func NewGroups[R any](f *Fields[R]) *Groups[R] {
	return &Groups[R]{fields: f, busy: make(map[string]struct{})}
}

// Take forms a batch, at t, of received messages that wait for an invoke, oldest first. It passes over the messages of
// groups in flight, stops when former, which must be empty, admits no more, and marks the groups of the batch as in
// flight, until [Groups.Release]. rest is what was not taken, in order; it reuses the memory of waiting.
//
// There is no batching window for FIFO queues: the batch is to be sent as it is.
func (g *Groups[R]) Take(waiting []R, former *Former, t time.Time) (batch, rest []R) {
	rest = waiting[:0]
	for i := range waiting {
		r := &waiting[i]
		// A Former that refused one message refuses all later ones, so none of a group is overtaken.
		if !g.Held(g.fields.key(r)) && former.Add(g.fields.size(r), t) {
			batch = append(batch, *r)
		} else {
			rest = append(rest, *r)
		}
	}
	clear(waiting[len(rest):])
	for i := range batch {
		if k := g.fields.key(&batch[i]); k != "" {
			g.busy[k] = struct{}{}
		}
	}
	return batch, rest
}

// Held reports whether a group has a batch in flight.
func (g *Groups[R]) Held(group string) bool {
	_, ok := g.busy[group]
	return ok
}

// Active is the number of groups in flight.
func (g *Groups[R]) Active() int { return len(g.busy) }

// Release ends the flight of a batch that [Groups.Take] formed, given whole; deleted are those of its messages that were
// deleted from the queue. After an error no newer message of a group is delivered until the failed ones have succeeded
// or left the queue. So, if a message of a group stays, Release gives up what waits of that group, in place: the leases
// run out, and the queue delivers it again in order. But if the message that stays has come again meanwhile, for its
// lease was over, then it and what came behind it is that delivery, and is kept. Release returns what may still be taken.
func (g *Groups[R]) Release(batch, deleted, waiting []R) []R {
	staying := g.staying(batch, deleted)
	kept := waiting[:0]
	for i := range waiting {
		k := g.fields.key(&waiting[i])
		first, stays := staying[k]
		if stays && first == g.fields.id(&waiting[i]) {
			delete(staying, k)
			stays = false
		}
		if !stays {
			kept = append(kept, waiting[i])
		}
	}
	clear(waiting[len(kept):])
	return kept
}

// staying frees the groups of a batch, and returns for each of which a message stays the id of the first that does.
func (g *Groups[R]) staying(batch, deleted []R) map[string]string {
	gone := make(map[string]int, len(deleted))
	for i := range deleted {
		gone[g.fields.id(&deleted[i])]++
	}
	first := map[string]string{}
	for i := range batch {
		k, id := g.fields.key(&batch[i]), g.fields.id(&batch[i])
		delete(g.busy, k)
		if gone[id] > 0 {
			gone[id]--
		} else if _, known := first[k]; !known && k != "" {
			first[k] = id
		}
	}
	return first
}
