package invoke

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// A run is allocated for every invocation: up to 512 bytes the allocator keeps no header for it.
func TestRunIsSmall(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(run{}), uintptr(512))
}
