// Package eventbridge is Amazon EventBridge as far as functions are concerned: event buses with rules, targets and input
// transformers, scheduled rules, and EventBridge Scheduler.
//
//	bus, err := eventbridge.New("default", eventbridge.Options{Invoker: svc})
//	arn, err := bus.PutRule(eventbridge.Rule{Name: "paid", EventPattern: `{"detail":{"state":["PAID"]}}`})
//	err = bus.PutTargets("paid", eventbridge.Target{ID: "ship", Function: "ship-order"})
//	results, err := bus.PutEvents(ctx, eventbridge.Entry{Source: "shop", DetailType: "order", Detail: `{"state":"PAID"}`})
//
// A [Bus] is a [destinations.Bus]: functions' results can be delivered to it, and a rule of one bus can forward to
// another.
//
// # What is modelled
//
// Event JSON byte for byte; patterns with all of EventBridge's operators (package eventsource/filter); functions, queues,
// topics and buses as targets; Input, InputPath and InputTransformer; a rule's events go to each target one by one, are
// tried again for 24 hours or 185 times and then go to the target's dead-letter queue. A function is invoked with type
// Event on behalf of events.amazonaws.com and the rule's ARN, which its resource policy must let. What the target
// refuses for good, such as a missing permission, goes to the dead-letter queue at once.
//
// Scheduled rules and schedules fire by a timer, in virtual time if the bus was made in a testing/synctest bubble.
// Package schedule has the grammar.
//
// # What is not modelled
//
// Archives and replay, pipes, API destinations, schema discovery, partner sources, global endpoints, targets other than
// the four, RoleArn and the roles of schedules, and the quotas on how many rules and invocations there may be. Every
// event reaches every target that it is for, once unless a try fails after the event has got through.
package eventbridge
