package agenda_test

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/internal/agenda"
)

// diary is what was done, and when after its start.
type diary struct {
	start time.Time
	mu    sync.Mutex
	lines []line
}

type line struct {
	at     time.Duration
	number uint64
}

func newDiary() *diary { return &diary{start: time.Now()} }

func (d *diary) note(number uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line{time.Since(d.start), number})
}

func (d *diary) all() []line {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

func (d *diary) entry(rank int, number uint64) *agenda.Entry {
	return &agenda.Entry{Rank: rank, Number: number, Do: func() { d.note(number) }}
}

// What is due in one instant is done in the order of ranks and numbers, however it was put on the agenda.
func TestOrderOfOneInstant(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			var a agenda.Agenda
			d := newDiary()
			due := d.start.Add(time.Second)
			for _, n := range []uint64{7, 3, 9, 1, 8} {
				a.Set(d.entry(0, n), due)
			}
			a.Set(d.entry(-1, 100), due)
			a.Set(d.entry(1, 0), due)
			a.Set(d.entry(5, 4), due.Add(-1))
			lambdatest.Advance(time.Second)
			const s = time.Second
			require.Equal(t, []line{{s - 1, 4}, {s, 100}, {s, 1}, {s, 3}, {s, 7}, {s, 8}, {s, 9}, {s, 0}}, d.all())
		})
	}
}

// One that waits holds up nobody: the rest go on in order, and it is done when it is.
func TestOneThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a agenda.Agenda
		d := newDiary()
		due := d.start.Add(time.Second)
		for n := range uint64(6) {
			e := d.entry(0, n)
			if n == 1 || n == 3 {
				do := e.Do
				e.Do = func() {
					time.Sleep(time.Minute)
					do()
				}
			}
			a.Set(e, due)
		}
		a.Set(d.entry(0, 6), due.Add(time.Second))
		a.Set(d.entry(0, 7), due.Add(time.Hour))
		lambdatest.Advance(2 * time.Hour)
		const s, ns = time.Second, time.Nanosecond
		require.Equal(t, []line{
			{s, 0}, {s + ns, 2}, {s + 2*ns, 4}, {s + 2*ns, 5}, {2 * s, 6},
			{61 * s, 1}, {61*s + ns, 3}, {s + time.Hour, 7},
		}, d.all())
	})
}

// One that has waited ends in an instant in which others are due, before they begin or while one of them is at it: they
// are done one after the other as ever.
func TestOneThatHasWaitedCutsInOnNobody(t *testing.T) {
	for name, wait := range map[string]func(begun chan struct{}){
		"before":    func(chan struct{}) { time.Sleep(time.Second) },
		"meanwhile": func(begun chan struct{}) { <-begun },
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				synctest.Test(t, func(t *testing.T) {
					var a agenda.Agenda
					d := newDiary()
					begun := make(chan struct{})
					a.Set(&agenda.Entry{Do: func() { wait(begun) }}, d.start.Add(time.Second))
					for n := range uint64(5) {
						a.Set(&agenda.Entry{Number: n, Do: func() {
							if n == 0 {
								close(begun)
							}
							chat()
							d.note(n)
						}}, d.start.Add(2*time.Second))
					}
					lambdatest.Advance(2 * time.Second)
					const s = 2 * time.Second
					require.Equal(t, []line{{s, 0}, {s, 1}, {s, 2}, {s, 3}, {s, 4}}, d.all())
				})
			}
		})
	}
}

// chat takes a while, in which others get to run, but no time.
func chat() {
	ping := make(chan struct{})
	go func() {
		defer close(ping)
		for range 100 {
			ping <- struct{}{}
		}
	}()
	for range ping {
	}
}

// One that waits for somebody who answers in the same instant is no different from one that does not wait.
func TestOneThatIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a agenda.Agenda
		d := newDiary()
		for n := range uint64(4) {
			a.Set(&agenda.Entry{Number: n, Do: func() {
				answer := make(chan uint64)
				go func() { answer <- n }()
				d.note(<-answer)
			}}, d.start.Add(time.Second))
		}
		lambdatest.Advance(time.Second)
		require.Equal(t, []line{{time.Second, 0}, {time.Second, 1}, {time.Second, 2}, {time.Second, 3}}, d.all())
	})
}

