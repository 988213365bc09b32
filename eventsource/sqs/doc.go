// Package sqs is an SQS queue in memory, with the rules that matter to a function behind it: visibility timeouts and
// receive counts, delays, retention, redrive to a dead-letter queue, and in FIFO queues message groups and
// deduplication.
//
//	dead := sqs.NewQueue("dead", sqs.Attributes{})
//	work := sqs.NewQueue("work", sqs.Attributes{DeadLetterQueue: dead, MaxReceiveCount: 2})
//	work.Send("hello")
//
// A [Queue] is a source for an event source mapping ([eventsource.Queue] and [eventsource.Notifier]) and, as it is, a
// queue to deliver to (destinations.SQS). In a testing/synctest bubble its hours pass at once.
//
// # What is fixed where SQS leaves it open
//
// A standard queue gives messages in the order in which they became visible, so that a message that failed goes behind
// those that wait, and never gives one twice without cause. A FIFO queue takes groups in the order in which they became
// free. Counts are exact. Message ids, receipt handles and sequence numbers depend on the queue's ARN and on the order of
// calls only, so that a run repeats. Every message has the same SenderId.
//
// A message that was received too often moves to the dead-letter queue when someone tries to receive it once more, with
// its id, its attributes and its receive count; in a standard queue its age goes on.
//
// # Limits
//
// Not modelled: permissions, encryption, attributes that change, batch calls, fair queues (a standard queue refuses a
// message group), moving messages back, receive request attempts, throughput quotas.
package sqs

import "github.com/lambdakit/lambdakit/eventsource"

var (
	_ eventsource.Queue         = (*Queue)(nil)
	_ eventsource.Notifier      = (*Queue)(nil)
	_ eventsource.LeaseReceiver = (*Queue)(nil)
)
