package eventsource

import (
	"context"
	"errors"

	"github.com/lambdakit/lambdakit/lambda"
)

// ErrSourceNotFound is what a source's errors wrap to say that it does not exist: those of [Stream].Shards, and of
// [Checker].Check. A mapping cannot be made from such a source. One whose source goes away later tries again, as it does
// after any other error of the source's.
var ErrSourceNotFound = errors.New("eventsource: the source does not exist")

// Checker is implemented by a [Queue] that can say, without giving out a message, whether it can be received from. A
// mapping asks when it is made; a [Stream] is asked for its Shards instead.
type Checker interface {
	// Check returns nil if there is nothing in the way, and otherwise why: an error that wraps [ErrSourceNotFound] if
	// there is no such queue.
	Check(ctx context.Context) error
}

// SourceError is the error of [NewMapping] for a source that exists, or does not say that it does not, and cannot be
// read.
type SourceError struct {
	ARN string // the source's
	Err error  // what it said
}

// Error names the source and says what it said.
func (e *SourceError) Error() string {
	return "eventsource: " + e.ARN + " cannot be read: " + e.Err.Error()
}

// Unwrap returns Err.
func (e *SourceError) Unwrap() error { return e.Err }

// SourceMissing is Lambda's refusal of a source that does not exist, by its ARN: for a REST API that knows none by that
// name.
func SourceMissing(arn string) error {
	a, _ := lambda.ParseARN(arn)
	switch a.Service {
	case "sqs":
		return lambda.InvalidParameterValue("Error occurred while ReceiveMessage. " +
			"SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
	case "kinesis", "dynamodb":
		return lambda.InvalidParameterValue("Stream not found: " + arn)
	}
	return unrecognized()
}

func unrecognized() error { return lambda.InvalidParameterValue("Unrecognized event source.") }

// checkExists refuses a source that does not exist, or cannot be read. A queue that cannot say is taken to be there.
func checkExists(source Source) error {
	var err error
	switch s := source.(type) {
	case Stream:
		_, err = s.Shards(context.Background())
	case Checker:
		err = s.Check(context.Background())
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrSourceNotFound):
		return SourceMissing(source.ARN())
	}
	return &SourceError{ARN: source.ARN(), Err: err}
}
