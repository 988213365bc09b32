// Package storetest has the conformance suite of [invoke.Store].
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
)

// Run checks that the stores made by open keep what the documentation of [invoke.Store] promises. open returns a new,
// empty store, and may register its end with t.Cleanup. Run does not look at events that a store gives out again
// because their claim has lapsed: it works faster than any lapse should be.
//
//	func TestMyStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) invoke.Store { return mystore.New(t.TempDir()) })
//	}
func Run(t *testing.T, open func(t *testing.T) invoke.Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Logf("%s", c.why)
			c.check(t, &harness{t, open(t)})
		})
	}
}

var cases = []struct {
	name, why string
	check     func(*testing.T, *harness)
}{
	{"empty", "An empty store has nothing due and nothing next.", checkEmpty},
	{"round trip", "Every exported field of an event comes back as it was put.", checkRoundTrip},
	{"order", "Due returns events by (due, Number), whatever the order in which they were put.", checkOrder},
	{"not before due", "An event is claimed at its due time, not a nanosecond earlier.", checkNotBeforeDue},
	{"max", "Due claims no more than max, and the rest stay due.", checkMax},
	{"next", "Next is the earliest due time of what was not claimed.", checkNext},
	{"claimed once", "A claimed event is not handed out again until it is given back.", checkClaimedOnce},
	{"reschedule", "A rescheduled event comes back as changed, at its new time.", checkReschedule},
	{"done", "An event that is done never comes back.", checkDone},
	{"concurrent", "Concurrent callers lose no event and get none twice.", checkConcurrent},
	{"model", "Random calls agree with a list that is searched.", checkModel},
}

type harness struct {
	*testing.T
	store invoke.Store
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func event(n uint64) *invoke.QueuedEvent {
	return &invoke.QueuedEvent{Number: n, RequestID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), FunctionName: "f", Accepted: start}
}

func (h *harness) put(e *invoke.QueuedEvent, due time.Time) {
	h.Helper()
	if err := h.store.Put(context.Background(), e, due); err != nil {
		h.Fatalf("Put: %v", err)
	}
}

func (h *harness) due(t time.Time, max int) ([]*invoke.QueuedEvent, time.Time) {
	h.Helper()
	events, next, err := h.store.Due(context.Background(), t, max)
	if err != nil {
		h.Fatalf("Due: %v", err)
	}
	return events, next
}

// claim is due, of which only the numbers matter.
func (h *harness) claim(t time.Time, max int) []uint64 {
	h.Helper()
	events, _ := h.due(t, max)
	return numbers(events)
}

func numbers(events []*invoke.QueuedEvent) []uint64 {
	list := []uint64{}
	for _, e := range events {
		list = append(list, e.Number)
	}
	return list
}

func (h *harness) want(got, want []uint64) {
	h.Helper()
	if !slices.Equal(got, want) {
		h.Fatalf("got events %v, want %v", got, want)
	}
}

func (h *harness) reschedule(e *invoke.QueuedEvent, due time.Time) {
	h.Helper()
	if err := h.store.Reschedule(context.Background(), e, due); err != nil {
		h.Fatalf("Reschedule: %v", err)
	}
}

func (h *harness) done(e *invoke.QueuedEvent) {
	h.Helper()
	if err := h.store.Done(context.Background(), e); err != nil {
		h.Fatalf("Done: %v", err)
	}
}

func checkEmpty(t *testing.T, h *harness) {
	events, next := h.due(at(1e6), 10)
	if len(events) != 0 || !next.IsZero() {
		t.Fatalf("got %v and %v", numbers(events), next)
	}
}

