package kinesis

import (
	"crypto/md5"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
)

// model is a stream as one would write it down: shards in a list, every record ever put, nothing forgotten, and no
// arithmetic but big.Int's.
type model struct {
	now    int64
	shards []*modelShard
}

type modelShard struct {
	first, last *big.Int
	parents     []string
	closed      int64 // -1 while open
	records     []modelRecord
}

type modelRecord struct {
	key, data, sequence string
	arrival             int64
}

const modelRetention = 24 * 60 * 60 * 1000

func number(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic(s)
	}
	return n
}

// owner is the open shard of a hash key.
func (m *model) owner(key, explicit string) int {
	sum := md5.Sum([]byte(key))
	h := new(big.Int).SetBytes(sum[:])
	if explicit != "" {
		h = number(explicit)
	}
	return slices.IndexFunc(m.shards, func(s *modelShard) bool {
		return s.closed < 0 && h.Cmp(s.first) >= 0 && h.Cmp(s.last) <= 0
	})
}

func (m *model) open() (list []int) {
	for i, s := range m.shards {
		if s.closed < 0 {
			list = append(list, i)
		}
	}
	return list
}

func (m *model) listed(i int) bool {
	s := m.shards[i]
	return s.closed < 0 || m.now-s.closed < modelRetention
}

// read is what lies behind a position.
func (m *model) read(i int, from eventsource.Position, limit int) (data []string, end bool) {
	s := m.shards[i]
	if !m.listed(i) {
		return nil, true
	}
	left := 0
	for n, r := range s.records {
		var behind bool
		switch from.Type {
		case eventsource.TrimHorizon:
			behind = true
		case eventsource.AtTimestamp:
			behind = r.arrival >= from.Time.UnixMilli()
		case eventsource.After:
			behind = r.sequence > from.Sequence
		case eventsource.Latest:
			behind = n >= len(s.records)
		}
		if !behind || m.now-r.arrival >= modelRetention {
			continue
		}
		if len(data) < limit {
			data = append(data, r.data)
		} else {
			left++
		}
	}
	return data, s.closed >= 0 && left == 0
}

// machine plays the same calls on a stream and on the model.
type machine struct {
	s     *Stream
	m     model
	clock time.Time
	puts  int
}

func newMachine(t *rapid.T) *machine {
	n := rapid.IntRange(1, 4).Draw(t, "shards")
	s, err := newStreamAt(epoch, "s", Options{ShardCount: n})
	if err != nil {
		t.Fatal(err)
	}
	k := &machine{s: s, clock: epoch, m: model{now: epoch.UnixMilli()}}
	k.adopt(t)
	return k
}

// adopt takes over the shards that resharding made and checks what must hold of them.
func (k *machine) adopt(t *rapid.T) {
	for _, d := range k.s.listAt(k.clock) {
		i, _ := shardNumber(d.ShardID)
		if d.ShardID != fmt.Sprintf("shardId-%012d", i) {
			t.Fatalf("id %s", d.ShardID)
		}
		if i == len(k.m.shards) {
			k.m.shards = append(k.m.shards, k.child(t, d))
		}
		closed := d.SequenceNumberRange.EndingSequenceNumber != ""
		if s := k.m.shards[i]; closed && s.closed < 0 {
			s.closed = k.m.now
		}
	}
}

func (k *machine) child(t *rapid.T, d Shard) *modelShard {
	c := &modelShard{first: number(d.HashKeyRange.StartingHashKey), last: number(d.HashKeyRange.EndingHashKey), closed: -1}
	for _, id := range []string{d.ParentShardID, d.AdjacentParentShardID} {
		if id == "" {
			continue
		}
		c.parents = append(c.parents, id)
		p, _ := shardNumber(id)
		parent := k.m.shards[p]
		if parent.first.Cmp(c.last) > 0 || parent.last.Cmp(c.first) < 0 {
			t.Fatalf("%s has nothing of its parent %s", d.ShardID, id)
		}
		for _, r := range parent.records {
			if r.sequence >= d.SequenceNumberRange.StartingSequenceNumber {
				t.Fatalf("%s begins before its parent's %s", d.ShardID, r.sequence)
			}
		}
	}
	return c
}

func (k *machine) put(t *rapid.T) {
	in := PutRecordInput{PartitionKey: rapid.StringMatching(`[a-e]`).Draw(t, "key")}
	switch rapid.IntRange(0, 3).Draw(t, "explicit") {
	case 0:
		in.ExplicitHashKey = hashKeys.Draw(t, "hash").String()
	case 1: // the edge of a shard
		s := k.m.shards[rapid.SampledFrom(k.m.open()).Draw(t, "shard")]
		in.ExplicitHashKey = rapid.SampledFrom([]*big.Int{s.first, s.last}).Draw(t, "edge").String()
	}
	text := fmt.Sprint(k.puts)
	in.Data = []byte(text)
	out, err := k.s.putRecordAt(k.clock, in)
	if err != nil {
		t.Fatal(err)
	}
	k.puts++
	i := k.m.owner(in.PartitionKey, in.ExplicitHashKey)
	if out.ShardID != shardID(i) {
		t.Fatalf("put into %s, not %d", out.ShardID, i)
	}
	s := k.m.shards[i]
	if n := len(s.records); n > 0 && s.records[n-1].sequence >= out.SequenceNumber {
		t.Fatalf("%s is not behind %s", out.SequenceNumber, s.records[n-1].sequence)
	}
	s.records = append(s.records, modelRecord{in.PartitionKey, text, out.SequenceNumber, k.m.now})
}

func (k *machine) advance(t *rapid.T) {
	minutes := rapid.OneOf(rapid.IntRange(-30, 30), rapid.IntRange(0, 30*60)).Draw(t, "minutes")
	k.clock = k.clock.Add(time.Duration(minutes) * time.Minute)
	k.m.now = max(k.m.now, k.clock.UnixMilli())
}

