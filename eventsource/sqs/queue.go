package sqs

import (
	"context"
	"sync"
	"time"
)

// Queue is an SQS queue in memory. It is safe for concurrent use, starts no goroutine, and needs no Close: a timer runs
// only while someone waits ([Queue.Receive], [Queue.ReceiveMessage], [Queue.Notify]) and a message is hidden. Inside a
// testing/synctest bubble its time is the bubble's, and it must then be used in that bubble only.
type Queue struct {
	name, arn, region string
	set               settings
	ids               identity
	tail              string // the end of every record, from behind the body's MD5

	mu      sync.Mutex
	state   *state
	waiters []*waiter // replaced, never changed, so that it can be read without mu once taken
	timer   *time.Timer
	armed   int64 // instant that timer is set to, 0 for none
}

// New makes a queue. Its name is 1 to 80 letters, digits, hyphens and underscores; a FIFO queue's ends in .fifo. It
// returns an [*Error] for a name or attributes that SQS refuses.
func New(name string, a Attributes) (*Queue, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	set, err := a.settle(name)
	if err != nil {
		return nil, err
	}
	region := orElse(a.Region, "us-east-1")
	arn := "arn:" + orElse(a.Partition, "aws") + ":sqs:" + region + ":" + orElse(a.Account, "123456789012") + ":" + name
	q := &Queue{
		name: name, arn: arn, region: region, set: set, ids: newIdentity(arn), state: newState(set),
		tail: `","eventSource":"aws:sqs","eventSourceARN":"` + arn + `","awsRegion":"` + region + `"}`,
	}
	if err := a.checkRedrive(q); err != nil {
		return nil, err
	}
	return q, nil
}

// NewQueue is [New] for tests and examples: it panics where New returns an error.
func NewQueue(name string, a Attributes) *Queue {
	q, err := New(name, a)
	if err != nil {
		panic("sqs: " + err.Error())
	}
	return q
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// Name returns the queue's name, with .fifo if it is a FIFO queue.
func (q *Queue) Name() string { return q.name }

// ARN returns the queue's ARN.
func (q *Queue) ARN() string { return q.arn }

// VisibilityTimeout returns the queue's visibility timeout, which Lambda compares with a function's timeout.
func (q *Queue) VisibilityTimeout() time.Duration { return q.set.visibility }

// Counts are the approximate numbers of messages, which here are exact: ApproximateNumberOfMessages,
// ApproximateNumberOfMessagesNotVisible and ApproximateNumberOfMessagesDelayed.
type Counts struct{ Visible, NotVisible, Delayed int }

// Counts returns how many messages there are. Those that a dead-letter queue is due to take count as visible until
// someone tries to receive them.
func (q *Queue) Counts() Counts {
	var c Counts
	q.do(func(s *state, _ int64) {
		c = Counts{s.count[visible], s.count[inFlight], s.count[delayed]}
	})
	return c
}

// Len returns the number of messages in the queue: visible, in flight and delayed.
func (q *Queue) Len() int {
	c := q.Counts()
	return c.Visible + c.NotVisible + c.Delayed
}

// Send sends a message with a body only, and returns it as accepted. See [Queue.SendMessage].
func (q *Queue) Send(body string) (Message, error) {
	return q.send(Message{Body: body}, nil)
}

// SendMessage sends m's Body and MessageAttributes. m's Attributes may hold AWSTraceHeader, and in a FIFO queue
// MessageGroupId, which is required, and MessageDeduplicationId, which is required unless ContentBasedDeduplication is
// set; any other is refused. The rest of m does not count, and nothing of it is kept.
//
// It returns m with MessageId, both MD5s and, from a FIFO queue, SequenceNumber. A FIFO queue that accepted the
// deduplication id within the last 5 minutes adds nothing and returns what it returned then. An error is an [*Error]
// with SQS's code and changes nothing. It never blocks; ctx is there for the sake of queues that do.
func (q *Queue) SendMessage(_ context.Context, m Message) (Message, error) { return q.send(m, nil) }

// SendMessageDelayed is [Queue.SendMessage] with DelaySeconds: 0 s to 15 min in place of the queue's own delay. A FIFO
// queue takes no delay of a single message.
func (q *Queue) SendMessageDelayed(_ context.Context, m Message, delay time.Duration) (Message, error) {
	return q.send(m, &delay)
}

// do runs one step on the state, at the present instant, and then, without the lock, what the step brought about.
func (q *Queue) do(step func(s *state, now int64)) {
	q.mu.Lock()
	now := time.Now().UnixNano()
	q.state.advance(now)
	step(q.state, now)
	wake := q.settle(now)
	q.mu.Unlock()
	for _, w := range wake {
		w.wake()
	}
}
