package orders_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first test that the README shows is the one beside this: what it shows compiles and passes.
func TestREADMEShowsThisTest(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	shown, err := os.ReadFile("orders_test.go")
	require.NoError(t, err)
	require.True(t, strings.Contains(string(readme), "```go\n"+string(shown)+"```"), "README.md and orders_test.go differ")
}
