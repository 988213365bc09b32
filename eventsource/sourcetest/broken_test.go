package sourcetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sourcetest"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
)

// breakage is a source or store that breaks one duty, and the duty that has to find it.
type breakage struct {
	name, duty string
	suite      func(t *testing.T)
}

var broken = slices.Concat(brokenQueues, brokenGroups, brokenStreams, brokenStores)

var brokenQueues = []breakage{
	{"takes its time", "an empty queue gives nothing at once", queueSuite(func(q *sqs.Queue) eventsource.Queue { return slow{q} })},
	{"denies that it is there", "says so", queueSuite(func(q *sqs.Queue) eventsource.Queue { return denying{q} })},
	{"looks into itself by receiving", "gives out nothing for it", queueSuite(func(q *sqs.Queue) eventsource.Queue { return peeking{q} })},
	{"gives too much", "at most ten a call", queueSuite(func(q *sqs.Queue) eventsource.Queue { return generous{q} })},
	{"gives half a record", "records are complete: an id", queueSuite(func(q *sqs.Queue) eventsource.Queue { return bare{q} })},
	{"uses its buffer again", "the bytes of a record do not change", queueSuite(func(q *sqs.Queue) eventsource.Queue { return &reusing{Queue: q} })},
	{"keeps what is deleted", "a deleted message never comes back", queueSuite(func(q *sqs.Queue) eventsource.Queue { return undeleting{q} })},
	{"gives every message once", "an undeleted message comes back", queueSuite(func(q *sqs.Queue) eventsource.Queue { return onlyOnce{q} })},
	{"leases as it likes", "a lease of another length", queueSuite(func(q *sqs.Queue) eventsource.Queue { return oneLease{q} })},
	{"does not wait", "a receive that waits ends with a message", queueSuite(func(q *sqs.Queue) eventsource.Queue { return impatient{q} })},
	{"waits in spite of its context", "ends with its context", queueSuite(func(q *sqs.Queue) eventsource.Queue { return deaf{q} })},
	{"gives twice", "concurrent receives share", queueSuite(func(q *sqs.Queue) eventsource.Queue { return &repeating{Queue: q} })},
	{"wakes nobody", "is woken by a message", queueSuite(func(q *sqs.Queue) eventsource.Queue { return silent{q} })},
	{"wakes nobody when a lease ends", "is woken when a lease ends", queueSuite(func(q *sqs.Queue) eventsource.Queue { return wakesForSends{q} })},
}

var brokenGroups = []breakage{
	{"turns groups round", "a group comes in order", groupSuite(func(q *sqs.Queue) eventsource.Queue { return turning{q} })},
	{"frees a group by Delete", "frees it only when none of it is leased", groupSuite(func(q *sqs.Queue) eventsource.Queue {
		return &freeing{Queue: q, leased: map[string]eventsource.Record{}}
	})},
	{"turns round what comes again", "comes again from its first message on", groupSuite(func(q *sqs.Queue) eventsource.Queue { return &turningAgain{Queue: q, seen: map[string]bool{}} })},
}

var brokenStreams = []breakage{
	{"has no shards", "a new stream has shards", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) { f.Stream = shardless{s} })},
	{"skips a record", "everything put is read once", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) {
		f.Stream = changed{s, func(p *eventsource.Page) {
			if len(p.Records) > 1 {
				p.Records = p.Records[1:]
			}
		}}
	})},
	{"says nothing of arrivals", "records are complete: an id", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) {
		f.Stream = changed{s, func(p *eventsource.Page) {
			for i := range p.Records {
				p.Records[i].Arrival = time.Time{}
			}
		}}
	})},
	{"writes a record anew each time", "byte for byte", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) {
		var reads atomic.Int64
		f.Stream = changed{s, func(p *eventsource.Page) {
			for i := range p.Records {
				p.Records[i].JSON = append(slices.Clone(p.Records[i].JSON), strings.Repeat(" ", int(reads.Add(1)))...)
			}
		}}
	})},
	{"leaps over a record", "After continues behind a record", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) { f.Stream = leaping{s} })},
	{"has no definite end", "Latest is a definite place", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) { f.Stream = vague{s} })},
	{"takes every instant for now", "AtTimestamp begins with what arrived", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) { f.Stream = timeless{s} })},
	{"turns pages round", "a key keeps to one shard, in order", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) {
		f.Stream = changed{s, func(p *eventsource.Page) { p.Records = slices.Clone(p.Records); slices.Reverse(p.Records) }}
	})},
	{"has no ear for contexts", "a done context is an error", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) { f.Stream = deafStream{s} })},
	{"loses what is put during a read", "reads may be concurrent with puts", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) {
		b, put := &busy{Stream: s}, f.Put
		f.Stream = b
		f.Put = func(key string, n int) error {
			time.Sleep(100 * time.Microsecond)
			if b.reading.Load() > 0 {
				return nil
			}
			return put(key, n)
		}
	})},
	{"wakes no reader", "is woken by a record", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) { f.Stream = silentStream{s} })},
	{"lists children first", "lists parents before children", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) { f.Stream = upsideDown{s} })},
	{"wakes nobody on a reshard", "is woken by a change of shards", streamSuite(func(f *sourcetest.StreamFixture, s *kinesis.Stream) {
		w, put := &wakesForPuts{Stream: s}, f.Put
		f.Stream = w
		f.Put = func(key string, n int) error {
			w.putting.Store(true)
			defer w.putting.Store(false)
			return put(key, n)
		}
	})},
}

