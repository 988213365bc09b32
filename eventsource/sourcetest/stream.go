package sourcetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
)

// StreamFixture is an empty stream and the means to fill it.
type StreamFixture struct {
	Stream eventsource.Stream
	// Put puts a record under a key, which decides its shard.
	Put func(key string, n int) error
	// Reshard closes at least one shard and opens others in its place; nil skips what needs it.
	Reshard func() error
	// NoTimestamps says that the stream cannot be read from an instant, as one of DynamoDB cannot.
	NoTimestamps bool
	// LazyReshard says that shards change only when somebody looks or puts, so that there is nothing to wake anybody for.
	LazyReshard bool
}

var streamDuties = []duty[*streamTest]{
	{"a new stream has shards, all readable, without records", (*streamTest).empty},
	{"everything put is read once, page by page, at most as many as asked", (*streamTest).pages},
	{"records are complete: an id of their own, a JSON object, an arrival", (*streamTest).records},
	{"a position gives the same records again, byte for byte", (*streamTest).again},
	{"After continues behind a record", (*streamTest).after},
	{"Latest is a definite place: nothing put afterwards is skipped", (*streamTest).latest},
	{"AtTimestamp begins with what arrived then or later", (*streamTest).timestamps},
	{"a key keeps to one shard, in order", (*streamTest).order},
	{"a done context is an error", (*streamTest).cancelled},
	{"reads may be concurrent with puts", (*streamTest).concurrent},
	{"whoever asked is woken by a record, and not after stop", (*streamTest).notifies},
	{"resharding ends shards behind their last record, and lists parents before children", (*streamTest).reshards},
	{"whoever asked is woken by a change of shards", (*streamTest).notifiesOfReshards},
}

// Stream runs the suite over streams that newFixture makes.
func Stream(t *testing.T, newFixture func(t *testing.T) StreamFixture) {
	for _, c := range streamDuties {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.test(&streamTest{T: t, StreamFixture: newFixture(t)}) })
		})
	}
}

type streamTest struct {
	*testing.T
	StreamFixture
}

var trimHorizon = eventsource.Position{Type: eventsource.TrimHorizon}

func (s *streamTest) put(n int) {
	s.Helper()
	for i := range n {
		s.putTo(fmt.Sprint("key", i%7), i)
	}
}

func (s *streamTest) putTo(key string, n int) {
	s.Helper()
	if err := s.Put(key, n); err != nil {
		s.Fatalf("Put: %v", err)
	}
}

func (s *streamTest) shards() []eventsource.Shard {
	s.Helper()
	shards, err := s.Stream.Shards(s.Context())
	if err != nil || len(shards) == 0 {
		s.Fatalf("%d shards, error %v", len(shards), err)
	}
	return shards
}

func (s *streamTest) read(shard string, from eventsource.Position, max int) eventsource.Page {
	s.Helper()
	page, err := s.Stream.Read(s.Context(), shard, from, max)
	if err != nil {
		s.Fatalf("Read: %v", err)
	}
	if len(page.Records) > max {
		s.Fatalf("%d records, %d were asked for", len(page.Records), max)
	}
	if page.Next.Type == 0 || page.Next.Type == eventsource.Latest {
		s.Fatalf("the next position %v is not definite", page.Next)
	}
	return page
}

// walk reads a shard from a position until nothing more comes.
func (s *streamTest) walk(shard string, from eventsource.Position, max int) (all []eventsource.Record, end bool) {
	s.Helper()
	for {
		page := s.read(shard, from, max)
		all = append(all, page.Records...)
		from = page.Next
		if page.End || len(page.Records) == 0 {
			return all, page.End
		}
	}
}

// all reads all shards from their beginnings.
func (s *streamTest) all(max int) (records []eventsource.Record) {
	s.Helper()
	for _, sh := range s.shards() {
		got, _ := s.walk(sh.ID, trimHorizon, max)
		records = append(records, got...)
	}
	return records
}

func (s *streamTest) empty() {
	if got := s.all(10); len(got) > 0 {
		s.Errorf("%d records", len(got))
	}
	if first := s.Stream.ARN(); first == "" || first != s.Stream.ARN() {
		s.Error("the ARN is empty or changes")
	}
}

func (s *streamTest) pages() {
	s.put(50)
	for _, max := range []int{1, 3, 50, 1000} {
		seen := map[string]bool{}
		for _, r := range s.all(max) {
			if seen[r.ID] {
				s.Errorf("%s came twice", r.ID)
			}
			seen[r.ID] = true
		}
		if len(seen) != 50 {
			s.Errorf("%d of 50 records came in pages of %d", len(seen), max)
		}
	}
}

func (s *streamTest) records() {
	s.put(10)
	for _, r := range s.all(10) {
		var object map[string]any
		if err := json.Unmarshal(r.JSON, &object); err != nil {
			s.Errorf("JSON %s: %v", r.JSON, err)
		}
		if r.ID == "" || r.Arrival.IsZero() || r.Group == "" {
			s.Errorf("id %q, arrival %v, key %q", r.ID, r.Arrival, r.Group)
		}
	}
}

func (s *streamTest) again() {
	s.put(10)
	first := s.all(10)
	var before [][]byte
	for i := range first {
		before = append(before, bytes.Clone(first[i].JSON))
	}
	second := s.all(4)
	if len(first) != len(second) {
		s.Fatalf("%d records came, and then %d", len(first), len(second))
	}
	for i := range first {
		if !bytes.Equal(before[i], second[i].JSON) || !bytes.Equal(before[i], first[i].JSON) {
			s.Errorf("record %s changed", first[i].ID)
		}
	}
}

