// Package sourcetest has the conformance suites of what an event source mapping stands on: a queue, a stream, a store of
// checkpoints. Who writes one proves it with
//
//	func TestConformance(t *testing.T) {
//		sourcetest.Queue(t, func(t *testing.T) sourcetest.QueueFixture {
//			q := newMyQueue()
//			return sourcetest.QueueFixture{Queue: q, Send: q.send, Visibility: 30 * time.Second}
//		})
//	}
//
// Every case runs in a testing/synctest bubble of its own, in virtual time, with a fixture of its own; the fixture is to
// be made inside, and must use the network for nothing.
package sourcetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
)

// QueueFixture is an empty queue and the means to fill it.
type QueueFixture struct {
	Queue eventsource.Queue
	// Send sends one message with that body, of that group if the queue is a FIFO queue.
	Send func(group, body string) error
	// FIFO says that the queue keeps order inside groups.
	FIFO bool
	// Visibility is how long a lease lasts; 0 says that undeleted messages never come back by themselves, and skips
	// what needs it.
	Visibility time.Duration
}

var queueDuties = []duty[*queueTest]{
	{"an empty queue gives nothing at once", (*queueTest).empty},
	{"a queue that can say that it is there says so, and gives out nothing for it", (*queueTest).checks},
	{"every message is received once while it is leased, at most ten a call", (*queueTest).once},
	{"records are complete: an id of their own, a JSON object, the lease's end", (*queueTest).records},
	{"the bytes of a record do not change", (*queueTest).bytes},
	{"a deleted message never comes back, and deleting again is no error", (*queueTest).deleted},
	{"an undeleted message comes back when its lease ends, and not before", (*queueTest).leased},
	{"a lease of another length is as long as asked for", (*queueTest).leasedFor},
	{"a receive that waits ends with a message", (*queueTest).waits},
	{"a receive that waits ends with its context", (*queueTest).cancelled},
	{"concurrent receives share the messages out", (*queueTest).concurrent},
	{"whoever asked is woken by a message, and not after stop", (*queueTest).notifies},
	{"whoever asked is woken when a lease ends", (*queueTest).notifiesOfLeases},
	{"a group comes in order, and not while a message of it is leased", (*queueTest).groups},
	{"deleting some of a group's messages frees it only when none of it is leased", (*queueTest).groupsStayLeased},
	{"a group whose leases end comes again from its first message on", (*queueTest).groupsComeAgain},
}

// Queue runs the suite over queues that newFixture makes.
func Queue(t *testing.T, newFixture func(t *testing.T) QueueFixture) {
	for _, c := range queueDuties {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.test(&queueTest{T: t, QueueFixture: newFixture(t)}) })
		})
	}
}

type queueTest struct {
	*testing.T
	QueueFixture
}

// send sends n messages, each of a group of its own.
func (q *queueTest) send(n int) {
	q.Helper()
	for i := range n {
		q.sendTo(fmt.Sprint("group", i), fmt.Sprint("body", i))
	}
}

func (q *queueTest) sendTo(group, body string) {
	q.Helper()
	if err := q.Send(group, body); err != nil {
		q.Fatalf("Send: %v", err)
	}
}

// receive receives without waiting.
func (q *queueTest) receive(max int) []eventsource.Record {
	q.Helper()
	got, err := q.Queue.Receive(q.Context(), max, false)
	if err != nil {
		q.Fatalf("Receive: %v", err)
	}
	if len(got) > min(max, 10) {
		q.Fatalf("Receive of %d returned %d messages", max, len(got))
	}
	return got
}

// drain receives until there is nothing.
func (q *queueTest) drain() (all []eventsource.Record) {
	q.Helper()
	for {
		got := q.receive(10)
		if len(got) == 0 {
			return all
		}
		all = append(all, got...)
	}
}

func (q *queueTest) remove(records []eventsource.Record) {
	q.Helper()
	if err := q.Queue.Delete(q.Context(), records); err != nil {
		q.Fatalf("Delete: %v", err)
	}
}

func ids(records []eventsource.Record) []string {
	var s []string
	for i := range records {
		s = append(s, records[i].ID)
	}
	slices.Sort(s)
	return s
}

func (q *queueTest) empty() {
	start := time.Now()
	if got := q.receive(10); len(got) > 0 {
		q.Errorf("received %d messages", len(got))
	}
	if d := time.Since(start); d > 0 {
		q.Errorf("it took %v", d)
	}
	if first := q.Queue.ARN(); first == "" || first != q.Queue.ARN() {
		q.Error("the ARN is empty or changes")
	}
}

