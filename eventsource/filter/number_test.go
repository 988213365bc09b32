package filter

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestExactDouble(t *testing.T) {
	for _, c := range []struct {
		literal string
		value   float64
		ok      bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"0.000", 0, true}, {"-0e99999999999", 0, true},
		{"1", 1, true}, {"-1.50", -1.5, true}, {"300", 300, true}, {"3e2", 300, true}, {"3E+2", 300, true}, {"30000e-2", 300, true},
		{"0.1", 0.1, true}, {"1000000000000000000000000000000", 1e30, true}, {"0.00000000000000000000000000001", 1e-29, true},
		{"123456789012345", 123456789012345, true}, {"1e22", 1e22, true}, {"1e23", 1e23, true}, {"1.7976931348623157e308", math.MaxFloat64, true},
		{"2.2250738585072014e-308", 0x1p-1022, true}, {"0.30000000000000004", 0.30000000000000004, true}, {"9007199254740992", 1 << 53, true},
		{"9007199254740993", 0, false},         // lies between two doubles
		{"1152921504606846976", 0, false},      // is a double, whose shortest form is 1.152921504606847e18
		{"0.1000000000000000055511", 0, false}, // is not 0.1
		{"12345678901234567", 0, false},        // 17 digits that do not come back
		{"1.7976931348623158e308", 0, false}, {"1.8e308", 0, false}, {"1e309", 0, false}, {"9e307", 9e307, true},
		{"5e-324", 5e-324, true}, {"2e-324", 0, false}, {"1.5e-323", 1.5e-323, true},
		{"1e400", 0, false}, {"1e1000", 0, false}, {"1e-1000", 0, false}, {"1e00000000000002", 100, true},
		{"0." + strings.Repeat("0", 1000) + "1e1003", 100, true}, {"1" + strings.Repeat("0", 1000) + "e-0999", 10, true},
		{"1e-400", 0, false}, {"-1e999999999999999999", 0, false}, {"1e-999999999999999999", 0, false},
	} {
		f, ok := exactDouble([]byte(c.literal))
		require.Equal(t, c.ok, ok, c.literal)
		if ok {
			require.Equal(t, math.Float64bits(c.value), math.Float64bits(f), c.literal)
		}
	}
}

// Against exact arithmetic.
func TestExactDouble_agreesWithTheModel(t *testing.T) {
	digits := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), 0, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		literal := oneOf(t, "", "-")
		if whole := digits.Draw(t, "whole"); whole != "" && whole[0] != '0' {
			literal += whole
		} else {
			literal += "0"
		}
		if fraction := digits.Draw(t, "fraction"); fraction != "" {
			literal += "." + fraction
		}
		if chance(t, 6) {
			literal += oneOf(t, "e", "E") + oneOf(t, "", "+", "-") + strconv.Itoa(below(t, oneOf(t, 30, 330, 2000)))
		}
		if chance(t, 3) {
			literal = strconv.FormatFloat(rapid.Float64().Draw(t, "double"), oneOf(t, byte('e'), 'f'), -1, 64)
		}
		f, ok := exactDouble([]byte(literal))
		exact := modelComparable(json.Number(literal))
		if ok != (exact != nil) {
			t.Fatalf("%s: %v, the model: %v", literal, ok, exact)
		}
		if want, _ := strconv.ParseFloat(literal, 64); ok && f != want {
			t.Fatalf("%s is %v, not %v", literal, f, want)
		}
	})
}

func BenchmarkExactDouble(b *testing.B) {
	for _, literal := range []string{"149.95", "1545084650.987", "0.30000000000000004", "9007199254740993"} {
		b.Run(literal, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				exactDouble([]byte(literal))
			}
		})
		b.Run("strconv/"+literal, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = strconv.ParseFloat(literal, 64)
			}
		})
	}
}
