package dynamodb

import (
	"context"
	"hash/crc32"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/watch"
)

// Table is a DynamoDB table with a stream. Make one with [New], or with [NewTable] in a test.
//
// All methods may be called concurrently. A method that fails has changed nothing. Items that are handed in are copied,
// and those that are handed out belong to the caller. A Table is an eventsource.Stream and an eventsource.Notifier.
type Table struct {
	view
	name     string
	arn      string // of the stream
	tableARN string
	keys     []attribute
	keyNames []string // of keys, in order
	options  Options

	mu       sync.Mutex // guards what follows
	state    state
	watchers watch.List
	timer    *time.Timer // wakes the watchers when an item expires; nil until one does
	armed    int64       // the instant that it is set to, milliseconds since 1970, or never
}

// NewTable is [New] for tests: it panics where New returns an error.
func NewTable(name string, keys KeySchema, options Options) *Table {
	t, err := New(name, keys, options)
	if err != nil {
		panic(err)
	}
	return t
}

// New makes a table. The name has 3 to 255 letters, digits, underscores, dots and hyphens. What the service would
// refuse is refused with an [*Error].
func New(name string, keys KeySchema, options Options) (*Table, error) {
	return newTableAt(time.Now(), name, keys, options)
}

func newTableAt(at time.Time, name string, keys KeySchema, o Options) (*Table, error) {
	o = o.withDefaults()
	if err := o.check(name); err != nil {
		return nil, err
	}
	if err := keys.check(); err != nil {
		return nil, err
	}
	tableARN := o.Identity.ARN("dynamodb", "table/"+name)
	arn := tableARN + "/stream/" + at.UTC().Format("2006-01-02T15:04:05.000")
	seed := fnv.New64a()
	seed.Write([]byte(arn))
	t := &Table{
		view: newView(arn, o.Identity.Region, o.StreamViewType, seed.Sum64()),
		name: name, arn: arn, tableARN: tableARN, keys: keys.attributes(), options: o, armed: never,
		state: state{now: at.UnixMilli(), rows: map[string]*row{}, stream: stream{
			seed: crc32.ChecksumIEEE([]byte(arn)), lifetime: o.ShardLifetime.Milliseconds(), capacity: o.ShardRecords,
		}},
	}
	for _, a := range t.keys {
		t.keyNames = append(t.keyNames, a.name)
	}
	slices.Sort(t.keyNames)
	for range o.Partitions {
		t.state.stream.open = append(t.state.stream.open, t.state.stream.add("", t.state.now))
	}
	return t, nil
}

// Name is the table's name.
func (t *Table) Name() string { return t.name }

// TableARN is the table's ARN, such as arn:aws:dynamodb:us-east-1:123456789012:table/users.
func (t *Table) TableARN() string { return t.tableARN }

// ARN is the stream's ARN: the table's, and the instant at which it was made. It implements eventsource.Stream.
func (t *Table) ARN() string { return t.arn }

// do sets the instant, takes a step, and wakes those who wait if the stream has something new.
func (t *Table) do(at time.Time, step func(*state)) {
	t.mu.Lock()
	before := t.state.stream.changes
	t.state.advance(at)
	step(&t.state)
	t.rearm()
	changed, watchers := t.state.stream.changes != before, t.watchers
	t.mu.Unlock()
	if changed {
		watchers.Wake()
	}
}

// PutItem puts an item, in place of the one with its key if there is one. It fails with ErrValidation for what
// DynamoDB refuses: a key that is missing, empty, of another type or too long, a value out of its bounds, more than
// 400 KB.
func (t *Table) PutItem(item Item) error { return t.putAt(time.Now(), item) }

func (t *Table) putAt(at time.Time, item Item) error {
	img, k, err := t.check(item, "Item size has exceeded the maximum allowed size")
	if err != nil {
		return err
	}
	ttl := item[t.options.TimeToLive]
	t.do(at, func(s *state) { s.put(k, img, expiry(ttl, s.now)) })
	return nil
}

// check examines an item that is to be put.
func (t *Table) check(item Item, tooLarge string) (img image, k key, err error) {
	if img, err = newImage(item); err != nil {
		return img, k, err
	}
	if k, err = t.keyOf(item); err != nil {
		return img, k, err
	}
	if img.size > maxItemSize {
		err = ErrValidation.because("%s", tooLarge)
	}
	return img, k, err
}

// UpdateItem replaces the item of that key by what update makes of it, or makes a new one: update is then given the
// key's attributes only, as DynamoDB's update begins with them. The item it is given is its own to change and return;
// returning nil leaves the table as it is, as a condition that fails does. The key must stay.
//
// Nothing is locked while update runs. If the item has changed meanwhile, update is called again with the new one.
func (t *Table) UpdateItem(key Item, update func(Item) Item) error {
	return t.updateAt(time.Now, key, update)
}

