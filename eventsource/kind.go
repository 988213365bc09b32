package eventsource

import (
	"fmt"
	"strings"

	"github.com/lambdakit/lambdakit/eventsource/filter"
	"github.com/lambdakit/lambdakit/lambda"
)

// kind is the kind of a source, as far as Lambda's rules differ.
type kind uint8

const (
	standardQueue kind = iota + 1
	fifoQueue
	kinesisStream
	dynamoDBStream
)

func (k kind) queue() bool  { return k == standardQueue || k == fifoQueue }
func (k kind) stream() bool { return k == kinesisStream || k == dynamoDBStream }

// filters is where the patterns of a mapping over such a source look.
func (k kind) filters() filter.Source {
	switch k {
	case kinesisStream:
		return filter.Kinesis
	case dynamoDBStream:
		return filter.DynamoDB
	}
	return filter.SQS
}

// reason is the StateTransitionReason of everything that a user does.
func (k kind) reason() string {
	if k.stream() {
		return "User action"
	}
	return "USER_INITIATED"
}

// defaultBatchSize is the BatchSize of a mapping that does not say.
func (k kind) defaultBatchSize() int {
	if k.stream() {
		return 100
	}
	return 10
}

// SourceTypeError is the error of [NewMapping] for a source that is neither a [Queue] nor a [Stream], or both.
type SourceTypeError struct {
	Source Source
}

// Error names the type.
func (e *SourceTypeError) Error() string {
	return fmt.Sprintf("eventsource: a %T must be either a Queue or a Stream", e.Source)
}

// kindOf tells the kind of a source by its methods and its ARN.
func kindOf(source Source) (kind, error) {
	_, isQueue := source.(Queue)
	_, isStream := source.(Stream)
	if isQueue == isStream {
		return 0, &SourceTypeError{Source: source}
	}
	arn, ok := lambda.ParseARN(source.ARN())
	switch {
	case !ok:
	case isQueue && arn.Service == "sqs" && strings.HasSuffix(arn.Resource, ".fifo"):
		return fifoQueue, nil
	case isQueue && arn.Service == "sqs":
		return standardQueue, nil
	case isStream && arn.Service == "kinesis":
		return kinesisStream, nil
	case isStream && arn.Service == "dynamodb":
		return dynamoDBStream, nil
	}
	return 0, unrecognized()
}
