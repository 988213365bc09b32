package sourcetest

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
)

var storeDuties = []duty[*storeTest]{
	{"a mapping that is not known has no positions", (*storeTest).empty},
	{"positions of every kind come back as they were saved", (*storeTest).kinds},
	{"the last position saved counts", (*storeTest).last},
	{"a shard can be forgotten, a mapping deleted, twice", (*storeTest).forgets},
	{"mappings are apart, whatever their names", (*storeTest).apart},
	{"the map that Load returns is the caller's", (*storeTest).owned},
	{"shards may be saved concurrently", (*storeTest).concurrent},
}

// Checkpoints runs the suite over stores that newStore makes, each empty and its own. It needs no virtual time, so the
// store may use the network.
func Checkpoints(t *testing.T, newStore func(t *testing.T) eventsource.CheckpointStore) {
	for _, c := range storeDuties {
		t.Run(c.name, func(t *testing.T) { c.test(&storeTest{t, newStore(t)}) })
	}
}

type storeTest struct {
	*testing.T
	store eventsource.CheckpointStore
}

func (s *storeTest) no(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *storeTest) expect(mapping string, want map[string]eventsource.Position) {
	s.Helper()
	got, err := s.store.Load(context.Background(), mapping)
	s.no(err)
	same := func(a, b eventsource.Position) bool {
		return a.Type == b.Type && a.Sequence == b.Sequence && a.Time.Equal(b.Time)
	}
	if !maps.EqualFunc(got, want, same) {
		s.Errorf("positions of %s are %v, want %v", mapping, got, want)
	}
}

func at(sequence string) eventsource.Position {
	return eventsource.Position{Type: eventsource.After, Sequence: sequence}
}

func (s *storeTest) save(mapping, shard string, p eventsource.Position) {
	s.Helper()
	s.no(s.store.Save(context.Background(), mapping, shard, p))
}

func (s *storeTest) empty() { s.expect("nobody", nil) }

func (s *storeTest) kinds() {
	want := map[string]eventsource.Position{
		"a": {Type: eventsource.TrimHorizon},
		"b": {Type: eventsource.AtTimestamp, Time: time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)},
		"c": at("49590338271490256608559692538361571095921575989136588898"),
	}
	for shard, p := range want {
		s.save("m", shard, p)
	}
	s.expect("m", want)
}

func (s *storeTest) last() {
	for _, sequence := range []string{"1", "3", "2"} {
		s.save("m", "a", at(sequence))
	}
	s.expect("m", map[string]eventsource.Position{"a": at("2")})
}

func (s *storeTest) forgets() {
	ctx := context.Background()
	s.save("m", "a", at("1"))
	s.save("m", "b", at("1"))
	for range 2 {
		s.no(s.store.Forget(ctx, "m", "a"))
		s.expect("m", map[string]eventsource.Position{"b": at("1")})
	}
	for range 2 {
		s.no(s.store.Delete(ctx, "m"))
		s.expect("m", nil)
	}
	s.save("m", "a", at("2"))
	s.expect("m", map[string]eventsource.Position{"a": at("2")})
}

func (s *storeTest) apart() {
	names := []string{"a", "a|b", "a/b", "arn:aws:kinesis:us-east-1:123456789012:stream/s|arn:aws:lambda:us-east-1:123456789012:function:f"}
	for i, name := range names {
		s.save(name, "shard", at(fmt.Sprint(i)))
	}
	s.no(s.store.Delete(context.Background(), names[0]))
	s.expect(names[0], nil)
	for i, name := range names[1:] {
		s.expect(name, map[string]eventsource.Position{"shard": at(fmt.Sprint(i + 1))})
	}
}

func (s *storeTest) owned() {
	s.save("m", "a", at("1"))
	got, err := s.store.Load(context.Background(), "m")
	s.no(err)
	got["a"], got["b"] = at("9"), at("9")
	s.expect("m", map[string]eventsource.Position{"a": at("1")})
}

func (s *storeTest) concurrent() {
	var wg sync.WaitGroup
	want := map[string]eventsource.Position{}
	for i := range 20 {
		shard := fmt.Sprint("shard", i)
		want[shard] = at("5")
		wg.Go(func() {
			for n := range 6 {
				if err := s.store.Save(context.Background(), "m", shard, at(fmt.Sprint(n))); err != nil {
					s.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s.expect("m", want)
}
