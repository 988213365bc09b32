package filter

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func matchesText(t require.TestingT, entry, text string) bool {
	set, err := Compile(`{"a":[` + entry + `]}`)
	require.NoError(t, err, entry)
	return set.Match([]byte(`{"a":` + encode(nil, text) + `}`))
}

// Each character of a pattern stands for its lower and its upper case form, and for nothing else.
func TestIgnoreCase(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		match         bool
	}{
		{"straße", "STRASSE", true}, {"straße", "Straße", true}, {"straße", "strasse", false}, {"STRASSE", "straße", false},
		{"\u212a", "k", true}, {"\u212a", "\u212a", true}, {"\u212a", "K", false}, {"k", "\u212a", false}, // the Kelvin sign
		{"İ", "i\u0307", true}, {"İ", "i", false}, {"ﬃ", "FFI", true}, {"ﬃ", "ffi", false}, {"ΰ", "Υ\u0308\u0301", true},
		{"ᾳ", "ΑΙ", true}, {"ᾋ", "ἋΙ", true}, {"ᾋ", "ᾃ", true}, {"ς", "Σ", true}, {"ς", "σ", false}, {"ⱥ", "Ⱥ", true}, {"ǅ", "Ǆ", true},
		{"ÀÉ", "àé", true}, {"日本", "日本", true}, {"😀", "😀", true}, {"", "", true}, {"", "a", false}, {"a", "", false},
	} {
		require.Equal(t, c.match, matchesText(t, `{"equals-ignore-case":`+encode(nil, c.pattern)+`}`, c.text), "%q and %q", c.pattern, c.text)
		if c.match {
			require.True(t, matchesText(t, `{"prefix":{"equals-ignore-case":`+encode(nil, c.pattern)+`}}`, c.text+"ß"))
			require.True(t, matchesText(t, `{"suffix":{"equals-ignore-case":`+encode(nil, c.pattern)+`}}`, "ß"+c.text))
		}
	}
}

// A matcher needs no second thoughts: no form of a character starts or ends with its other form.
func TestIgnoreCase_formsAreTellableApart(t *testing.T) {
	long := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		lower, upper := lowerCase(r), upperCase(r)
		if lower == upper {
			continue
		}
		if strings.HasPrefix(lower, upper) || strings.HasPrefix(upper, lower) || strings.HasSuffix(lower, upper) || strings.HasSuffix(upper, lower) {
			t.Errorf("%q: %q and %q", r, lower, upper)
		}
		if s, ok := longUpperCase(r); ok {
			long++
			require.Greater(t, len([]rune(s)), 1)
			for _, c := range s {
				require.False(t, unicode.IsLower(c), "%q in the upper case of %q", c, r)
			}
		}
	}
	require.Equal(t, 102, long, "letters with a long upper case form")
}

func TestWildcard(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		match         bool
	}{
		{"x*z", "xz", true}, {"x*z", "xyyz", true}, {"x*z", "xyz1", false}, {"ab*ba", "aba", false}, {"ab*ba", "abba", true},
		{"*a*b*", "xxaxxb", true}, {"*a*b*", "xxbxxa", false}, {"*", "", true}, {"a*", "a", true}, {"*a", "ba", true}, {"*ab*ab", "ab", false}, {"*a*a*", "a", false}, {"*a*a*", "aa", true}, {"*aba*ba*", "ababa", true}, {"*aba*aba*", "ababa", false},
		{`\**\*`, "**", true}, {`\**\*`, "*", false}, {`\\*`, `\x`, true}, {"日*", "日本", true}, {"*\u00e9", "e\u00e9", true}, {"", "", true},
	} {
		require.Equal(t, c.match, matchesText(t, `{"wildcard":`+encode(nil, c.pattern)+`}`, c.text), "%s and %s", c.pattern, c.text)
	}
}

func TestWildcard_agreesWithRegularExpressions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := oneOf(t, "ab*", `ab*\é`)
		runes := rapid.RuneFrom([]rune(letters))
		p, s := rapid.StringOfN(runes, 0, 8, -1).Draw(t, "pattern"), rapid.StringOfN(runes, 0, 8, -1).Draw(t, "text")
		re := modelWildcard(p)
		m, reason := newWildcard(p)
		require.Equal(t, re == nil, m == nil)
		require.Equal(t, m == nil, reason != "")
		if m != nil && m.match(&value{kind: stringKind, text: []byte(s)}) != re.MatchString(s) {
			t.Fatalf("%q and %q: the regular expression says %v", p, s, re.MatchString(s))
		}
	})
}

// Patterns that make backtracking matchers slow.
func BenchmarkWildcard(b *testing.B) {
	m, _ := newWildcard(strings.Repeat("*a", 20) + "*b*")
	v := &value{kind: stringKind, text: []byte(strings.Repeat("a", 10_000))}
	b.ReportAllocs()
	for b.Loop() {
		m.match(v)
	}
}

func TestExactStrings_manyAreFound(t *testing.T) {
	var texts []string
	for i := range 40 {
		texts = append(texts, strings.Repeat("x", i))
		entry := strings.TrimSuffix(strings.TrimPrefix(encode(nil, toAny(texts)), "["), "]")
		for j := range 42 {
			require.Equal(t, j <= i, matchesText(t, entry, strings.Repeat("x", j)), "%d among %d", j, i+1)
		}
	}
}

func toAny(texts []string) []any {
	var values []any
	for _, s := range texts {
		values = append(values, s)
	}
	return values
}
