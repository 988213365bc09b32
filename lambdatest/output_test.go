package lambdatest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestOutput(t *testing.T) {
	var out lambdatest.Output
	require.Empty(t, out.String())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				fmt.Fprintln(&out, "line")
				_ = out.String()
			}
		})
	}
	wg.Wait()
	require.Equal(t, strings.Repeat("line\n", 200), out.String())
}
