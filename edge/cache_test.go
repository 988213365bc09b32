package edge

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCacheStaysWithinItsBound(t *testing.T) {
	const bound = 1 << 20
	c := newCache(bound)
	now := time.Unix(0, 0)
	many := 100_000
	if os.Getenv("LAMBDAKIT_LONG") == "1" {
		many = 1_000_000
	}
	for i := range many {
		key := fmt.Sprint("/", i)
		c.put(&entry{key: key, path: key, response: &response{body: []byte("x")}, fresh: now}, 0)
		if c.used > bound {
			t.Fatalf("%d bytes after %d entries", c.used, i)
		}
	}
	require.NotNil(t, c.get(fmt.Append(nil, "/", many-1)))
	require.Nil(t, c.get([]byte("/0")))
	require.Greater(t, len(c.nodes), 1000)
	require.False(t, c.put(&entry{key: "big", response: &response{body: make([]byte, bound)}}, 0))
}

// TestCacheForgetsWhatWasUsedLeastRecently: a look is a use.
func TestCacheForgetsWhatWasUsedLeastRecently(t *testing.T) {
	made := func(key string) *entry { return &entry{key: key, response: &response{}} }
	c := newCache(2 * made("a").size())
	c.put(made("a"), 0)
	c.put(made("b"), 0)
	require.NotNil(t, c.get([]byte("a")))
	c.put(made("c"), 0)
	require.NotNil(t, c.get([]byte("a")))
	require.Nil(t, c.get([]byte("b")))
}

// TestCacheIsItsModel compares the cache with a slice in order of use.
func TestCacheIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := (&entry{key: "a", response: &response{}}).size()
		room := rapid.IntRange(1, 4).Draw(t, "room")
		c := newCache(int64(room) * one)
		var model []*entry // newest first
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "key")
			i := slices.IndexFunc(model, func(e *entry) bool { return e.key == key })
			switch rapid.SampledFrom([]string{"get", "put", "drop", "invalidate"}).Draw(t, "step") {
			case "get":
				got := c.get([]byte(key))
				if i < 0 {
					require.Nil(t, got)
					continue
				}
				require.Same(t, model[i], got)
				model = append([]*entry{got}, slices.Delete(model, i, i+1)...)
			case "put":
				e := &entry{key: key, response: &response{}}
				require.True(t, c.put(e, c.epoch()))
				if i >= 0 {
					model = slices.Delete(model, i, i+1)
				}
				model = append([]*entry{e}, model...)
				model = model[:min(len(model), room)]
			case "drop":
				c.drop(&entry{key: key}) // not the one that is there
				if i >= 0 && rapid.Bool().Draw(t, "the one that is there") {
					c.drop(model[i])
					model = slices.Delete(model, i, i+1)
				}
			case "invalidate":
				before := c.epoch()
				n := c.invalidate(func(string) bool { return true })
				require.Equal(t, len(model), n)
				model = nil
				require.False(t, c.put(&entry{key: key, response: &response{}}, before))
			}
			require.Equal(t, int64(len(model))*one, c.used)
		}
	})
}
