package edge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMatchInvalidation(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/a", "/a", true}, {"/a", "/A", false}, {"/a", "/a/", false}, {"/a", "/ab", false}, {"/a", "/a?x=1", false},
		{"/a*", "/a", true}, {"/a*", "/ab/c", true}, {"/a*", "/a?x=1", true}, {"/a/*", "/a", false}, {"/a/*", "/a/", true},
		{"/*", "/", true}, {"/*", "/anything?at=all", true}, {"/a?x=1", "/a?x=1", true},
	} {
		require.Equal(t, c.want, matchInvalidation(c.pattern, c.path), "%q against %q", c.pattern, c.path)
	}
}

func TestCheckInvalidationPath(t *testing.T) {
	for _, good := range []string{"/", "/*", "/a/b*", "/a?x=1"} {
		require.NoError(t, checkInvalidationPath(good), good)
	}
	for _, bad := range []string{"", "a", "*", "/*/a", "/**"} {
		require.ErrorIs(t, checkInvalidationPath(bad), errInvalidationPath, bad)
	}
}

func TestHowManyPathsAnInvalidationMayHave(t *testing.T) {
	d := &Distribution{cache: newCache(1 << 20)}
	for n, ok := range map[int]bool{0: false, 1: true, maxInvalidationPaths: true, maxInvalidationPaths + 1: false} {
		paths := make([]string, n)
		for i := range paths {
			paths[i] = fmt.Sprint("/", i)
		}
		_, err := d.Invalidate(paths...)
		require.Equal(t, ok, err == nil, n)
	}
}

// TestInvariant24InvalidatedPathsAreGone: of what is stored exactly the entries that a path means go, and one path that
// is wrong leaves all of them.
func TestInvariant24InvalidatedPathsAreGone(t *testing.T) {
	path := rapid.StringMatching(`/[ab/]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		d := &Distribution{cache: newCache(1 << 20)}
		stored := rapid.SliceOfNDistinct(path, 0, 8, rapid.ID).Draw(t, "stored")
		for _, p := range stored {
			require.True(t, d.cache.put(&entry{key: p, path: p, response: &response{}}, 0))
		}
		asked := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return path.Draw(t, "path") + rapid.SampledFrom([]string{"", "*"}).Draw(t, "wild")
		}), 1, 3).Draw(t, "asked")
		means := func(p string) bool {
			for _, a := range asked {
				if prefix, wild := strings.CutSuffix(a, "*"); p == a || wild && strings.HasPrefix(p, prefix) {
					return true
				}
			}
			return false
		}
		_, err := d.Invalidate(append(asked, "no slash")...)
		require.Error(t, err)
		gone := 0
		for _, p := range stored {
			require.NotNil(t, d.cache.get([]byte(p)))
			if means(p) {
				gone++
			}
		}
		n, err := d.Invalidate(asked...)
		require.NoError(t, err)
		require.Equal(t, gone, n)
		for _, p := range stored {
			require.Equal(t, means(p), d.cache.get([]byte(p)) == nil, p)
		}
	})
}
