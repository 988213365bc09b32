package concurrency_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

// refusal is what the service would send.
type refusal struct {
	code    string
	status  int
	message string
	noType  bool
}

func refused(t *testing.T, err error) refusal {
	t.Helper()
	var e *concurrency.ConfigError
	require.True(t, errors.As(err, &e), "%v", err)
	require.Equal(t, e.Code+": "+e.Message, err.Error())
	return refusal{e.Code, e.Status, e.Message, e.NoType}
}

func TestPutReservedAt_refusals(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	f := w.function("f")
	require.Empty(t, w.provision("f@1", 2))
	before := w.snapshot()
	for n, want := range map[int]refusal{
		901: {"InvalidParameterValueException", 400, tooMuchReserved, true},
		1: {"InvalidParameterValueException", 400,
			" ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].", true},
		0: {"InvalidParameterValueException", 400,
			" ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [2].", true},
		-1: {"ValidationException", 400, "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy " +
			"constraint: Member must have value greater than or equal to 0", true},
	} {
		require.Equal(t, want, refused(t, f.PutReservedAt(w.now(), n)), n)
	}
	require.Equal(t, before, w.snapshot())
}

// The unreserved minimum is checked before the function's provisioned concurrency.
func TestPutReservedAt_order(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.reserve("other", 800))
	require.Empty(t, w.provision("f@1", 100))
	require.Equal(t, tooMuchReserved, w.reserve("f", 101))
	require.Empty(t, w.reserve("other", 799))
	require.Equal(t, tooMuchReserved, w.reserve("f", 102))
	require.NotEqual(t, tooMuchReserved, w.reserve("f", 99))
}

func TestReserved_unsetIsNotZero(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	f := w.function("f")
	n, ok := f.Reserved()
	require.Equal(t, []any{0, false}, []any{n, ok})
	w.do("+1 f", "1 U c")
	require.Empty(t, w.reserve("f", 0))
	n, ok = f.Reserved()
	require.Equal(t, []any{0, true}, []any{n, ok})
	w.do("+1 f", "1 !RC")
	f.DeleteReservedAt(w.now())
	f.DeleteReservedAt(w.now())
	_, ok = f.Reserved()
	require.False(t, ok)
	w.do("+1 f", "1 U c")
}

// Only settings count for settings: what is in flight is not consulted.
func TestPutReservedAt_ignoresWhatIsInFlight(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.do("+1000 x", "1000 U c")
	require.Empty(t, w.reserve("f", 900))

	w = newWorld(t, concurrency.Options{})
	w.ready("f@1", 500)
	w.do("+500 f@1", "500 PC w")
	w.version("f@1").DeleteProvisionedAt(w.now())
	require.Equal(t, 500, w.unreservedCap()) // they drain
	require.Empty(t, w.reserve("g", 900))    // but are not configured any more
	require.Equal(t, -400, w.unreservedCap())
	w.do("+1 x", "1 !CC")
	w.do("-500 f@1", "")
	require.Equal(t, 100, w.unreservedCap())
}
