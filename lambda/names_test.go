package lambda

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ExampleParseRef() {
	for _, name := range []string{
		"orders", "orders:live", "function:orders:1", "123456789012:function:orders",
		"arn:aws:lambda:us-east-1:123456789012:function:orders:$LATEST",
	} {
		ref, err := ParseRef(name, "")
		fmt.Println(ref.Name, ref.Qualifier, err)
	}
	_, err := ParseRef("orders:live", "1")
	fmt.Println(err)
	// Output:
	// orders  <nil>
	// orders live <nil>
	// orders 1 <nil>
	// orders  <nil>
	// orders $LATEST <nil>
	// lambda: InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier.
}

func ExampleIdentity_ParseRef() {
	_, err := Identity{Region: "eu-west-1"}.ParseRef("arn:aws:lambda:us-east-1:123456789012:function:orders", "")
	fmt.Println(err)
	// Output: lambda: ResourceNotFoundException: Functions from 'us-east-1' are not reachable in this region ('eu-west-1')
}

func TestParseRefForms(t *testing.T) {
	const account, region = "111111111111", "us-east-1"
	for _, row := range []struct {
		name, qualifier string
		want            Ref
	}{
		{"f", "", Ref{Name: "f"}},
		{"f", "a1", Ref{Name: "f", Qualifier: "a1"}},
		{"f", "$LATEST", Ref{Name: "f", Qualifier: "$LATEST"}},
		{"f", "$LATEST.PUBLISHED", Ref{Name: "f", Qualifier: "$LATEST.PUBLISHED"}},
		{"f", "$latest", Ref{Name: "f", Qualifier: "$latest"}},
		{"f:1", "", Ref{Name: "f", Qualifier: "1"}},
		{"f:1", "1", Ref{Name: "f", Qualifier: "1"}},
		{"f:$LATEST", "", Ref{Name: "f", Qualifier: "$LATEST"}},
		{"f:$LATEST.PUBLISHED", "", Ref{Name: "f", Qualifier: "$LATEST.PUBLISHED"}},
		{"my.function_-9", "", Ref{Name: "my.function_-9"}},
		{"function:f", "", Ref{Name: "f"}},
		{"function:f:q", "", Ref{Name: "f", Qualifier: "q"}},
		{account + ":function:f", "", Ref{Name: "f", Account: account}},
		{account + ":f", "", Ref{Name: "f", Account: account}},
		{region + ":" + account + ":f:q", "", Ref{Name: "f", Qualifier: "q", Account: account, Region: region}},
		{"arn:aws:lambda:" + region + ":" + account + ":function:f", "", Ref{Name: "f", Account: account, Region: region}},
		{"arn:aws-us-gov:lambda:us-gov-west-1:" + account + ":function:f:q", "", Ref{Name: "f", Qualifier: "q", Account: account, Region: "us-gov-west-1"}},
		{"arn:aws-eusc:lambda:eusc-de-east-1:" + account + ":function:f", "", Ref{Name: "f", Account: account, Region: "eusc-de-east-1"}},
		{"arn:aws-iso-b:lambda:us-isob-east-1:" + account + ":function:f", "", Ref{Name: "f", Account: account, Region: "us-isob-east-1"}},
		// What the pattern makes of less usual texts.
		{"arn:aws:lambda:" + region + ":" + account + ":function", "", Ref{Name: "function", Account: account, Region: region}},
		{"function", "", Ref{Name: "function"}},
		{"function:$LATEST", "", Ref{Name: "function", Qualifier: "$LATEST"}},
		{account + ":$LATEST", "", Ref{Name: account, Qualifier: "$LATEST"}},
		{region + ":$LATEST", "", Ref{Name: region, Qualifier: "$LATEST"}},
		{region + ":" + account + ":$LATEST", "", Ref{Name: account, Qualifier: "$LATEST", Region: region}},
		{account, "", Ref{Name: account}},
		{"arn:aws", "", Ref{Name: "arn", Qualifier: "aws"}},
		{"arn::lambda:f", "", Ref{Name: "f"}},
		{strings.Repeat("x", 65), "", Ref{Name: strings.Repeat("x", 65)}},
		{strings.Repeat("x", 256), "", Ref{Name: strings.Repeat("x", 256)}},
	} {
		t.Run(row.name+"?"+row.qualifier, func(t *testing.T) {
			ref, err := ParseRef(row.name, row.qualifier)
			require.NoError(t, err)
			require.Equal(t, row.want, ref)
		})
	}
}

const validationPrefix = "1 validation error detected: "

