// Package sns is an SNS topic in memory that pushes: what is published goes to functions and queues, filtered by policies,
// with SNS's retries and dead-letter queues.
//
//	orders := sns.NewTopic("orders", sns.Options{Invoker: svc})
//	arn, err := orders.Subscribe(sns.SubscribeInput{
//		FunctionARN: functionARN,
//		Attributes:  sns.Attributes{FilterPolicy: `{"state": ["PAID"]}`, DeadLetterQueue: dead},
//	})
//	id, err := orders.PublishMessage(ctx, sns.PublishInput{Message: "hello"})
//
// When PublishMessage returns, every subscriber has been tried: Lambda has accepted the event, or SNS will try again
// after a second and more. svc.Wait then waits for functions. A [Topic] is also a destination and a dead-letter target (destinations.SNS).
//
// # What is modelled
//
// Standard topics; subscriptions of functions, as the principal sns.amazonaws.com on behalf of the topic, and of standard
// queues, with raw delivery or without; the function's event and the queue's body byte for byte; message attributes;
// messages that differ by protocol (MessageStructure json); filter policies on attributes and on bodies; retries by SNS's
// rule for AWS's own endpoints, 100,015 of them over 23 days; dead-letter queues of subscriptions. A function that is gone
// or may not be invoked is not tried again: the message goes to the dead-letter queue at once. Of a queue's error a method
// HTTPStatus() int says whether it is the client's fault (4xx but for 408, 409 and 429), and ErrorCode() string what the
// trace calls it; without them it is tried again. The trace header of the context given (destinations.WithTraceHeader)
// goes along, so that Lambda finds loops through topics.
//
// # What is fixed where SNS leaves it open
//
// Each message is sent once, to the subscriptions in the order in which they were made; SNS promises neither. Ids depend
// on the seed, the topic's ARN and the order of calls, so that a run repeats. A changed filter policy counts at once; SNS
// takes up to 15 minutes, which [Options].FilterPolicyDelay can imitate.
//
// # Limits
//
// The Signature of a message has the form of one and can be verified by nobody: there is no key, and no certificate at its
// URL. Not modelled: FIFO topics (refused by name), HTTP, e-mail, SMS, Firehose and mobile endpoints, confirmation of
// subscriptions, delivery policies, data protection, encryption, topic policies, PublishBatch, archiving and replay.
package sns
