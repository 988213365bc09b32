// Package logs writes what CloudWatch Logs would show of functions: the lines that they write, and the platform's START,
// END, REPORT, INIT_START and INIT_REPORT around them, in Lambda's text or JSON format.
//
// It is a consumer of the trace: give [Writer]'s result to whoever takes a [trace.Func].
package logs

import (
	"io"
	"sync"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// Writer returns a consumer of the trace that writes log lines to w, in the format that c asks for; the zero
// LoggingConfig asks for text. Each line is one Write. Lines of different environments, which on AWS are in streams of
// their own, come in the order in which they happen. It is safe for concurrent use; errors of w are ignored, as a
// function never hears of its log's.
func Writer(w io.Writer, c lambda.LoggingConfig) trace.Func {
	l := &writer{w: w, config: c}
	return l.take
}

type writer struct {
	mu     sync.Mutex
	w      io.Writer
	config lambda.LoggingConfig
	buf    []byte
}

func (l *writer) take(e trace.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = l.append(l.buf[:0], e)
	if len(l.buf) > 0 {
		l.w.Write(l.buf)
	}
}

func (l *writer) append(b []byte, e trace.Event) []byte {
	switch e.Kind {
	case trace.InitStarted:
		if e.Phase == "init" { // an init inside an invocation has no line of its own unless it fails
			b = l.line(b, e, lambda.InitStartLine{
				Runtime: runtime, Type: initType(e), Phase: e.Phase, FunctionName: e.Function, FunctionVersion: e.Version,
				InstanceID: e.Environment, MemorySize: e.MemorySize,
			})
		}
	case trace.InitEnded:
		b = l.line(b, e, lambda.InitReportLine{
			Duration: e.Duration, Type: initType(e), Phase: e.Phase, Status: e.Outcome, ErrorType: e.ErrorType,
		})
	case trace.Started:
		b = l.line(b, e, lambda.StartLine{RequestID: e.RequestID, Version: e.Version})
	case trace.Log:
		b = append(append(b, e.Detail...), '\n')
	case trace.Finished:
		b = l.line(b, e, lambda.EndLine{
			RequestID: e.RequestID, Duration: e.Duration, ProducedBytes: e.Size, Status: e.Outcome, ErrorType: e.ErrorType,
		})
		b = l.line(b, e, lambda.ReportLine{
			RequestID: e.RequestID, Duration: e.Duration, Init: e.Init, MemorySize: e.MemorySize,
			MaxMemoryUsed: e.MaxMemoryUsed, Status: e.Outcome, ErrorType: e.ErrorType,
		})
	}
	return b
}

// runtime is what INIT_START names; there is no runtime here but Go's own.
var runtime = lambda.RuntimeVersion{Version: "provided:al2023.v1", ARN: "arn:aws:lambda:us-east-1::runtime:lambdakit"}

func initType(e trace.Event) lambda.InitializationType {
	if e.Pool == concurrency.Provisioned.String() {
		return lambda.ProvisionedConcurrency
	}
	return lambda.OnDemand
}

func (l *writer) line(b []byte, e trace.Event, line lambda.LogLine) []byte {
	return l.config.AppendLogLine(b, line, e.Time)
}
