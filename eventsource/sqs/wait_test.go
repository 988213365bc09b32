package sqs

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReceiveWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		start := time.Now()
		time.AfterFunc(7*time.Second, func() { send(t, q, "a") })
		rs, err := q.Receive(t.Context(), 10, true)
		require.NoError(t, err)
		require.Len(t, rs, 1)
		require.Equal(t, 7*time.Second, time.Since(start))

		rs, err = q.Receive(t.Context(), 10, true) // nobody deleted it
		require.NoError(t, err)
		require.Len(t, rs, 1)
		require.Equal(t, 37*time.Second, time.Since(start), "a lease that ends wakes")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = q.Receive(ctx, 10, true)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestLongPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{ReceiveMessageWaitTime: 20 * time.Second})
		start := time.Now()
		ms, err := q.ReceiveMessage(t.Context(), ReceiveOptions{})
		require.NoError(t, err)
		require.Empty(t, ms)
		require.Equal(t, 20*time.Second, time.Since(start))

		_, err = q.SendMessageDelayed(t.Context(), Message{Body: "a"}, 3*time.Second)
		require.NoError(t, err)
		ms, err = q.ReceiveMessage(t.Context(), ReceiveOptions{WaitTime: new(2 * time.Second)})
		require.NoError(t, err)
		require.Empty(t, ms)
		ms, err = q.ReceiveMessage(t.Context(), ReceiveOptions{WaitTime: new(2 * time.Second)})
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, bodies(ms))
		require.Equal(t, 23*time.Second, time.Since(start), "the end of a delay wakes")

		ms, err = q.ReceiveMessage(t.Context(), ReceiveOptions{WaitTime: new(time.Duration(0))})
		require.NoError(t, err)
		require.Empty(t, ms)
		require.Equal(t, 23*time.Second, time.Since(start))
	})
}

// waking counts the calls of wake.
func waking(q *Queue) (n *atomic.Int32, stop func()) {
	n = new(atomic.Int32)
	return n, q.Notify(func() { n.Add(1) })
}

func TestNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		n, stop := waking(q)
		send(t, q, "a")
		require.EqualValues(t, 1, n.Load(), "a message sent")
		_, err := q.SendMessageDelayed(t.Context(), Message{Body: "b"}, 5*time.Second)
		require.NoError(t, err)
		require.EqualValues(t, 1, n.Load(), "a delayed one is not there yet")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.EqualValues(t, 2, n.Load(), "its delay over")
		got := q.ReceiveMessages(2)
		require.NoError(t, q.ChangeMessageVisibility(t.Context(), got[0].ReceiptHandle, 0))
		require.EqualValues(t, 3, n.Load(), "released")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		require.EqualValues(t, 4, n.Load(), "its lease over")
		require.Len(t, q.ReceiveMessages(2), 2)
		_, err = q.SendMessageDelayed(t.Context(), Message{Body: "c"}, 5*time.Second)
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.EqualValues(t, 5, n.Load(), "a delay that is over before the leases")
		stop()
		send(t, q, "c")
		require.EqualValues(t, 5, n.Load(), "stopped")
	})
}

func TestNotifyOfFIFO(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q.fifo", Attributes{})
		n, stop := waking(q)
		defer stop()
		send(t, q, "1")
		got := q.ReceiveMessages(1)
		send(t, q, "2")
		require.EqualValues(t, 1, n.Load(), "blocked")
		require.NoError(t, q.DeleteMessage(t.Context(), got[0].ReceiptHandle))
		require.EqualValues(t, 2, n.Load(), "unblocked")
		send(t, q, "3")
		require.EqualValues(t, 3, n.Load(), "one more in an open group")
	})
}

// Someone who registers while messages are hidden is woken for them, although nothing else happens.
func TestNotifyLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		send(t, q, "a")
		require.Len(t, q.ReceiveMessages(1), 1)
		time.Sleep(40 * time.Second)
		n, stop := waking(q)
		defer stop()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.EqualValues(t, 1, n.Load(), "what was due before")
		require.Len(t, q.ReceiveMessages(1), 1)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		require.EqualValues(t, 2, n.Load())
	})
}

// A dead-letter queue wakes its own waiters.
func TestRedriveNotifies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := NewQueue("dead", Attributes{})
		q := NewQueue("q", Attributes{DeadLetterQueue: dead, MaxReceiveCount: 1})
		n, stop := waking(dead)
		defer stop()
		send(t, q, "a")
		require.Len(t, q.ReceiveMessages(1), 1)
		time.Sleep(30 * time.Second)
		require.Empty(t, q.ReceiveMessages(1))
		require.EqualValues(t, 1, n.Load())
	})
}

func TestNoTimerWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		send(t, q, "a", "b")
		got := q.ReceiveMessages(2)
		require.Nil(t, q.timer, "nobody to wake")
		_, stop := waking(q)
		_, stop2 := waking(q)
		require.NotZero(t, q.armed)
		require.NoError(t, q.DeleteMessage(t.Context(), got[0].ReceiptHandle))
		require.NotZero(t, q.armed)
		require.NoError(t, q.DeleteMessage(t.Context(), got[1].ReceiptHandle))
		require.Zero(t, q.armed, "nothing hidden")
		require.False(t, q.timer.Stop(), "the timer does not run")
		send(t, q, "c")
		require.Zero(t, q.armed)
		require.Len(t, q.ReceiveMessages(1), 1)
		require.NotZero(t, q.armed)
		stop()
		require.NotNil(t, q.timer)
		stop2()
		require.Nil(t, q.timer, "nobody to wake")
		stop2()
	})
}

