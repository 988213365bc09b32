package watch

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestList(t *testing.T) {
	var woken string
	a, b := New(func() { woken += "a" }), New(func() { woken += "b" })
	var l List
	l.Wake()
	l = l.With(a).With(b)
	l.Wake()
	require.Equal(t, "ab", woken)
	held := l
	l = l.Without(a)
	l = l.Without(a)
	l.Wake()
	require.Equal(t, "abb", woken)
	held.Wake()
	require.Equal(t, "abbab", woken, "a copy is not changed")
}
