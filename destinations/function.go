package destinations

import "context"

// Function is what [Lambda] needs of the Lambda service.
//
// InvokeEvent invokes a function asynchronously, under a new request id, and returns once the event is accepted (202);
// the function's own retries, age and destinations then apply to it. payload is the callee's from then on. It must be
// safe for concurrent use. [TraceHeader] of ctx is the trace header.
type Function interface {
	InvokeEvent(ctx context.Context, functionARN string, payload []byte) error
}

// Lambda makes a [Target] of a function: an asynchronous invoke with the record's JSON. It takes invocation records
// only. Over 1,048,576 bytes the delivery fails and nothing is trimmed.
func Lambda(functionARN string, f Function) Target { return &functionTarget{functionARN, f} }

type functionTarget struct {
	arn      string
	function Function
}

func (t *functionTarget) ARN() string { return t.arn }

func (t *functionTarget) Deliver(ctx context.Context, d Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := d.only(t.arn)
	if err != nil {
		return err
	}
	payload, err := marshal(r)
	if err != nil {
		return err
	}
	if err := checkLambdaSize(len(payload)); err != nil {
		return err
	}
	return t.function.InvokeEvent(WithTraceHeader(ctx, d.TraceHeader), t.arn, payload)
}
