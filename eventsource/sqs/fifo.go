package sqs

import (
	"container/list"
	"time"
)

// group is a message group of a FIFO queue: its messages in the order of arrival. While one of them is in flight, or
// while the first one is delayed, nothing of the group can be received.
type group struct {
	id       string
	messages queued
	inFlight int
	open     *list.Element // in state.open, nil if the group cannot be received from
}

// joinGroup appends m to its group.
func (s *state) joinGroup(m *message) {
	g := s.groups[m.groupID]
	if g == nil {
		g = &group{id: m.groupID}
		s.groups[m.groupID] = g
	}
	m.group = g
	g.messages.push(m)
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
		g.messages.remove(m)
		if g.messages.head == nil {
			delete(s.groups, g.id)
		}
	}
	open := g.inFlight == 0 && g.messages.head != nil && g.messages.head.phase == visible
	switch {
	case open && g.open == nil:
		g.open = s.open.PushBack(g)
		s.fresh = true
	case !open && g.open != nil:
		s.open.Remove(g.open)
		g.open = nil
	}
}

// receiveGroups receives from open groups, in the order in which they opened: as many messages of one group as there
// are, then of the next.
func (s *state) receiveGroups(got []delivery, moved []*message, max int, visibility time.Duration, now int64) ([]delivery, []*message) {
	for len(got) < max && s.open.Len() > 0 {
		for m := s.open.Front().Value.(*group).messages.head; m != nil && m.phase == visible && len(got) < max; {
			next := m.links[inOrder].next
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
