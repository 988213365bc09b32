package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/internal/validation"
)

func ExampleFindings() {
	var found validation.Findings
	found.Length("qualifier", strings.Repeat("q", 9), 1, 8)
	found.Range("timeout", 901, 1, 900)
	found.Required("tagKeys", false)
	fmt.Println(found.Text())
	// Output: 3 validation errors detected: Value 'qqqqqqqqq' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 8; Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; Value null at 'tagKeys' failed to satisfy constraint: Member must not be null
}

// Each row is an answer that AWS has given.
func TestRecordedTexts(t *testing.T) {
	const unit = " failed to satisfy constraint: "
	for _, row := range []struct {
		name string
		find func(*validation.Findings)
		want string
	}{
		{"nothing", func(*validation.Findings) {}, ""},
		{"role", func(f *validation.Findings) {
			f.Pattern("role", "r1", `arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`, false)
		}, `Value 'r1' at 'role'` + unit + `Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`},
		{"two architectures", func(f *validation.Findings) {
			f.Items("architectures", []string{"x86_64", "arm64"}, 1, 1)
		}, `Value '[x86_64, arm64]' at 'architectures'` + unit + `Member must have length less than or equal to 1`},
		{"wrong architecture", func(f *validation.Findings) {
			f.Add(validation.List([]string{"X86_64"}), "architectures",
				validation.Members(validation.Enum("x86_64", "arm64"), validation.NotNull))
		}, `Value '[X86_64]' at 'architectures'` + unit + `Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]`},
		{"position", func(f *validation.Findings) {
			f.Enum("startingPosition", "invalid", "LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")
		}, `Value 'invalid' at 'startingPosition'` + unit + `Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]`},
		{"weights too large", weights(map[string]float64{"2": 2}, validation.MapValues(
			validation.MaxDouble(1), validation.MinDouble(0), validation.NotNull)),
			`Value '{2=2.0}' at 'routingConfig.additionalVersionWeights'` + unit + `Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`},
		{"weight of $LATEST", weights(map[string]float64{"$LATEST": 0.5}, validation.MapKeys(
			validation.MaxLength(1024), validation.MinLength(1), validation.Pattern("[0-9]+"))),
			`Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights'` + unit + `Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]`},
		{"no provisioned concurrency", func(f *validation.Findings) {
			f.Range("provisionedConcurrentExecutions", 0, 1, 1<<31)
		}, `Value '0' at 'provisionedConcurrentExecutions'` + unit + `Member must have value greater than or equal to 1`},
		{"no tag keys", func(f *validation.Findings) { f.Required("tagKeys", false) },
			`Value null at 'tagKeys'` + unit + `Member must not be null`},
		{"secret", func(f *validation.Findings) {
			f.AddHidden("environment.variables", validation.MapKeys(validation.Pattern("[a-zA-Z]([a-zA-Z0-9_])+")))
		}, `Value at 'environment.variables'` + unit + `Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var found validation.Findings
			row.find(&found)
			if row.want == "" {
				require.Zero(t, found.Len())
				require.Empty(t, found.Text())
				return
			}
			require.Equal(t, "1 validation error detected: "+row.want, found.Text())
		})
	}
}

func weights(m map[string]float64, constraint string) func(*validation.Findings) {
	return func(f *validation.Findings) {
		f.Add(validation.Map(m), "routingConfig.additionalVersionWeights", constraint)
	}
}

func TestInBoundsFindsNothing(t *testing.T) {
	var found validation.Findings
	found.Length("a", "abc", 1, 3)
	found.Length("a", "", 0, 3)
	found.Length("a", strings.Repeat("x", 999), 0, -1)
	found.Items("l", []string{"a"}, 1, 1)
	found.Items("l", make([]string, 99), 0, -1)
	found.Range("n", 1, 1, 3)
	found.Range("n", 3, 1, 3)
	found.Pattern("p", "x", "y", true)
	found.Enum("e", "b", "a", "b")
	found.Required("r", true)
	require.Zero(t, found.Len())
}

// Java counts UTF-16 units: the limit of a text with emoji is not the one of its bytes or characters.
func TestLengthCountsAsJavaDoes(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "é": 1, "€": 1, "😀": 2} {
		var found validation.Findings
		found.Length("d", text, 0, want)
		require.Zero(t, found.Len(), text)
		found.Length("d", text, want+1, -1)
		require.Equal(t, 1, found.Len(), text)
	}
	var found validation.Findings
	found.Items("l", nil, 1, 2)
	require.Equal(t, "1 validation error detected: Value '[]' at 'l' failed to satisfy constraint: "+
		"Member must have length greater than or equal to 1", found.Text())
}

func TestDouble(t *testing.T) {
	for want, x := range map[string]float64{
		"0.0": 0, "2.0": 2, "-1.0": -1, "0.5": 0.5, "0.001": 0.001, "1.0E-4": 0.0001, "1.5E-5": 1.5e-5,
		"9999999.0": 9999999, "1.0E7": 1e7, "1.2345678E8": 123456780, "-1.0E-4": -0.0001, "0.1": 0.1,
	} {
		require.Equal(t, want, validation.Double(x))
	}
	zero := 0.0
	require.Equal(t, "NaN", validation.Double(zero/zero))
	require.Equal(t, "Infinity", validation.Double(1/zero))
	require.Equal(t, "-Infinity", validation.Double(-1/zero))
}

func TestMapIsSorted(t *testing.T) {
	require.Equal(t, "'{}'", validation.Map(nil))
	require.Equal(t, "'{1=0.25, 10=0.5, 2=1.0}'", validation.Map(map[string]float64{"2": 1, "10": 0.5, "1": 0.25}))
}

// The number at the front is that of the findings, and every one is in the text.
func TestTextCountsItsFindings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.StringMatching(`[a-z]{1,9}`)).Draw(t, "values")
		var found validation.Findings
		for i, value := range values {
			found.Add(validation.String(value), fmt.Sprint("m", i), validation.NotNull)
		}
		text := found.Text()
		if len(values) == 0 {
			require.Empty(t, text)
			return
		}
		plural := map[bool]string{true: "s"}[len(values) > 1]
		require.True(t, strings.HasPrefix(text, fmt.Sprintf("%d validation error%s detected: ", len(values), plural)))
		require.Equal(t, len(values), found.Len())
		require.Equal(t, len(values)-1, strings.Count(text, "; "))
		for i, value := range values {
			require.Contains(t, text, fmt.Sprintf("Value '%s' at 'm%d' failed", value, i))
		}
	})
}
