package dynamodb

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNumber(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for s, want := range map[string]string{
		"0": "0", "-0": "0", "+0": "0", "0.000": "0", "000": "0", "0e125": "0", "0E-130": "0", "-0e5": "0",
		"1": "1", "+1": "1", "-1": "-1", "007": "7", "1.0": "1", "1.50": "1.5", "100": "100", "1e2": "100", "1E+2": "100",
		"12e-1": "1.2", "1e-3": "0.001", ".5": "0.5", "5.": "5", "-.25": "-0.25", "0.00012300": "0.000123",
		"101": "101", "1693510907": "1693510907",
		nines: nines, "0." + nines: "0." + nines, nines + "00": nines + "00",
		"1e125":                        "1" + strings.Repeat("0", 125),
		"9.9e125":                      "99" + strings.Repeat("0", 124),
		"1e-130":                       "0." + strings.Repeat("0", 129) + "1",
		"1" + strings.Repeat("0", 125): "1" + strings.Repeat("0", 125),
		strings.Repeat("0", 300) + "1": "1",
	} {
		n, err := parseNumber(s)
		require.NoError(t, err, s)
		require.Equal(t, want, string(n.append(nil)), s)
	}
}

func TestNumberRefuses(t *testing.T) {
	const (
		cannot    = "The parameter cannot be converted to a numeric value"
		overflow  = "Number overflow. Attempting to store a number with magnitude larger than supported range"
		underflow = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
		digits    = "Attempting to store more than 38 significant digits in a Number"
	)
	for s, text := range map[string]string{
		"": cannot,
		"123456789012345678901234567890123456789":   digits,
		"-1.23456789012345678901234567890123456789": digits,
		"1e126": overflow, "-1e126": overflow, "1e99999999999": overflow, "1e2147483648": overflow, "0e126": overflow,
		"15e9223372036854775807": overflow, "1.5e-9223372036854775808": underflow, "0.0e-9223372036854775808": underflow,
		"1e-131": underflow, "-1e-131": underflow, "1e-99999999999": underflow, "0e-131": underflow,
	} {
		_, err := parseNumber(s)
		requireRefusal(t, err, ErrValidation, text)
	}
	for _, s := range []string{"b", "1e9223372036854775808", "--1", "+-1", "1-", "1..2", "1.2.3", ".", "-", "+", "e5", "1e", "1e+", "1e1.5",
		" 1", "1 ", "0x10", "1_000", "NaN", "Infinity", "١", "1e5e5", "-.e1"} {
		_, err := parseNumber(s)
		requireRefusal(t, err, ErrValidation, cannot+": "+s)
	}
}

var numberTexts = rapid.OneOf(
	rapid.StringMatching(`[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,2})?`),
	rapid.StringMatching(`-?\d{1,4}(\.\d{1,3})?`),
	rapid.StringMatching(`-?0*\.0*\d{1,3}(e-?1[0-3]\d)?`),
)

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

// A number is what math/big takes it for; its form is canonical and its order is the numbers'.
func TestNumberIsARational(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := numberTexts.Draw(t, "a"), numberTexts.Draw(t, "b")
		x, err := parseNumber(a)
		y, err2 := parseNumber(b)
		if err != nil || err2 != nil {
			t.Skip("out of bounds")
		}
		form := string(x.append(nil))
		if rat(form).Cmp(rat(a)) != 0 {
			t.Fatalf("%s became %s", a, form)
		}
		if again, err := parseNumber(form); err != nil || again != x {
			t.Fatalf("%s is not canonical: %v %v", form, again, err)
		}
		if got, want := x.compare(y), rat(a).Cmp(rat(b)); got != want {
			t.Fatalf("%s against %s: %d", a, b, got)
		}
		if (x == y) != (rat(a).Cmp(rat(b)) == 0) {
			t.Fatalf("%s and %s", a, b)
		}
	})
}

// slowNumberSize counts pairs of digits at even places of the plain form.
func slowNumberSize(form string) int {
	if form == "0" {
		return 1
	}
	size := 1
	form, negative := strings.CutPrefix(form, "-")
	whole, fraction, _ := strings.Cut(form, ".")
	if len(whole)%2 == 1 {
		whole = "0" + whole
	}
	if len(fraction)%2 == 1 {
		fraction += "0"
	}
	all := whole + fraction
	for strings.HasPrefix(all, "00") {
		all = all[2:]
	}
	for strings.HasSuffix(all, "00") {
		all = all[:len(all)-2]
	}
	size += len(all) / 2
	if negative {
		size++
	}
	return min(size, 21)
}

func TestNumberSize(t *testing.T) {
	for s, want := range map[string]int{"0": 1, "1": 2, "10": 2, "100": 2, "101": 3, "12": 2, "-12": 3, "1.5": 3, "0.01": 2, "1693510907": 6,
		strings.Repeat("9", 38): 20, "-" + strings.Repeat("9", 38): 21, "0.1" + strings.Repeat("9", 37): 20, "1." + strings.Repeat("9", 37): 21,
		"-1." + strings.Repeat("9", 37): 21} {
		n, err := parseNumber(s)
		require.NoError(t, err)
		require.Equal(t, want, n.size(), s)
	}
	rapid.Check(t, func(t *rapid.T) {
		n, err := parseNumber(numberTexts.Draw(t, "n"))
		if err != nil {
			t.Skip("out of bounds")
		}
		if form := string(n.append(nil)); n.size() != slowNumberSize(form) {
			t.Fatalf("%s counts %d, not %d", form, n.size(), slowNumberSize(form))
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"0", "-1.5e10", "1e-130", "00.00e0", "9e125", "1e9223372036854775807", "+.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseNumber(s)
		if err != nil {
			return
		}
		form := string(n.append(nil))
		again, err := parseNumber(form)
		if err != nil || again != n || n.size() != slowNumberSize(form) || rat(form).Cmp(rat(s)) != 0 {
			t.Fatalf("%q is %s is %+v", s, form, again)
		}
	})
}
