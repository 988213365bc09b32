package lambda

import (
	"strconv"
	"time"
)

// StartLine is START: an invocation begins.
type StartLine struct {
	RequestID string
	Version   string // $LATEST or a number
}

// AppendText implements [LogLine].
func (l StartLine) AppendText(b []byte) []byte {
	b = append(b, "START RequestId: "...)
	b = append(b, l.RequestID...)
	b = append(b, " Version: "...)
	return append(b, l.Version...)
}

// AppendJSON implements [LogLine].
func (l StartLine) AppendJSON(b []byte, t time.Time) []byte {
	r := openRecord(b, t, "platform.start")
	r.text("requestId", l.RequestID)
	r.text("version", l.Version)
	return r.close()
}

// Level implements [LogLine].
func (StartLine) Level() string { return "INFO" }

// EndLine is END: the runtime has answered, or never will. In the JSON format it is platform.runtimeDone, which says
// more.
type EndLine struct {
	RequestID     string
	Duration      time.Duration
	ProducedBytes int    // of the response
	Status        string // success, error, failure or timeout
	ErrorType     string
}

// AppendText implements [LogLine].
func (l EndLine) AppendText(b []byte) []byte {
	b = append(b, "END RequestId: "...)
	return append(b, l.RequestID...)
}

// AppendJSON implements [LogLine].
func (l EndLine) AppendJSON(b []byte, t time.Time) []byte {
	r := openRecord(b, t, "platform.runtimeDone")
	r.text("requestId", l.RequestID)
	r.text("status", l.Status)
	r.text("errorType", l.ErrorType)
	r.open("metrics")
	r.millis("durationMs", l.Duration)
	r.number("producedBytes", int64(l.ProducedBytes))
	return r.close()
}

// Level implements [LogLine].
func (l EndLine) Level() string {
	if l.Status == "success" {
		return "DEBUG"
	}
	return "WARN"
}

// ReportLine is REPORT: what an invocation took and what is billed for it.
type ReportLine struct {
	RequestID     string
	Duration      time.Duration
	Init          time.Duration // the Init phase before it; 0 when warm
	MemorySize    int           // MB
	MaxMemoryUsed int           // MB
	Status        string        // success, error, failure or timeout
	ErrorType     string        // of an error that the platform reports; "" for a handler's
	// Restore is how long the snapshot took to resume that the environment came from; 0 without SnapStart. BilledRestore
	// is what is billed of it.
	Restore, BilledRestore time.Duration
	// TraceID and SegmentID are shown where the invocation is traced by X-Ray.
	TraceID, SegmentID string
}

// Billed is the billed duration: see [BilledDuration].
func (l ReportLine) Billed() time.Duration { return BilledDuration(l.Duration, l.Init) }

// AppendText implements [LogLine]. The line ends in a tab, as AWS's does, unless it says how the run failed. A
// handler's own error is not shown in it.
func (l ReportLine) AppendText(b []byte) []byte {
	b = append(b, "REPORT RequestId: "...)
	b = append(b, l.RequestID...)
	b = append(b, "\tDuration: "...)
	b = appendMillis(b, l.Duration)
	b = append(b, " ms\tBilled Duration: "...)
	b = strconv.AppendInt(b, l.Billed().Milliseconds(), 10)
	b = append(b, " ms\tMemory Size: "...)
	b = strconv.AppendInt(b, int64(l.MemorySize), 10)
	b = append(b, " MB\tMax Memory Used: "...)
	b = strconv.AppendInt(b, int64(l.MaxMemoryUsed), 10)
	b = append(b, " MB\t"...)
	if l.Init > 0 {
		b = append(b, "Init Duration: "...)
		b = appendMillis(b, l.Init)
		b = append(b, " ms\t"...)
	}
	if l.Restore > 0 {
		b = append(b, "Restore Duration: "...)
		b = appendMillis(b, l.Restore)
		b = append(b, " ms\tBilled Restore Duration: "...)
		b = strconv.AppendInt(b, l.BilledRestore.Milliseconds(), 10)
		b = append(b, " ms\t"...)
	}
	if l.failed() {
		b = appendStatus(b, l.Status, l.ErrorType)
	}
	if l.TraceID != "" {
		b = append(b, "\nXRAY TraceId: "...)
		b = append(b, l.TraceID...)
		b = append(b, "\tSegmentId: "...)
		b = append(b, l.SegmentID...)
		b = append(b, "\tSampled: true\t"...)
	}
	return b
}

// failed says that the platform has something to report: a timeout, an exit or its own failure.
func (l ReportLine) failed() bool {
	return l.Status != "" && l.Status != "success" && (l.Status != "error" || l.ErrorType != "")
}

// AppendJSON implements [LogLine].
func (l ReportLine) AppendJSON(b []byte, t time.Time) []byte {
	r := openRecord(b, t, "platform.report")
	r.text("requestId", l.RequestID)
	if l.Status == "success" {
		r.text("status", l.Status)
	}
	r.open("metrics")
	r.millis("durationMs", l.Duration)
	r.number("billedDurationMs", l.Billed().Milliseconds())
	r.number("memorySizeMB", int64(l.MemorySize))
	r.number("maxMemoryUsedMB", int64(l.MaxMemoryUsed))
	if l.Init > 0 {
		r.millis("initDurationMs", l.Init)
	}
	if l.Restore > 0 {
		r.millis("restoreDurationMs", l.Restore)
		r.number("billedRestoreDurationMs", l.BilledRestore.Milliseconds())
	}
	r.end()
	if l.Status != "success" { // then, as recorded, the status comes last
		r.text("status", l.Status)
		r.text("errorType", l.ErrorType)
	}
	return r.close()
}

// Level implements [LogLine].
func (l ReportLine) Level() string { return levelOf(l.Status) }
