package lambda

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
)

// LogLine is a line that the platform, not the function, writes into a function's log: [InitStartLine],
// [InitReportLine], [RestoreStartLine], [RestoreReportLine], [StartLine], [EndLine] and [ReportLine].
type LogLine interface {
	// AppendText appends the line in the text format, without its newline; nothing if the format has no such line.
	AppendText(b []byte) []byte
	// AppendJSON appends the JSON object of the JSON format, without a newline, as of t; nothing if the format has no
	// such object.
	AppendJSON(b []byte, t time.Time) []byte
	// Level is DEBUG, INFO or WARN: the JSON format leaves out lines below the SystemLogLevel.
	Level() string
}

// AppendLogLine appends the line with its newline in the format that c asks for, and nothing if the format has no such
// line or if the line is below the configured SystemLogLevel. c is complete: see [Config.WithDefaults].
func (c *LoggingConfig) AppendLogLine(b []byte, line LogLine, t time.Time) []byte {
	start := len(b)
	switch {
	case c.LogFormat != LogJSON:
		b = line.AppendText(b)
	case systemLevel(line.Level()) >= systemLevel(c.SystemLogLevel):
		b = line.AppendJSON(b, t)
	}
	if len(b) == start {
		return b
	}
	return append(b, '\n')
}

// systemLevel orders the levels by detail, the least detailed highest. No level is INFO, the default.
func systemLevel(level string) int {
	switch level {
	case "DEBUG":
		return 0
	case "WARN":
		return 2
	}
	return 1
}

// Tail is what LogType Tail shows of one invocation's log: its last 4 KB, in Base64.
func Tail(log []byte) string {
	return base64.StdEncoding.EncodeToString(log[max(0, len(log)-MaxLogTail):])
}

// LogStreamName names the log stream of an execution environment that is made at t: the day, the version in brackets,
// and 32 hexadecimal digits of id, of which every environment has its own.
func LogStreamName(t time.Time, version string, hi, lo uint64) string {
	return fmt.Sprintf("%s/[%s]%016x%016x", stamp.Day(t), version, hi, lo)
}

// RuntimeVersion names the runtime in INIT_START and RESTORE_START.
type RuntimeVersion struct {
	Version string // such as provided:al2023.v27
	ARN     string
}

func (v RuntimeVersion) appendText(b []byte, start string) []byte {
	b = append(b, start...)
	b = append(b, " Runtime Version: "...)
	b = append(b, v.Version...)
	b = append(b, "\tRuntime Version ARN: "...)
	return append(b, v.ARN...)
}

// InitStartLine is INIT_START: an Init phase begins. It is not part of any invocation's tail.
type InitStartLine struct {
	Runtime         RuntimeVersion
	Type            InitializationType
	Phase           string // init, or invoke for an Init that runs inside the first invocation
	FunctionName    string
	FunctionVersion string
	InstanceID      string // of the execution environment
	MemorySize      int    // MB
}

// AppendText implements [LogLine].
func (l InitStartLine) AppendText(b []byte) []byte { return l.Runtime.appendText(b, "INIT_START") }

// AppendJSON implements [LogLine].
func (l InitStartLine) AppendJSON(b []byte, t time.Time) []byte {
	r := openRecord(b, t, "platform.initStart")
	r.text("initializationType", string(l.Type))
	r.text("phase", l.Phase)
	r.text("runtimeVersion", l.Runtime.Version)
	r.text("runtimeVersionArn", l.Runtime.ARN)
	r.text("functionName", l.FunctionName)
	r.text("functionVersion", l.FunctionVersion)
	r.text("instanceId", l.InstanceID)
	r.number("instanceMaxMemory", int64(l.MemorySize)<<20)
	return r.close()
}

// Level implements [LogLine].
func (InitStartLine) Level() string { return "INFO" }