// checks is for a queue that is an [eventsource.Checker].
func (q *queueTest) checks() {
	c, ok := q.Queue.(eventsource.Checker)
	if !ok {
		q.Skip("the queue cannot say")
	}
	q.send(1)
	if err := c.Check(q.Context()); err != nil {
		q.Errorf("Check: %v", err)
	}
	if got := q.receive(10); len(got) != 1 {
		q.Errorf("received %d messages after Check, want 1", len(got))
	}
}

func (q *queueTest) once() {
	q.send(25)
	q.receive(3)
	if got := q.drain(); len(got) != 22 {
		q.Errorf("22 messages were left, %d came", len(got))
	}
}

func (q *queueTest) records() {
	q.send(15)
	seen := map[string]bool{}
	for _, r := range q.drain() {
		if r.ID == "" || seen[r.ID] {
			q.Errorf("id %q is empty or not its own", r.ID)
		}
		seen[r.ID] = true
		var object map[string]any
		if err := json.Unmarshal(r.JSON, &object); err != nil {
			q.Errorf("JSON %s: %v", r.JSON, err)
		}
		if q.Visibility > 0 && !r.Expires.Equal(time.Now().Add(q.Visibility)) {
			q.Errorf("the lease ends at %v, in %v", r.Expires, time.Until(r.Expires))
		}
		if q.FIFO && r.Group == "" {
			q.Error("no group")
		}
	}
}

func (q *queueTest) bytes() {
	q.send(5)
	got := q.drain()
	var before [][]byte
	for i := range got {
		before = append(before, bytes.Clone(got[i].JSON))
	}
	q.send(20)
	q.drain()
	q.remove(got)
	for i := range got {
		if !bytes.Equal(got[i].JSON, before[i]) {
			q.Errorf("record %s changed", got[i].ID)
		}
	}
}

func (q *queueTest) deleted() {
	q.send(12)
	got := q.drain()
	q.remove(got)
	q.remove(got)
	time.Sleep(3 * q.Visibility)
	synctest.Wait()
	if back := q.drain(); len(back) > 0 {
		q.Errorf("%d deleted messages came back", len(back))
	}
}

func (q *queueTest) leased() {
	if q.Visibility == 0 {
		q.Skip("leases have no end")
	}
	q.send(12)
	first := q.drain()
	q.remove(first[:2])
	time.Sleep(q.Visibility - time.Nanosecond)
	if early := q.drain(); len(early) > 0 {
		q.Errorf("%d messages came back early", len(early))
	}
	time.Sleep(time.Nanosecond)
	synctest.Wait()
	again := q.drain()
	if !slices.Equal(ids(first[2:]), ids(again)) {
		q.Errorf("undeleted were %v, %v came back", ids(first[2:]), ids(again))
	}
	q.remove(first[2:]) // their leases have passed on
	time.Sleep(q.Visibility)
	synctest.Wait()
	if got := q.drain(); q.Visibility > 0 && len(got) != len(again) {
		q.Errorf("%d of %d messages were deleted by receipts that had passed on", len(again)-len(got), len(again))
	}
}

func (q *queueTest) waits() {
	go func() {
		time.Sleep(time.Second)
		q.sendTo("g", "late")
	}()
	start := time.Now()
	got, err := q.Queue.Receive(q.Context(), 10, true)
	if err != nil || len(got) != 1 {
		q.Fatalf("received %d messages, error %v", len(got), err)
	}
	if d := time.Since(start); d != time.Second {
		q.Errorf("it took %v, the message came after 1s", d)
	}
}

func (q *queueTest) cancelled() {
	ctx, cancel := context.WithTimeout(q.Context(), time.Second)
	defer cancel()
	start := time.Now()
	got, err := q.Queue.Receive(ctx, 10, true)
	if err == nil || len(got) > 0 {
		q.Errorf("received %d messages, error %v", len(got), err)
	}
	if d := time.Since(start); d != time.Second {
		q.Errorf("it took %v, the context lasted 1s", d)
	}
}

