package s3

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// unable is S3's text for a configuration whose destinations will not have it.
const unable = "Unable to validate the following destination configurations"

// validate asks the destinations of rules, each once per rule, and names those that refuse.
func (b *Bucket) validate(ctx context.Context, rules []rule) error {
	var refused []Argument
	for i := range rules {
		switch r := &rules[i]; {
		case r.function != "":
			refused = append(refused, b.askFunction(ctx, r.function)...)
		case r.queue != nil:
			_, err := r.queue.SendMessage(ctx, events.SQSMessage{Body: b.testEvent()})
			refused = append(refused, notPublished(r.arn, "queue", err)...)
		default:
			err := r.topic.Publish(ctx, events.SNSEntity{Subject: subject, Message: b.testEvent()})
			refused = append(refused, notPublished(r.arn, "topic", err)...)
		}
	}
	if refused != nil {
		return ErrInvalidArgument.because(unable, refused...)
	}
	return nil
}

// askFunction returns why S3 may not invoke a function, if it may not.
func (b *Bucket) askFunction(ctx context.Context, arn string) []Argument {
	if b.opts.Invoker == nil {
		return []Argument{{arn, "The bucket has no Options.Invoker"}}
	}
	_, err := b.opts.Invoker.Invoke(ctx, invoke.Input{FunctionName: arn, InvocationType: invoke.DryRun, Caller: &b.caller})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, lambda.ErrResourceNotFound):
		return []Argument{{arn, "The destination Lambda does not exist"}}
	case errors.Is(err, lambda.ErrAccessDenied):
		return []Argument{{arn + ", null", "Not authorized to invoke function [" + arn + "]"}}
	}
	return []Argument{{arn, err.Error()}}
}

func notPublished(arn, kind string, err error) []Argument {
	if err == nil {
		return nil
	}
	return []Argument{{arn, "Permissions on the destination " + kind + " do not allow S3 to publish notifications from this bucket"}}
}

// testEvent is the message by which S3 finds out whether it may send to a queue or a topic.
func (b *Bucket) testEvent() string {
	b.mu.Lock()
	b.state.requests++
	n := b.state.requests
	b.mu.Unlock()
	return `{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"` + stamp.Millis(time.Now()) + `","Bucket":"` + b.name +
		`","RequestId":"` + b.ids.request(n) + `","HostId":"` + b.ids.host(n) + `"}`
}