func checkRoundTrip(t *testing.T, h *harness) {
	e := event(7)
	e.Qualifier, e.Payload, e.TraceHeader = "live", []byte(`{"a":"ü"}`), "Root=1-2-3;Sampled=1"
	e.Attempts, e.Runs, e.Lookups, e.Backoffs = 9, 1, 2, 3
	e.Last = &invoke.Response{StatusCode: 200, ExecutedVersion: "3", FunctionError: "Unhandled", Payload: []byte(`{}`), Message: "m"}
	want := *e
	h.put(e, at(1))
	events, _ := h.due(at(1), 10)
	if len(events) != 1 {
		t.Fatalf("got %d events, want 1", len(events))
	}
	got := events[0]
	if got.Number != want.Number || got.RequestID != want.RequestID || got.FunctionName != want.FunctionName ||
		got.Qualifier != want.Qualifier || !bytes.Equal(got.Payload, want.Payload) || got.TraceHeader != want.TraceHeader ||
		!got.Accepted.Equal(want.Accepted) || got.Attempts != want.Attempts || got.Runs != want.Runs ||
		got.Lookups != want.Lookups || got.Backoffs != want.Backoffs {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	a, b := got.Last, want.Last
	if a == nil || a.StatusCode != b.StatusCode || a.ExecutedVersion != b.ExecutedVersion ||
		a.FunctionError != b.FunctionError || !bytes.Equal(a.Payload, b.Payload) || a.Message != b.Message {
		t.Fatalf("got last response %+v, want %+v", a, b)
	}
}

func checkOrder(t *testing.T, h *harness) {
	for _, p := range []struct {
		n   uint64
		due int
	}{{5, 2}, {1, 3}, {4, 1}, {2, 2}, {9, 1}, {3, 2}} {
		h.put(event(p.n), at(p.due))
	}
	h.want(h.claim(at(10), 10), []uint64{4, 9, 2, 3, 5, 1})
}

func checkNotBeforeDue(t *testing.T, h *harness) {
	h.put(event(1), at(60))
	h.want(h.claim(at(60).Add(-1), 10), []uint64{})
	h.want(h.claim(at(60), 10), []uint64{1})
}

func checkMax(t *testing.T, h *harness) {
	for n := range uint64(5) {
		h.put(event(n+1), at(1))
	}
	h.want(h.claim(at(1), 2), []uint64{1, 2})
	h.want(h.claim(at(1), 2), []uint64{3, 4})
	h.want(h.claim(at(1), 2), []uint64{5})
	h.want(h.claim(at(1), 2), []uint64{})
}

func checkNext(t *testing.T, h *harness) {
	h.put(event(1), at(5))
	h.put(event(2), at(3))
	h.put(event(3), at(9))
	for _, c := range []struct{ now, next int }{{1, 3}, {3, 5}, {5, 9}} {
		if _, next := h.due(at(c.now), 10); !next.Equal(at(c.next)) {
			t.Fatalf("at %v next is %v, want %v", at(c.now), next, at(c.next))
		}
	}
	if _, next := h.due(at(9), 10); !next.IsZero() {
		t.Fatalf("next is %v, but all events are claimed", next)
	}
}

func checkClaimedOnce(t *testing.T, h *harness) {
	h.put(event(1), at(1))
	h.want(h.claim(at(1), 10), []uint64{1})
	h.want(h.claim(at(100), 10), []uint64{})
}

func checkReschedule(t *testing.T, h *harness) {
	h.put(event(1), at(1))
	events, _ := h.due(at(1), 10)
	events[0].Runs, events[0].Attempts = 1, 4
	h.reschedule(events[0], at(61))
	h.want(h.claim(at(60), 10), []uint64{})
	events, _ = h.due(at(61), 10)
	h.want(numbers(events), []uint64{1})
	if events[0].Runs != 1 || events[0].Attempts != 4 {
		t.Fatalf("the changes are lost: %+v", events[0])
	}
}

func checkDone(t *testing.T, h *harness) {
	h.put(event(1), at(1))
	h.put(event(2), at(2))
	events, _ := h.due(at(1), 10)
	h.done(events[0])
	h.want(h.claim(at(1e6), 10), []uint64{2})
}

func checkConcurrent(t *testing.T, h *harness) {
	const writers, each = 4, 250
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[uint64]int{}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := h.store.Put(context.Background(), event(uint64(w*each+i+1)), at(i)); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
		})
		wg.Go(func() { takeSome(t, h.store, each/2, &mu, got) })
	}
	wg.Wait()
	for _, n := range h.claim(at(each), writers*each) {
		got[n]++
	}
	if len(got) != writers*each {
		t.Fatalf("got %d events, want %d", len(got), writers*each)
	}
	for n, times := range got {
		if times != 1 {
			t.Fatalf("event %d was handed out %d times", n, times)
		}
	}
}

func takeSome(t *testing.T, s invoke.Store, calls int, mu *sync.Mutex, got map[uint64]int) {
	for range calls {
		events, _, err := s.Due(context.Background(), at(1e6), 3)
		if err != nil {
			t.Errorf("Due: %v", err)
			return
		}
		mu.Lock()
		for _, e := range events {
			got[e.Number]++
		}
		mu.Unlock()
	}
}

// model is the obvious store: a list.
type model []modelled

type modelled struct {
	n   uint64
	due time.Time
}

func (m *model) claim(t time.Time, max int) []uint64 {
	slices.SortFunc(*m, func(a, b modelled) int {
		if c := a.due.Compare(b.due); c != 0 {
			return c
		}
		return int(a.n) - int(b.n)
	})
	list := []uint64{}
	for len(*m) > 0 && !(*m)[0].due.After(t) && len(list) < max {
		list = append(list, (*m)[0].n)
		*m = (*m)[1:]
	}
	return list
}

func checkModel(t *testing.T, h *harness) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var m model
	var claimed []*invoke.QueuedEvent
	number := uint64(0)
	for step := range 2000 {
		now := at(step / 4)
		switch k := rnd.IntN(10); {
		case k < 5:
			number++
			due := now.Add(time.Duration(rnd.IntN(40)) * time.Second)
			h.put(event(number), due)
			m = append(m, modelled{number, due})
		case k < 8:
			max := 1 + rnd.IntN(4)
			events, _ := h.due(now, max)
			h.want(numbers(events), m.claim(now, max))
			claimed = append(claimed, events...)
		case len(claimed) > 0:
			e := claimed[0]
			claimed = claimed[1:]
			if k == 8 {
				h.done(e)
				continue
			}
			due := now.Add(time.Duration(rnd.IntN(40)) * time.Second)
			h.reschedule(e, due)
			m = append(m, modelled{e.Number, due})
		}
	}
}
