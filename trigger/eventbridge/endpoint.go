package eventbridge

import (
	"cmp"
	"context"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// endpoint is where messages go. One of its members is set.
type endpoint struct {
	function  string // its ARN
	functions Invoker
	queue     destinations.Queue
	groupID   string // of the messages in a FIFO queue
	topic     destinations.Topic
	bus       destinations.Bus
}

// settle checks that exactly one place is named, and completes it. what names the target in errors.
func (e *endpoint) settle(what string, id lambda.Identity, functions Invoker) error {
	given := 0
	for _, is := range []bool{e.function != "", e.queue != nil, e.topic != nil, e.bus != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return ErrValidation.because("Exactly one of Function, Queue, Topic and Bus must be provided for " + what + ".")
	}
	if e.queue == nil && e.groupID != "" {
		return ErrValidation.because("SqsParameters are not supported for " + what + ", which is no queue.")
	}
	if e.queue != nil && isFIFO(e.queue.ARN()) && e.groupID == "" {
		return ErrValidation.because("Parameter(s) SqsParameters must be specified for " + what + ".")
	}
	if e.function == "" {
		return nil
	}
	ref, err := lambda.ParseRef(e.function, "")
	if err != nil {
		return ErrValidation.because(err.Error())
	}
	if functions == nil {
		return ErrValidation.because("There is no Lambda to find the function of " + what + " in: set Options.Invoker.")
	}
	if _, ok := lambda.ParseARN(e.function); !ok {
		id.Account, id.Region = cmp.Or(ref.Account, id.Account), cmp.Or(ref.Region, id.Region)
		e.function = id.FunctionARN(ref.Name, ref.Qualifier)
	}
	e.functions = functions
	return nil
}

func (e *endpoint) arn() string {
	switch {
	case e.queue != nil:
		return e.queue.ARN()
	case e.topic != nil:
		return e.topic.ARN()
	case e.bus != nil:
		return e.bus.ARN()
	}
	return e.function
}

// send hands a message over once. header is the trace header, which ctx carries too; caller is on whose behalf a
// function is invoked.
func (e *endpoint) send(ctx context.Context, m message, header string, caller *iam.Caller) error {
	switch {
	case e.queue != nil:
		_, err := e.queue.SendMessage(ctx, e.queueMessage(m, header))
		return err
	case e.topic != nil:
		return e.topic.Publish(ctx, events.SNSEntity{Type: "Notification", TopicArn: e.topic.ARN(), Message: m.text})
	}
	_, err := e.functions.Invoke(ctx, invoke.Input{
		FunctionName: e.function, InvocationType: invoke.Event, Payload: m.payload, Caller: caller, TraceHeader: header,
	})
	return err
}

func (e *endpoint) queueMessage(m message, header string) events.SQSMessage {
	attributes := map[string]string{}
	if header != "" {
		attributes["AWSTraceHeader"] = header
	}
	if e.groupID != "" {
		attributes["MessageGroupId"] = e.groupID
	}
	return events.SQSMessage{Body: m.text, Attributes: attributes}
}

// isFIFO reports whether an ARN is that of a FIFO queue.
func isFIFO(arn string) bool {
	const suffix = ".fifo"
	return len(arn) > len(suffix) && arn[len(arn)-len(suffix):] == suffix
}
