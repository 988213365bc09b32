package invoke_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
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