func TestParseRefRefusals(t *testing.T) {
	long := strings.Repeat("q", 129)
	wrongName := func(name string) string {
		return "Value '" + name + "' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
			`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`
	}
	for _, row := range []struct{ what, name, qualifier, text string }{
		{"row 17", "my-function!", "", validationPrefix + wrongName("my-function!")},
		{"star", "*", "", validationPrefix + wrongName("*")},
		{"two qualifiers", "f:a:b", "", validationPrefix + wrongName("f:a:b")},
		{"missing region", "arn:aws:lambda::111111111111:function:f", "", validationPrefix + wrongName("arn:aws:lambda::111111111111:function:f")},
		{"missing account", "arn:aws:lambda:us-east-1::function:f", "", validationPrefix + wrongName("arn:aws:lambda:us-east-1::function:f")},
		{"another service", "arn:aws:ec2:us-east-1:111111111111:function:f", "", validationPrefix + wrongName("arn:aws:ec2:us-east-1:111111111111:function:f")},
		{"invalid region", "arn:aws:lambda:invalid-region:111111111111:function:f", "", validationPrefix + wrongName("arn:aws:lambda:invalid-region:111111111111:function:f")},
		{"$LATES", "f:$LATES", "", validationPrefix + wrongName("f:$LATES")},
		{"long qualifier", "f", long, validationPrefix + "Value '" + long + "' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"row 18", "f:a:b", long, "2 validation errors detected: Value '" + long + "' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128; " + wrongName("f:a:b")},
		{"qualifier's characters", "f", "a b", validationPrefix + `Value 'a b' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`},
		{"long name", strings.Repeat("x", 257), "", validationPrefix + "Value '" + strings.Repeat("x", 257) + "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{"no name", "", "", "2 validation errors detected: Value '' at 'functionName' failed to satisfy constraint: Member must have length greater than or equal to 1; " + wrongName("")},
	} {
		t.Run(row.what, func(t *testing.T) {
			ref, err := ParseRef(row.name, row.qualifier)
			require.Zero(t, ref)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "ValidationException", e.Code)
			require.Equal(t, row.text, e.Message)
			require.Empty(t, e.Type)
		})
	}
	t.Run("row 16", func(t *testing.T) {
		_, err := ParseRef("arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST", "1")
		require.ErrorIs(t, err, ErrInvalidParameterValue)
		require.ErrorContains(t, err, "The derived qualifier from the function name does not match the specified qualifier.")
	})
}

// CreateFunction and the other plain operations take shorter names, without dots and $LATEST.PUBLISHED.
func TestParseFunctionName(t *testing.T) {
	for name, want := range map[string]Ref{
		"f":         {Name: "f"},
		"f:$LATEST": {Name: "f", Qualifier: "$LATEST"},
		"us-east-1:111111111111:function:f_-9:live": {Name: "f_-9", Qualifier: "live", Region: "us-east-1", Account: "111111111111"},
		strings.Repeat("x", 140):                    {Name: strings.Repeat("x", 140)},
	} {
		ref, err := ParseFunctionName(name, "")
		require.NoError(t, err, name)
		require.Equal(t, want, ref)
	}
	for name, text := range map[string]string{
		"a.b":                    "Member must satisfy regular expression pattern: " + patternFunctionName,
		"f:$LATEST.PUBLISHED":    "Member must satisfy regular expression pattern: " + patternFunctionName,
		strings.Repeat("x", 141): "Member must have length less than or equal to 140",
	} {
		_, err := ParseFunctionName(name, "")
		require.ErrorIs(t, err, ErrValidation, name)
		require.ErrorContains(t, err, validationPrefix+"Value '"+name+"' at 'functionName' failed to satisfy constraint: "+text)
	}
}

func TestIdentityParseRef(t *testing.T) {
	id := Identity{Account: "111111111111", Region: "eu-west-1"}
	for _, name := range []string{"f", "111111111111:function:f", "arn:aws:lambda:eu-west-1:111111111111:function:f", "eu-west-1:f"} { // row 19
		ref, err := id.ParseRef(name, "live")
		require.NoError(t, err)
		require.Equal(t, "f:live", ref.String())
	}
	_, err := id.ParseRef("arn:aws:lambda:us-east-2:222222222222:function:f", "") // row 20: the region is looked at first
	require.ErrorIs(t, err, ErrResourceNotFound)
	require.ErrorContains(t, err, "Functions from 'us-east-2' are not reachable in this region ('eu-west-1')")
	_, err = id.ParseRef("222222222222:function:f", "")
	require.ErrorIs(t, err, ErrAccessDenied)
	_, err = id.ParseRef("f!", "")
	require.ErrorIs(t, err, ErrValidation)
	require.NoError(t, Identity{}.Check(Ref{Region: "us-east-1", Account: "123456789012"}))
	require.Equal(t, "f", Ref{Name: "f"}.String())
}

// The matchers written by hand agree with AWS's patterns, run by package regexp: on what matches, and on which part
// is the name and which the qualifier.
var (
	namespacedPattern = regexp.MustCompile(`^(?:` + patternNamespacedName + `)$`)
	functionPattern   = regexp.MustCompile(`^(?:` + patternFunctionName + `)$`)
	qualifierPattern  = regexp.MustCompile(`^(?:` + patternQualifier + `)$`)
)

func agree(t interface{ Fatalf(string, ...any) }, name string) {
	for _, form := range []struct {
		*nameForm
		pattern           *regexp.Regexp
		nameAt, qualifier int // groups
	}{
		{namespacedName, namespacedPattern, 11, 13},
		{functionName, functionPattern, 11, 13},
	} {
		got, ok := form.match(name)
		groups := form.pattern.FindStringSubmatch(name)
		if ok != (groups != nil) {
			t.Fatalf("%q matches: %v, by the pattern: %v", name, ok, groups != nil)
		}
		if !ok {
			continue
		}
		want := Ref{Name: groups[form.nameAt], Qualifier: groups[form.qualifier],
			Region: strings.TrimSuffix(groups[3], ":"), Account: strings.TrimSuffix(groups[9], ":")}
		if got != want {
			t.Fatalf("%q is %+v, by the pattern %+v", name, got, want)
		}
	}
	if got, want := matchesQualifier(name), qualifierPattern.MatchString(name); got != want {
		t.Fatalf("%q is a qualifier: %v, by the pattern: %v", name, got, want)
	}
}

// nameParts are what names are made of, and what looks like it.
var nameParts = []string{
	"arn", "aws", "aws-cn", "awsX-", "Aws", "lambda", "us-east-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1",
	"us-isob1-east-1", "eusc-de-east-1", "eusc-east-1", "u-east-1", "us-east-12", "us--1", "us-EAST-1", "123456789012",
	"12345678901", "1234567890123", "function", "f", "my.f", "a_b-c", "$LATEST", "$LATEST.PUBLISHED", "$LATES", "1", "",
	"é", "f!", " ",
}

func TestMatchersAgreeWithThePatterns(t *testing.T) {
	for _, name := range nameParts {
		agree(t, name)
		agree(t, "arn:aws:lambda:"+name+":123456789012:function:f")
		agree(t, "arn:"+name+":lambda:us-east-1:123456789012:function:f")
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(nameParts), 1, 9).Draw(t, "parts")
		agree(t, strings.Join(parts, ":"))
	})
	rapid.Check(t, func(t *rapid.T) { agree(t, rapid.StringMatching(`[a-z0-9:$.-]{0,40}`).Draw(t, "name")) })
}

