package lambda

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const ms = time.Millisecond

func ExampleReportLine() {
	line := ReportLine{RequestID: "8e2b", Duration: 3010 * time.Microsecond, MemorySize: 128, MaxMemoryUsed: 36, Status: "success"}
	text := LoggingConfig{LogFormat: LogText}
	fmt.Printf("%q\n", text.AppendLogLine(nil, line, time.Time{}))
	structured := LoggingConfig{LogFormat: LogJSON, SystemLogLevel: "INFO"}
	fmt.Printf("%s", structured.AppendLogLine(nil, line, time.UnixMilli(1716222585022)))
	// Output:
	// "REPORT RequestId: 8e2b\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n"
	// {"time":"2024-05-20T16:29:45.022Z","type":"platform.report","record":{"requestId":"8e2b","status":"success","metrics":{"durationMs":3.01,"billedDurationMs":4,"memorySizeMB":128,"maxMemoryUsedMB":36}}}
}

func TestLogLines(t *testing.T) {
	at := time.Date(2024, 5, 20, 16, 29, 45, 22e6, time.UTC)
	const stamp = `{"time":"2024-05-20T16:29:45.022Z","type":"platform.`
	runtime := RuntimeVersion{"python:3.13.v7", "arn:aws:lambda:r::runtime:07"}
	for _, row := range []struct {
		name  string
		line  LogLine
		text  string
		json  string
		level string
	}{
		{"init start", InitStartLine{Runtime: runtime, Type: OnDemand, Phase: "init", FunctionName: "f", FunctionVersion: "$LATEST", InstanceID: "i", MemorySize: 256},
			"INIT_START Runtime Version: python:3.13.v7\tRuntime Version ARN: arn:aws:lambda:r::runtime:07",
			`initStart","record":{"initializationType":"on-demand","phase":"init","runtimeVersion":"python:3.13.v7","runtimeVersionArn":"arn:aws:lambda:r::runtime:07","functionName":"f","functionVersion":"$LATEST","instanceId":"i","instanceMaxMemory":268435456}}`, "INFO"},
		{"start", StartLine{"r", "$LATEST"}, "START RequestId: r Version: $LATEST", `start","record":{"requestId":"r","version":"$LATEST"}}`, "INFO"},
		{"end", EndLine{RequestID: "r", Duration: 11185 * time.Microsecond, ProducedBytes: 40, Status: "success"}, "END RequestId: r",
			`runtimeDone","record":{"requestId":"r","status":"success","metrics":{"durationMs":11.185,"producedBytes":40}}}`, "DEBUG"},
		{"end of a timeout", EndLine{RequestID: "r", Duration: 3 * time.Second, Status: "timeout"}, "END RequestId: r",
			`runtimeDone","record":{"requestId":"r","status":"timeout","metrics":{"durationMs":3000.0,"producedBytes":0}}}`, "WARN"},
		{"row 36", ReportLine{RequestID: "r", Duration: 3010 * time.Microsecond, MemorySize: 128, MaxMemoryUsed: 36, Status: "success"},
			"REPORT RequestId: r\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t",
			`report","record":{"requestId":"r","status":"success","metrics":{"durationMs":3.01,"billedDurationMs":4,"memorySizeMB":128,"maxMemoryUsedMB":36}}}`, "INFO"},
		{"row 37", ReportLine{RequestID: "r", Duration: 250060 * time.Microsecond, Init: 151060 * time.Microsecond, MemorySize: 128, MaxMemoryUsed: 36, Status: "success"},
			"REPORT RequestId: r\tDuration: 250.06 ms\tBilled Duration: 402 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 151.06 ms\t",
			`report","record":{"requestId":"r","status":"success","metrics":{"durationMs":250.06,"billedDurationMs":402,"memorySizeMB":128,"maxMemoryUsedMB":36,"initDurationMs":151.06}}}`, "INFO"},
		{"row 24", ReportLine{RequestID: "r", Duration: 3 * time.Second, MemorySize: 128, MaxMemoryUsed: 36, Status: "timeout"},
			"REPORT RequestId: r\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tStatus: timeout",
			`report","record":{"requestId":"r","metrics":{"durationMs":3000.0,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":36},"status":"timeout"}}`, "WARN"},
		{"exit", ReportLine{RequestID: "r", Duration: ms, Init: 2 * ms, MemorySize: 1024, MaxMemoryUsed: 9, Status: "error", ErrorType: "Runtime.ExitError"},
			"REPORT RequestId: r\tDuration: 1.00 ms\tBilled Duration: 3 ms\tMemory Size: 1024 MB\tMax Memory Used: 9 MB\tInit Duration: 2.00 ms\tStatus: error\tError Type: Runtime.ExitError",
			`report","record":{"requestId":"r","metrics":{"durationMs":1.0,"billedDurationMs":3,"memorySizeMB":1024,"maxMemoryUsedMB":9,"initDurationMs":2.0},"status":"error","errorType":"Runtime.ExitError"}}`, "WARN"},
		{"a handler's error", ReportLine{RequestID: "r", Duration: ms, MemorySize: 128, MaxMemoryUsed: 9, Status: "error"},
			"REPORT RequestId: r\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t",
			`report","record":{"requestId":"r","metrics":{"durationMs":1.0,"billedDurationMs":1,"memorySizeMB":128,"maxMemoryUsedMB":9},"status":"error"}}`, "WARN"},
		{"SnapStart, traced", ReportLine{RequestID: "r", Duration: ms, MemorySize: 128, MaxMemoryUsed: 9, Status: "success", Restore: 204270 * time.Microsecond, BilledRestore: 63 * ms, TraceID: "1-a-b", SegmentID: "c"},
			"REPORT RequestId: r\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\tRestore Duration: 204.27 ms\tBilled Restore Duration: 63 ms\t\nXRAY TraceId: 1-a-b\tSegmentId: c\tSampled: true\t",
			`report","record":{"requestId":"r","status":"success","metrics":{"durationMs":1.0,"billedDurationMs":1,"memorySizeMB":128,"maxMemoryUsedMB":9,"restoreDurationMs":204.27,"billedRestoreDurationMs":63}}}`, "INFO"},
		{"row 29", InitReportLine{Duration: 10009130 * time.Microsecond, Type: OnDemand, Phase: "init", Status: "timeout"},
			"INIT_REPORT Init Duration: 10009.13 ms\tPhase: init\tStatus: timeout",
			`initReport","record":{"initializationType":"on-demand","phase":"init","status":"timeout","metrics":{"durationMs":10009.13}}}`, "WARN"},
		{"row 28", InitReportLine{Duration: 5 * ms, Type: OnDemand, Phase: "invoke", Status: "error", ErrorType: "Runtime.ExitError"},
			"INIT_REPORT Init Duration: 5.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError",
			`initReport","record":{"initializationType":"on-demand","phase":"invoke","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":5.0}}}`, "WARN"},
		{"good init", InitReportLine{Duration: 5 * ms, Type: OnDemand, Phase: "init", Status: "success"}, "",
			`initReport","record":{"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":5.0}}}`, "DEBUG"},
		{"good provisioned init", InitReportLine{Duration: 5 * ms, Type: ProvisionedConcurrency, Phase: "init", Status: "success"}, "",
			`initReport","record":{"initializationType":"provisioned-concurrency","phase":"init","status":"success","metrics":{"durationMs":5.0}}}`, "INFO"},
		{"restore start", RestoreStartLine{Runtime: runtime, FunctionName: "f", FunctionVersion: "3"},
			"RESTORE_START Runtime Version: python:3.13.v7\tRuntime Version ARN: arn:aws:lambda:r::runtime:07",
			`restoreStart","record":{"runtimeVersion":"python:3.13.v7","runtimeVersionArn":"arn:aws:lambda:r::runtime:07","functionName":"f","functionVersion":"3"}}`, "INFO"},
		{"restore", RestoreReportLine{Duration: 511250 * time.Microsecond, Status: "success"}, "RESTORE_REPORT Restore Duration: 511.25 ms",
			`restoreReport","record":{"status":"success","metrics":{"durationMs":511.25}}}`, "INFO"},
		{"failed restore", RestoreReportLine{Duration: ms, Status: "error", ErrorType: "Runtime.X"}, "RESTORE_REPORT Restore Duration: 1.00 ms\tStatus: error\tError Type: Runtime.X",
			`restoreReport","record":{"status":"error","errorType":"Runtime.X","metrics":{"durationMs":1.0}}}`, "WARN"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.text, string(row.line.AppendText(nil)))
			require.Equal(t, stamp+row.json, string(row.line.AppendJSON(nil, at)))
			require.Equal(t, "kept "+stamp+row.json, string(row.line.AppendJSON([]byte("kept "), at)))
			require.True(t, json.Valid(row.line.AppendJSON(nil, at)))
			require.Equal(t, row.level, row.line.Level())
		})
	}
}

