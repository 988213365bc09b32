package apigateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMatch walks one tree by hand. A way that leads nowhere leaves no parameters behind.
func TestMatch(t *testing.T) {
	var root node[string]
	for _, path := range []string{"/", "/pets", "/pets/{id}", "/pets/{id}/toys", "/pets/all/{rest+}", "/{a}/{b}/c", "/x/y"} {
		require.NoError(t, root.put("GET", path, path))
	}
	require.NoError(t, root.put(anyMethod, "/pets", "any"))
	for _, c := range []struct {
		path, want string
		params     pairs
	}{
		{"", "/", nil},
		{"/pets", "/pets", nil},
		{"/pets/7", "/pets/{id}", pairs{{Name: "id", Value: "7"}}},
		{"/pets/7/toys", "/pets/{id}/toys", pairs{{Name: "id", Value: "7"}}},
		{"/pets/all", "/pets/{id}", pairs{{Name: "id", Value: "all"}}},
		{"/pets/all/toys", "/pets/all/{rest+}", pairs{{Name: "rest", Value: "toys"}}},
		{"/pets/all/a//b/", "/pets/all/{rest+}", pairs{{Name: "rest", Value: "a//b/"}}},
		{"/pets/7/c", "/{a}/{b}/c", pairs{{Name: "a", Value: "pets"}, {Name: "b", Value: "7"}}},
		{"/x/y", "/x/y", nil},
		{"/x/z", "", nil},
		{"/x", "", nil},
		{"/pets/", "", nil},
		{"/pets/7/", "", nil},
		{"//", "", nil},
	} {
		var params pairs
		found := root.match(c.path, &params, func(n *node[string]) bool { return len(n.methods) > 0 })
		if c.want == "" {
			require.Nil(t, found, c.path)
		} else {
			require.NotNil(t, found, c.path)
			require.Equal(t, c.want, found.methods["GET"], c.path)
		}
		require.Equal(t, c.params, append(pairs(nil), params...), c.path)
	}
	var params pairs
	pets := root.match("/pets", &params, func(*node[string]) bool { return true })
	got, ok := pets.methodOf("GET")
	require.True(t, ok)
	require.Equal(t, "/pets", got, "a method goes before ANY")
	got, ok = pets.methodOf("PUT")
	require.True(t, ok)
	require.Equal(t, "any", got)
	_, ok = root.methodOf("PUT")
	require.False(t, ok)
}
