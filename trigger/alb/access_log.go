package alb

import "time"

// Entry is what the access log and the metrics know of one request.
type Entry struct {
	// Time is when the request came, and Duration how long the answer took.
	Time     time.Time
	Duration time.Duration
	// Method and RequestURI are the request's.
	Method, RequestURI string
	// TraceID is the value of the header X-Amzn-Trace-Id that the function got.
	TraceID string
	// ELBStatusCode is the answer's status; 460 if the client did not wait for it.
	ELBStatusCode int
	// TargetStatusCode is the status that the function chose; 0 if the answer is the load balancer's own.
	TargetStatusCode int
	// ErrorReason is the log's error_reason, such as LambdaInvalidResponse; "" for none.
	ErrorReason string
	// Metric is the metric that counts the failure: LambdaUserError or LambdaInternalError; "" for none. An error status
	// that the function chose is counted by neither.
	Metric string

	_ struct{}
}

// The metrics of failed requests to functions.
const (
	userError     = "LambdaUserError"
	internalError = "LambdaInternalError"
)

func (x *exchange) entry(a *answer, f *failure) Entry {
	e := Entry{
		Time: x.began, Duration: time.Since(x.began), Method: x.r.Method, RequestURI: x.r.RequestURI, TraceID: x.trace,
	}
	if f == nil {
		e.ELBStatusCode, e.TargetStatusCode = a.status, a.status
		return e
	}
	e.ELBStatusCode, e.ErrorReason = f.status, f.reason
	switch {
	case f.internal:
		e.Metric = internalError
	case f.reason != "":
		e.Metric = userError
	}
	return e
}
