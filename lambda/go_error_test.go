package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/stretchr/testify/require"
)

func ExampleErrorPayload() {
	fmt.Printf("%s\n", ErrorPayload(errors.New("boom")))
	// Output: {"errorMessage":"boom","errorType":"errorString"}
}

type valueErr struct{}

func (valueErr) Error() string { return "value" }

type pointerErr struct{}

func (*pointerErr) Error() string { return "pointer <&>" }

type in struct{ A int }

func noMap() map[string]int { return nil }

// goFailures is every way to fail that has a row: a handler as a user writes it, its event, and what the caller sees.
var goFailures = []struct {
	name      string
	handler   any
	event     string
	errorType string
	message   string
	panics    bool
	exits     bool
}{
	{name: "row 21", handler: func() error { return errors.New("boom") }, errorType: "errorString", message: "boom"},
	{name: "Errorf without w", handler: func() error { return fmt.Errorf("no %d", 7) }, errorType: "errorString", message: "no 7"},
	{name: "row 22", handler: func() error { return fmt.Errorf("w: %w", io.EOF) }, errorType: "wrapError", message: "w: EOF"},
	{name: "join", handler: func() error { return errors.Join(io.EOF, io.EOF) }, errorType: "joinError", message: "EOF\nEOF"},
	{name: "struct error", handler: func() error { return valueErr{} }, errorType: "valueErr", message: "value"},
	{name: "pointer error", handler: func() error { return &pointerErr{} }, errorType: "pointerErr", message: "pointer <&>"},
	{name: "deadline", handler: func() error { return context.DeadlineExceeded }, errorType: "deadlineExceededError", message: "context deadline exceeded"},
	{name: "canceled", handler: func() error { return context.Canceled }, errorType: "errorString", message: "context canceled"},
	{name: "own response", handler: func() error { return messages.InvokeResponse_Error{Message: "m", Type: "T"} }, errorType: "T", message: "m"},
	{name: "own response that exits", handler: func() error { return messages.InvokeResponse_Error{Message: "m", Type: "T", ShouldExit: true} }, errorType: "T", message: "m", exits: true},
	{name: "wrong event", handler: func(in) error { return nil }, event: `"str"`, errorType: "UnmarshalTypeError", message: "json: cannot unmarshal string into Go value of type lambda.in"},
	{name: "no JSON", handler: func(in) error { return nil }, event: `{bad`, errorType: "SyntaxError", message: "invalid character 'b' looking for beginning of object key string"},
	{name: "no event", handler: func(in) error { return nil }, errorType: "errorString", message: "EOF"},
	{name: "channel", handler: func() (chan int, error) { return make(chan int), nil }, errorType: "UnsupportedTypeError", message: "json: unsupported type: chan int"},
	{name: "invalid UTF-8", handler: func() error { return errors.New("a\xffb") }, errorType: "errorString", message: "a\uFFFDb"},
	{name: "nil handler", handler: nil, errorType: "errorString", message: "handler is nil"},
	{name: "no function", handler: "text", errorType: "errorString", message: "handler kind string is not func"},
	{name: "three arguments", handler: func(_ context.Context, _, _ int) {}, errorType: "errorString", message: "handlers may not take more than two arguments, but handler takes 3"},
	{name: "no context", handler: func(_, _ int) {}, errorType: "errorString", message: "handler takes two arguments, but the first is not Context. got int"},
	{name: "two values", handler: func() (int, int) { return 1, 2 }, errorType: "errorString", message: "handler returns two values, but the second does not implement error"},
	{name: "one value", handler: func() int { return 1 }, errorType: "errorString", message: "handler returns a single value, but it does not implement error"},

	{name: "row 23", handler: func() { panic("oh") }, errorType: "string", message: "oh", panics: true, exits: true},
	{name: "panic with a number", handler: func() { panic(7) }, errorType: "int", message: "7", panics: true, exits: true},
	{name: "panic with an error", handler: func() { panic(errors.New("oh")) }, errorType: "errorString", message: "oh", panics: true, exits: true},
	{name: "nil dereference", handler: func() (int, error) { var p *in; return p.A, nil }, errorType: "errorString", message: "runtime error: invalid memory address or nil pointer dereference", panics: true, exits: true},
	{name: "index", handler: func() { var s []int; _ = s[len(os.Args)*0+3] }, errorType: "boundsError", message: "runtime error: index out of range [3] with length 0", panics: true, exits: true},
	{name: "nil map", handler: func() { noMap()["a"] = 1 }, errorType: "plainError", message: "assignment to entry in nil map", panics: true, exits: true},
	{name: "panic with nil", handler: func() { panic(nil) }, errorType: "PanicNilError", message: "panic called with nil argument", panics: true, exits: true}, //nolint:govet
	{name: "panic with own response", handler: func() { panic(messages.InvokeResponse_Error{Message: "m", Type: "T"}) }, errorType: "T", message: "m", panics: true},
}