var brokenStores = []breakage{
	{"knows everybody", "not known has no positions", storeSuite(func(m *eventsource.MemoryCheckpoints) eventsource.CheckpointStore { return knowing{m} })},
	{"keeps whole seconds", "positions of every kind", storeSuite(func(m *eventsource.MemoryCheckpoints) eventsource.CheckpointStore { return coarse{m} })},
	{"keeps the first", "the last position saved counts", storeSuite(func(m *eventsource.MemoryCheckpoints) eventsource.CheckpointStore { return first{m} })},
	{"forgets once", "can be forgotten", storeSuite(func(m *eventsource.MemoryCheckpoints) eventsource.CheckpointStore { return strict{m} })},
	{"cuts names", "mappings are apart", storeSuite(func(m *eventsource.MemoryCheckpoints) eventsource.CheckpointStore { return cutting{m} })},
	{"gives its own map away", "is the caller's", storeSuite(func(m *eventsource.MemoryCheckpoints) eventsource.CheckpointStore {
		return &sharing{MemoryCheckpoints: m}
	})},
	{"writes all to save one", "saved concurrently", storeSuite(func(m *eventsource.MemoryCheckpoints) eventsource.CheckpointStore {
		return &rewriting{MemoryCheckpoints: m}
	})},
}

func queueSuite(breakIt func(*sqs.Queue) eventsource.Queue) func(t *testing.T) {
	return func(t *testing.T) {
		sourcetest.Queue(t, func(t *testing.T) sourcetest.QueueFixture {
			f := sqsFixture("q")
			f.Queue = breakIt(f.Queue.(*sqs.Queue))
			return f
		})
	}
}

func groupSuite(breakIt func(*sqs.Queue) eventsource.Queue) func(t *testing.T) {
	return func(t *testing.T) {
		sourcetest.Queue(t, func(t *testing.T) sourcetest.QueueFixture {
			f := sqsFixture("q.fifo")
			f.Queue = breakIt(f.Queue.(*sqs.Queue))
			return f
		})
	}
}

func streamSuite(breakIt func(*sourcetest.StreamFixture, *kinesis.Stream)) func(t *testing.T) {
	return func(t *testing.T) {
		sourcetest.Stream(t, func(t *testing.T) sourcetest.StreamFixture {
			s := kinesis.NewStream("s", 3)
			f := kinesisFixture(s, s)
			breakIt(&f, s)
			return f
		})
	}
}

func storeSuite(breakIt func(*eventsource.MemoryCheckpoints) eventsource.CheckpointStore) func(t *testing.T) {
	return func(t *testing.T) {
		sourcetest.Checkpoints(t, func(*testing.T) eventsource.CheckpointStore { return breakIt(eventsource.NewMemoryCheckpoints()) })
	}
}

type slow struct{ *sqs.Queue }

func (q slow) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	time.Sleep(time.Second)
	return q.Queue.Receive(ctx, max, wait)
}

type denying struct{ *sqs.Queue }

func (denying) Check(context.Context) error { return eventsource.ErrSourceNotFound }

type peeking struct{ *sqs.Queue }

func (q peeking) Check(ctx context.Context) error {
	_, err := q.Queue.Receive(ctx, 1, false)
	return err
}

type generous struct{ *sqs.Queue }

func (q generous) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	return q.Queue.Receive(ctx, 10, wait)
}

type bare struct{ *sqs.Queue }

func (q bare) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	for i := range got {
		got[i].JSON = got[i].JSON[1:]
	}
	return got, err
}

// reusing hands out one buffer again and again. Its lock keeps everything else about it right: several receives at once
// are allowed.
type reusing struct {
	*sqs.Queue
	mu     sync.Mutex
	buffer []byte
}

func (q *reusing) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.buffer = q.buffer[:0]
	for i := range got {
		q.buffer = append(q.buffer, got[i].JSON...)
		got[i].JSON = q.buffer[len(q.buffer)-len(got[i].JSON):]
	}
	return got, err
}

