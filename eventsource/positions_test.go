package eventsource_test

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// second is a function that takes a second.
func second(int, delivery) (string, error) { time.Sleep(time.Second); return "", nil }

// deploy makes more names for a world's function.
func (w *world) deploy(t lambdatest.TB, names ...string) {
	for _, n := range names {
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: n}, w.code())
	}
}

func rename(t *testing.T, m *eventsource.Mapping, function string) {
	t.Helper()
	_, err := m.Update(eventsource.UpdateInput{FunctionName: function})
	require.NoError(t, err)
}

// The position follows the function, whenever the update takes effect.
func TestPositionFollowsFunction(t *testing.T) {
	latest := eventsource.Config{StartingPosition: eventsource.Latest}
	bubble(t, "two updates while a batch is in flight", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, second), kinesis.NewStream("s", 1)
		w.deploy(t, "g", "h")
		m := w.mapping(s, latest)
		defer m.Close()
		put(t, s, 1, 1)
		lambdatest.Advance(0)
		rename(t, m, "g")
		rename(t, m, "h")
		put(t, s, 2, 2)
		lambdatest.Advance(time.Minute)
		put(t, s, 3, 3)
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1", "2", "3"}, w.texts())
	})
	for _, delay := range []time.Duration{0, 10 * time.Second} {
		bubble(t, "closed before the update takes effect", func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, second), kinesis.NewStream("s", 1)
			w.deploy(t, "g")
			c := latest
			c.Checkpoints, c.TransitionDelay = eventsource.NewMemoryCheckpoints(), delay
			m := w.mapping(s, c)
			lambdatest.Advance(time.Minute)
			put(t, s, 1, 1)
			lambdatest.Advance(0)
			rename(t, m, "g")
			m.Close()
			put(t, s, 2, 2)
			c.FunctionName = "g"
			defer w.mapping(s, c).Close()
			lambdatest.Advance(time.Minute)
			require.Equal(t, []string{"1", "2"}, w.texts())
		})
	}
	bubble(t, "over what another mapping left", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		w.deploy(t, "g")
		store := eventsource.NewMemoryCheckpoints()
		m := w.mapping(s, eventsource.Config{Checkpoints: store})
		defer m.Close()
		put(t, s, 1, 1)
		lambdatest.Advance(0)
		require.NoError(t, m.Disable())
		put(t, s, 2, 3)
		other := w.mapping(s, eventsource.Config{FunctionName: "g", Checkpoints: store})
		lambdatest.Advance(0)
		other.Close()
		rename(t, m, "g")
		require.NoError(t, m.Enable())
		lambdatest.Advance(0)
		require.Equal(t, []string{"1", "1,2,3", "2,3"}, w.texts())
	})
	bubble(t, "and is moved once", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		w.deploy(t, "g")
		store := eventsource.NewMemoryCheckpoints()
		m1 := w.mapping(s, eventsource.Config{Checkpoints: store})
		defer m1.Close()
		put(t, s, 1, 1)
		lambdatest.Advance(0)
		rename(t, m1, "g")
		m2 := w.mapping(s, eventsource.Config{Checkpoints: store, StartingPosition: eventsource.Latest})
		defer m2.Close()
		require.NoError(t, m2.Disable())
		put(t, s, 2, 2)
		lambdatest.Advance(0)
		require.NoError(t, m1.Disable())
		require.NoError(t, m2.Enable())
		lambdatest.Advance(0)
		require.Equal(t, []string{"1", "2", "2"}, w.texts())
	})
	bubble(t, "and nobody has the old name before", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, second), kinesis.NewStream("s", 1)
		w.deploy(t, "g")
		c := latest
		c.Checkpoints, c.FunctionName = eventsource.NewMemoryCheckpoints(), "f"
		m := w.mapping(s, c)
		defer m.Close()
		put(t, s, 1, 1)
		lambdatest.Advance(0)
		rename(t, m, "g")
		_, err := eventsource.NewMapping(w.svc, s, c)
		require.ErrorIs(t, err, lambda.ErrResourceConflict)
		other := c
		other.Checkpoints = eventsource.NewMemoryCheckpoints()
		w.mapping(s, other).Close() // there the name is free
		lambdatest.Advance(2 * time.Second)
		w.mapping(s, c).Close()
	})
}

