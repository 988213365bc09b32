package edge

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// entry is a cached answer. It is not changed: a newer one takes its place.
type entry struct {
	key      string
	path     string // of the request after the viewer-request function, with its query string
	response *response
	stored   time.Time // when the origin answered, or said that it is still good: Age counts from here
	fresh    time.Time // the end of its lifetime
	retry    time.Time // until then a stale entry is used without asking again; not before fresh

	staleIfError         time.Duration
	staleWhileRevalidate time.Duration
}

// usable says whether the entry answers at now without the origin being asked.
func (e *entry) usable(now time.Time) bool { return now.Before(e.fresh) || now.Before(e.retry) }

// newEntry makes the entry for an answer that arrived at now.
func newEntry(key, path string, r *response, now time.Time, ttl time.Duration) *entry {
	d := readDirectives(r.header, now)
	if len(d.uncachedFields) > 0 {
		r = without(r, d.uncachedFields)
	}
	return &entry{
		key: key, path: path, response: r.indexed(), stored: now, fresh: now.Add(ttl),
		staleIfError: d.staleIfError, staleWhileRevalidate: d.staleWhileRevalidate,
	}
}

// without is the response without the headers that no-cache="…" keeps out of caches.
func without(r *response, fields []string) *response {
	c := *r
	c.header = r.header.Clone()
	for _, f := range fields {
		c.header.Del(strings.TrimSpace(f))
	}
	return &c
}

// entryOverhead is what an entry takes beside its texts: the structs, the map's cells, a header map's buckets.
const entryOverhead = 512

// size is an entry's part of the cache's bound, in bytes.
func (e *entry) size() int64 {
	n := entryOverhead + len(e.key) + len(e.path) + len(e.response.body)
	for name, values := range e.response.header {
		n += len(name) + 64
		for _, v := range values {
			n += len(v) + 16
		}
	}
	return int64(n)
}

// cache holds entries up to a bound in bytes; the one used least recently goes first. It is a list of our own because
// the bound is in bytes and an invalidation has to see all entries; a general LRU has neither.
type cache struct {
	mu      sync.Mutex
	nodes   map[string]*node
	root    node // its next is the newest, its prev the oldest
	used    int64
	bound   int64
	flushes uint64 // how often something was invalidated
}

type node struct {
	prev, next *node
	entry      *entry
	size       int64
}

func newCache(bound int64) *cache {
	c := &cache{nodes: map[string]*node{}, bound: bound}
	c.root.prev, c.root.next = &c.root, &c.root
	return c
}

// get is the entry under a key, or nil, and makes it the newest.
func (c *cache) get(key []byte) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nodes[string(key)]
	if n == nil {
		return nil
	}
	n.unlink()
	c.pushFront(n)
	return n.entry
}

// put stores an entry in place of that under its key, and evicts until the bound holds. What alone is over the bound is
// not stored. since is what epoch said when the origin was asked: if something was invalidated since, the answer may be
// what was meant, and is not stored.
func (c *cache) put(e *entry, since uint64) bool {
	size := e.size()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flushes != since {
		return false
	}
	c.remove(c.nodes[e.key])
	if size > c.bound {
		return false
	}
	n := &node{entry: e, size: size}
	c.nodes[e.key] = n
	c.pushFront(n)
	c.used += size
	for c.used > c.bound {
		c.remove(c.root.prev)
	}
	return true
}

// drop removes an entry, unless another one has taken its place.
func (c *cache) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.nodes[e.key]; n != nil && n.entry == e {
		c.remove(n)
	}
}

// epoch changes with every invalidation.
func (c *cache) epoch() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flushes
}

// invalidate removes the entries whose path matches, and counts them.
func (c *cache) invalidate(matches func(path string) bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushes++
	removed := 0
	for n := c.root.next; n != &c.root; {
		next := n.next
		if matches(n.entry.path) {
			c.remove(n)
			removed++
		}
		n = next
	}
	return removed
}

// remove takes a node out; nil is none.
func (c *cache) remove(n *node) {
	if n == nil {
		return
	}
	n.unlink()
	delete(c.nodes, n.entry.key)
	c.used -= n.size
}

func (n *node) unlink() {
	n.prev.next, n.next.prev = n.next, n.prev
}

func (c *cache) pushFront(n *node) {
	n.prev, n.next = &c.root, c.root.next
	n.prev.next, n.next.prev = n, n
}

// isCachedMethod says whether a behavior caches the method's answers.
func (b *behavior) isCachedMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions && b.cacheOptions
}
