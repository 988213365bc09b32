package invoke_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// However deploys and calls interleave, once a deploy has returned, no later call runs older code: not even in an
// environment that a call left behind which had looked the function up before the deploy.
func TestDeploy_laterCallsRunTheNewCode(t *testing.T) {
	svc := invoke.New(invoke.Options{Account: unlimited()})
	defer svc.Close()
	deploy := func(n int) {
		require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func() (int, error) { return n, nil })))
	}
	call := func() int {
		out, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		if err != nil {
			t.Error(err)
			return -1
		}
		n, err := strconv.Atoi(string(out.Payload))
		if err != nil {
			t.Error(err)
		}
		return n
	}
	deploy(0)
	for round := 1; round <= 100; round++ {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 5 {
					if n := call(); n != round && n != round-1 {
						t.Errorf("round %d ran code %d", round, n)
					}
				}
			})
		}
		deploy(round)
		require.Equal(t, round, call())
		wg.Wait()
		for range 5 {
			require.Equal(t, round, call())
		}
	}
}

// What a deploy or a deletion ends is ended, traced and told when the registry can be asked again: neither a trace
// function nor a function's Shutdown, nor anything else that is the user's, finds it locked.
func TestDeploy_environmentsEndWithoutALock(t *testing.T) {
	var svc *invoke.Service
	var ended []string
	svc = invoke.New(invoke.Options{Account: unlimited(), Trace: func(e trace.Event) {
		if e.Kind != trace.EnvironmentEnded {
			return
		}
		_, err := svc.Registry().GetFunction(time.Now(), "f", "")
		ended = append(ended, e.Function+" deployed: "+strconv.FormatBool(err == nil))
	}})
	over := make(chan struct{})
	go func() {
		defer close(over)
		deployed := func() error { return svc.Deploy(lambda.Config{Name: "f"}, raw) }
		warm := func() {
			_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f"})
			require.NoError(t, err)
		}
		require.NoError(t, deployed())
		warm()
		require.NoError(t, deployed())
		warm()
		require.NoError(t, svc.DeleteFunction("f"))
	}()
	select {
	case <-over:
	case <-time.After(time.Minute):
		t.Fatal("the registry was locked")
	}
	require.Equal(t, []string{"f deployed: true", "f deployed: false"}, ended)
	svc.Close()
}