func (k *machine) split(t *rapid.T) {
	i := rapid.SampledFrom(k.m.open()).Draw(t, "shard")
	s := k.m.shards[i]
	key := HashKeyRange{s.first.String(), s.last.String()}.Half()
	if key == "" || len(k.m.shards) > 40 {
		t.Skip("small enough")
	}
	if rapid.Bool().Draw(t, "anywhere") {
		key = hashKeys.Draw(t, "key").String()
	}
	before := len(k.m.shards)
	err := k.s.splitAt(k.clock.Sub(epoch), shardID(i), key)
	at := number(key)
	inside := at.Cmp(new(big.Int).Add(s.first, big.NewInt(1))) > 0 && at.Cmp(s.last) < 0
	if inside != (err == nil) {
		t.Fatalf("split of %v at %s: %v", s, key, err)
	}
	k.adopt(t)
	if inside && (len(k.m.shards) != before+2 || s.closed < 0) {
		t.Fatalf("split made %d shards", len(k.m.shards)-before)
	}
}

func (k *machine) merge(t *rapid.T) {
	list := rapid.Permutation(k.m.open()).Draw(t, "shards")
	if len(list) < 2 {
		t.Skip("one shard")
	}
	a, b := k.m.shards[list[0]], k.m.shards[list[1]]
	adjacent := new(big.Int).Add(a.last, big.NewInt(1)).Cmp(b.first) == 0
	if err := k.s.mergeAt(k.clock.Sub(epoch), shardID(list[0]), shardID(list[1])); adjacent != (err == nil) {
		t.Fatalf("merge of %v and %v: %v", a, b, err)
	}
	k.adopt(t)
}

func (k *machine) update(t *rapid.T) {
	n := rapid.IntRange(1, 8).Draw(t, "target")
	open := len(k.m.open())
	err := k.s.updateAt(k.clock.Sub(epoch), n)
	if allowed := n <= 2*open && 2*n >= open; allowed != (err == nil) {
		t.Fatalf("%d shards to %d: %v", open, n, err)
	}
	k.adopt(t)
	if err == nil && len(k.m.open()) != n {
		t.Fatalf("%d shards, not %d", len(k.m.open()), n)
	}
}

func (k *machine) position(t *rapid.T, s *modelShard) eventsource.Position {
	from := eventsource.Position{Type: eventsource.PositionType(rapid.IntRange(1, 4).Draw(t, "type"))}
	switch {
	case from.Type == eventsource.AtTimestamp:
		ago := rapid.Int64Range(0, 2*modelRetention).Draw(t, "ago")
		from.Time = time.UnixMilli(k.m.now - ago)
	case from.Type == eventsource.After && len(s.records) == 0:
		from.Type = eventsource.TrimHorizon
	case from.Type == eventsource.After:
		from.Sequence = rapid.SampledFrom(s.records).Draw(t, "after").sequence
	}
	return from
}

// read compares a read and, where it ends, what a following put will find.
func (k *machine) read(t *rapid.T) {
	i := rapid.IntRange(0, len(k.m.shards)-1).Draw(t, "shard")
	from := k.position(t, k.m.shards[i])
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	for {
		r, err := k.s.readAt(k.clock, shardID(i), from, limit)
		if err != nil {
			t.Fatal(err)
		}
		page := k.s.page(r)
		want, end := k.m.read(i, from, limit)
		if got := data(page); !slices.Equal(got, want) || page.End != end {
			t.Fatalf("%d from %+v: %v %v, not %v %v", i, from, got, page.End, want, end)
		}
		if from = page.Next; len(want) == 0 {
			return
		}
	}
}

// check is what holds after every step.
func (k *machine) check(t *rapid.T) {
	var want []eventsource.Shard
	for i, s := range k.m.shards {
		if k.m.listed(i) {
			want = append(want, eventsource.Shard{ID: shardID(i), Parents: s.parents})
		}
	}
	got := k.s.shardsAt(k.clock)
	if !slices.EqualFunc(got, want, func(a, b eventsource.Shard) bool { return a.ID == b.ID && slices.Equal(a.Parents, b.Parents) }) {
		t.Fatalf("shards %v, not %v", got, want)
	}
	var first hashKey
	for _, s := range k.s.state.open {
		if s.first != first || s.isClosed {
			t.Fatalf("open shards %v", k.s.state.open)
		}
		first = s.last.next()
	}
	if first != (hashKey{}) {
		t.Fatalf("the open shards end at %v", first.previous())
	}
}

func TestStreamIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"put":     k.put,
			"put 2":   k.put,
			"advance": k.advance,
			"split":   k.split,
			"merge":   k.merge,
			"update":  k.update,
			"read":    k.read,
			"read 2":  k.read,
			"":        k.check,
		})
	})
}

// The same calls at the same instants give the same bytes.
func TestDeterministic(t *testing.T) {
	play := func() []eventsource.Record {
		s := newAt(t, Options{ShardCount: 3})
		for i := range 50 {
			s.mustPut(t, time.Duration(i)*time.Millisecond, fmt.Sprint("k", i), fmt.Sprint(i))
		}
		var all []eventsource.Record
		for _, sh := range s.shardsAt(epoch) {
			all = append(all, s.mustRead(t, time.Second, sh.ID, horizon, 100).Records...)
		}
		return all
	}
	a, b := play(), play()
	if len(a) != 50 {
		t.Fatalf("%d records", len(a))
	}
	for i := range a {
		if string(a[i].JSON) != string(b[i].JSON) {
			t.Fatalf("%s\n%s", a[i].JSON, b[i].JSON)
		}
	}
}
