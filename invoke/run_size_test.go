package invoke

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// A run is allocated for every invocation: 384 bytes is one of the allocator's sizes.
func TestRunIsSmall(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(run{}), uintptr(384))
}