// InitReportLine is INIT_REPORT: an Init phase has ended badly. The text format has no such line after a good end.
type InitReportLine struct {
	Duration  time.Duration
	Type      InitializationType
	Phase     string // init or invoke
	Status    string // success, error or timeout
	ErrorType string // of an error
}

// AppendText implements [LogLine].
func (l InitReportLine) AppendText(b []byte) []byte {
	if l.Status == "success" {
		return b
	}
	b = append(b, "INIT_REPORT Init Duration: "...)
	b = appendMillis(b, l.Duration)
	b = append(b, " ms\tPhase: "...)
	b = append(b, l.Phase...)
	b = append(b, '\t')
	return appendStatus(b, l.Status, l.ErrorType)
}

// AppendJSON implements [LogLine].
func (l InitReportLine) AppendJSON(b []byte, t time.Time) []byte {
	r := openRecord(b, t, "platform.initReport")
	r.text("initializationType", string(l.Type))
	r.text("phase", l.Phase)
	r.text("status", l.Status)
	r.text("errorType", l.ErrorType)
	r.open("metrics")
	r.millis("durationMs", l.Duration)
	return r.close()
}

// Level implements [LogLine].
func (l InitReportLine) Level() string {
	switch {
	case l.Status != "success":
		return "WARN"
	case l.Type == OnDemand:
		return "DEBUG"
	}
	return "INFO"
}

// RestoreStartLine is RESTORE_START: a snapshot is being resumed.
type RestoreStartLine struct {
	Runtime         RuntimeVersion
	FunctionName    string
	FunctionVersion string
}

// AppendText implements [LogLine].
func (l RestoreStartLine) AppendText(b []byte) []byte {
	return l.Runtime.appendText(b, "RESTORE_START")
}

// AppendJSON implements [LogLine].
func (l RestoreStartLine) AppendJSON(b []byte, t time.Time) []byte {
	r := openRecord(b, t, "platform.restoreStart")
	r.text("runtimeVersion", l.Runtime.Version)
	r.text("runtimeVersionArn", l.Runtime.ARN)
	r.text("functionName", l.FunctionName)
	r.text("functionVersion", l.FunctionVersion)
	return r.close()
}

// Level implements [LogLine].
func (RestoreStartLine) Level() string { return "INFO" }

// RestoreReportLine is RESTORE_REPORT: the snapshot has been resumed, or not.
type RestoreReportLine struct {
	Duration  time.Duration
	Status    string // success, error or timeout
	ErrorType string
}

// AppendText implements [LogLine].
func (l RestoreReportLine) AppendText(b []byte) []byte {
	b = append(b, "RESTORE_REPORT Restore Duration: "...)
	b = appendMillis(b, l.Duration)
	b = append(b, " ms"...)
	if l.Status == "success" {
		return b
	}
	return appendStatus(append(b, '\t'), l.Status, l.ErrorType)
}

// AppendJSON implements [LogLine].
func (l RestoreReportLine) AppendJSON(b []byte, t time.Time) []byte {
	r := openRecord(b, t, "platform.restoreReport")
	r.text("status", l.Status)
	r.text("errorType", l.ErrorType)
	r.open("metrics")
	r.millis("durationMs", l.Duration)
	return r.close()
}

// Level implements [LogLine].
func (l RestoreReportLine) Level() string { return levelOf(l.Status) }

// levelOf is the level of a report: what did not go well is a warning.
func levelOf(status string) string {
	if status == "success" {
		return "INFO"
	}
	return "WARN"
}

// appendStatus appends the end of a report of something that failed.
func appendStatus(b []byte, status, errorType string) []byte {
	b = append(b, "Status: "...)
	b = append(b, status...)
	if errorType != "" {
		b = append(b, "\tError Type: "...)
		b = append(b, errorType...)
	}
	return b
}

// appendMillis appends d in milliseconds with two decimals.
func appendMillis(b []byte, d time.Duration) []byte {
	return strconv.AppendFloat(b, float64(d)/float64(time.Millisecond), 'f', 2, 64)
}
