// Package sqs is an SQS queue in memory, with the rules that matter to a function behind it: visibility timeouts and
// receive counts, delays, retention, redrive to a dead-letter queue, and in FIFO queues groups and deduplication.
package sqs

import "github.com/lambdakit/lambdakit/eventsource"

var (
	_ eventsource.Queue    = (*Queue)(nil)
	_ eventsource.Notifier = (*Queue)(nil)
)
