package logs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/logs"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// run deploys a function whose init takes 120 ms, and which logs its event and takes that long, and calls it.
func run(t *testing.T, c lambda.LoggingConfig, events ...string) []string {
	var out strings.Builder
	synctest.Test(t, func(t *testing.T) {
		svc := invoke.New(invoke.Options{Trace: logs.Writer(&out, c)})
		defer svc.Close()
		require.NoError(t, svc.Deploy(lambda.Config{Name: "f", Timeout: time.Second}, lambda.Init(func(_ context.Context, env *lambda.Environment) (any, error) {
			time.Sleep(120 * time.Millisecond)
			return func(d string) error {
				fmt.Fprintln(env, "sleeping", d)
				took, err := time.ParseDuration(d)
				time.Sleep(took)
				return err
			}, nil
		})))
		for i, e := range events {
			_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Payload: []byte(e), RequestID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i+1)})
			require.NoError(t, err)
		}
	})
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

const (
	id1 = "00000000-0000-4000-8000-000000000001"
	id2 = "00000000-0000-4000-8000-000000000002"
	id3 = "00000000-0000-4000-8000-000000000003"
)

func TestText(t *testing.T) {
	got := run(t, lambda.LoggingConfig{}, `"3010us"`, `"rubbish"`, `"2s"`)
	require.True(t, strings.HasPrefix(got[0], "INIT_START Runtime Version: "), got[0])
	require.Equal(t, []string{
		"START RequestId: " + id1 + " Version: $LATEST",
		"sleeping 3010us",
		"END RequestId: " + id1,
		"REPORT RequestId: " + id1 + "\tDuration: 3.01 ms\tBilled Duration: 124 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\tInit Duration: 120.00 ms\t",
		"START RequestId: " + id2 + " Version: $LATEST",
		"sleeping rubbish",
		`2000/01/01 00:00:00 {"errorMessage":"time: invalid duration \"rubbish\"","errorType":"parseDurationError"}`,
		"END RequestId: " + id2,
		"REPORT RequestId: " + id2 + "\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\t",
		"START RequestId: " + id3 + " Version: $LATEST",
		"sleeping 2s",
		"END RequestId: " + id3,
		"REPORT RequestId: " + id3 + "\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\tStatus: timeout",
	}, got[1:])
}

func TestJSON(t *testing.T) {
	got := run(t, lambda.LoggingConfig{LogFormat: "JSON", SystemLogLevel: "DEBUG"}, `"3010us"`)
	var types []string
	for _, line := range got {
		if _, rest, ok := strings.Cut(line, `"type":"`); ok {
			kind, _, _ := strings.Cut(rest, `"`)
			types = append(types, kind)
		}
	}
	require.Equal(t, []string{"platform.initStart", "platform.initReport", "platform.start", "platform.runtimeDone", "platform.report"}, types)
	require.Contains(t, got, "sleeping 3010us", "the function's own lines are its own")
	require.Contains(t, got[len(got)-1], `"billedDurationMs":124`)
}

func TestFailedInit(t *testing.T) {
	var out strings.Builder
	synctest.Test(t, func(t *testing.T) {
		svc := invoke.New(invoke.Options{Trace: logs.Writer(&out, lambda.LoggingConfig{})})
		defer svc.Close()
		require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, func(context.Context, *lambda.Environment) (lambda.Function, error) {
			return nil, errors.New("no")
		}))
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		require.NoError(t, err)
	})
	require.Contains(t, out.String(), "INIT_REPORT Init Duration: 0.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n")
	require.Contains(t, out.String(), "INIT_REPORT Init Duration: 0.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError\n")
}

func TestConcurrentUse(t *testing.T) {
	var out strings.Builder
	f := logs.Writer(&out, lambda.LoggingConfig{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				f(trace.Event{Kind: trace.Log, Detail: "line"})
			}
		})
	}
	wg.Wait()
	require.Equal(t, strings.Repeat("line\n", 400), out.String())
}

func ExampleWriter() {
	write := logs.Writer(os.Stdout, lambda.LoggingConfig{})
	write(trace.Event{Kind: trace.Started, RequestID: "8f5", Version: "$LATEST"})
	write(trace.Event{Kind: trace.Log, RequestID: "8f5", Detail: "hello"})
	// Output:
	// START RequestId: 8f5 Version: $LATEST
	// hello
}
