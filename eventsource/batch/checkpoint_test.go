package batch

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCheckpoint(t *testing.T) {
	c := NewCheckpoint("start")
	require.Equal(t, "start", c.Position())
	a, b, d := c.Read("a"), c.Read("b"), c.Read("c")
	require.Equal(t, []uint64{0, 1, 2}, []uint64{a, b, d})
	require.False(t, c.Resolve(b), "an older record is unresolved")
	require.Equal(t, "start", c.Position())
	require.Equal(t, 3, c.Pending())
	require.True(t, c.Resolve(a))
	require.Equal(t, "b", c.Position())
	require.False(t, c.Resolve(a), "once is enough")
	require.False(t, c.Resolve(3), "never read")
	require.Equal(t, "b", c.Position())
	c.Advance("end")
	require.Equal(t, "b", c.Position(), "the last record holds it back")
	require.True(t, c.Resolve(d))
	require.Equal(t, "end", c.Position())
	require.Zero(t, c.Pending())
	c.Advance("further")
	require.Equal(t, "further", c.Position())
}

func TestCheckpoint_standsBehindTheOldestUnresolvedRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewCheckpoint(-1)
		var done []bool // by number; the position behind record n is n
		oldest := func() int {
			for i, d := range done {
				if !d {
					return i
				}
			}
			return len(done)
		}
		last := -1
		t.Repeat(map[string]func(*rapid.T){
			"read": func(t *rapid.T) {
				require.EqualValues(t, len(done), c.Read(len(done)))
				done = append(done, false)
			},
			"resolve": func(t *rapid.T) {
				if len(done) == 0 {
					t.Skip("nothing was read yet")
				}
				i := rapid.IntRange(max(0, oldest()-3), len(done)-1).Draw(t, "number")
				moves := i == oldest()
				done[i] = true
				require.Equal(t, moves, c.Resolve(uint64(i)))
			},
			"resolve all": func(t *rapid.T) {
				for i := range done {
					done[i] = true
					c.Resolve(uint64(i))
				}
			},
			"": func(t *rapid.T) {
				require.Equal(t, oldest()-1, c.Position())
				require.Equal(t, len(done)-oldest(), c.Pending())
				require.GreaterOrEqual(t, c.Position(), last, "it never goes back")
				last = c.Position()
			},
		})
	})
}

// What is resolved is given up: a long stream takes no more memory than its unresolved part.
func TestCheckpoint_memory(t *testing.T) {
	c := NewCheckpoint(0)
	for i := range 100_000 {
		c.Read(i)
		if i >= 10 {
			c.Resolve(uint64(i - 10))
		}
	}
	require.Equal(t, 10, c.Pending())
	require.LessOrEqual(t, cap(c.marks), 64)
}