// A mapping is in nobody's way only when it is through with the store.
func TestSuccessorsCheckpoints(t *testing.T) {
	end := map[string]func(m *eventsource.Mapping){
		"deleted": func(m *eventsource.Mapping) { m.Delete() },
		"closed":  func(m *eventsource.Mapping) { go m.Close() },
	}
	for name, end := range end {
		bubble(t, name, func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, second), kinesis.NewStream("s", 1)
			c := eventsource.Config{FunctionName: "f", StartingPosition: eventsource.Latest, Checkpoints: eventsource.NewMemoryCheckpoints()}
			m := w.mapping(s, c)
			put(t, s, 1, 1)
			lambdatest.Advance(0)
			end(m)
			lambdatest.Advance(0)
			_, err := eventsource.NewMapping(w.svc, s, c)
			require.ErrorIs(t, err, lambda.ErrResourceConflict)
			lambdatest.Advance(2 * time.Second)
			m = w.mapping(s, c)
			put(t, s, 2, 2)
			lambdatest.Advance(2 * time.Second)
			m.Close()
			put(t, s, 3, 3)
			defer w.mapping(s, c).Close()
			lambdatest.Advance(2 * time.Second)
			require.Equal(t, []string{"1", "2", "3"}, w.texts())
		})
	}
}

// failing is a store whose first saves fail.
type failing struct {
	*eventsource.MemoryCheckpoints
	left atomic.Int64
}

func (f *failing) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	if f.left.Add(-1) >= 0 {
		return errors.New("down")
	}
	return f.MemoryCheckpoints.Save(ctx, mapping, shard, p)
}

// A position that could not be saved is saved later, or Latest would be another place the next time.
func TestSaveRepeated(t *testing.T) {
	for _, c := range []eventsource.Config{{}, {TumblingWindow: time.Minute}} {
		bubble(t, "of a shard that is read", func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { return `{"state":{}}`, nil }), kinesis.NewStream("s", 2)
			f := &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
			f.left.Store(5)
			c.StartingPosition, c.Checkpoints = eventsource.Latest, f
			m := w.mapping(s, c)
			defer m.Close()
			lambdatest.Advance(time.Minute)
			require.NoError(t, m.Disable())
			put(t, s, 1, 1)
			require.NoError(t, m.Enable())
			lambdatest.Advance(time.Second)
			require.Equal(t, []string{"1"}, w.texts())
		})
	}
	bubble(t, "of a shard that is not read yet", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("F")), kinesis.NewStream("s", 1)
		put(t, s, 1, 1)
		require.NoError(t, s.UpdateShardCount(2))
		f := &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
		f.left.Store(5)
		m := w.mapping(s, eventsource.Config{Checkpoints: f})
		defer m.Close()
		lambdatest.Advance(time.Minute)
		at, err := f.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		require.Len(t, at, len(s.ListShards()))
		require.Greater(t, len(at), 1)
	})
	bubble(t, "at the latest when the mapping stops", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 2)
		f := &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
		f.left.Store(2)
		m := w.mapping(s, eventsource.Config{Checkpoints: f, StartingPosition: eventsource.Latest})
		defer m.Close()
		require.NoError(t, m.Disable())
		put(t, s, 1, 1)
		require.NoError(t, m.Enable())
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"1"}, w.texts())
	})
}

