package kinesis

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func bigOf(n uint192) *big.Int {
	b := new(big.Int)
	for _, word := range n {
		b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(word))
	}
	return b
}

var words = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 9, 10, group - 1, group, group + 1, 1<<64 - 1}))

func TestDecimalIsBigInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := uint192{words.Draw(t, "high"), words.Draw(t, "middle"), words.Draw(t, "low")}
		text := string(n.append(nil))
		if want := bigOf(n).String(); text != want {
			t.Fatalf("%v is %s, not %s", n, want, text)
		}
		back, ok := parseDecimal(text)
		if !ok || back != n {
			t.Fatalf("%s parsed as %v, %v", text, back, ok)
		}
	})
}

func TestParseDecimalRefuses(t *testing.T) {
	tooLarge := new(big.Int).Lsh(big.NewInt(1), 192).String()
	for _, s := range []string{"", "00", "01", "-1", "+1", " 1", "1 ", "1e3", "0x1", "१", "/", ":", tooLarge, strings.Repeat("9", 70)} {
		_, ok := parseDecimal(s)
		require.False(t, ok, s)
	}
	largest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 192), big.NewInt(1)).String()
	n, ok := parseDecimal(largest)
	require.True(t, ok)
	require.Equal(t, uint192{1<<64 - 1, 1<<64 - 1, 1<<64 - 1}, n)
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "1", "340282366920938463463374607431768211455", strings.Repeat("9", 58)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := parseDecimal(s)
		if !ok {
			return
		}
		want, isInt := new(big.Int).SetString(s, 10)
		if !isInt || want.Cmp(bigOf(n)) != 0 || string(n.append(nil)) != s {
			t.Fatalf("%q parsed as %v", s, n)
		}
	})
}
