package edge

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMatchPath(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"*", "/", true},
		{"*", "/a/b/c.html", true},
		{"/*", "/", true},
		{"images/*.jpg", "/images/a.jpg", true},
		{"/images/*.jpg", "/images/a.jpg", true},
		{"images/*.jpg", "/images/deep/a.jpg", true}, // * takes slashes too
		{"images/*.jpg", "/images/.jpg", true},
		{"images/*.jpg", "/IMAGES/a.jpg", false},
		{"images/*.jpg", "/images/a.JPG", false},
		{"images/*.jpg", "/images/a.jpg.txt", false},
		{"images/*.jpg", "/x/images/a.jpg", false},
		{"*.gif", "/a/b.gif", true},
		{"*.gif", "/.gif", true},
		{"*.gif", "/gif", false},
		{"a?.html", "/ab.html", true},
		{"a?.html", "/a/.html", true}, // ? is any one character
		{"a?.html", "/a.html", false},
		{"a?.html", "/abc.html", false},
		{"a*b*c", "/aXbYc", true},
		{"a*b*c", "/abbbc", true},
		{"a*b*c", "/acb", false},
		{"**", "/anything", true},
		{"/index.html", "/index.html", true},
		{"index.html", "/index.html", true},
		{"/index.html", "/index.htm", false},
		{"/", "/", true},
		{"/", "/a", false},
		{"$~'@:+&", "/$~'@:+&", true},
	} {
		require.Equal(t, c.want, matchPath(c.pattern, c.path), "%q against %q", c.pattern, c.path)
	}
}

func TestIsPathPattern(t *testing.T) {
	for pattern, want := range map[string]bool{
		"*": true, "/api/*": true, `_-.*$/~"'@:+&?09azAZ`: true, strings.Repeat("a", 255): true,
		"": false, strings.Repeat("a", 256): false, "a b": false, "a#b": false, "a%b": false, "é": false, "a\nb": false, "a=b": false,
	} {
		require.Equal(t, want, isPathPattern(pattern), "%q", pattern)
	}
}

// TestPathPatternIsItsModel compares the match with a regular expression that says the same.
func TestPathPatternIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("/ab*?")), 0, 8, -1).Draw(t, "pattern")
		path := "/" + rapid.StringOfN(rapid.RuneFrom([]rune("/ab")), 0, 10, -1).Draw(t, "path")
		text := regexp.QuoteMeta(strings.TrimPrefix(pattern, "/"))
		text = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(text)
		model := regexp.MustCompile("^" + text + "$")
		if got, want := matchPath(pattern, path), model.MatchString(strings.TrimPrefix(path, "/")); got != want {
			t.Fatalf("%q against %q: %v, want %v", pattern, path, got, want)
		}
	})
}

// TestPathPatternTakesNoMoreThanItsSquare is about a hostile pattern: a match that tried every way for every star would
// not end before the test's own time is up.
func TestPathPatternTakesNoMoreThanItsSquare(t *testing.T) {
	require.False(t, matchPath(strings.Repeat("*a", 100)+"b", strings.Repeat("a", 8000)))
	require.True(t, matchPath(strings.Repeat("*a", 100)+"*", strings.Repeat("a", 8000)))
}

// TestInvariant19FirstMatchWins: the behavior is the first whose pattern matches, and where patterns exclude each other
// their order does not matter.
func TestInvariant19FirstMatchWins(t *testing.T) {
	distribution := func(patterns []string) *Distribution {
		d := &Distribution{}
		for _, p := range append(patterns, "*") {
			d.behaviors = append(d.behaviors, &behavior{pattern: p})
		}
		return d
	}
	path := rapid.StringOfN(rapid.RuneFrom([]rune("/abc")), 0, 6, -1)
	t.Run("any patterns", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			patterns := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("/abc*?")), 1, 5, -1), 0, 5).Draw(t, "patterns")
			p := "/" + path.Draw(t, "path")
			want := "*"
			for i := len(patterns) - 1; i >= 0; i-- { // the last that is found is the first that matches
				if matchPath(patterns[i], p) {
					want = patterns[i]
				}
			}
			require.Equal(t, want, distribution(patterns).match(p).pattern)
		})
	})
	t.Run("disjoint patterns", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			patterns := []string{"/a*", "/b/*", "/c?", "/ca*a", "/d"}
			order := rapid.Permutation(patterns).Draw(t, "order")
			p := "/" + path.Draw(t, "path")
			require.Equal(t, distribution(patterns).match(p).pattern, distribution(order).match(p).pattern)
		})
	})
}