// Without waiters a queue can go from bubble to bubble: it keeps no timer and no channel.
func TestQueueOutlivesBubble(t *testing.T) {
	q := NewQueue("q", Attributes{})
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			send(t, q, "a")
			n, stop := waking(q)
			require.NotEmpty(t, q.ReceiveMessages(1))
			time.Sleep(30 * time.Second)
			synctest.Wait()
			require.NotZero(t, n.Load())
			stop()
		})
	}
}

func TestNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	q := NewQueue("q", Attributes{})
	_, stop := waking(q)
	defer stop()
	send(t, q, "a")
	require.Len(t, q.ReceiveMessages(1), 1)
	require.LessOrEqual(t, runtime.NumGoroutine(), before) // fewer, if those of an earlier test were still ending
}

// wake may call back into the queue: no lock is held.
func TestWakeMayReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue("q", Attributes{})
		var got []string
		defer q.Notify(func() {
			for _, m := range q.ReceiveMessages(10) {
				got = append(got, m.Body)
				require.NoError(t, q.DeleteMessage(t.Context(), m.ReceiptHandle))
			}
		})()
		send(t, q, "a", "b")
		require.Equal(t, []string{"a", "b"}, got)
	})
}

// Many senders and consumers, some of which fail: every message is deleted exactly once by whoever succeeded with it,
// and a FIFO group is never in two hands.
func TestConcurrentUse(t *testing.T) {
	for _, name := range []string{"q", "q.fifo"} {
		t.Run(name, func(t *testing.T) {
			const senders, each, consumers = 4, 100, 4
			q := NewQueue(name, Attributes{VisibilityTimeout: new(time.Duration(1 * time.Second))})
			var wg sync.WaitGroup
			for s := range senders {
				wg.Go(func() {
					for i := range each {
						m := Message{Body: strconv.Itoa(s*each + i)}
						if q.set.fifo {
							m = fifoMessage(m.Body, strconv.Itoa(i%5), m.Body)
						}
						_, err := q.SendMessage(context.Background(), m)
						require.NoError(t, err)
					}
				})
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var mu sync.Mutex
			done, held := map[string]int{}, map[string]int{}
			for c := range consumers {
				wg.Go(func() {
					for round := 0; ; round++ {
						rs, err := q.Receive(ctx, 10, true)
						if err != nil {
							return
						}
						mu.Lock()
						for _, r := range rs {
							if h, taken := held[r.Group]; q.set.fifo && taken && h != c {
								t.Errorf("group %s is held twice", r.Group)
							}
							held[r.Group] = c
						}
						mu.Unlock()
						fail := round%3 == 2 && len(rs) > 1
						mu.Lock()
						for _, r := range rs {
							delete(held, r.Group)
							if !fail {
								done[string(r.Data)]++
							}
						}
						complete := len(done) == senders*each
						mu.Unlock()
						if fail {
							for _, r := range rs {
								require.NoError(t, q.ChangeMessageVisibility(ctx, r.Receipt, 0))
							}
							continue
						}
						require.NoError(t, q.Delete(ctx, rs))
						if complete {
							cancel()
						}
					}
				})
			}
			wg.Wait()
			require.Len(t, done, senders*each)
			for body, n := range done {
				require.Equal(t, 1, n, body)
			}
			require.Zero(t, q.Len())
		})
	}
}

// A poller that is woken, and never polls otherwise, gets every message, whatever is delayed, fails or blocks: no wake
// is missing.
func TestWakeIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fifo := rapid.Bool().Draw(t, "fifo")
		delays := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 12).Draw(t, "delays")
		fails := rapid.SliceOfN(rapid.Bool(), 40, 40).Draw(t, "fails")
		max := rapid.IntRange(1, 3).Draw(t, "max")
		rapid.SyncTest(t, func(t *rapid.T) {
			name := "q"
			if fifo {
				name = "q.fifo"
			}
			q := NewQueue(name, Attributes{})
			var mu sync.Mutex
			polls := 0
			poll := func() {
				mu.Lock()
				defer mu.Unlock()
				for {
					rs, err := q.Receive(context.Background(), max, false)
					require.NoError(t, err)
					if len(rs) == 0 {
						return
					}
					polls++
					if polls >= len(fails) || !fails[polls] {
						time.AfterFunc(time.Second, func() { _ = q.Delete(context.Background(), rs) })
					}
				}
			}
			stop := q.Notify(func() { time.AfterFunc(0, poll) })
			defer stop()
			for i, delay := range delays {
				m := Message{Body: strconv.Itoa(i)}
				if fifo {
					m = fifoMessage(m.Body, strconv.Itoa(delay%2), m.Body)
				}
				_, err := q.SendMessage(context.Background(), m)
				require.NoError(t, err)
				time.Sleep(time.Duration(delay) * time.Second)
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			require.Zero(t, q.Len())
		})
	})
}
