package invoke_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/invoke/storetest"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/lambdatest/properties"
)

var errDisk = errors.New("disk full")

// badStore is a store that takes its time and fails when told to.
type badStore struct {
	invoke.MemoryStore
	delay time.Duration

	mu   sync.Mutex
	fail map[string]int // how many more calls of a method fail; -1 all of them
	done int
}

func (s *badStore) call(method string) error {
	time.Sleep(s.delay)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail[method] == 0 {
		return nil
	}
	s.fail[method]--
	return errDisk
}

func (s *badStore) failing(method string, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.fail = map[string]int{}
	}
	s.fail[method] = times
}

func (s *badStore) Put(ctx context.Context, e *invoke.QueuedEvent, due time.Time) error {
	if err := s.call("Put"); err != nil {
		return err
	}
	return s.MemoryStore.Put(ctx, e, due)
}

func (s *badStore) Due(ctx context.Context, t time.Time, max int) ([]*invoke.QueuedEvent, time.Time, error) {
	if err := s.call("Due"); err != nil {
		return nil, time.Time{}, err
	}
	return s.MemoryStore.Due(ctx, t, max)
}

func (s *badStore) Reschedule(ctx context.Context, e *invoke.QueuedEvent, due time.Time) error {
	if err := s.call("Reschedule"); err != nil {
		return err
	}
	return s.MemoryStore.Put(ctx, e, due)
}

func (s *badStore) Done(ctx context.Context, e *invoke.QueuedEvent) error {
	if err := s.call("Done"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	return s.MemoryStore.Done(ctx, e)
}

func TestBadStore_isAStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) invoke.Store { return &badStore{} })
}

// stored is a Service on a bad store, with a function f.
func stored(t *testing.T, script string) (*world, *badStore) {
	store := &badStore{}
	w := newWorld(t, invoke.Options{Store: store})
	w.deploy(lambda.Config{}, lambdatest.Script(script, 0), nil, nil)
	return w, store
}

func TestStore_putFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := stored(t, "S")
		store.failing("Put", 1)
		e := w.refused(invoke.Input{InvocationType: invoke.Event})
		require.Equal(t, "ServiceException", e.Code)
		require.Equal(t, 500, e.StatusCode)
		require.Zero(t, w.svc.Pending())
		require.Zero(t, store.Len())
		w.wait()
		require.Empty(t, w.tl.Of(trace.Accepted, trace.Dispatched, trace.Ended))
		refused := w.tl.Of(trace.Refused)
		require.Len(t, refused, 1)
		require.Equal(t, "ServiceException", refused[0].Code)
		require.Equal(t, "disk full", refused[0].Detail)
		w.send("f", `{}`)
		w.wait()
		require.Equal(t, "Success", w.ended().Detail, "the next one is well")
		require.NoError(t, w.tl.Check(lambdatest.Settings{}))
	})
}

func TestStore_dueFailsAndIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := stored(t, "S")
		store.failing("Due", 3)
		w.send("f", `{}`)
		w.wait()
		w.requireEnd("Success", 1, 3)
	})
}

func TestStore_dueFailsBetweenRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := stored(t, "FS")
		w.send("f", `{}`)
		synctest.Wait()
		store.failing("Due", 2)
		w.wait()
		w.requireEnd("Success", 1, 62)
	})
}

func TestStore_rescheduleFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := stored(t, "F")
		store.failing("Reschedule", 1)
		w.send("f", `{}`)
		w.wait()
		lost := w.tl.Of(trace.Lost)
		require.Len(t, lost, 1)
		require.Equal(t, "store: disk full", lost[0].Detail)
		require.Empty(t, w.tl.Of(trace.Ended))
		require.Zero(t, w.svc.Pending())
		w.requireNothing("success", "failure", "dlq")
		require.NoError(t, w.tl.Check(lambdatest.Settings{}))
	})
}

func TestStore_doneFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := stored(t, "S")
		store.failing("Done", 1)
		w.send("f", `{}`)
		w.wait()
		w.requireEnd("Success", 1, 0)
		require.Zero(t, w.svc.Pending())
		require.NoError(t, w.tl.Check(lambdatest.Settings{}))
	})
}

// A store that takes its time delays the dispatches and no more: what it takes is neither the run's duration nor of the
// run's deadline.
func TestStore_slow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := stored(t, "FHS")
		store.delay = 50 * time.Millisecond
		w.send("f", `{}`)
		w.wait()
		require.Equal(t, "Success", w.ended().Detail)
		runs := w.tl.Of(trace.Finished)
		require.Len(t, runs, 3)
		for i, want := range []time.Duration{0, 3 * time.Second, 0} {
			require.Equal(t, want, runs[i].Duration, "run %d", i+1)
		}
		require.NoError(t, w.tl.Check(lambdatest.Settings{Tolerance: time.Second}))
	})
}

// Close waits for an event that is being accepted, and says so: afterwards nothing happens any more.
func TestStore_closeDuringPut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tl lambdatest.Timeline
		var said []string
		svc := invoke.New(invoke.Options{
			Store: &badStore{delay: 10 * time.Second}, Trace: tl.Trace,
			Logf: func(f string, a ...any) { said = append(said, fmt.Sprintf(f, a...)) },
		})
		require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambdatest.Script("S", 0)))
		done := make(chan error, 1)
		go func() {
			_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
			done <- err
		}()
		synctest.Wait()
		svc.Close()
		steps := len(tl.Events())
		require.NoError(t, <-done, "the store has it")
		require.Len(t, tl.Events(), steps)
		require.Len(t, tl.Of(trace.Accepted), 1)
		require.Len(t, said, 1)
		require.Contains(t, said[0], "the store has not returned")
	})
}

// Whatever the store does, every event that was accepted ends or is traced as lost, none is counted as pending for
// ever, and the environments are free in the end. A given store keeps what a closed Service leaves in it.
func TestProperty_badStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fail := map[string]int{}
		for _, method := range []string{"Put", "Due", "Reschedule", "Done"} {
			fail[method] = rapid.IntRange(0, 3).Draw(t, method)
		}
		store := &badStore{delay: time.Duration(rapid.IntRange(0, 2000).Draw(t, "delay")) * time.Millisecond, fail: fail}
		rapid.SyncTest(t, func(t *rapid.T) {
			var tl lambdatest.Timeline
			svc := lambdatest.NewService(t, invoke.Options{Store: store, Trace: tl.Trace})
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script(properties.Script().Draw(t, "script"), time.Second))
			accepted := 0
			for _, gap := range properties.Gaps().Draw(t, "gaps") {
				lambdatest.Advance(gap)
				if _, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event}); err == nil {
					accepted++
				}
			}
			if rapid.Bool().Draw(t, "close early") {
				pending := svc.Pending()
				svc.Close()
				require.LessOrEqual(t, store.Len(), pending)
				return
			}
			require.NoError(t, svc.Wait(context.Background()))
			svc.Close()
			require.Zero(t, svc.Pending())
			require.Zero(t, store.Len())
			require.Zero(t, svc.Account().InFlight())
			require.NoError(t, tl.Check(lambdatest.Settings{AnyDelay: true, Tolerance: time.Minute}), "%s", &tl)
			ended, lost := len(tl.Of(trace.Ended)), len(tl.Of(trace.Lost))
			require.Equal(t, len(tl.Of(trace.Accepted)), ended+lost)
			require.LessOrEqual(t, ended, accepted)
		})
	})
}
