package destinations

import "context"

// traceKey is the context key under which aws-lambda-go hands a trace header to handlers and to AWS's tracing SDKs. A
// string, because it is theirs.
const traceKey = "x-amzn-trace-id"

// TraceHeader returns the X-Ray trace header that a delivery carries downstream, "" for none. Targets put it into the
// context of [Topic.Publish], [Function.InvokeEvent], [Bus.PutEvent] and [Bucket.PutObject], as AWS puts it into an
// HTTP header; a queue gets it as the system attribute AWSTraceHeader. The key is aws-lambda-go's, so a port may
// also call ctx.Value("x-amzn-trace-id").
func TraceHeader(ctx context.Context) string {
	s, _ := ctx.Value(traceKey).(string)
	return s
}

// WithTraceHeader returns a context that carries a trace header, in which [TraceHeader] and aws-lambda-go find it: with
// it a chain of calls that is begun, or gone on with, outside a function is one chain to Lambda, which finds loops by it.
// It replaces the header that ctx may carry; "" leaves ctx as it is.
func WithTraceHeader(ctx context.Context, header string) context.Context {
	if header == "" {
		return ctx
	}
	return context.WithValue(ctx, traceKey, header) //lint:ignore SA1029 the key is aws-lambda-go's
}