// run fails in process, as the library's own engine runs a handler.
func runInProcess(handler any, event string) (payload []byte, exits bool) {
	h := awslambda.NewHandler(handler)
	defer func() {
		if r := recover(); r != nil {
			pcs := make([]uintptr, 64)
			payload = PanicPayload(r, pcs[:runtime.Callers(1, pcs)])
			exits = PanicExits(r)
		}
	}()
	_, err := h.Invoke(context.Background(), []byte(event))
	return ErrorPayload(err), ErrorExits(err)
}

func TestGoErrors(t *testing.T) {
	for _, row := range goFailures {
		t.Run(row.name, func(t *testing.T) {
			payload, exits := runInProcess(row.handler, row.event)
			e := ParseFunctionError(payload)
			require.Equal(t, row.errorType, e.Type)
			require.Equal(t, row.message, e.Message)
			require.Equal(t, row.exits, exits)
			require.Equal(t, row.panics && row.exits, len(e.StackTrace) > 0)
			if len(e.StackTrace) == 0 {
				require.True(t, bytes.HasPrefix(payload, []byte(`{"errorMessage":`)), "the message comes first: %s", payload)
			}
			require.LessOrEqual(t, len(e.StackTrace), 32)
		})
	}
}

// The same handlers under the real aws-lambda-go, in a process of its own that talks to a Runtime API made here. What
// it posts must be what this library makes of the same failure: the same bytes, or for a panic the same frame of the
// handler, which is where the two stacks meet.
func TestGoErrorsAgainstTheLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	for _, row := range goFailures {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			posted, ended := runUnderRuntime(t, row.name, row.event)
			own, exits := runInProcess(row.handler, row.event)
			require.Equal(t, exits, ended, "the process ends")
			theirs, ours := ParseFunctionError(posted), ParseFunctionError(own)
			if len(theirs.StackTrace) == 0 {
				require.Equal(t, string(posted), string(own))
				return
			}
			require.Equal(t, theirs.Type, ours.Type)
			require.Equal(t, theirs.Message, ours.Message)
			frames := handlerFrames(theirs.StackTrace)
			require.Len(t, frames, 1)
			require.Equal(t, frames, handlerFrames(ours.StackTrace))
		})
	}
}

// handlerFrames is those of a stack in this file, without the ones of the harness.
func handlerFrames(stack []StackFrame) (frames []StackFrame) {
	for _, f := range stack {
		if strings.HasSuffix(f.Path, "lambda/go_error_test.go") && strings.HasPrefix(f.Label, "init.") {
			frames = append(frames, f)
		}
	}
	return frames
}

const caseVariable = "LAMBDAKIT_TEST_CASE"