// A store that takes nothing costs nothing while the mapping lives, also if that stops and starts.
func TestStoreThatTakesNothing(t *testing.T) {
	bubble(t, "Latest", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 2)
		w.deploy(t, "g")
		f := &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
		f.left.Store(1 << 40)
		put(t, s, 1, 1)
		m := w.mapping(s, eventsource.Config{Checkpoints: f, StartingPosition: eventsource.Latest})
		defer m.Close()
		for i := 2; i < 10; i++ {
			require.NoError(t, m.Disable())
			put(t, s, i, i)
			if i == 5 {
				rename(t, m, "g")
			}
			require.NoError(t, m.Enable())
			lambdatest.Advance(time.Second)
		}
		require.Equal(t, []string{"2", "3", "4", "5", "6", "7", "8", "9"}, w.texts())
	})
	bubble(t, "a crash forgets what only the mapping knew", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		f := &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
		m := w.mapping(s, eventsource.Config{Checkpoints: f})
		defer m.Close()
		put(t, s, 1, 1)
		lambdatest.Advance(0)
		f.left.Store(1 << 40)
		put(t, s, 2, 2)
		lambdatest.Advance(0)
		remove := m.Control(once(eventsource.Checkpoint, func(*eventsource.Step, func() error) error { return eventsource.ErrCrash }))
		lambdatest.Advance(time.Second)
		remove()
		require.Equal(t, []string{"1", "2", "2"}, w.texts())
	})
	bubble(t, "a crash also forgets what is being saved", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 2)
		keys, second := keysOf(t, s), s.ListShards()[1].ShardID
		// A store that is not in memory: what waits for it holds up nothing else.
		m := w.mapping(s, eventsource.Config{Checkpoints: &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}})
		defer m.Close()
		lambdatest.Advance(0)
		remove := m.Control(func(step *eventsource.Step, next func() error) error {
			if step.Shard != second {
				return eventsource.ErrCrash
			}
			time.Sleep(time.Second)
			return errFault
		})
		require.NoError(t, s.Put(keys[1], []byte("slow")))
		lambdatest.Advance(0)
		require.NoError(t, s.Put(keys[0], []byte("crash")))
		lambdatest.Advance(0)
		remove()
		lambdatest.Advance(time.Minute)
		require.ElementsMatch(t, []string{"slow", "crash", "slow", "crash"}, w.texts())
	})
}

// A store that takes its time with the first positions delays nobody.
func TestSlowFirstSaves(t *testing.T) {
	bubble(t, "of all shards", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 4)
		parent := s.ListShards()[0]
		require.NoError(t, s.SplitShard(parent.ShardID, parent.HashKeyRange.Half()))
		store := &slow{MemoryCheckpoints: eventsource.NewMemoryCheckpoints(), save: time.Hour, key: func(string) bool { return true }}
		start := time.Now()
		m := w.mapping(s, eventsource.Config{Checkpoints: store, StartingPosition: eventsource.Latest})
		put(t, s, 1, 1)
		lambdatest.Advance(0)
		require.Equal(t, []string{"1"}, w.texts())
		require.Equal(t, start, time.Now())
		lambdatest.Advance(2 * time.Hour)
		at, err := store.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		require.Len(t, at, 6, "the children's, too")
		m.Close()
	})
}

// slow is a store that takes its time.
type slow struct {
	*eventsource.MemoryCheckpoints
	load, save time.Duration
	key        func(shard string) bool
}

func (s *slow) Load(ctx context.Context, mapping string) (map[string]eventsource.Position, error) {
	time.Sleep(s.load)
	return s.MemoryCheckpoints.Load(ctx, mapping)
}

func (s *slow) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	if s.key != nil && s.key(shard) {
		time.Sleep(s.save)
	}
	return s.MemoryCheckpoints.Save(ctx, mapping, shard, p)
}

// watchedStream and watchedQueue count who watches them.
type watchedStream struct {
	*kinesis.Stream
	n atomic.Int64
}

func (w *watchedStream) Notify(f func()) func() {
	stop := w.Stream.Notify(f)
	w.n.Add(1)
	return func() { w.n.Add(-1); stop() }
}

type watchedQueue struct {
	*sqs.Queue
	n atomic.Int64
}

func (w *watchedQueue) Notify(f func()) func() {
	time.Sleep(time.Second)
	stop := w.Queue.Notify(f)
	w.n.Add(1)
	return func() { w.n.Add(-1); stop() }
}