func FuzzParseRef(f *testing.F) {
	for _, part := range nameParts {
		f.Add(part, "q")
		f.Add("arn:aws:lambda:us-east-1:"+part+":function:f:"+part, "")
	}
	f.Fuzz(func(t *testing.T, name, qualifier string) {
		agree(t, name)
		agree(t, qualifier)
		ref, err := ParseRef(name, qualifier)
		if err != nil {
			if !errors.Is(err, ErrValidation) && !errors.Is(err, ErrInvalidParameterValue) {
				t.Fatalf("%q %q: %v", name, qualifier, err)
			}
			return
		}
		// The name and qualifier written together mean the same, unless the name alone reads as a prefix there or the
		// qualifier is one that only the parameter may have.
		if isRegion(ref.Name) || isAccount(ref.Name) || ref.Name == "function" || strings.Contains(ref.Qualifier, "$") ||
			len(ref.String()) > maxNamespacedName {
			return
		}
		again, err := ParseRef(ref.String(), qualifier)
		if err != nil || again.Name != ref.Name || again.Qualifier != ref.Qualifier {
			t.Fatalf("%q is %+v, but %q is %+v, %v", name, ref, ref.String(), again, err)
		}
	})
}

func TestIsAliasAndVersion(t *testing.T) {
	for s, want := range map[string][2]bool{ // alias, version
		"live": {true, false}, "2024-01-02": {true, false}, "2024": {false, true}, "0": {false, true}, "a1": {true, false},
		"": {false, false}, "$LATEST": {false, false}, "a.b": {false, false}, "-": {true, false}, "_9": {true, false},
	} {
		require.Equal(t, want, [2]bool{IsAlias(s), IsVersion(s)}, s)
	}
}

func TestParseRefAllocations(t *testing.T) {
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := ParseRef("orders", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRef("arn:aws:lambda:us-east-1:123456789012:function:orders:live", "live"); err != nil {
			t.Fatal(err)
		}
		if _, err := (Identity{}).ParseRef("orders", "live"); err != nil {
			t.Fatal(err)
		}
	}))
}

func BenchmarkParseRef(b *testing.B) {
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:orders:live"
	for _, name := range []string{"orders", arn} {
		b.Run(name[:3], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseRef(name, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("baseline/regexp/"+name[:3], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if namespacedPattern.FindStringSubmatchIndex(name) == nil {
					b.Fatal(name)
				}
			}
		})
	}
}
