// Package eventsource pulls events for functions, as Lambda's event source mappings do: a [Mapping] polls a [Queue] or
// a [Stream], forms batches, invokes the function, and deletes, retries, bisects, checkpoints or discards by the
// service's rules.
//
//	m, err := eventsource.NewMapping(svc, queue, eventsource.Config{FunctionName: "orders", ReportBatchItemFailures: true})
//
// A source is whatever implements one of the two interfaces; packages sqs, kinesis and dynamodb have embedded ones, and
// package sourcetest proves any other. The rules themselves are in package batch, the filters in package filter.
//
// # Time and goroutines
//
// The package uses package time only, so in a testing/synctest bubble all waiting is virtual. Over a [Notifier] a
// Mapping has a goroutine while there is work to do, and timers while a batching window, a backoff, a tumbling window or
// the growth of a queue's concurrency is under way, but nothing while it is idle. Over a queue that is no Notifier it
// has one goroutine that waits in Receive, over such a stream one that looks for records at Lambda's rate.
//
// # At least once
//
// A message is deleted when its batch succeeded, or the function did not name it as failed, or the filters rejected it.
// A stream's position moves on behind records that succeeded, were rejected, or were given up; see [CheckpointStore]. So
// a crash, a lost acknowledgement or a restart repeats records and loses none. [Control] injects such faults.
//
// # The execution role
//
// With invoke.Options.Roles a mapping reads, deletes and delivers only what the role of its function allows. What it does
// not allow when the mapping is made or changed is refused with Lambda's text. What it stops allowing later makes the
// mapping wait: the source keeps everything until the role allows it again.
//
// # What is not modelled
//
// Kafka, MQ and DocumentDB; encryption of filters; choosing metrics, which are all in the trace. A mapping polls when
// its source wakes it, where Lambda polls all the time: so PolledEventCount has no samples of 0 for polls that found
// nothing (FilteredOutEventCount has them, for polls of which everything matched). An SQS mapping over a queue that is
// no Notifier has one poller. The state of a tumbling window lives in memory: after a restart the whole window is
// delivered again. A stream's mapping without a StartingPosition, which Lambda refuses, begins at TrimHorizon.
package eventsource

import (
	"context"
	"time"
)

// Record is one record of a source, as the [Mapping] handles it.
//
// The mapping never changes the bytes. It may hold a Record until the batch that contains it is resolved.
type Record struct {
	// ID identifies the record within its source: the message id of a queue, the sequence number of a stream. It is
	// what batchItemFailures names.
	ID string
	// JSON is the record as it stands in the event's Records array: one well-formed object, which nobody checks again.
	JSON []byte
	// Data is the decoded payload that filters look into: an SQS message's body, a Kinesis record's data. It is nil
	// where the payload is native JSON inside JSON, as in a DynamoDB stream record.
	Data []byte
	// Group is the message group of a FIFO queue, or the key that binds a stream's record to a lane: the partition
	// key, the item's key. Records of one Group are never handled concurrently where order counts.
	Group string
	// Receipt is the receipt handle that deletes a queue's message.
	Receipt string
	// Expires is when a queue's visibility lease on the message ends; the zero Time means that it does not.
	Expires time.Time
	// Arrival is when the record reached its source (ApproximateArrivalTimestamp, SentTimestamp).
	Arrival time.Time
}

// Queue is a source whose messages are leased, and deleted one by one: SQS.
//
// All methods must be safe for concurrent use.
type Queue interface {
	// ARN names the queue; its service and a .fifo suffix decide which rules apply. It is constant.
	ARN() string
	// Receive leases up to max messages, at most 10 a call. With wait it blocks until there is at least one or ctx is
	// done; without, it returns at once, perhaps with none. Messages of one FIFO group come in order, and none comes
	// while an earlier one of its group is leased.
	Receive(ctx context.Context, max int, wait bool) ([]Record, error)
	// Delete acknowledges messages by ID and Receipt. Deleting a message twice, or one whose lease has passed on, is no
	// error.
	Delete(ctx context.Context, records []Record) error
}

// Stream is a source of ordered shards that are read from a position and never deleted: Kinesis, DynamoDB Streams.
//
// All methods must be safe for concurrent use and must not block for new records.
type Stream interface {
	// ARN names the stream or its enhanced fan-out consumer. It is constant.
	ARN() string
	// Shards lists the shards that can still be read, parents before children.
	Shards(ctx context.Context) ([]Shard, error)
	// Read returns up to max records of a shard that follow a position, oldest first.
	Read(ctx context.Context, shard string, from Position, max int) (Page, error)
}

// Shard is one ordered part of a [Stream].
type Shard struct {
	ID string
	// Parents are the shards that this one was split or merged from; one that is not listed any more counts as drained.
	Parents []string
}

// Page is what one [Stream] read returned.
type Page struct {
	Records []Record
	// Next is the position behind the last record, or the given one made definite if there was none: reading Latest
	// returns the position of the end, so that nothing written afterwards is skipped.
	Next Position
	// End says that the shard is closed and Next is behind its last record.
	End bool
}

// PositionType says how a [Position] is meant.
type PositionType uint8

// The positions. The first three are a mapping's StartingPosition; the zero PositionType is none.
const (
	TrimHorizon PositionType = iota + 1 // the oldest record still there
	Latest                              // behind the newest record
	AtTimestamp                         // the first record that arrived at Time or later
	After                               // behind the record whose sequence number is Sequence
)

// Position is a place in a shard.
type Position struct {
	Type     PositionType
	Sequence string    // with After
	Time     time.Time // with AtTimestamp
}

// Notifier is implemented by a [Queue] or [Stream] that can say when there may be something to read: a message sent or
// become visible, a record put, a shard closed. A mapping over a Notifier has no goroutine while idle; over another
// source it owns one goroutine per poller.
//
// Notify registers wake until stop is called. wake never blocks and may be called from any goroutine, holding no lock
// of the source's; a call too many is harmless, a call too few loses liveness.
type Notifier interface {
	Notify(wake func()) (stop func())
}

// Retainer is implemented by a [Stream] that drops records after a time. A [Mapping] gives up records that are older: the
// stream would not give them out any more. A DynamoDB stream keeps them for 24 hours whether it says so or not; of
// another stream without this method records are retried for ever, unless the mapping's own limits end it.
type Retainer interface {
	Retention() time.Duration
}

// VisibilityTimeouter is implemented by a [Queue] whose leases have a set length. A mapping's function must not have a
// longer timeout.
type VisibilityTimeouter interface {
	VisibilityTimeout() time.Duration
}

// LeaseReceiver is implemented by a [Queue] that can lease messages for longer than it is set to. A mapping uses it where
// a message waits for its batch, in a batching window, and would be visible again before the function is through:
// Lambda leases it for the window, the function's timeout and 30 seconds then. Over a queue that says its
// VisibilityTimeout and is no LeaseReceiver such a mapping is refused.
type LeaseReceiver interface {
	// ReceiveFor is Receive with leases of a given length.
	ReceiveFor(ctx context.Context, max int, wait bool, lease time.Duration) ([]Record, error)
}

// Source is what a [Mapping] pulls from: a [Queue] or a [Stream].
type Source interface {
	ARN() string
}