func (s *streamTest) after() {
	s.put(30)
	for _, sh := range s.shards() {
		all, _ := s.walk(sh.ID, trimHorizon, 100)
		for i := range all {
			rest, _ := s.walk(sh.ID, eventsource.Position{Type: eventsource.After, Sequence: all[i].ID}, 100)
			if len(rest) != len(all)-i-1 || len(rest) > 0 && rest[0].ID != all[i+1].ID {
				s.Fatalf("behind record %d of %d there were %d", i+1, len(all), len(rest))
			}
		}
	}
}

func (s *streamTest) latest() {
	s.put(20)
	ends := map[string]eventsource.Position{}
	for _, sh := range s.shards() {
		page := s.read(sh.ID, eventsource.Position{Type: eventsource.Latest}, 10)
		if len(page.Records) > 0 {
			s.Errorf("%d records at the end", len(page.Records))
		}
		ends[sh.ID] = page.Next
	}
	s.put(20)
	n := 0
	for _, sh := range s.shards() {
		if from, ok := ends[sh.ID]; ok {
			got, _ := s.walk(sh.ID, from, 10)
			n += len(got)
		}
	}
	if n != 20 {
		s.Errorf("20 records were put, %d came", n)
	}
}

func (s *streamTest) timestamps() {
	if s.NoTimestamps {
		s.Skip("it has no such position")
	}
	s.put(10)
	time.Sleep(time.Minute)
	at := eventsource.Position{Type: eventsource.AtTimestamp, Time: time.Now()}
	s.put(15)
	time.Sleep(time.Minute)
	s.put(5)
	n := 0
	for _, sh := range s.shards() {
		got, _ := s.walk(sh.ID, at, 4)
		for _, r := range got {
			if r.Arrival.Before(at.Time.Truncate(time.Millisecond)) {
				s.Errorf("record %s arrived at %v, before %v", r.ID, r.Arrival, at.Time)
			}
		}
		n += len(got)
	}
	if n != 20 {
		s.Errorf("20 records arrived then or later, %d came", n)
	}
}

func (s *streamTest) order() {
	for i := range 70 {
		s.putTo(fmt.Sprint("key", i%7), i)
		time.Sleep(time.Millisecond)
	}
	for _, sh := range s.shards() {
		got, _ := s.walk(sh.ID, trimHorizon, 100)
		if !slices.IsSortedFunc(got, func(a, b eventsource.Record) int { return a.Arrival.Compare(b.Arrival) }) {
			s.Errorf("arrivals in shard %s go back", sh.ID)
		}
	}
	home := map[string]string{}
	for _, sh := range s.shards() {
		got, _ := s.walk(sh.ID, trimHorizon, 100)
		for _, r := range got {
			if at, ok := home[r.Group]; ok && at != sh.ID {
				s.Errorf("key %s is in the shards %s and %s", r.Group, at, sh.ID)
			}
			home[r.Group] = sh.ID
		}
	}
}

func (s *streamTest) cancelled() {
	shard := s.shards()[0].ID
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	if _, err := s.Stream.Read(ctx, shard, trimHorizon, 1); err == nil {
		s.Error("Read took no notice")
	}
	if _, err := s.Stream.Shards(ctx); err == nil {
		s.Error("Shards took no notice")
	}
}

func (s *streamTest) concurrent() {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				for _, sh := range s.shards() {
					s.walk(sh.ID, trimHorizon, 9)
				}
			}
		})
	}
	s.put(100)
	wg.Wait()
	if got := s.all(100); len(got) != 100 {
		s.Errorf("%d of 100 records came", len(got))
	}
}

// watch counts the calls of wake.
func (s *streamTest) watch() (calls func() int, stop func()) {
	n, ok := s.Stream.(eventsource.Notifier)
	if !ok {
		s.Skip("it is no Notifier")
	}
	return watch(n)
}

func (s *streamTest) notifies() {
	calls, stop := s.watch()
	s.put(1)
	if calls() == 0 {
		s.Error("a record woke nobody")
	}
	stop()
	before := calls()
	s.put(1)
	if calls() != before {
		s.Error("it was woken after stop")
	}
	stop() // once more is harmless
}

func (s *streamTest) notifiesOfReshards() {
	if s.Reshard == nil || s.LazyReshard {
		s.Skip("nothing changes by itself")
	}
	s.put(5)
	calls, stop := s.watch()
	defer stop()
	before := calls()
	if err := s.Reshard(); err != nil {
		s.Fatalf("Reshard: %v", err)
	}
	if calls() == before {
		s.Error("a change of shards woke nobody")
	}
}

func (s *streamTest) reshards() {
	if s.Reshard == nil {
		s.Skip("it does not reshard")
	}
	s.put(20)
	old := len(s.shards())
	if err := s.Reshard(); err != nil {
		s.Fatalf("Reshard: %v", err)
	}
	s.put(20)
	seen, ends := map[string]bool{}, 0
	for _, sh := range s.shards() {
		for _, p := range sh.Parents {
			if !seen[p] && slices.ContainsFunc(s.shards(), func(o eventsource.Shard) bool { return o.ID == p }) {
				s.Errorf("shard %s is listed before its parent %s", sh.ID, p)
			}
		}
		seen[sh.ID] = true
		if _, end := s.walk(sh.ID, trimHorizon, 3); end {
			ends++
		}
	}
	if len(seen) <= old || ends == 0 {
		s.Errorf("%d shards became %d, of which %d have ended", old, len(seen), ends)
	}
	if got := s.all(100); len(got) != 40 {
		s.Errorf("%d of 40 records came", len(got))
	}
}
