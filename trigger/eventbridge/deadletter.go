package eventbridge

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// deadLetters is a target's dead-letter queue, with what every letter in it says. AWS documents the attributes; the
// codes are from memory, and so is that the body is the event and not what the target was to get.
type deadLetters struct {
	queue  destinations.Queue
	source destinations.Attribute // the rule's ARN
	target string
	retry  retry
}

// checkDeadLetters refuses a queue that EventBridge does not take.
func checkDeadLetters(q destinations.Queue, what string) error {
	if q != nil && isFIFO(q.ARN()) {
		return ErrValidation.because("The dead-letter queue of " + what + " must be a standard queue.")
	}
	return nil
}

// of is the dead-letter queue for one event, nil if there is none.
func (d *deadLetters) of(body []byte, header string) *redeliver.DeadLetter {
	if d.queue == nil {
		return nil
	}
	return &redeliver.DeadLetter{Target: d.queue.ARN(), Send: func(ctx context.Context, last error, tries int) error {
		m := events.SQSMessage{Body: string(body), MessageAttributes: map[string]events.SQSMessageAttribute{}}
		for _, a := range d.attributes(last, tries) {
			m.MessageAttributes[a.Name] = events.SQSMessageAttribute{DataType: a.DataType, StringValue: &a.Value}
		}
		if header != "" {
			m.Attributes = map[string]string{"AWSTraceHeader": header}
		}
		_, err := d.queue.SendMessage(ctx, m)
		return err
	}}
}

// attributes says why an event is here.
func (d *deadLetters) attributes(last error, tries int) []destinations.Attribute {
	text := func(name, value string) destinations.Attribute {
		return destinations.Attribute{Name: name, DataType: "String", Value: value}
	}
	as := []destinations.Attribute{
		d.source, text("TARGET_ARN", d.target), text("ERROR_CODE", errorCode(last)), text("ERROR_MESSAGE", errorMessage(last)),
	}
	if redeliver.Classify(last) == redeliver.ClientError {
		return as
	}
	exhausted := exhaustedAge
	if tries > d.retry.tries {
		exhausted = exhaustedTries
	}
	return append(as, text("EXHAUSTED_RETRY_CONDITION", exhausted),
		destinations.Attribute{Name: "RETRY_ATTEMPTS", DataType: "Number", Value: strconv.Itoa(tries - 1)})
}

// errorCode is how EventBridge sums an error up.
func errorCode(err error) string {
	switch {
	case errors.Is(err, lambda.ErrAccessDenied):
		return "NO_PERMISSIONS"
	case errors.Is(err, lambda.ErrResourceNotFound):
		return "NO_RESOURCE"
	case errors.Is(err, lambda.ErrTooManyRequests):
		return "THROTTLING"
	case redeliver.Classify(err) == redeliver.ClientError:
		return "SDK_CLIENT_ERROR"
	}
	return "ERROR_FROM_TARGET"
}

// errorMessage is what the target said, as the attribute can carry it.
func errorMessage(err error) string {
	var api *lambda.Error
	message := err.Error()
	if errors.As(err, &api) && api.Message != "" {
		message = api.Message
	}
	letter := destinations.DeadLetter{ErrorMessage: message}
	if as := letter.Attributes(); len(as) > 0 { // cut to length and cleared of what SQS does not take
		return as[0].Value
	}
	return "unknown error" // an attribute must not be empty
}