// The system log level keeps lines out of a JSON log and has no say in a text log.
func TestAppendLogLineFilters(t *testing.T) {
	end := EndLine{RequestID: "r", Status: "success"}       // DEBUG
	start := StartLine{"r", "1"}                            // INFO
	report := ReportLine{RequestID: "r", Status: "timeout"} // WARN
	shown := func(c LoggingConfig) (shown string) {
		for _, line := range []LogLine{end, start, report} {
			if b := c.AppendLogLine([]byte("x"), line, time.Time{}); len(b) > 1 {
				require.Equal(t, byte('\n'), b[len(b)-1])
				shown += line.Level()[:1]
			}
		}
		return shown
	}
	for _, row := range []struct {
		c    LoggingConfig
		want string
	}{
		{LoggingConfig{LogFormat: LogJSON, SystemLogLevel: "DEBUG"}, "DIW"},
		{LoggingConfig{LogFormat: LogJSON, SystemLogLevel: "INFO"}, "IW"},
		{LoggingConfig{LogFormat: LogJSON}, "IW"},
		{LoggingConfig{LogFormat: LogJSON, SystemLogLevel: "WARN"}, "W"},
		{LoggingConfig{LogFormat: LogText}, "DIW"},
		{LoggingConfig{}, "DIW"},
	} {
		require.Equal(t, row.want, shown(row.c), "%+v", row.c)
	}
	require.Equal(t, "x", string((&LoggingConfig{}).AppendLogLine([]byte("x"), InitReportLine{Status: "success"}, time.Time{})))
}

