package sourcetest_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sourcetest"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
)

func TestSQS(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Queue(t, func(t *testing.T) sourcetest.QueueFixture { return sqsFixture(name) })
		})
	}
}

// checked is a queue that says that it is there.
type checked struct{ *sqs.Queue }

func (checked) Check(context.Context) error { return nil }

func TestChecker(t *testing.T) {
	queueSuite(func(q *sqs.Queue) eventsource.Queue { return checked{q} })(t)
}

func sqsFixture(name string) sourcetest.QueueFixture {
	q, fifo, n := sqs.NewQueue(name, sqs.Attributes{}), name == "q.fifo", 0
	return sourcetest.QueueFixture{Queue: q, FIFO: fifo, Visibility: 30 * time.Second, Send: func(group, body string) error {
		m := sqs.Message{Body: body}
		if fifo {
			n++
			m.Attributes = map[string]string{"MessageGroupId": group, "MessageDeduplicationId": strconv.Itoa(n)}
		}
		_, err := q.SendMessage(context.Background(), m)
		return err
	}}
}

func TestKinesis(t *testing.T) {
	sourcetest.Stream(t, func(t *testing.T) sourcetest.StreamFixture {
		s := kinesis.NewStream("s", 3)
		return kinesisFixture(s, s)
	})
}

func TestKinesisConsumer(t *testing.T) {
	sourcetest.Stream(t, func(t *testing.T) sourcetest.StreamFixture {
		s := kinesis.NewStream("s", 3)
		return kinesisFixture(s, s.Consumer("c"))
	})
}

func kinesisFixture(s *kinesis.Stream, source eventsource.Stream) sourcetest.StreamFixture {
	return sourcetest.StreamFixture{
		Stream:  source,
		Put:     func(key string, n int) error { return s.Put(key, strconv.AppendInt(nil, int64(n), 10)) },
		Reshard: func() error { return s.UpdateShardCount(4) },
	}
}

func TestDynamoDB(t *testing.T) {
	sourcetest.Stream(t, func(t *testing.T) sourcetest.StreamFixture {
		table := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{Partitions: 3})
		n := 0
		return sourcetest.StreamFixture{
			Stream: table,
			Put: func(key string, _ int) error {
				n++ // what changes nothing writes no record
				return table.PutItem(dynamodb.Item{"id": events.NewStringAttribute(key), "n": events.NewNumberAttribute(strconv.Itoa(n))})
			},
			Reshard:      func() error { time.Sleep(5 * time.Hour); return nil },
			NoTimestamps: true,
			LazyReshard:  true,
		}
	})
}

func TestMemoryCheckpoints(t *testing.T) {
	sourcetest.Checkpoints(t, func(*testing.T) eventsource.CheckpointStore { return eventsource.NewMemoryCheckpoints() })
}

// plainQueue is a queue of somebody's own: no leases to speak of, no Notifier, forty lines.
type plainQueue struct {
	mu       sync.Mutex
	next     int
	messages []eventsource.Record
	arrived  chan struct{}
}

func (q *plainQueue) ARN() string { return "arn:aws:sqs:us-east-1:123456789012:plain" }

func (q *plainQueue) send(_, body string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next++
	q.messages = append(q.messages, eventsource.Record{
		ID: strconv.Itoa(q.next), JSON: []byte(`{"body":` + strconv.Quote(body) + `}`), Data: []byte(body),
	})
	select {
	case q.arrived <- struct{}{}:
	default:
	}
	return nil
}

func (q *plainQueue) Receive(ctx context.Context, most int, wait bool) ([]eventsource.Record, error) {
	for {
		q.mu.Lock()
		n := min(most, 10, len(q.messages))
		got := q.messages[:n:n]
		q.messages = q.messages[n:]
		q.mu.Unlock()
		if n > 0 || !wait {
			return got, nil
		}
		select {
		case <-q.arrived:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (q *plainQueue) Delete(context.Context, []eventsource.Record) error { return nil }

func TestPlainQueue(t *testing.T) {
	sourcetest.Queue(t, func(*testing.T) sourcetest.QueueFixture {
		q := &plainQueue{arrived: make(chan struct{}, 1)}
		return sourcetest.QueueFixture{Queue: q, Send: q.send}
	})
}
