package sqs

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"time"
)

// send checks m and puts it into the queue, after the queue's delay if delay is nil.
func (q *Queue) send(m Message, delay *time.Duration) (Message, error) {
	if err := q.set.checkMessage(m, delay); err != nil {
		return Message{}, err
	}
	c := newContent(m)
	if q.set.fifo && c.dedupID == "" {
		sum := sha256.Sum256([]byte(m.Body))
		c.dedupID = hex.EncodeToString(sum[:])
	}
	after := q.set.delay
	if delay != nil {
		after = *delay
	}
	var a accepted
	q.do(func(s *state, now int64) { a = s.accept(c, q.ids, after, now) })
	m.MessageId, m.Md5OfBody, m.Md5OfMessageAttributes = a.id, c.md5Body, c.md5Attr
	if q.set.fifo {
		m.Attributes = maps.Clone(m.Attributes)
		m.Attributes["SequenceNumber"] = string(appendSequence(nil, a.number))
	}
	return m, nil
}

// accept adds a message, unless it repeats one that a FIFO queue remembers.
func (s *state) accept(c *content, ids identity, delay time.Duration, now int64) accepted {
	if s.set.fifo {
		if a, ok := s.dedup.lookup(c.dedupID, now); ok {
			return a
		}
	}
	c.id = ids.messageID(s.sends + 1)
	m := &message{content: c, sent: now}
	s.add(m, delay, now)
	if s.set.fifo {
		s.dedup.remember(m, now)
	}
	return accepted{id: c.id, number: m.number}
}
