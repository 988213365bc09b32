package registry

import (
	"fmt"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
)

// walk collects a list page by page.
func walk[T any](t require.TestingT, size *int, list func(Page) ([]T, string, error)) []T {
	var all []T
	page := Page{MaxItems: size}
	for {
		items, next, err := list(page)
		require.NoError(t, err)
		require.NotNil(t, items)
		if size != nil {
			require.LessOrEqual(t, len(items), *size)
		}
		all = append(all, items...)
		if next == "" {
			return all
		}
		require.NotEmpty(t, items, "a page that has a next one is not empty")
		page.Marker = next
	}
}

// A walk with any page size sees each item once, in order.
func TestPages_showEachItemOnce(t *testing.T) {
	x := newFixture(t)
	for i := range 60 {
		x.create(fmt.Sprintf("g%d", i))
	}
	for range 12 {
		v := x.publish("f")
		x.alias("f", "a"+v, Routing{Version: v})
		for _, q := range []string{v, "a" + v} {
			_, err := x.PutEventInvokeConfig(x.now, "f", q, EventInvokeConfig{MaximumRetryAttempts: new(0)})
			require.NoError(t, err)
		}
		_, err := x.PutProvisionedConcurrency(x.now, "f", v, 1)
		require.NoError(t, err)
		_, err = x.CreateFunctionURLConfig(x.now, "f", "a"+v, FunctionURLInput{AuthType: AuthNone})
		require.NoError(t, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var size *int
		if n := rapid.IntRange(0, 50).Draw(t, "MaxItems"); n > 0 {
			size = &n
		}
		functions := func(all bool) []string {
			return listed(walk(t, size, func(p Page) ([]*FunctionConfiguration, string, error) { return x.ListFunctions(x.now, all, p) }))
		}
		require.Equal(t, 61, len(functions(false)))
		require.True(t, slices.IsSorted(functions(false)))
		require.Equal(t, 61+12, len(functions(true)))
		require.Equal(t, 61+12, len(slices.Compact(slices.Sorted(slices.Values(functions(true))))))

		versions := walk(t, size, func(p Page) ([]*FunctionConfiguration, string, error) { return x.ListVersionsByFunction(x.now, "f", p) })
		for i, v := range versions {
			require.Equal(t, qualified(arnPrefix+"f", map[bool]string{true: lambda.Latest, false: fmt.Sprint(i)}[i == 0]), v.FunctionARN)
		}
		require.Len(t, versions, 13)
		require.Len(t, walk(t, size, func(p Page) ([]*AliasConfiguration, string, error) { return x.ListAliases(x.now, "f", "", p) }), 12)
		require.Len(t, walk(t, size, func(p Page) ([]*FunctionURLConfig, string, error) { return x.ListFunctionURLConfigs(x.now, "f", p) }), 12)
		async := walk(t, size, func(p Page) ([]*FunctionEventInvokeConfig, string, error) {
			return x.ListEventInvokeConfigs(x.now, "f", p)
		})
		require.Len(t, async, 24)
		require.Equal(t, []string{arnPrefix + "f:2", arnPrefix + "f:10"}, []string{async[1].FunctionARN, async[9].FunctionARN})
		provisioned := walk(t, size, func(p Page) ([]*ProvisionedConcurrency, string, error) {
			return x.ListProvisionedConcurrency(x.now, "f", p)
		})
		require.Len(t, provisioned, 12)
		require.Equal(t, arnPrefix+"f:12", provisioned[11].FunctionARN)
	})
}

func TestListFunctions_givesAtMost50(t *testing.T) {
	x := newFixture(t)
	for i := range 60 {
		x.create(fmt.Sprintf("g%d", i))
	}
	for _, size := range []*int{nil, new(50), new(10000)} {
		items, next, err := x.ListFunctions(x.now, false, Page{MaxItems: size})
		require.NoError(t, err)
		require.Len(t, items, 50)
		require.NotEmpty(t, next)
	}
}

// What comes and goes behind or before a walk does not make it repeat or miss what stays.
func TestPages_whileTheListChanges(t *testing.T) {
	x := newFixture(t)
	for _, name := range []string{"b", "d", "h"} {
		x.create(name)
	}
	page := Page{MaxItems: new(2)}
	items, next, err := x.ListFunctions(x.now, false, page)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "d"}, listed(items))
	require.NoError(t, x.DeleteFunction(x.now, "d", ""))
	x.create("a")
	x.create("e")
	page.Marker = next
	items, _, err = x.ListFunctions(x.now, false, page)
	require.NoError(t, err)
	require.Equal(t, []string{"e", "f"}, listed(items))
}

func TestPages_refused(t *testing.T) {
	x := newFixture(t)
	for n, text := range map[int]string{0: "greater than or equal to 1", -1: "greater than or equal to 1", 10001: "less than or equal to 10000"} {
		_, _, err := x.ListFunctions(x.now, false, Page{MaxItems: &n})
		requireRefused(t, err, ve, fmt.Sprintf("1 validation error detected: Value '%d' at 'maxItems' failed to satisfy constraint: Member must have value %s", n, text))
	}
	_, _, err := x.ListEventInvokeConfigs(x.now, "f", Page{MaxItems: new(51)})
	requireRefused(t, err, ve, "1 validation error detected: Value '51' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 50")
	_, _, err = x.ListAliases(x.now, "f!", "", Page{MaxItems: new(0)})
	var e *lambda.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Message, "2 validation errors detected: Value 'f!' at 'functionName'")
	_, _, err = x.ListFunctions(x.now, false, Page{Marker: "%"})
	require.ErrorIs(t, err, lambda.ErrInvalidParameterValue)
}

func FuzzMarker(f *testing.F) {
	f.Add("")
	f.Add(writeMarker("f"))
	f.Add(writeMarker("f\x000"))
	f.Add("Zh")
	x := newFixture(f)
	x.create("g")
	f.Fuzz(func(t *testing.T, marker string) {
		items, next, err := x.ListFunctions(x.now, true, Page{Marker: marker, MaxItems: new(1)})
		if err != nil {
			require.ErrorIs(t, err, lambda.ErrInvalidParameterValue)
			return
		}
		require.LessOrEqual(t, len(items), 1)
		if next != "" {
			key, ok := readMarker(next)
			require.True(t, ok)
			require.True(t, utf8.ValidString(key))
		}
		if key, _ := readMarker(marker); marker != "" {
			require.Equal(t, marker, writeMarker(key), "one key has one marker")
		}
	})
}
