package s3

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/backoff"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// subject is that of every message that S3 publishes to a topic.
const subject = "Amazon S3 Notification"

// notify sends an event to whom the configuration of its time names.
func (b *Bucket) notify(list *notifications, e *event, header string) {
	for i := range list.rules {
		if r := &list.rules[i]; r.matches(e.name, e.key) {
			b.push(r.arn, b.try(r, b.record(e, r.id), header))
		}
	}
	if bus := list.asked.EventBridge; bus != nil {
		entry := b.busEvent(e)
		b.push(bus.ARN(), func(ctx context.Context) error { return bus.PutEvent(destinations.WithTraceHeader(ctx, header), entry) })
	}
}

func (b *Bucket) push(target string, try func(context.Context) error) {
	b.pushes.Push(redeliver.Event{Target: target, Try: try, Rule: redelivery})
}

// try is one try to hand an event over.
func (b *Bucket) try(r *rule, record []byte, header string) func(context.Context) error {
	switch {
	case r.function != "":
		return redeliver.Function(b.opts.Invoker, r.function, b.caller, record, header)
	case r.queue != nil:
		return func(ctx context.Context) error {
			m := events.SQSMessage{Body: string(record)}
			if header != "" {
				m.Attributes = map[string]string{"AWSTraceHeader": header}
			}
			_, err := r.queue.SendMessage(destinations.WithTraceHeader(ctx, header), m)
			return err
		}
	}
	return func(ctx context.Context) error {
		return r.topic.Publish(destinations.WithTraceHeader(ctx, header), events.SNSEntity{Subject: subject, Message: string(record)})
	}
}

// The delays of redelivery. S3 says only that it goes on trying; these figures are an assumption.
const (
	firstDelay  = time.Second
	longestWait = 5 * time.Minute
	longestAge  = 24 * time.Hour
	jitter      = 0.1
)

// redelivery is S3's rule: it tries again while a target is throttled or fails, less and less often and for a day, and
// gives up at once if the target is gone or may not be called. There is no dead-letter queue.
func redelivery(f redeliver.Failure) (time.Duration, bool) {
	delay := f.Spread(backoff.Doubling(firstDelay, longestWait, f.Tries), jitter)
	return delay, f.Class != redeliver.ClientError && f.Age+delay <= longestAge
}
