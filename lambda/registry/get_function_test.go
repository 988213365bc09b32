package registry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// TestFunctionARN is the table of which answer shows which qualifier.
func TestFunctionARN(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	for _, tt := range []struct{ name, qualifier, arn, version string }{
		{"f", "", "f", "$LATEST"},
		{"f", "$LATEST", "f:$LATEST", "$LATEST"},
		{"f", "1", "f:1", "1"},
		{"f", "live", "f:live", "1"},
		{"f:live", "", "f:live", "1"},
		{"f:1", "1", "f:1", "1"},
		{"function:f", "", "f", "$LATEST"},
		{"123456789012:function:f:1", "", "f:1", "1"},
		{arnPrefix + "f:$LATEST", "", "f:$LATEST", "$LATEST"},
	} {
		c := x.get(tt.name, tt.qualifier)
		require.Equal(t, []string{arnPrefix + tt.arn, tt.version}, []string{c.FunctionARN, c.Version}, "%s %s", tt.name, tt.qualifier)
		whole, err := x.GetFunction(x.now, tt.name, tt.qualifier)
		require.NoError(t, err)
		require.Equal(t, c, whole.Configuration)
	}
	c, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{})
	require.NoError(t, err)
	require.Equal(t, arnPrefix+"f", c.FunctionARN)
	c, err = x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Publish: true})
	require.NoError(t, err)
	require.Equal(t, arnPrefix+"f:2", c.FunctionARN)
}

func TestGetFunction_refused(t *testing.T) {
	x := newFixture(t)
	for _, tt := range []struct{ name, qualifier, code, message string }{
		{"g", "", rnf, "Function not found: " + arnPrefix + "g"},
		{"g", "1", rnf, "Function not found: " + arnPrefix + "g:1"},
		{"f", "1", rnf, "Function not found: " + arnPrefix + "f:1"},
		{"f", "live", rnf, "Function not found: " + arnPrefix + "f:live"},
		{"f", "$latest", rnf, "Function not found: " + arnPrefix + "f:$latest"},
		{"f:1", "2", ipv, "The derived qualifier from the function name does not match the specified qualifier."},
		{strings.Repeat("n", 65), "", rnf, "Function not found: " + arnPrefix + strings.Repeat("n", 65)},
		{"arn:aws:lambda:eu-west-1:123456789012:function:f", "", rnf, "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"},
		{"arn:aws:lambda:us-east-1:123456789012:function", "", rnf, "Function not found: " + arnPrefix + "function"},
		{"f", strings.Repeat("q", 129), ve, "1 validation error detected: Value '" + strings.Repeat("q", 129) +
			"' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128"},
	} {
		_, err := x.GetFunction(x.now, tt.name, tt.qualifier)
		requireRefused(t, err, tt.code, tt.message)
		_, err = x.GetFunctionConfiguration(x.now, tt.name, tt.qualifier)
		requireRefused(t, err, tt.code, tt.message)
	}
}

func TestGetFunction_codeTagsAndConcurrency(t *testing.T) {
	x := newFixture(t)
	pkg := archive(t, "a")
	_, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Package: pkg, Publish: true})
	require.NoError(t, err)
	get := func(qualifier string) *Function {
		f, err := x.GetFunction(x.now, "f", qualifier)
		require.NoError(t, err)
		return f
	}
	require.Equal(t, pkg, get("1").Code.Package)
	require.NotContains(t, wire(t, get("")), "Tags")
	require.NotContains(t, wire(t, get("")), "Concurrency")
	require.Contains(t, wire(t, get("")), `"Code":{"RepositoryType":"S3"}`)
	require.NoError(t, x.TagResource(x.now, arnPrefix+"f", map[string]string{"a": "b"}))
	_, err = x.PutFunctionConcurrency(x.now, "f", 0)
	require.NoError(t, err)
	require.Contains(t, wire(t, get("")), `"Tags":{"a":"b"}`)
	require.Contains(t, wire(t, get("$LATEST")), `"Tags":{"a":"b"}`)
	require.Contains(t, wire(t, get("")), `"Concurrency":{"ReservedConcurrentExecutions":0}`)
	require.Nil(t, get("1").Tags, "tags belong to the function")
}

func TestRuntimeVersion_followsTheRuntime(t *testing.T) {
	x := newFixture(t)
	seen := map[string]bool{}
	for _, runtime := range []string{"", "provided.al2023", "python3.13"} {
		_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{Runtime: runtime})
		require.NoError(t, err)
		seen[x.get("f", "").RuntimeVersionConfig.RuntimeVersionARN] = true
	}
	require.Len(t, seen, 3)
}

// listed is the ARNs of a list without the prefix that all share.
func listed(items []*FunctionConfiguration) []string {
	var arns []string
	for _, c := range items {
		arns = append(arns, strings.TrimPrefix(c.FunctionARN, arnPrefix))
	}
	return arns
}

func TestListFunctions(t *testing.T) {
	x := newFixture(t)
	for _, name := range []string{"b", "a-b", "a"} {
		x.create(name)
	}
	x.publish("a")
	x.publish("a")
	items, next, err := x.ListFunctions(x.now, false, Page{})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, []string{"a", "a-b", "b", "f"}, listed(items))
	items, _, err = x.ListFunctions(x.now, true, Page{})
	require.NoError(t, err)
	require.Equal(t, []string{"a:$LATEST", "a:1", "a:2", "a-b:$LATEST", "b:$LATEST", "f:$LATEST"}, listed(items))
	for _, c := range items {
		got := wire(t, c)
		for _, absent := range []string{`"State`, `"LastUpdate`, "RuntimeVersionConfig"} {
			require.NotContains(t, got, absent)
		}
		for _, present := range []string{"LoggingConfig", "SnapStart", "EphemeralStorage", "CodeSha256"} {
			require.Contains(t, got, present)
		}
	}
}

func TestListVersionsByFunction(t *testing.T) {
	x := newFixture(t)
	var want []string
	want = append(want, "f:$LATEST")
	for range 11 {
		want = append(want, "f:"+x.publish("f"))
	}
	items, _, err := x.ListVersionsByFunction(x.now, "f", Page{})
	require.NoError(t, err)
	require.Equal(t, want, listed(items), "numbers ascend as numbers")
	require.NotContains(t, wire(t, items), `"State`)
	_, _, err = x.ListVersionsByFunction(x.now, "g", Page{})
	requireRefused(t, err, rnf, "Function not found: "+arnPrefix+"g")
	_, _, err = x.ListVersionsByFunction(x.now, "f:1", Page{})
	require.ErrorIs(t, err, lambda.ErrInvalidParameterValue)
}
