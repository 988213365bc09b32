package apigateway

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMemoryIsBounded: what is out of date makes room first, and then everything does.
func TestMemoryIsBounded(t *testing.T) {
	now := time.Unix(0, 0)
	m, err := newMemory("", new(time.Minute), 0, true)
	require.NoError(t, err)
	for i := range maxMemory {
		m.keep(strconv.Itoa(i), &statement{principal: strconv.Itoa(i)}, now.Add(time.Duration(i)*time.Millisecond))
	}
	require.Len(t, m.entries, maxMemory)
	later := now.Add(time.Minute + time.Second)
	m.keep("new", &statement{}, later)
	require.Len(t, m.entries, maxMemory-1001+1, "those of the first second, and the one of this very instant, are out of date")
	said, ok := m.recall("1001", later)
	require.True(t, ok)
	require.Equal(t, "1001", said.principal)
	_, ok = m.recall("1000", later)
	require.False(t, ok)

	for i := range maxMemory {
		m.keep("again"+strconv.Itoa(i), &statement{}, later)
	}
	require.LessOrEqual(t, len(m.entries), maxMemory)
	_, ok = m.recall("again"+strconv.Itoa(maxMemory-1), later)
	require.True(t, ok, "the newest is always kept")
}

func TestNoMemory(t *testing.T) {
	for _, ttl := range []*time.Duration{new(time.Duration(0)), nil} {
		m, err := newMemory("", ttl, 0, true)
		require.NoError(t, err)
		require.Nil(t, m)
		m.keep("a", &statement{}, time.Time{})
		_, ok := m.recall("a", time.Time{})
		require.False(t, ok)
	}
}
