package sqs

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReceiptHandle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := receipt{
			queue: identity(rapid.Uint64().Draw(t, "queue")),
			slot:  rapid.IntRange(0, math.MaxInt32).Draw(t, "slot"),
			lease: rapid.Uint64().Draw(t, "lease"),
		}
		handle := string(appendReceipt(nil, r))
		require.Len(t, handle, receiptLen)
		require.True(t, strings.HasPrefix(handle, "AQEB"), "as SQS's begin: %s", handle)
		require.NotContains(t, handle, `"`)
		back, ok := parseReceipt(handle)
		require.True(t, ok)
		require.Equal(t, r, back)
	})
}

// A forged handle must not make an index that is negative where an int has 32 bits.
func TestReceiptHandleOfNoSlot(t *testing.T) {
	handle := appendReceipt(nil, receipt{1, math.MaxInt32, 3})
	_, ok := parseReceipt(string(handle))
	require.True(t, ok)
	handle = appendReceipt(nil, receipt{1, -1, 3})
	_, ok = parseReceipt(string(handle))
	require.False(t, ok)
}

// A handle is either refused or stands for exactly one receipt.
func FuzzParseReceipt(f *testing.F) {
	f.Add("")
	f.Add("AQEB")
	f.Add(string(appendReceipt(nil, receipt{1, 2, 3})))
	f.Add(strings.Repeat("A", receiptLen))
	f.Add(strings.Repeat("\n", receiptLen))
	f.Fuzz(func(t *testing.T, handle string) {
		if r, ok := parseReceipt(handle); ok {
			require.Equal(t, handle, string(appendReceipt(nil, r)))
		}
	})
}