type undeleting struct{ *sqs.Queue }

func (undeleting) Delete(context.Context, []eventsource.Record) error { return nil }

type onlyOnce struct{ *sqs.Queue }

func (q onlyOnce) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	return got, errors.Join(err, q.Delete(ctx, got))
}

type oneLease struct{ *sqs.Queue }

func (q oneLease) ReceiveFor(ctx context.Context, max int, wait bool, _ time.Duration) ([]eventsource.Record, error) {
	return q.Receive(ctx, max, wait)
}

type impatient struct{ *sqs.Queue }

func (q impatient) Receive(ctx context.Context, max int, _ bool) ([]eventsource.Record, error) {
	return q.Queue.Receive(ctx, max, false)
}

type deaf struct{ *sqs.Queue }

func (q deaf) Receive(_ context.Context, max int, wait bool) ([]eventsource.Record, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	return q.Queue.Receive(ctx, max, wait)
}

type repeating struct {
	*sqs.Queue
	mu    sync.Mutex
	calls int
	last  []eventsource.Record
}

func (q *repeating) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.calls++; q.calls == 3 && len(q.last) <= max {
		return q.last, nil
	}
	got, err := q.Queue.Receive(ctx, max, wait)
	q.last = got
	return got, err
}

type silent struct{ *sqs.Queue }

func (silent) Notify(func()) (stop func()) { return func() {} }

type wakesForSends struct{ *sqs.Queue }

func (q wakesForSends) Notify(wake func()) (stop func()) {
	var known atomic.Int64
	known.Store(int64(q.Len()))
	return q.Queue.Notify(func() {
		if n := int64(q.Len()); known.Swap(n) < n {
			wake()
		}
	})
}

type turning struct{ *sqs.Queue }

func (q turning) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	slices.Reverse(got)
	return got, err
}

// freeing makes what else is leased of a group visible when a message of it is deleted.
type freeing struct {
	*sqs.Queue
	mu     sync.Mutex
	leased map[string]eventsource.Record
}

func (q *freeing) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range got {
		q.leased[r.ID] = r
	}
	return got, err
}

func (q *freeing) Delete(ctx context.Context, records []eventsource.Record) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range records {
		delete(q.leased, r.ID)
	}
	for id, r := range q.leased {
		if slices.ContainsFunc(records, func(o eventsource.Record) bool { return o.Group == r.Group }) {
			q.ChangeMessageVisibility(ctx, r.Receipt, 0)
			delete(q.leased, id)
		}
	}
	return q.Queue.Delete(ctx, records)
}

type turningAgain struct {
	*sqs.Queue
	mu   sync.Mutex
	seen map[string]bool
}

func (q *turningAgain) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	got, err := q.Queue.Receive(ctx, max, wait)
	q.mu.Lock()
	defer q.mu.Unlock()
	if slices.ContainsFunc(got, func(r eventsource.Record) bool { return q.seen[r.ID] }) {
		slices.Reverse(got)
	}
	for _, r := range got {
		q.seen[r.ID] = true
	}
	return got, err
}

type shardless struct{ *kinesis.Stream }

func (shardless) Shards(context.Context) ([]eventsource.Shard, error) { return nil, nil }

// changed changes every page.
type changed struct {
	*kinesis.Stream
	change func(*eventsource.Page)
}

func (s changed) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	page, err := s.Stream.Read(ctx, shard, from, max)
	s.change(&page)
	return page, err
}

// leaping skips one record behind the first one of a shard.
type leaping struct{ *kinesis.Stream }

func (s leaping) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	page, err := s.Stream.Read(ctx, shard, from, max)
	if from.Type != eventsource.After || len(page.Records) == 0 {
		return page, err
	}
	oldest, err := s.Stream.Read(ctx, shard, trimHorizon, 1)
	if len(oldest.Records) == 1 && oldest.Records[0].ID == from.Sequence {
		page.Records = page.Records[1:]
	}
	return page, err
}

var trimHorizon = eventsource.Position{Type: eventsource.TrimHorizon}

type vague struct{ *kinesis.Stream }

func (s vague) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	page, err := s.Stream.Read(ctx, shard, from, max)
	if len(page.Records) == 0 {
		page.Next = from
	}
	return page, err
}

type timeless struct{ *kinesis.Stream }

func (s timeless) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	if from.Type == eventsource.AtTimestamp {
		from = eventsource.Position{Type: eventsource.Latest}
	}
	return s.Stream.Read(ctx, shard, from, max)
}

type deafStream struct{ *kinesis.Stream }

func (s deafStream) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	return s.Stream.Read(context.WithoutCancel(ctx), shard, from, max)
}

type busy struct {
	*kinesis.Stream
	reading atomic.Int64
}

