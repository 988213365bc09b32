package dynamodb

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSequence(t *testing.T) {
	for number, want := range map[uint64]string{
		0: "000000000000000000000", 1: "100000000000000000001", 716900: "71690000000000000000716900", 1<<64 - 1: "1844674407370955161518446744073709551615",
	} {
		require.Equal(t, want, string(appendSequence(nil, number)))
		require.Equal(t, len(want), sequenceLength(number))
		back, ok := parseSequence(want)
		require.True(t, ok)
		require.Equal(t, number, back)
	}
	for _, s := range []string{"", "1", "00000000000000000001", "000000000000000000001", "-00000000000000000001", "+100000000000000000001",
		"0100000000000000000001", "100000000000000000002", "1000000000000000000001", "1844674407370955161618446744073709551616"} {
		_, ok := parseSequence(s)
		require.False(t, ok, s)
	}
}

// Sequence numbers are 21 to 40 digits and grow as numbers.
func TestSequenceOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		x, y := string(appendSequence(nil, a)), string(appendSequence(nil, b))
		m, _ := new(big.Int).SetString(x, 10)
		n, _ := new(big.Int).SetString(y, 10)
		if (a < b) != (m.Cmp(n) < 0) || len(x) < 21 || len(x) > 40 || len(x) != sequenceLength(a) {
			t.Fatalf("%d is %s, %d is %s", a, x, b, y)
		}
	})
}

func FuzzParseSequence(f *testing.F) {
	f.Add("100000000000000000001")
	f.Add("1844674407370955161518446744073709551615")
	f.Fuzz(func(t *testing.T, s string) {
		if number, ok := parseSequence(s); ok && string(appendSequence(nil, number)) != s {
			t.Fatalf("%q is %d", s, number)
		}
	})
}
