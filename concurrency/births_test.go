package concurrency

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The model is the list of environments in order of creation.
func TestBirths_newestIsTheLastIdle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b births
		var model []*slot
		pick := func(t *rapid.T, waiting bool) int {
			var fit []int
			for i, s := range model {
				if s.waiting == waiting {
					fit = append(fit, i)
				}
			}
			if len(fit) == 0 {
				t.Skip("none")
			}
			return rapid.SampledFrom(fit).Draw(t, "slot")
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				for range rapid.IntRange(1, 100).Draw(t, "n") {
					s := &slot{}
					b.add(s)
					model = append(model, s)
				}
			},
			"idle": func(t *rapid.T) {
				s := model[pick(t, false)]
				s.waiting = true
				b.mark(s.place)
			},
			"all idle": func(t *rapid.T) {
				for _, s := range model {
					if !s.waiting {
						s.waiting = true
						b.mark(s.place)
					}
				}
			},
			"busy": func(t *rapid.T) {
				s := model[pick(t, true)]
				s.waiting = false
				b.unmark(s.place)
			},
			"retire": func(t *rapid.T) {
				i := pick(t, false)
				b.remove(model[i])
				model = append(model[:i], model[i+1:]...)
			},
			"": func(t *rapid.T) {
				var want *slot
				for _, s := range model {
					if s.waiting {
						want = s
					}
				}
				require.Same(t, want, b.newest())
				require.Equal(t, len(model), b.live)
			},
		})
	})
}

// Places are used again: a version that creates and retires for ever does not grow.
func TestBirths_squeezeFreesPlaces(t *testing.T) {
	var b births
	keep := make([]*slot, 100)
	for i := range keep {
		keep[i] = &slot{waiting: true}
		b.add(keep[i])
		b.mark(keep[i].place)
	}
	for range 1_000_000 {
		s := &slot{}
		b.add(s)
		b.remove(s)
	}
	require.LessOrEqual(t, b.places(), 256)
	for i := len(keep) - 1; i >= 0; i-- {
		require.Same(t, keep[i], b.newest())
		b.unmark(keep[i].place)
	}
	require.Nil(t, b.newest())
}

// Only the policy that asks for the newest keeps the list: others would never take anything out of it.
func TestBirths_areKeptForNewestOnly(t *testing.T) {
	for _, reuse := range []Reuse{Newest, MostRecentlyUsed, Oldest} {
		v := benchVersion(t, Options{Reuse: reuse, IdleLifetime: time.Second})
		for n := range 100 {
			l, err := v.AcquireAt(time.Unix(int64(2*n), 0))
			require.NoError(t, err)
			require.True(t, l.Cold)
			l.ReleaseAt(time.Unix(int64(2*n), 0), true)
		}
		if reuse == Newest {
			require.Equal(t, 1, v.births.live)
			continue
		}
		require.Empty(t, v.births.slots, reuse.String())
	}
}
