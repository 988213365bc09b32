package sqs

import "time"

// group is a message group of a FIFO queue: its messages in the order of arrival. While one of them is in flight, or
// while the first one is delayed, nothing of the group can be received.
type group struct {
	id       string
	list     list
	inFlight int
	open     bool // in state.open
	prev     *group
	next     *group
}

// joinGroup appends m to its group.
func (s *state) joinGroup(m *message) {
	g := s.groups[m.groupID]
	if g == nil {
		g = &group{id: m.groupID}
		s.groups[m.groupID] = g
	}
	m.group = g
	g.list.push(m)
}

// updateGroup follows a message of a group from one phase into another.
func (s *state) updateGroup(m *message, from phase) {
	g := m.group
	if from == inFlight {
		g.inFlight--
	}
	switch m.phase {
	case inFlight:
		g.inFlight++
	case gone:
		g.list.remove(m)
		if g.list.head == nil {
			delete(s.groups, g.id)
		}
	}
	open := g.inFlight == 0 && g.list.head != nil && g.list.head.phase == visible
	if open == g.open {
		return
	}
	g.open = open
	if open {
		s.open.push(g)
		s.fresh = true
	} else {
		s.open.remove(g)
	}
}

// receiveGroups receives from open groups, in the order in which they opened: as many messages of one group as there
// are, then of the next.
func (s *state) receiveGroups(got []delivery, moved []*message, max int, visibility time.Duration, now int64) ([]delivery, []*message) {
	for len(got) < max && s.open.head != nil {
		for m := s.open.head.list.head; m != nil && m.phase == visible && len(got) < max; {
			next := m.next
			if s.spent(m) {
				s.remove(m)
				moved = append(moved, m)
			} else {
				got = append(got, s.take(m, visibility, now))
			}
			m = next
		}
	}
	return got, moved
}

// groupList is a doubly linked list of groups.
type groupList struct{ head, tail *group }

func (l *groupList) push(g *group) {
	g.prev, g.next = l.tail, nil
	if l.tail == nil {
		l.head = g
	} else {
		l.tail.next = g
	}
	l.tail = g
}

func (l *groupList) remove(g *group) {
	if g.prev == nil {
		l.head = g.next
	} else {
		g.prev.next = g.next
	}
	if g.next == nil {
		l.tail = g.prev
	} else {
		g.next.prev = g.prev
	}
	g.prev, g.next = nil, nil
}
