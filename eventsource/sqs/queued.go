package sqs

// queued is a doubly linked list of messages. A message can be in one list of each kind at a time, and leaves it without
// a search.
type queued struct {
	which      int // index into message.links
	head, tail *message
}

// The kinds of list, by message.links.
const (
	inOrder = iota // a standard queue's visible messages, a FIFO queue's messages of a group
	byAge          // see expiry
)

// links are a message's neighbours in a list.
type links struct{ prev, next *message }

func (l *queued) push(m *message) {
	m.links[l.which] = links{prev: l.tail}
	if l.tail == nil {
		l.head = m
	} else {
		l.tail.links[l.which].next = m
	}
	l.tail = m
}

func (l *queued) remove(m *message) {
	at := &m.links[l.which]
	if at.prev == nil {
		l.head = at.next
	} else {
		at.prev.links[l.which].next = at.next
	}
	if at.next == nil {
		l.tail = at.prev
	} else {
		at.next.links[l.which].prev = at.prev
	}
	*at = links{}
}
