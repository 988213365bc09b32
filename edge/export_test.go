package edge

import (
	"cmp"
	"slices"
	"time"
)

// Cached is an entry of the cache as tests see it.
type Cached struct {
	Key, Path, Body      string
	Status               int
	Stored, Fresh, Retry time.Time
}

// UsableAt says whether the entry answers without the origin.
func (c Cached) UsableAt(now time.Time) bool { return now.Before(c.Fresh) || now.Before(c.Retry) }

// Cache is what a Distribution has stored, by key.
func (d *Distribution) Cache() []Cached {
	d.cache.mu.Lock()
	defer d.cache.mu.Unlock()
	list := []Cached{}
	for key, n := range d.cache.nodes {
		e := n.entry
		list = append(list, Cached{key, e.path, string(e.response.body), e.response.status, e.stored, e.fresh, e.retry})
	}
	slices.SortFunc(list, func(a, b Cached) int { return cmp.Compare(a.Key, b.Key) })
	return list
}
