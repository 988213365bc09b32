package sqs

// dueHeap orders messages by an instant, ties by their number. Each message knows its place, so that any message can be
// taken out without a search.
type dueHeap struct {
	which int // index into message.pos
	items []dueItem
}

type dueItem struct {
	at int64 // nanoseconds since 1970
	n  uint64
	m  *message
}

func (a *dueItem) before(b *dueItem) bool { return a.at < b.at || a.at == b.at && a.n < b.n }

// notIn is the place of a message that is not in a heap.
const notIn = -1

func (h *dueHeap) push(m *message, at int64) {
	h.items = append(h.items, dueItem{at, m.number, m})
	h.up(len(h.items) - 1)
}

// min returns the earliest message and its instant.
func (h *dueHeap) min() (*message, int64, bool) {
	if len(h.items) == 0 {
		return nil, 0, false
	}
	return h.items[0].m, h.items[0].at, true
}

// remove takes m out.
func (h *dueHeap) remove(m *message) {
	i := m.pos[h.which]
	m.pos[h.which] = notIn
	last := len(h.items) - 1
	moved := h.items[last]
	h.items[last] = dueItem{}
	h.items = h.items[:last]
	if i == last {
		return
	}
	h.items[i] = moved
	moved.m.pos[h.which] = i
	if !h.down(i) {
		h.up(i)
	}
}

func (h *dueHeap) up(i int) {
	it := h.items[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !it.before(&h.items[parent]) {
			break
		}
		h.set(i, h.items[parent])
		i = parent
	}
	h.set(i, it)
}

// down reports whether the item at i moved.
func (h *dueHeap) down(i int) bool {
	it, start := h.items[i], i
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			break
		}
		if r := child + 1; r < len(h.items) && h.items[r].before(&h.items[child]) {
			child = r
		}
		if !h.items[child].before(&it) {
			break
		}
		h.set(i, h.items[child])
		i = child
	}
	h.set(i, it)
	return i != start
}

func (h *dueHeap) set(i int, it dueItem) {
	h.items[i] = it
	it.m.pos[h.which] = i
}
