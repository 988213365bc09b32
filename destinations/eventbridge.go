package destinations

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// eventSource is the source of the events that Lambda puts on a bus. AWS's guide says aws.lambda; recordings of the
// service say this.
const eventSource = "lambda"

// Bus is what [EventBridge] needs of an event bus.
//
// PutEvent puts one entry on the bus: e's Source, DetailType, Resources, Time (whole seconds) and Detail. The bus adds
// what it adds to every entry: version, id, account and region. It must be safe for concurrent use; e's slices are the
// callee's. [TraceHeader] of ctx is the trace header.
type Bus interface {
	ARN() string
	PutEvent(ctx context.Context, e events.EventBridgeEvent) error
}

// EventBridge makes a [Target] of an event bus. The record is the detail of an event whose source is lambda, whose
// detail-type ends in Success or Failure, and whose resources are the bus and the function. It takes invocation
// records only. Over 1,048,576 bytes, counted as EventBridge counts an entry, the delivery fails.
func EventBridge(b Bus) Target { return &busTarget{b} }

type busTarget struct{ bus Bus }

func (t *busTarget) ARN() string { return t.bus.ARN() }

func (t *busTarget) Deliver(ctx context.Context, d Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := d.only(t.ARN())
	if err != nil {
		return err
	}
	e, err := busEvent(t.ARN(), r)
	if err != nil {
		return err
	}
	if err := checkEventBridgeSize(e); err != nil {
		return err
	}
	return t.bus.PutEvent(WithTraceHeader(ctx, d.TraceHeader), e)
}

// busEvent wraps a record for a bus.
func busEvent(bus string, r *Record) (events.EventBridgeEvent, error) {
	at, err := time.Parse(time.RFC3339, r.Timestamp)
	if err != nil {
		return events.EventBridgeEvent{}, fmt.Errorf("destinations: the record's timestamp: %w", err)
	}
	detail, err := marshal(r)
	if err != nil {
		return events.EventBridgeEvent{}, err
	}
	result := "Failure"
	if r.RequestContext.Condition == Success {
		result = "Success"
	}
	return events.EventBridgeEvent{
		Source:     eventSource,
		DetailType: "Lambda Function Invocation Result - " + result,
		Resources:  []string{bus, r.RequestContext.FunctionARN},
		Time:       at.Truncate(time.Second),
		Detail:     detail,
	}, nil
}