func (q *queueTest) concurrent() {
	q.send(100)
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[string]int{}
	for range 8 {
		wg.Go(func() {
			for {
				got, err := q.Queue.Receive(q.Context(), 7, false)
				if err != nil || len(got) == 0 {
					return
				}
				mu.Lock()
				for _, r := range got {
					seen[r.ID]++
				}
				mu.Unlock()
				if err := q.Queue.Delete(q.Context(), got); err != nil {
					q.Errorf("Delete: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if most := slices.Max(append(slices.Collect(maps.Values(seen)), 0)); len(seen) != 100 || most != 1 {
		q.Errorf("%d of 100 messages came, up to %d times", len(seen), most)
	}
}

// watch counts the calls of wake.
func (q *queueTest) watch() (calls func() int, stop func()) {
	n, ok := q.Queue.(eventsource.Notifier)
	if !ok {
		q.Skip("it is no Notifier")
	}
	return watch(n)
}

// watch registers a wake that counts its calls.
func watch(n eventsource.Notifier) (calls func() int, stop func()) {
	var mu sync.Mutex
	count := 0
	stop = n.Notify(func() { mu.Lock(); count++; mu.Unlock() })
	return func() int {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return count
	}, stop
}

func (q *queueTest) notifies() {
	calls, stop := q.watch()
	q.send(1)
	if calls() == 0 {
		q.Error("a message woke nobody")
	}
	stop()
	before := calls()
	q.send(1)
	if calls() != before {
		q.Error("it was woken after stop")
	}
	stop() // once more is harmless
}

func (q *queueTest) notifiesOfLeases() {
	if q.Visibility == 0 {
		q.Skip("leases have no end")
	}
	q.send(1)
	calls, stop := q.watch()
	defer stop()
	q.drain()
	before := calls()
	time.Sleep(q.Visibility)
	if calls() == before {
		q.Error("the end of a lease woke nobody")
	}
	if len(q.drain()) != 1 {
		q.Error("the message did not come back")
	}
}

func (q *queueTest) groups() {
	if !q.FIFO {
		q.Skip("it is no FIFO queue")
	}
	for i := range 6 {
		q.sendTo("a", "a"+strconv.Itoa(i))
		q.sendTo("b", "b"+strconv.Itoa(i))
	}
	order := map[string][]string{}
	for rounds := 0; rounds < 12; rounds++ {
		got := q.receive(4)
		leased := map[string]bool{}
		for _, r := range got {
			leased[r.Group] = true
			order[r.Group] = append(order[r.Group], string(r.Data))
		}
		for _, r := range q.receive(10) {
			if leased[r.Group] {
				q.Errorf("group %s came while a message of it was leased", r.Group)
			}
			order[r.Group] = append(order[r.Group], string(r.Data))
			got = append(got, r)
		}
		q.remove(got)
	}
	for _, group := range []string{"a", "b"} {
		if !slices.IsSorted(order[group]) || len(order[group]) != 6 {
			q.Errorf("group %s came as %v", group, order[group])
		}
	}
}

// groupsStayLeased deletes the first of two leased messages: the other one still holds its group.
func (q *queueTest) groupsStayLeased() {
	if !q.FIFO {
		q.Skip("it is no FIFO queue")
	}
	for i := range 4 {
		q.sendTo("a", "a"+strconv.Itoa(i))
	}
	leased := q.receive(2)
	for i := range leased {
		if rest := q.receive(10); len(rest) > 0 {
			q.Errorf("with %d of its messages leased, %s came", len(leased)-i, rest[0].Data)
		}
		q.remove(leased[i : i+1])
	}
	if rest := q.drain(); len(rest) != 4-len(leased) {
		q.Errorf("%d messages were left, %d came", 4-len(leased), len(rest))
	}
}

func (q *queueTest) groupsComeAgain() {
	if !q.FIFO || q.Visibility == 0 {
		q.Skip("it is no FIFO queue, or leases have no end")
	}
	for i := range 4 {
		q.sendTo("a", "a"+strconv.Itoa(i))
	}
	first := q.receive(3)
	q.remove(first[:1])
	time.Sleep(q.Visibility)
	synctest.Wait()
	var again []string
	for _, r := range q.drain() {
		again = append(again, string(r.Data))
	}
	if !slices.Equal(again, []string{"a1", "a2", "a3"}) {
		q.Errorf("%v came again", again)
	}
}

// leasedFor is for a queue that is an [eventsource.LeaseReceiver].
func (q *queueTest) leasedFor() {
	r, ok := q.Queue.(eventsource.LeaseReceiver)
	if !ok {
		q.Skip("the leases have one length")
	}
	q.send(1)
	lease := q.Visibility + time.Minute
	got, err := r.ReceiveFor(q.Context(), 10, false, lease)
	if err != nil || len(got) != 1 {
		q.Fatalf("ReceiveFor returned %d messages, error %v", len(got), err)
	}
	if e := got[0].Expires; !e.IsZero() && !e.Equal(time.Now().Add(lease)) {
		q.Errorf("the lease ends %v from now, want %v", time.Until(e), lease)
	}
	time.Sleep(lease - time.Second)
	if again := q.receive(10); len(again) != 0 {
		q.Fatalf("%d messages came back before the lease ended", len(again))
	}
}
