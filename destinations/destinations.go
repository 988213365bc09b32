// Package destinations says where results go: the invocation record of version 1.0, the batch record of a failed
// stream batch, the dead letter, and the targets that take them.
//
// A [Target] is given exactly one of the three in a [Delivery], and one call is one try. [SQS], [SNS], [Lambda],
// [EventBridge] and [S3] make targets that wrap what they are given as Lambda does, over an interface of one method
// beside ARN: an embedded queue, topic, bus or bucket fits it as it is, and so does an adapter to a real one.
// [Func] makes a target of anything else.
//
//	failures := destinations.SQS(sqs.NewQueue("failures", sqs.Attributes{}))
//	err := failures.Deliver(ctx, destinations.Delivery{Record: destinations.NewRecord(ending)})
//
// [NewRecord] and [NewBatchRecord] hold the rules of what a record says; [CheckConfig], [CheckStreamConfig] and
// [CheckDeadLetter] those of what may be configured, with Lambda's texts.
//
// # Limits
//
// A target refuses what is too large for its service and trims nothing. Permissions are not checked here. Kafka topics
// as destinations are not modelled.
package destinations

import "context"

// Target is a place that results are delivered to: a queue, a topic, a function, an event bus, a bucket, or anything
// of an embedder's own (see [Func]).
//
// Deliver sends d once and returns why that failed, if it did; the caller counts and traces the failure and does not
// try again. What fails must not arrive. It must be safe for concurrent use, must send nothing when ctx is done already,
// and must neither change the bytes in d nor keep them after it returns. ARN is constant. Package destinationstest
// checks all of that.
type Target interface {
	ARN() string
	Deliver(ctx context.Context, d Delivery) error
}

// Delivery is what a [Target] is given. Exactly one of Record, Batch and DeadLetter is set.
type Delivery struct {
	// Function is the name of the function whose result this is.
	Function string
	// Mapping is the UUID of the event source mapping that sends a Batch.
	Mapping string
	// TraceHeader is the X-Ray trace header to hand downstream; "" for none.
	TraceHeader string

	Record     *Record
	Batch      *BatchRecord
	DeadLetter *DeadLetter
}

// DeadLetter is an event as a dead-letter queue gets it: the bytes that were submitted, and why they failed.
type DeadLetter struct {
	// Body is the original event, byte for byte.
	Body []byte
	// RequestID is the invocation's request id, attribute RequestID.
	RequestID string
	// ErrorCode is the status of the last response, attribute ErrorCode; 0 leaves the attribute out.
	ErrorCode int
	// ErrorMessage is the whole message; the attribute carries its first 1,024 bytes.
	ErrorMessage string
}

// Func makes a [Target] of a function, for embedders and tests.
func Func(arn string, deliver func(context.Context, Delivery) error) Target {
	return &funcTarget{arn: arn, deliver: deliver}
}

type funcTarget struct {
	arn     string
	deliver func(context.Context, Delivery) error
}

func (t *funcTarget) ARN() string                                   { return t.arn }
func (t *funcTarget) Deliver(ctx context.Context, d Delivery) error { return t.deliver(ctx, d) }
