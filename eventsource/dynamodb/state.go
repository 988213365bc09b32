package dynamodb

import (
	"bytes"
	"hash/crc32"
	"slices"
	"time"
)

// row is an item in the table.
type row struct {
	key     key
	image   *image
	expires int64 // milliseconds since 1970, or never
	place   int   // in state.expiring, or -1
}

// state is a table and its stream without clock and lock: a pure value whose instant is set by advance before each
// call.
type state struct {
	now      int64 // milliseconds since 1970
	rows     map[string]*row
	expiring expiring
	stream   stream
}

// advance sets the instant, which never goes back, and deletes what expires until then, each item at its own instant.
func (s *state) advance(t time.Time) {
	to := max(s.now, t.UnixMilli())
	for s.expiring.next() <= to {
		r := s.expiring[0]
		s.now = max(s.now, r.expires)
		s.remove(r, true)
	}
	s.now = to
}

// put inserts or replaces an item.
func (s *state) put(k key, img image, expires int64) {
	r := s.rows[k.json]
	if r == nil {
		r = &row{key: k, expires: never, place: -1}
		s.rows[k.json] = r
	}
	s.replace(r, img, expires)
}

// replace gives a row its new image. One that is the same leaves no trace.
func (s *state) replace(r *row, img image, expires int64) {
	old := r.image
	if old != nil && bytes.Equal(old.json, img.json) {
		return
	}
	r.image = &img
	s.expiring.set(r, expires)
	s.record(r, change{old: old, new: r.image})
}

// image is the item of a key, or nil.
func (s *state) image(k key) *image {
	if r := s.rows[k.json]; r != nil {
		return r.image
	}
	return nil
}

// delete removes an item, if there is one.
func (s *state) delete(k key) {
	if r := s.rows[k.json]; r != nil {
		s.remove(r, false)
	}
}

func (s *state) remove(r *row, expired bool) {
	delete(s.rows, r.key.json)
	s.expiring.set(r, never)
	s.record(r, change{old: r.image, expired: expired})
}

// record writes a change of a row to the stream.
func (s *state) record(r *row, c change) {
	c.key, c.keySize, c.at = r.key.json, r.key.size, s.now
	s.stream.write(c, r.key.partition(len(s.stream.open)))
}

// partition is which of n partitions an item belongs to, by its partition key alone.
func (k *key) partition(n int) int {
	if n == 1 {
		return 0
	}
	hash := k.parts[0].number.append([]byte(k.parts[0].text))
	return int(crc32.ChecksumIEEE(hash) % uint32(n))
}

// sorted is the rows by partition key and, of one, by sort key.
func (s *state) sorted() []*row {
	list := make([]*row, 0, len(s.rows))
	for _, r := range s.rows {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *row) int { return a.key.compare(&b.key) })
	return list
}
