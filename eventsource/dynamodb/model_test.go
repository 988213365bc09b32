package dynamodb

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
)

// machine plays the same calls on a table and on a model of it: items in a map, every record ever written in a list,
// nothing forgotten.
type machine struct {
	table   *Table
	options Options
	clock   time.Time
	now     int64
	items   map[string]modelItem // by id and n
	shards  []*modelShard
}

type modelItem struct {
	item    Item
	expires int64 // 0 for never
}

type modelShard struct {
	id      string
	parent  int // -1 for none
	began   int64
	closed  int64 // -1 while open
	records []modelRecord
}

type modelRecord struct {
	text string // what it should say
	at   int64
	id   string
}

func newMachine(t *rapid.T) *machine {
	o := Options{
		TimeToLive:     "ttl",
		StreamViewType: rapid.SampledFrom([]StreamViewType{KeysOnly, NewImage, OldImage, NewAndOldImages}).Draw(t, "view"),
		ShardRecords:   rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "capacity"),
	}
	k := &machine{table: newAt(t, byPair, o), options: o.withDefaults(), clock: epoch, now: epoch.UnixMilli(), items: map[string]modelItem{}}
	k.shards = []*modelShard{{parent: -1, began: k.now, closed: -1}}
	return k
}

// describe is a record, or what one should say, in a form that does not depend on the order of anything.
func describe(name string, keys, old, new Item, expired bool) string {
	b, err := json.Marshal([]any{name, keys, old, new, expired})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// write records a change: old or new is nil where there was or is no item.
func (k *machine) write(old, new Item, expired bool) {
	last := k.shards[len(k.shards)-1]
	if k.now-last.began >= int64(4*time.Hour/time.Millisecond) || k.options.ShardRecords > 0 && len(last.records) >= k.options.ShardRecords {
		last.closed = k.now
		k.shards = append(k.shards, &modelShard{parent: len(k.shards) - 1, began: k.now, closed: -1})
		last = k.shards[len(k.shards)-1]
	}
	name, item := "MODIFY", new
	if old == nil {
		name = "INSERT"
	}
	if new == nil {
		name, item = "REMOVE", old
	}
	keys := Item{"id": item["id"], "n": item["n"]}
	view := k.options.StreamViewType
	if view == KeysOnly || view == NewImage {
		old = nil
	}
	if view == KeysOnly || view == OldImage {
		new = nil
	}
	last.records = append(last.records, modelRecord{text: describe(name, keys, old, new, expired), at: k.now})
}

func (k *machine) name(item Item) string { return item["id"].String() + "/" + item["n"].Number() }

// pass lets time go by, instant by instant.
func (k *machine) pass(to int64) {
	to = max(k.now, to)
	for {
		next := ""
		for _, name := range slices.Sorted(maps.Keys(k.items)) {
			at := k.items[name].expires
			if at > 0 && at <= to && (next == "" || at < k.items[next].expires) {
				next = name
			}
		}
		if next == "" {
			break
		}
		k.now = max(k.now, k.items[next].expires)
		old := k.items[next].item
		delete(k.items, next)
		k.write(old, nil, true)
	}
	k.now = to
}

func (k *machine) set(item Item) {
	expires := int64(0)
	if v, ok := item["ttl"]; ok && v.DataType() == events.DataTypeNumber {
		n, err := v.Int64()
		if err == nil && n >= k.now/1000-5*365*86400 {
			expires = n * 1000
		}
	}
	old := k.items[k.name(item)].item
	if old != nil && describe("", nil, old, nil, false) == describe("", nil, item, nil, false) {
		return
	}
	k.items[k.name(item)] = modelItem{item, expires}
	k.write(old, item, false)
}

func (k *machine) drawKey(t *rapid.T) Item {
	return pair(rapid.StringMatching(`[ab]`).Draw(t, "id"), rapid.SampledFrom([]string{"-1", "2", "10"}).Draw(t, "n"))
}

// drawMore adds attributes in normal form to an item.
func (k *machine) drawMore(t *rapid.T, item Item) Item {
	if rapid.Bool().Draw(t, "x?") {
		item["x"] = rapid.SampledFrom([]events.DynamoDBAttributeValue{str("1"), num("1"), setOf("a", "b"), events.NewNullAttribute()}).Draw(t, "x")
	}
	switch rapid.IntRange(0, 3).Draw(t, "ttl?") {
	case 0:
		item["ttl"] = num(fmt.Sprint(k.now/1000 + rapid.Int64Range(-100, 20_000).Draw(t, "ttl")))
	case 1:
		item["ttl"] = str(fmt.Sprint(k.now / 1000))
	case 2:
		item["ttl"] = num(fmt.Sprint(k.now/1000 - 6*365*86400))
	}
	return item
}

func (k *machine) put(t *rapid.T) {
	item := k.drawMore(t, k.drawKey(t))
	k.pass(k.clock.UnixMilli())
	if err := k.table.putAt(k.clock, item); err != nil {
		t.Fatal(err)
	}
	k.set(item)
}

func (k *machine) update(t *rapid.T) {
	key := k.drawKey(t)
	k.pass(k.clock.UnixMilli())
	err := k.table.updateAt(clock(k.clock), key, func(item Item) Item {
		if rapid.Bool().Draw(t, "drop x") {
			delete(item, "x")
		}
		item = k.drawMore(t, item)
		k.set(maps.Clone(item))
		return item
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (k *machine) delete(t *rapid.T) {
	key := k.drawKey(t)
	k.pass(k.clock.UnixMilli())
	if err := k.table.deleteAt(k.clock, key); err != nil {
		t.Fatal(err)
	}
	if old, ok := k.items[k.name(key)]; ok {
		delete(k.items, k.name(key))
		k.write(old.item, nil, false)
	}
}

func (k *machine) advance(t *rapid.T) {
	seconds := rapid.OneOf(rapid.IntRange(-100, 100), rapid.IntRange(0, 100_000)).Draw(t, "seconds")
	k.clock = k.clock.Add(time.Duration(seconds)*time.Second + time.Duration(rapid.IntRange(0, 999).Draw(t, "ms"))*time.Millisecond)
}

func (k *machine) get(t *rapid.T) {
	key := k.drawKey(t)
	k.pass(k.clock.UnixMilli())
	got, err := k.table.getAt(k.clock, key)
	if err != nil {
		t.Fatal(err)
	}
	if want := k.items[k.name(key)].item; describe("", nil, got, nil, false) != describe("", nil, want, nil, false) {
		t.Fatalf("%v, not %v", got, want)
	}
}

func (k *machine) listed(s *modelShard) bool {
	return s.closed < 0 || k.now-s.closed < retention.Milliseconds()
}

// check is what holds after every step: the items, the shards and all that can be read of them.
func (k *machine) check(t *rapid.T) {
	k.pass(k.clock.UnixMilli())
	if got := k.table.scanAt(k.clock); len(got) != len(k.items) {
		t.Fatalf("%d items, not %d", len(got), len(k.items))
	}
	list := k.table.shardsAt(k.clock)
	for i, s := range k.shards {
		if !k.listed(s) {
			continue
		}
		if len(list) == 0 {
			t.Fatal("a shard is missing")
		}
		s.id = list[0].ID
		parents := []string{}
		if s.parent >= 0 {
			parents = []string{k.shards[s.parent].id}
		}
		if !slices.Equal(list[0].Parents, parents) && parents[0] != "" {
			t.Fatalf("shard %d has parents %v", i, list[0].Parents)
		}
		list = list[1:]
	}
	if len(list) > 0 {
		t.Fatalf("%d shards too many", len(list))
	}
}

func (k *machine) read(t *rapid.T) {
	k.check(t)
	var named []*modelShard
	for _, s := range k.shards {
		if s.id != "" {
			named = append(named, s)
		}
	}
	s := rapid.SampledFrom(named).Draw(t, "shard")
	from, behind := horizon, 0
	switch rapid.IntRange(0, 2).Draw(t, "from") {
	case 1:
		from, behind = latest, len(s.records)
	case 2:
		if n := rapid.IntRange(0, len(s.records)).Draw(t, "after"); n > 0 && s.records[n-1].id != "" {
			from, behind = after(s.records[n-1].id), n
		}
	}
	limit := rapid.IntRange(1, 4).Draw(t, "limit")
	for {
		p, err := k.table.readAt(k.clock, s.id, from, limit)
		if err != nil {
			t.Fatal(err)
		}
		for behind < len(s.records) && k.now-s.records[behind].at >= retention.Milliseconds() {
			behind++
		}
		behind = k.compare(t, s, p, behind, limit)
		if from = p.Next; len(p.Records) == 0 {
			return
		}
	}
}

// compare checks a page that begins behind so many records of a shard, and returns how many it ends behind.
func (k *machine) compare(t *rapid.T, s *modelShard, p eventsource.Page, behind, limit int) int {
	if !k.listed(s) {
		if len(p.Records) > 0 || !p.End {
			t.Fatalf("a shard that is gone: %+v", p)
		}
		return behind
	}
	want := s.records[behind:min(behind+limit, len(s.records))]
	if len(p.Records) != len(want) || p.End != (s.closed >= 0 && behind+len(want) == len(s.records)) {
		t.Fatalf("%d records and %v, not %d of %d", len(p.Records), p.End, len(want), len(s.records)-behind)
	}
	for i, r := range p.Records {
		var e events.DynamoDBEventRecord
		if err := json.Unmarshal(r.JSON, &e); err != nil {
			t.Fatal(err)
		}
		got := describe(e.EventName, e.Change.Keys, e.Change.OldImage, e.Change.NewImage, e.UserIdentity != nil)
		if got != want[i].text || r.Arrival.Unix() != want[i].at/1000 {
			t.Fatalf("%s at %v\nnot\n%s at %d", got, r.Arrival, want[i].text, want[i].at)
		}
		if behind+i > 0 && s.records[behind+i-1].id != "" && !(len(s.records[behind+i-1].id) < len(r.ID) || s.records[behind+i-1].id < r.ID) {
			t.Fatalf("%s is not behind %s", r.ID, s.records[behind+i-1].id)
		}
		s.records[behind+i].id = r.ID
	}
	return behind + len(want)
}

func TestTableIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"put":     k.put,
			"put 2":   k.put,
			"update":  k.update,
			"delete":  k.delete,
			"get":     k.get,
			"advance": k.advance,
			"read":    k.read,
			"":        k.check,
		})
	})
}

// The same calls at the same instants give the same bytes.
func TestDeterministic(t *testing.T) {
	play := func() string {
		table := newAt(t, byID, Options{Partitions: 3, ShardRecords: 4, TimeToLive: "ttl"})
		for i := range 50 {
			at := epoch.Add(time.Duration(i) * time.Second)
			item := with(with(ttl(fmt.Sprint(i%7), at.Add(20*time.Second)), "i", num(fmt.Sprint(i))), "m", events.NewMapAttribute(Item{"a": str("1"), "b": str("2"), "c": str("3")}))
			if err := table.putAt(at, item); err != nil {
				t.Fatal(err)
			}
		}
		var b strings.Builder
		for _, r := range table.records(t, epoch.Add(time.Hour)) {
			b.Write(r.JSON)
		}
		fmt.Fprint(&b, table.scanAt(epoch), table.shardsAt(epoch))
		return b.String()
	}
	if a, b := play(), play(); a != b {
		t.Fatalf("%s\n%s", a, b)
	}
}
