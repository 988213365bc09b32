package sqs

// redrive puts messages that were taken out of q into its dead-letter queue. A standard queue's keep the instant at
// which they were sent, and with it their age; a FIFO queue's begin anew. Ids, attributes and groups stay, and
// ApproximateReceiveCount goes on counting: SQS counts over all queues.
func (q *Queue) redrive(moved []*message) {
	if len(moved) == 0 {
		return
	}
	q.set.dead.do(func(s *state, now int64) {
		for _, m := range moved {
			sent := m.sent
			if s.set.fifo {
				sent = now
			}
			s.add(&message{content: m.content, sent: sent, deadSource: q.arn, before: m.before + m.receives}, 0, now)
		}
	})
}
