package batch

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBisect_leftPartIsTheLarger(t *testing.T) {
	for n, want := range map[int]int{2: 1, 3: 2, 4: 2, 5: 3, 10_000: 5_000} {
		require.Equal(t, want, bisect(n))
	}
}