// TestRuntimeProcess is the function's process.
func TestRuntimeProcess(t *testing.T) {
	name := os.Getenv(caseVariable)
	if name == "" {
		t.Skip("run by TestGoErrorsAgainstTheLibrary")
	}
	for _, row := range goFailures {
		if row.name == name {
			awslambda.Start(row.handler)
		}
	}
}

// runUnderRuntime runs a case in a process of its own and returns the error that it posts, and whether it then ends.
func runUnderRuntime(t *testing.T, name, event string) (posted []byte, ended bool) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var once sync.Once
	next := make(chan struct{}) // the runtime has come back for more
	result := make(chan []byte, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		first := false
		once.Do(func() { first = true })
		if !first {
			close(next)
			<-ctx.Done()
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "id")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", "4102444800000")
		io.WriteString(w, event)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/id/error", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		result <- body
		w.WriteHeader(http.StatusAccepted)
	})
	api := httptest.NewServer(mux)
	defer api.Close()
	defer cancel()

	process := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestRuntimeProcess$")
	process.Env = append(os.Environ(), caseVariable+"="+name, "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(api.URL, "http://"))
	require.NoError(t, process.Start())
	exit := make(chan error, 1)
	go func() { exit <- process.Wait() }()
	select {
	case <-next:
		cancel()
		<-exit
	case err := <-exit:
		ended = true
		var status *exec.ExitError
		require.ErrorAs(t, err, &status)
		require.Equal(t, 1, status.ExitCode())
	}
	return <-result, ended
}

func TestPanicPayloadTakes32Frames(t *testing.T) {
	var pcs []uintptr
	var deep func(n int)
	deep = func(n int) {
		if n > 0 {
			deep(n - 1)
			return
		}
		pcs = make([]uintptr, 100)
		pcs = pcs[:runtime.Callers(1, pcs)]
	}
	deep(60)
	e := ParseFunctionError(PanicPayload("oh", pcs))
	require.Len(t, e.StackTrace, 32)
	require.Equal(t, "TestPanicPayloadTakes32Frames.func1", e.StackTrace[0].Label)
	require.Equal(t, `{"errorMessage":"oh","errorType":"string"}`, string(PanicPayload("oh", nil)))
	require.Equal(t, `{"errorMessage":"\u003cnil\u003e","errorType":""}`, string(PanicPayload(nil, nil)))
	require.Equal(t, `{"errorMessage":"[1]","errorType":""}`, string(PanicPayload([]int{1}, nil)))
}

func TestStackFrame(t *testing.T) {
	for _, row := range []struct{ path, label, wantPath, wantLabel string }{
		{"/home/u/src/example.com/app/handler.go", "example.com/app.Handle", "example.com/app/handler.go", "Handle"},
		{"/home/user/src/pkg/sub/file.go", "pkg/sub.Type.Method", "pkg/sub/file.go", "Type.Method"},
		{"/usr/lib/go/src/runtime/panic.go", "runtime.gopanic", "runtime/panic.go", "gopanic"},
		{"/app/main.go", "main.main.func1", "app/main.go", "main.func1"},
		{"main.go", "example.com/a/b.F", "main.go", "F"},
		{"", "", "", ""},
		{"/x/y.go", "nodots", "x/y.go", "nodots"},
	} {
		f := stackFrame(row.path, 7, row.label)
		require.Equal(t, row.wantPath, f.Path)
		require.Equal(t, row.wantLabel, f.Label)
		require.EqualValues(t, 7, f.Line)
	}
}

// The payload's keys are those of aws-lambda-go, in its order.
func TestPanicPayloadForm(t *testing.T) {
	pcs := make([]uintptr, 1)
	payload := PanicPayload("oh", pcs[:runtime.Callers(1, pcs)])
	require.Regexp(t, `^\{"errorMessage":"oh","errorType":"string","stackTrace":\[\{"path":"[^"]*lambda/go_error_test\.go","line":\d+,"label":"TestPanicPayloadForm"\}\]\}$`, string(payload))
	require.True(t, json.Valid(payload))
}
