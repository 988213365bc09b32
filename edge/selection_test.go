package edge

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSelections(t *testing.T) {
	for _, c := range []struct {
		name                  string
		s                     Selection
		a, upperA, b          bool // query strings and cookies
		headerA, own, ownName bool // headers: X-A, CloudFront's, and CloudFront's that is named
	}{
		{"None", None(), false, false, false, false, false, false},
		{"All", All(), true, true, true, true, false, false},
		{"Only", Only("a", "x-a", "CloudFront-Viewer-Country"), true, false, false, true, false, true},
		{"AllExcept", AllExcept("a", "x-a", "CloudFront-Viewer-Country"), false, true, true, false, false, false},
		{"AllAnd", AllAnd("CloudFront-Viewer-Country"), true, true, true, true, false, true},
	} {
		require.Equal(t, []bool{c.a, c.upperA, c.b}, []bool{c.s.includes("a"), c.s.includes("A"), c.s.includes("b")}, c.name)
		require.Equal(t, []bool{c.headerA, c.own, c.ownName}, []bool{
			c.s.includesHeader("X-A"), c.s.includesHeader("Cloudfront-Viewer-City"), c.s.includesHeader("Cloudfront-Viewer-Country")}, c.name)
	}
}

func TestSelectionsKeepTheirNames(t *testing.T) {
	names := []string{"a"}
	one, two := Only(names...), AllExcept(names...)
	names[0] = "b"
	require.True(t, one.includes("a"))
	require.False(t, two.includes("a"))
	require.Equal(t, []string{"a"}, one.listed())
	require.Empty(t, two.listed(), "exceptions add nothing")
	require.Empty(t, All().listed())
}

// TestEitherIsTheUnion: what one policy includes goes, and only two lists of exceptions are taken together.
func TestEitherIsTheUnion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSelection(t, "a"), drawSelection(t, "b")
		name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
		require.Equal(t, either(a, b, name), either(b, a, name), "the order does not matter")
		if a.kind == selectAllExcept && b.kind == selectAllExcept {
			require.Equal(t, a.includes(name) && b.includes(name), either(a, b, name))
			return
		}
		require.Equal(t, a.includes(name) || b.includes(name), either(a, b, name))
	})
}

func TestIsCloudFrontHeader(t *testing.T) {
	for name, want := range map[string]bool{
		"CloudFront-Viewer-Country": true, "cloudfront-x": true, "Cloudfront-": false, "CloudFrontish": false, "X-CloudFront-A": false, "": false,
	} {
		require.Equal(t, want, isCloudFrontHeader(name), name)
	}
}
