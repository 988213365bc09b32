package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ExampleParseFunctionError() {
	var err error = ParseFunctionError([]byte(`{"errorMessage":"no such order","errorType":"NotFound"}`))
	var fe *FunctionError
	if errors.As(err, &fe) {
		fmt.Println(fe.Type, "-", fe.Message)
	}
	fmt.Println(err)
	// Output:
	// NotFound - no such order
	// lambda: function error: NotFound: no such order
}

func TestParseFunctionError(t *testing.T) {
	for _, row := range []struct {
		name, payload string
		want          FunctionError
		text          string
	}{
		{"Go", `{"errorMessage":"boom","errorType":"errorString"}`, FunctionError{Type: "errorString", Message: "boom"}, "errorString: boom"},
		{"Go panic", `{"errorMessage":"oh","errorType":"string","stackTrace":[{"path":"a/b.go","line":7,"label":"F"},{"path":"c.go","line":1,"label":"g"}]}`,
			FunctionError{Type: "string", Message: "oh", StackTrace: []StackFrame{{"a/b.go", 7, "F"}, {"c.go", 1, "g"}}}, "string: oh"},
		{"Python", `{"errorMessage": "x", "errorType": "ValueError", "requestId": "", "stackTrace": ["  File \"a.py\", line 2\n"]}`,
			FunctionError{Type: "ValueError", Message: "x", StackTrace: []StackFrame{{Label: "  File \"a.py\", line 2\n"}}}, "ValueError: x"},
		{"Node.js", `{"errorType":"Error","errorMessage":"x","trace":["Error: x","at handler"]}`,
			FunctionError{Type: "Error", Message: "x", StackTrace: []StackFrame{{Label: "Error: x"}, {Label: "at handler"}}}, "Error: x"},
		{"old timeout", `{"errorMessage":"2024-03-04T17:22:38.033Z r Task timed out after 1.00 seconds"}`,
			FunctionError{Message: "2024-03-04T17:22:38.033Z r Task timed out after 1.00 seconds"}, "2024-03-04T17:22:38.033Z r Task timed out after 1.00 seconds"},
		{"type only", `{"errorType":"T"}`, FunctionError{Type: "T"}, "T"},
		{"members of other kinds", `{"errorMessage":7,"errorType":"T","stackTrace":[1,"a",{"line":"x"},null]}`,
			FunctionError{Type: "T", StackTrace: []StackFrame{{Label: "a"}, {}}}, "T"},
		{"other names", `{"ErrorMessage":"x"}`, FunctionError{}, ""},
		{"no object", `"just text"`, FunctionError{Message: `"just text"`}, `"just text"`},
		{"null", `null`, FunctionError{Message: `null`}, `null`},
		{"no JSON", `<html>`, FunctionError{Message: `<html>`}, `<html>`},
		{"nothing", ``, FunctionError{}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.want.Payload = []byte(row.payload)
			got := ParseFunctionError([]byte(row.payload))
			require.Equal(t, &row.want, got)
			require.Equal(t, "lambda: function error: "+row.text, got.Error())
		})
	}
}

func FuzzParseFunctionError(f *testing.F) {
	f.Add([]byte(`{"errorMessage":"oh","errorType":"string","stackTrace":[{"path":"a/b.go","line":7,"label":"F"}]}`))
	f.Add([]byte(`{"trace":[[],{"line":1e99}]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e := ParseFunctionError(payload)
		if string(e.Payload) != string(payload) || e.Error() == "" {
			t.Fatalf("%q: %+v", payload, e)
		}
		if e.Type != "" && !json.Valid(payload) {
			t.Fatalf("%q has a type: %q", payload, e.Type)
		}
	})
}

func TestTelemetryErrorType(t *testing.T) {
	for sent, want := range map[string]string{
		"Runtime.ExitError": "Runtime.ExitError", "Function.ResponseSizeTooLarge": "Function.ResponseSizeTooLarge",
		"Runtime.X": "Runtime.Unknown", "Runtime.Xy": "Runtime.Xy", "Runtime.exit": "Runtime.Unknown", "Runtime.": "Runtime.Unknown",
		"Function.": "Function.Unknown", "Function.x": "Function.Unknown", "Function.Err1": "Function.Unknown", "Function": "Runtime.Unknown",
		"MyError": "Runtime.Unknown", "": "Runtime.Unknown", "Runtime.A.B": "Runtime.Unknown", " Runtime.ExitError": "Runtime.Unknown",
		"Sandbox.Timedout": "Runtime.Unknown",
	} {
		require.Equal(t, want, TelemetryErrorType(sent), sent)
	}
	pattern := regexp.MustCompile(`^(Runtime|Function)\.[A-Z][a-zA-Z]+$`)
	rapid.Check(t, func(t *rapid.T) {
		sent := rapid.StringMatching(`(Runtime|Function|Other)?\.?[A-Za-z1.]{0,4}`).Draw(t, "sent")
		want := "Runtime.Unknown"
		switch {
		case pattern.MatchString(sent):
			want = sent
		case strings.HasPrefix(sent, "Function."):
			want = "Function.Unknown"
		}
		require.Equal(t, want, TelemetryErrorType(sent))
	})
}

func ExampleTimeoutPayload() {
	fmt.Printf("%s\n", TimeoutPayload("8e2b…", 3*time.Second))
	// Output: {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 8e2b… Error: Task timed out after 3.00 seconds"}
}

func TestPlatformPayloads(t *testing.T) {
	for _, row := range []struct {
		name    string
		payload []byte
		want    string
	}{
		{"row 24", TimeoutPayload("r", 3*time.Second), `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r Error: Task timed out after 3.00 seconds"}`},
		{"long timeout", TimeoutPayload("r", 900*time.Second), `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r Error: Task timed out after 900.00 seconds"}`},
		{"row 26", ExitPayload("r", 0), `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited without providing a reason"}`},
		{"row 27", ExitPayload("r", 1), `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: exit status 1"}`},
		{"recorded exit", ExitPayload("r", 127), `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: exit status 127"}`},
		{"signal", SignalPayload("r", "segmentation fault"), `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: signal: segmentation fault"}`},
		{"out of memory", OutOfMemoryPayload("r"), `{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: r Error: Runtime exited with error: signal: killed"}`},
		{"row 11", ResponseTooLargePayload(), `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`},
		{"stream", StreamTooLargePayload(), `{"errorMessage":"Response payload size exceeded maximum allowed payload size (209715200 bytes).","errorType":"Function.ResponseSizeTooLarge"}`},
		{"entrypoint", InvalidEntrypointPayload("r"), `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: r Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}`},
		{"extension", ExtensionPayload(ErrorTypeExtensionCrash, "r", 0), `{"errorType":"Extension.Crash","errorMessage":"RequestId: r Error: exit code 0"}`},
		{"extension's status", ExtensionPayload(ErrorTypeExtensionExit, "r", 3), `{"errorType":"Extension.ExitError","errorMessage":"RequestId: r Error: exit status 3"}`},
		{"no request", ExitPayload("", 0), `{"errorType":"Runtime.ExitError","errorMessage":"Error: Runtime exited without providing a reason"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, string(row.payload))
			e := ParseFunctionError(row.payload)
			require.NotEmpty(t, e.Type)
			require.NotEmpty(t, e.Message)
		})
	}
	own := ResponseTooLargePayload()
	own[0] = 'x'
	require.Equal(t, byte('{'), ResponseTooLargePayload()[0])
}
