package validation

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Null stands for a member that is missing. It is the only value without quotes.
const Null = "null"

// String is a text as the message quotes it. Quotes inside it are not escaped: AWS does not.
func String(s string) string { return "'" + s + "'" }

// Int is a whole number as the message quotes it.
func Int(n int64) string { return "'" + strconv.FormatInt(n, 10) + "'" }

// List is a list as the message quotes it: '[a, b]'.
func List(items []string) string { return "'[" + strings.Join(items, ", ") + "]'" }

// Map is a map of numbers as the message quotes it: '{2=0.5}'. Keys are listed in byte order, so that one map always
// gives one text.
func Map(m map[string]float64) string {
	var b strings.Builder
	b.WriteString("'{")
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(key)
		b.WriteByte('=')
		b.WriteString(Double(m[key]))
	}
	b.WriteString("}'")
	return b.String()
}

// Double is x as Java's Double.toString prints it: always with a fraction, and with an exponent below 0.001 and from
// ten million on.
func Double(x float64) string {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	}
	if a := math.Abs(x); a == 0 || a >= 1e-3 && a < 1e7 {
		return withFraction(strconv.FormatFloat(x, 'f', -1, 64))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	n, _ := strconv.Atoi(exponent) // FormatFloat pads it: e-05
	return withFraction(mantissa) + "E" + strconv.Itoa(n)
}

// withFraction adds the ".0" that Java never leaves out.
func withFraction(s string) string {
	if strings.Contains(s, ".") {
		return s
	}
	return s + ".0"
}