// One that ends its goroutine takes nobody along, nor time.
func TestOneThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a agenda.Agenda
		d := newDiary()
		for n := range uint64(4) {
			a.Set(&agenda.Entry{Number: n, Do: func() {
				d.note(n)
				runtime.Goexit()
			}}, d.start.Add(time.Second))
		}
		lambdatest.Advance(time.Second)
		require.Equal(t, []line{{time.Second, 0}, {time.Second, 1}, {time.Second, 2}, {time.Second, 3}}, d.all())
	})
}

// Entries put others on the agenda, and themselves again: also for now, and for the past.
func TestEntriesThatSetEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a agenda.Agenda
		d := newDiary()
		n := uint64(0)
		e := &agenda.Entry{}
		e.Do = func() {
			n++
			d.note(n)
			switch n {
			case 1:
				a.Set(e, time.Now())
				a.Set(d.entry(0, 100), time.Now().Add(-time.Hour))
			case 2:
				a.Set(e, time.Now().Add(time.Second))
			}
		}
		a.Set(e, d.start)
		lambdatest.Advance(time.Minute)
		require.Equal(t, []line{{0, 1}, {0, 100}, {0, 2}, {time.Second, 3}}, d.all())
	})
}

func TestUnset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a agenda.Agenda
		d := newDiary()
		e := d.entry(0, 1)
		require.False(t, a.Unset(e), "never set")
		a.Set(e, d.start.Add(time.Second))
		require.True(t, a.Unset(e))
		require.False(t, a.Unset(e), "not set any more")
		lambdatest.Advance(time.Minute)
		require.Empty(t, d.all())
		a.Set(e, time.Now())
		lambdatest.Advance(0)
		require.Len(t, d.all(), 1)
		require.False(t, a.Unset(e), "done")
	})
}

// An agenda does whatever is set, moved and unset as a list would that is sorted anew each time.
func TestAgendaAgainstList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			var a agenda.Agenda
			d := newDiary()
			made := map[uint64]*agenda.Entry{}
			due := map[uint64]time.Duration{}
			var want []line
			number := rapid.Uint64Range(0, 7)
			t.Repeat(map[string]func(*rapid.T){
				"set": func(t *rapid.T) {
					n := number.Draw(t, "number")
					if made[n] == nil {
						made[n] = d.entry(0, n)
					}
					due[n] = time.Since(d.start) + time.Duration(rapid.IntRange(1, 4).Draw(t, "seconds"))*time.Second
					a.Set(made[n], d.start.Add(due[n]))
				},
				"unset": func(t *rapid.T) {
					n := number.Draw(t, "number")
					if made[n] == nil {
						t.Skip("never made")
					}
					_, on := due[n]
					require.Equal(t, on, a.Unset(made[n]))
					delete(due, n)
				},
				"advance": func(t *rapid.T) {
					lambdatest.Advance(time.Duration(rapid.IntRange(0, 3).Draw(t, "seconds")) * time.Second)
					var now []line
					for n, at := range due {
						if at <= time.Since(d.start) {
							now = append(now, line{at, n})
							delete(due, n)
						}
					}
					slices.SortFunc(now, func(x, y line) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.number, y.number)) })
					want = append(want, now...)
				},
				"": func(t *rapid.T) {
					require.Equal(t, want, d.all())
				},
			})
			for n := range due {
				a.Unset(made[n])
			}
		})
	})
}

// On a real clock as well each entry is done once, by whomever it is set and unset.
func TestOnARealClock(t *testing.T) {
	var a agenda.Agenda
	var done, unset atomic.Int64
	var wg sync.WaitGroup
	const setters, each = 4, 500
	finished := make(chan struct{}, setters*each)
	for s := range setters {
		wg.Go(func() {
			for i := range each {
				e := &agenda.Entry{Number: uint64(s*each + i), Do: func() {
					done.Add(1)
					finished <- struct{}{}
				}}
				a.Set(e, time.Now().Add(time.Duration(i%7)*10*time.Microsecond))
				if i%3 == 0 && a.Unset(e) {
					unset.Add(1)
					finished <- struct{}{}
				}
			}
		})
	}
	wg.Wait()
	for range setters * each {
		<-finished
	}
	require.EqualValues(t, setters*each, done.Load()+unset.Load())
}
