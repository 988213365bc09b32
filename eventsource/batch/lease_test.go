package batch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLeased(t *testing.T) {
	s := time.Second
	message := func(id, group string, left time.Duration) rec {
		return rec{id: id, key: group, expires: t0.Add(left)}
	}
	for _, c := range []struct {
		name  string
		batch []rec
		want  string
	}{
		{"all", []rec{message("1", "", s), message("2", "", s)}, "1,2"},
		{"a lease that ends now has ended", []rec{message("1", "", 0), message("2", "", 1)}, "2"},
		{"any order", []rec{message("1", "", s), message("2", "", -s), message("3", "", s)}, "1,3"},
		{"none", []rec{message("1", "", -s), message("2", "g", -s)}, ""},
		{"without an end", []rec{{id: "1"}, message("2", "", -s)}, "1"},
		{"a group's later messages go along", []rec{message("1", "g", -s), message("2", "h", s), message("3", "g", s), message("4", "h", s)}, "2,4"},
		{"but not its earlier ones", []rec{message("1", "g", s), message("2", "g", -s), message("3", "g", s)}, "1"},
		{"empty", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := idsOf(c.batch)
			require.Equal(t, c.want, idsOf(recFields.Leased(c.batch, t0)))
			require.Equal(t, before, idsOf(c.batch), "the batch is not changed")
		})
	}
	plain := Fields[rec]{}
	require.Equal(t, "1", idsOf(plain.Leased([]rec{message("1", "", -s)}, t0)), "a source without leases")
	require.Equal(t, t0.Add(backoffBase), plain.RetryAt([]rec{message("1", "", -s)}, t0, 1, nil))
}

func TestRetryAt(t *testing.T) {
	lease := func(left ...time.Duration) (batch []rec) {
		for _, l := range left {
			batch = append(batch, rec{expires: t0.Add(l)})
		}
		return batch
	}
	b := Doubling(time.Second, time.Minute)
	for _, c := range []struct {
		name  string
		batch []rec
		tries int
		want  time.Duration
	}{
		{"backoff", lease(time.Hour), 3, 4 * time.Second},
		{"the last lease", lease(time.Second, 3*time.Second, 2*time.Second), 3, 3 * time.Second},
		{"one without an end", append(lease(time.Second), rec{}), 3, 4 * time.Second},
		{"nothing", nil, 3, 4 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, t0.Add(c.want), recFields.RetryAt(c.batch, t0, c.tries, b))
		})
	}
	require.Equal(t, t0.Add(500*time.Millisecond), recFields.RetryAt(nil, t0, 1, nil))
}

// However leases end, nothing expired is kept, and what is kept of a group is its head.
func TestLeased_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batch := records(rapid.IntRange(0, 12).Draw(t, "messages"))
		for i := range batch {
			batch[i].key = rapid.SampledFrom([]string{"", "g", "h"}).Draw(t, "group")
			batch[i].expires = t0.Add(time.Duration(rapid.IntRange(-1, 2).Draw(t, "left")))
		}
		var want []rec
		for i, r := range batch {
			keep := r.expires.After(t0)
			for _, earlier := range batch[:i] {
				if r.key != "" && earlier.key == r.key && !earlier.expires.After(t0) {
					keep = false
				}
			}
			if keep {
				want = append(want, r)
			}
		}
		require.Equal(t, idsOf(want), idsOf(recFields.Leased(batch, t0)))
	})
}