// A mapping that is closed while it begins watches its source no longer.
func TestClosedWhileBeginning(t *testing.T) {
	bubble(t, "stream", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), &watchedStream{Stream: kinesis.NewStream("s", 1)}
		m := w.mapping(s, eventsource.Config{
			TransitionDelay: time.Second, Checkpoints: &slow{MemoryCheckpoints: eventsource.NewMemoryCheckpoints(), load: time.Second},
		})
		lambdatest.Advance(1500 * time.Millisecond)
		require.EqualValues(t, 1, s.n.Load())
		m.Close()
		require.Zero(t, s.n.Load())
	})
	bubble(t, "queue", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), &watchedQueue{Queue: sqs.NewQueue("q", sqs.Attributes{})}
		m := w.mapping(q, eventsource.Config{TransitionDelay: time.Second})
		lambdatest.Advance(1500 * time.Millisecond)
		m.Close()
		lambdatest.Advance(time.Minute)
		require.Zero(t, q.n.Load())
	})
}

// keysOf finds a partition key for each of a stream's shards.
func keysOf(t *testing.T, s *kinesis.Stream) []string {
	shards, probe := s.ListShards(), kinesis.NewStream("probe", len(s.ListShards()))
	keys := make([]string, len(shards))
	for i, found := 0, 0; found < len(shards); i++ {
		o, err := probe.PutRecord(kinesis.PutRecordInput{PartitionKey: strconv.Itoa(i), Data: []byte("x")})
		require.NoError(t, err)
		for j := range shards {
			if shards[j].ShardID == o.ShardID && keys[j] == "" {
				keys[j] = strconv.Itoa(i)
				found++
			}
		}
	}
	return keys
}

// What is slow about one shard does not hold up the others.
func TestSlowShard(t *testing.T) {
	bubble(t, "destination", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 2)
		keys, delivered := keysOf(t, s), 0
		target := destinations.Func("arn:aws:sqs:us-east-1:123456789012:d", func(context.Context, destinations.Delivery) error {
			time.Sleep(time.Hour)
			delivered++
			return nil
		})
		require.NoError(t, s.Put(keys[0], []byte("old")))
		lambdatest.Advance(80 * time.Second)
		store := eventsource.NewMemoryCheckpoints()
		m := w.mapping(s, eventsource.Config{MaximumRecordAge: time.Minute, OnFailure: target, Checkpoints: store})
		lambdatest.Advance(0)
		require.NoError(t, s.Put(keys[1], []byte("other shard")))
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"other shard"}, w.texts())
		require.NoError(t, s.Put(keys[0], []byte("behind")))
		lambdatest.Advance(time.Second)
		require.Len(t, w.texts(), 1, "the shard itself waits")
		ended := make(chan struct{})
		go func() { m.Close(); close(ended) }()
		lambdatest.Advance(time.Minute)
		at, err := store.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		require.Equal(t, eventsource.TrimHorizon, at[s.ListShards()[0].ShardID].Type, "nobody knows of the record yet")
		<-ended
		require.Equal(t, 1, delivered, "what is in flight ends, and what grew too old meanwhile is left")
		at, err = store.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		first := s.ListShards()[0].ShardID
		page, err := s.Read(t.Context(), first, at[first], 10)
		require.NoError(t, err)
		require.Len(t, page.Records, 1)
		require.Equal(t, "behind", string(page.Records[0].Data))
	})
	bubble(t, "store", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 2)
		keys := keysOf(t, s)
		first := s.ListShards()[0].ShardID
		store := &slow{MemoryCheckpoints: eventsource.NewMemoryCheckpoints(), save: time.Hour, key: func(id string) bool { return id == first }}
		m := w.mapping(s, eventsource.Config{Checkpoints: store})
		lambdatest.Advance(2 * time.Hour)
		require.NoError(t, s.Put(keys[0], []byte("1")))
		lambdatest.Advance(time.Second)
		require.NoError(t, s.Put(keys[1], []byte("2")))
		require.NoError(t, s.Put(keys[0], []byte("3")))
		lambdatest.Advance(time.Second)
		require.ElementsMatch(t, []string{"1", "2", "3"}, w.texts())
		m.Close()
		at, err := store.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		page, err := s.Read(t.Context(), first, at[first], 10)
		require.NoError(t, err)
		require.Empty(t, page.Records)
	})
}