func TestTail(t *testing.T) {
	for _, n := range []int{0, 1, 4095, 4096, 4097, 9000} { // row 35
		log := []byte(strings.Repeat("0123456789", n/10+1)[:n])
		got, err := base64.StdEncoding.DecodeString(Tail(log))
		require.NoError(t, err)
		require.Equal(t, string(log[max(0, n-4096):]), string(got))
	}
}

func TestLogStreamName(t *testing.T) {
	at := time.Date(2024, 3, 4, 23, 0, 0, 0, time.FixedZone("", -3600))
	require.Equal(t, "2024/03/05/[$LATEST]0123456789abcdef000000000000000f", LogStreamName(at, "$LATEST", 0x0123456789abcdef, 15))
	require.Regexp(t, regexp.MustCompile(`^\d{4}/\d\d/\d\d/\[7\][0-9a-f]{32}$`), LogStreamName(at, "7", 0, 0))
}

// Whatever the durations, a report bills at least what it took and less than a millisecond more, and its JSON says the
// same as its text.
func TestReportProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := ReportLine{
			RequestID:  rapid.String().Draw(t, "id"),
			Duration:   time.Duration(rapid.Int64Range(0, 900e9).Draw(t, "duration")),
			Init:       time.Duration(rapid.Int64Range(0, 10e9).Draw(t, "init")),
			MemorySize: rapid.IntRange(128, 10240).Draw(t, "memory"),
			Status:     rapid.SampledFrom([]string{"success", "timeout", "error"}).Draw(t, "status"),
			ErrorType:  rapid.SampledFrom([]string{"", "Runtime.ExitError"}).Draw(t, "type"),
		}
		billed, took := line.Billed(), line.Duration+line.Init
		require.Zero(t, billed%ms)
		require.True(t, took <= billed && billed < took+ms)
		var object struct {
			Record struct {
				RequestID, Status, ErrorType string
				Metrics                      struct{ DurationMs, BilledDurationMs, InitDurationMs float64 }
			}
		}
		require.NoError(t, json.Unmarshal(line.AppendJSON(nil, time.Time{}), &object))
		require.Equal(t, float64(billed/ms), object.Record.Metrics.BilledDurationMs)
		require.InDelta(t, float64(line.Duration)/1e6, object.Record.Metrics.DurationMs, 0.0006)
		require.InDelta(t, float64(line.Init)/1e6, object.Record.Metrics.InitDurationMs, 0.0006)
		require.Equal(t, line.Status, object.Record.Status)
		text := string(line.AppendText(nil))
		require.Contains(t, text, fmt.Sprintf("\tDuration: %.2f ms\tBilled Duration: %d ms\t", float64(line.Duration)/1e6, billed/ms))
		require.Equal(t, line.Init > 0, strings.Contains(text, "\tInit Duration: "))
	})
}

func BenchmarkReportLine(b *testing.B) {
	line := ReportLine{RequestID: "8e2b9c0e-1b1c-4a5e-9d3f-111111111111", Duration: 3010 * time.Microsecond, MemorySize: 128, MaxMemoryUsed: 36, Status: "success"}
	buf := make([]byte, 0, 512)
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			line.AppendText(buf)
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			line.AppendJSON(buf, time.Time{})
		}
	})
	b.Run("baseline/Sprintf", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
				line.RequestID, float64(line.Duration)/1e6, line.Billed()/ms, line.MemorySize, line.MaxMemoryUsed)
		}
	})
}