func (t *Table) updateAt(clock func() time.Time, of Item, update func(Item) Item) error {
	k, err := t.onlyKey(of)
	if err != nil {
		return err
	}
	for done := false; !done; {
		old := t.imageAt(clock(), k)
		begin := old
		if begin == nil {
			begin = &image{json: []byte(k.json)}
		}
		item := update(begin.item())
		if item == nil {
			return nil
		}
		img, err := t.updated(k, item)
		if err != nil {
			return err
		}
		ttl := item[t.options.TimeToLive]
		t.do(clock(), func(s *state) {
			if done = s.image(k) == old; done {
				s.put(k, img, expiry(ttl, s.now))
			}
		})
	}
	return nil
}

// updated examines what an update made of the item of a key.
func (t *Table) updated(k key, item Item) (image, error) {
	const tooLarge = "Item size to update has exceeded the maximum allowed size"
	img, now, err := t.check(item, tooLarge)
	for i, a := range t.keys {
		if _, ok := item[a.name]; !ok || err == nil && now.parts[i] != k.parts[i] {
			return img, invalidParameter("Cannot update attribute %s. This attribute is part of the key", a.name)
		}
	}
	return img, err
}

// imageAt is the item of a key as it stands, or nil.
func (t *Table) imageAt(at time.Time, k key) (img *image) {
	t.do(at, func(s *state) { img = s.image(k) })
	return img
}

// DeleteItem deletes the item of that key. It is no error that there is none, and writes nothing then.
func (t *Table) DeleteItem(key Item) error { return t.deleteAt(time.Now(), key) }

func (t *Table) deleteAt(at time.Time, of Item) error {
	k, err := t.onlyKey(of)
	if err != nil {
		return err
	}
	t.do(at, func(s *state) { s.delete(k) })
	return nil
}

// GetItem returns the item of that key, or nil.
func (t *Table) GetItem(key Item) (Item, error) { return t.getAt(time.Now(), key) }

func (t *Table) getAt(at time.Time, of Item) (Item, error) {
	k, err := t.onlyKey(of)
	if err != nil {
		return nil, err
	}
	img := t.imageAt(at, k)
	if img == nil {
		return nil, nil
	}
	return img.item(), nil
}

// Scan returns all items, by partition key and, of one partition key, by sort key. DynamoDB orders partition keys by a
// hash of its own.
func (t *Table) Scan() []Item { return t.scanAt(time.Now()) }

func (t *Table) scanAt(at time.Time) []Item {
	var images []*image
	t.do(at, func(s *state) {
		for _, r := range s.sorted() {
			images = append(images, r.image)
		}
	})
	items := make([]Item, len(images))
	for i, img := range images {
		items[i] = img.item()
	}
	return items
}

// Len is how many items there are.
func (t *Table) Len() (n int) {
	t.do(time.Now(), func(s *state) { n = len(s.rows) })
	return n
}

// Shards lists the stream's shards that can still be read, parents before children. It implements eventsource.Stream.
func (t *Table) Shards(ctx context.Context) ([]eventsource.Shard, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.shardsAt(time.Now()), nil
}

func (t *Table) shardsAt(at time.Time) (list []eventsource.Shard) {
	t.do(at, func(s *state) {
		s.stream.expire(s.now)
		list = make([]eventsource.Shard, len(s.stream.shards))
		for i, sh := range s.stream.shards {
			list[i].ID = sh.id
			if sh.parent != "" {
				list[i].Parents = []string{sh.parent}
			}
		}
	})
	return list
}

// Read returns the records of a shard that follow a position: up to max, 1,000 and 1 MB. It implements
// eventsource.Stream and never blocks. AtTimestamp is refused: DynamoDB streams have no such position.
//
// A closed shard all of whose records are out of retention is at its End; a sequence number older than the oldest
// record stands for that.
func (t *Table) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	if err := ctx.Err(); err != nil {
		return eventsource.Page{}, err
	}
	return t.readAt(time.Now(), shard, from, max)
}

func (t *Table) readAt(at time.Time, shard string, from eventsource.Position, limit int) (eventsource.Page, error) {
	var r run
	var err error
	t.do(at, func(s *state) { r, err = s.read(shard, from, limit, t.options.StreamViewType) })
	if err != nil {
		return eventsource.Page{}, err
	}
	return t.page(r), nil
}

var (
	_ eventsource.Stream   = (*Table)(nil)
	_ eventsource.Notifier = (*Table)(nil)
)