func (s *busy) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	s.reading.Add(1)
	defer s.reading.Add(-1)
	time.Sleep(time.Millisecond)
	return s.Stream.Read(ctx, shard, from, max)
}

type silentStream struct{ *kinesis.Stream }

func (silentStream) Notify(func()) (stop func()) { return func() {} }

type upsideDown struct{ *kinesis.Stream }

func (s upsideDown) Shards(ctx context.Context) ([]eventsource.Shard, error) {
	shards, err := s.Stream.Shards(ctx)
	slices.Reverse(shards)
	return shards, err
}

type wakesForPuts struct {
	*kinesis.Stream
	putting atomic.Bool
}

func (s *wakesForPuts) Notify(wake func()) (stop func()) {
	return s.Stream.Notify(func() {
		if s.putting.Load() {
			wake()
		}
	})
}

type knowing struct{ *eventsource.MemoryCheckpoints }

func (s knowing) Load(ctx context.Context, mapping string) (map[string]eventsource.Position, error) {
	got, err := s.MemoryCheckpoints.Load(ctx, mapping)
	if len(got) == 0 {
		got = map[string]eventsource.Position{"shard": trimHorizon}
	}
	return got, err
}

type coarse struct{ *eventsource.MemoryCheckpoints }

func (s coarse) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	p.Time = p.Time.Truncate(time.Second)
	return s.MemoryCheckpoints.Save(ctx, mapping, shard, p)
}

type first struct{ *eventsource.MemoryCheckpoints }

func (s first) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	if known, _ := s.Load(ctx, mapping); known[shard].Type != 0 {
		return nil
	}
	return s.MemoryCheckpoints.Save(ctx, mapping, shard, p)
}

type strict struct{ *eventsource.MemoryCheckpoints }

func (s strict) Forget(ctx context.Context, mapping, shard string) error {
	if known, _ := s.Load(ctx, mapping); known[shard].Type == 0 {
		return errors.New("no such shard")
	}
	return s.MemoryCheckpoints.Forget(ctx, mapping, shard)
}

type cutting struct{ *eventsource.MemoryCheckpoints }

func (s cutting) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	mapping, _, _ = strings.Cut(mapping, "|")
	return s.MemoryCheckpoints.Save(ctx, mapping, shard, p)
}

type sharing struct {
	*eventsource.MemoryCheckpoints
	given map[string]eventsource.Position
}

func (s *sharing) Load(ctx context.Context, mapping string) (map[string]eventsource.Position, error) {
	if s.given == nil {
		s.given, _ = s.MemoryCheckpoints.Load(ctx, mapping)
	}
	return s.given, nil
}

// rewriting saves one shard by writing all that it has read.
type rewriting struct {
	*eventsource.MemoryCheckpoints
	mu sync.Mutex
}

func (s *rewriting) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	all, _ := s.Load(ctx, mapping)
	time.Sleep(time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Delete(ctx, mapping)
	s.MemoryCheckpoints.Save(ctx, mapping, shard, p)
	for other, at := range all {
		if other != shard {
			s.MemoryCheckpoints.Save(ctx, mapping, other, at)
		}
	}
	return nil
}

// The suites find what they are there to find. Each broken source runs in a process of its own, which has to fail.
func TestBrokenSourcesAreFound(t *testing.T) {
	if name := os.Getenv("SOURCETEST_BROKEN"); name != "" {
		i := slices.IndexFunc(broken, func(b breakage) bool { return b.name == name })
		broken[i].suite(t)
		return
	}
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			// Verbose, so that a duty's failure has been printed if a later duty crashes the process.
			cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^TestBrokenSourcesAreFound$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), "SOURCETEST_BROKEN="+b.name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("the suite found nothing")
			}
			if !failed(string(out), b.duty) {
				t.Fatalf("the suite found something else:\n%s", out)
			}
		})
	}
}

// failed reports whether a test's output says that a duty has failed, or that the test panicked in it.
func failed(out, duty string) bool {
	want := strings.ReplaceAll(duty, " ", "_")
	for line := range strings.Lines(out) {
		if strings.Contains(line, want) && (strings.Contains(line, "FAIL") || strings.Contains(line, "panic") || strings.Contains(line, "running tests")) {
			return true
		}
	}
	return false
}

// Every duty has a source that breaks it.
func TestEveryDutyIsProved(t *testing.T) {
	for _, duty := range slices.Concat(sourcetest.QueueDuties(), sourcetest.StreamDuties(), sourcetest.CheckpointDuties()) {
		if !slices.ContainsFunc(broken, func(b breakage) bool { return strings.Contains(duty, b.duty) }) {
			t.Errorf("no broken source proves that %q is looked at", duty)
		}
	}
}