// A position that could not be saved is tried once more when the mapping stops, though its next try is not due yet.
func TestSaveTriedOnceMoreAtTheEnd(t *testing.T) {
	bubble(t, "closed", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		f := &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
		m := w.mapping(s, eventsource.Config{Checkpoints: f})
		lambdatest.Advance(0)
		f.left.Store(1)
		put(t, s, 1, 1)
		lambdatest.Advance(500 * time.Millisecond)
		m.Close()
		at, err := f.Load(t.Context(), s.ARN()+"|"+m.Configuration().FunctionARN)
		require.NoError(t, err)
		first := s.ListShards()[0].ShardID
		page, err := s.Read(t.Context(), first, at[first], 10)
		require.NoError(t, err)
		require.Empty(t, page.Records)
	})
}

// unwilling is a store that may be told to take nothing of one shard.
type unwilling struct {
	*eventsource.MemoryCheckpoints
	shard atomic.Value
}

func (u *unwilling) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	if u.shard.Load() == shard {
		return errFault
	}
	return u.MemoryCheckpoints.Save(ctx, mapping, shard, p)
}

// A mapping that is deleted while its positions are between two names leaves none behind.
func TestDeletedInTheMidstOfAMove(t *testing.T) {
	bubble(t, "of two shards", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 2)
		w.deploy(t, "g")
		u := &unwilling{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
		m := w.mapping(s, eventsource.Config{Checkpoints: u})
		names := []string{s.ARN() + "|" + m.Configuration().FunctionARN}
		lambdatest.Advance(0)
		u.shard.Store(s.ListShards()[1].ShardID)
		rename(t, m, "g")
		names = append(names, s.ARN()+"|"+m.Configuration().FunctionARN)
		lambdatest.Advance(0)
		for i, want := range []int{2, 1} {
			at, err := u.Load(t.Context(), names[i])
			require.NoError(t, err)
			require.Len(t, at, want)
		}
		_, err := m.Delete()
		require.NoError(t, err)
		lambdatest.Advance(0)
		for _, name := range names {
			at, err := u.Load(t.Context(), name)
			require.NoError(t, err)
			require.Empty(t, at)
		}
	})
}

// A mapping that has no positions yet goes on where another one stopped, if it is given that one's function.
func TestPositionsThatAreThereAlready(t *testing.T) {
	bubble(t, "are used", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		w.deploy(t, "g")
		store := eventsource.NewMemoryCheckpoints()
		put(t, s, 1, 1)
		other := w.mapping(s, eventsource.Config{FunctionName: "g", Checkpoints: store})
		lambdatest.Advance(0)
		other.Close()
		put(t, s, 2, 2)
		m := w.mapping(s, eventsource.Config{Checkpoints: store, Disabled: true})
		defer m.Close()
		rename(t, m, "g")
		require.NoError(t, m.Enable())
		lambdatest.Advance(0)
		require.Equal(t, []string{"1", "2"}, w.texts())
	})
	bubble(t, "are nobody else's while they are being moved", func(t *testing.T) {
		w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
		w.deploy(t, "g", "h")
		f := &failing{MemoryCheckpoints: eventsource.NewMemoryCheckpoints()}
		c := eventsource.Config{Checkpoints: f, TransitionDelay: time.Second}
		m := w.mapping(s, c)
		defer m.Close()
		lambdatest.Advance(2 * time.Second)
		f.left.Store(1 << 40)
		rename(t, m, "g")
		lambdatest.Advance(2 * time.Second) // it got stuck on the way
		rename(t, m, "h")
		for _, name := range []string{"f", "g", "h"} {
			c.FunctionName = name
			_, err := eventsource.NewMapping(w.svc, s, c)
			require.ErrorIs(t, err, lambda.ErrResourceConflict, name)
		}
		f.left.Store(0)
		lambdatest.Advance(time.Minute)
		c.FunctionName = "g"
		w.mapping(s, c).Close()
	})
}
