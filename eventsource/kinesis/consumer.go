package kinesis

import (
	"context"
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/validation"
)

// maxConsumers is how many consumers one stream has.
const maxConsumers = 20

// Consumer is an enhanced fan-out consumer: the stream under the consumer's own ARN, which is what a mapping's records
// then name in eventSourceARN. It reads what the [Stream] reads, and has none of the service's own throughput to model.
//
// All methods may be called concurrently. It is an eventsource.Stream and an eventsource.Notifier.
type Consumer struct {
	view
	name   string
	stream *Stream
}

// RegisterStreamConsumer registers an enhanced fan-out consumer. The name is like a stream's; a second consumer of one
// name is refused with ErrResourceInUse, and the 21st with ErrLimitExceeded.
func (s *Stream) RegisterStreamConsumer(name string) (*Consumer, error) {
	c, isNew, err := s.consumerAt(time.Now(), name)
	if err != nil {
		return nil, err
	}
	if !isNew {
		return nil, ErrResourceInUse.because("Consumer %s under stream %s already exists for account %s.",
			name, s.name, s.options.Identity.Account)
	}
	return c, nil
}

// Consumer returns the consumer of that name and registers it if there is none. It is meant for tests and panics where
// [Stream.RegisterStreamConsumer] refuses the name or the number of consumers.
func (s *Stream) Consumer(name string) *Consumer {
	c, _, err := s.consumerAt(time.Now(), name)
	if err != nil {
		panic(err)
	}
	return c
}

func (s *Stream) consumerAt(t time.Time, name string) (c *Consumer, isNew bool, err error) {
	var f validation.Findings
	checkName(&f, "consumerName", name)
	if err := invalid(&f); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.findConsumer(name); c != nil {
		return c, false, nil
	}
	if len(s.consumers) == maxConsumers {
		return nil, false, ErrLimitExceeded.because("Stream %s under account %s already has %d registered consumers.",
			s.name, s.options.Identity.Account, maxConsumers)
	}
	s.state.advance(t)
	arn := s.arn + "/consumer/" + name + ":" + strconv.FormatInt(s.state.now/1000, 10)
	c = &Consumer{newView(arn, s.options.Identity.Region, s.options.InvokeIdentityARN), name, s}
	s.consumers = append(s.consumers, c)
	return c, true, nil
}

// findConsumer needs the lock.
func (s *Stream) findConsumer(name string) *Consumer {
	for _, c := range s.consumers {
		if c.name == name {
			return c
		}
	}
	return nil
}

// Name is the consumer's name.
func (c *Consumer) Name() string { return c.name }

// ARN is the consumer's ARN: the stream's, its name and the second of its registration.
func (c *Consumer) ARN() string { return c.arn }

// Shards is the stream's: see [Stream.Shards].
func (c *Consumer) Shards(ctx context.Context) ([]eventsource.Shard, error) {
	return c.stream.Shards(ctx)
}

// Read is [Stream.Read], with records that name the consumer.
func (c *Consumer) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	return c.stream.readAs(ctx, &c.view, shard, from, max)
}

// Notify is the stream's: see [Stream.Notify].
func (c *Consumer) Notify(wake func()) (stop func()) { return c.stream.Notify(wake) }

var (
	_ eventsource.Stream   = (*Consumer)(nil)
	_ eventsource.Notifier = (*Consumer)(nil)
)

// Retention is how long the stream keeps a record. It implements [eventsource.Retainer].
func (c *Consumer) Retention() time.Duration { return c.stream.Retention() }
