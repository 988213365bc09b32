package kinesis

import (
	"crypto/md5"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func (h hashKey) big() *big.Int { return bigOf(uint192{0, h.high, h.low}) }

var hashKeys = rapid.Custom(func(t *rapid.T) hashKey {
	return hashKey{words.Draw(t, "high"), words.Draw(t, "low")}
})

func TestHashOfIsMD5(t *testing.T) {
	for _, key := range []string{"", "a", "partitionKey-03", strings.Repeat("ü", 256), strings.Repeat("€", 256)} {
		sum := md5.Sum([]byte(key))
		require.Equal(t, new(big.Int).SetBytes(sum[:]).String(), hashOf(key).String())
	}
}

func TestHashKeyArithmetic(t *testing.T) {
	one := big.NewInt(1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := hashKeys.Draw(t, "a"), hashKeys.Draw(t, "b")
		if a.compare(b) != a.big().Cmp(b.big()) {
			t.Fatalf("%v against %v", a, b)
		}
		if a != maxHashKey && a.next().big().Cmp(new(big.Int).Add(a.big(), one)) != 0 {
			t.Fatalf("%v + 1 is %v", a, a.next())
		}
		if a.next().previous() != a {
			t.Fatalf("%v is not its successor's predecessor", a)
		}
		if back, ok := parseHashKey(a.String()); !ok || back != a || !isHashKey(a.String()) {
			t.Fatalf("%v does not parse", a)
		}
	})
}

func TestParseHashKeyRange(t *testing.T) {
	for s, want := range map[string][2]bool{ // matches the pattern, is in the range
		"0": {true, true},
		"340282366920938463463374607431768211455": {true, true},
		"340282366920938463463374607431768211456": {true, false},
		"999999999999999999999999999999999999999": {true, false},
		"1" + strings.Repeat("0", 39):             {false, false},
		"":                                        {false, false},
		"007":                                     {false, false},
		"-1":                                      {false, false},
	} {
		_, ok := parseHashKey(s)
		require.Equal(t, want, [2]bool{isHashKey(s), ok}, s)
	}
}

func TestUniform(t *testing.T) {
	require.Equal(t, []hashKey{maxHashKey}, uniform(1))
	three := uniform(3) // as the service cuts three shards
	require.Equal(t, "113427455640312821154458202477256070484", three[0].String())
	require.Equal(t, "226854911280625642308916404954512140969", three[1].String())
	require.Equal(t, "170141183460469231731687303715884105727", uniform(2)[0].String())

	whole := new(big.Int).Lsh(big.NewInt(1), 128)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "n")
		size := new(big.Int).Div(whole, big.NewInt(int64(n)))
		ends := uniform(n)
		for i, end := range ends[:n-1] {
			want := new(big.Int).Mul(size, big.NewInt(int64(i+1)))
			if want.Sub(want, big.NewInt(1)).Cmp(end.big()) != 0 {
				t.Fatalf("%d of %d ends at %v, not %v", i, n, end, want)
			}
		}
		if len(ends) != n || ends[n-1] != maxHashKey {
			t.Fatalf("%d ends, the last %v", len(ends), ends[n-1])
		}
	})
}

func TestHalf(t *testing.T) {
	require.Equal(t, "170141183460469231731687303715884105728", half(hashKey{}, maxHashKey).String())
	rapid.Check(t, func(t *rapid.T) {
		a, b := hashKeys.Draw(t, "a"), hashKeys.Draw(t, "b")
		if a.compare(b) >= 0 {
			t.Skip("no range")
		}
		at := half(a, b).big()
		lower := new(big.Int).Sub(at, a.big())
		upper := new(big.Int).Sub(b.big(), at)
		upper.Add(upper, big.NewInt(1))
		if d := lower.Sub(lower, upper); d.Sign() < 0 || d.Cmp(big.NewInt(1)) > 0 {
			t.Fatalf("%v to %v cut at %v", a, b, at)
		}
	})
}
