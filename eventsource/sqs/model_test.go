package sqs

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// model is a queue as one would explain it: a slice of messages in the order of arrival, searched from end to end, and
// the order in which messages, or a FIFO queue's groups, became receivable.
type model struct {
	set      settings
	messages []*modelMessage
	order    []string // standard: names of visible messages; FIFO: names of open groups
	leases   uint64
	purged   int64
}

type modelMessage struct {
	name, group string
	sent, due   int64
	latest      int64
	phase       phase
	receives    int
	leases      []uint64
}

// key is what order lists m by.
func (m *model) key(x *modelMessage) string {
	if m.set.fifo {
		return x.group
	}
	return x.name
}

// open reports whether the message, or the group, of a key can be received.
func (m *model) open(key string) bool {
	first := true
	open := false
	for _, x := range m.messages {
		if m.key(x) != key {
			continue
		}
		if x.phase == inFlight {
			return false
		}
		if first {
			open = x.phase == visible
		}
		first = false
	}
	return open
}

// reorder drops from order what cannot be received any more and appends what newly can.
func (m *model) reorder() {
	m.order = slices.DeleteFunc(m.order, func(key string) bool { return !m.open(key) })
	for _, x := range m.messages {
		if key := m.key(x); m.open(key) && !slices.Contains(m.order, key) {
			m.order = append(m.order, key)
		}
	}
}

func (m *model) drop(x *modelMessage) {
	m.messages = slices.DeleteFunc(m.messages, func(o *modelMessage) bool { return o == x })
	m.reorder()
}

// advance lets happen, one after the other, what is due.
func (m *model) advance(now int64) {
	byTime := func(at func(*modelMessage) int64) func() *modelMessage {
		return func() (next *modelMessage) {
			for _, x := range m.messages {
				if at(x) <= now && (next == nil || at(x) < at(next)) {
					next = x
				}
			}
			return next
		}
	}
	expired := byTime(func(x *modelMessage) int64 { return x.sent + int64(m.set.retention) })
	for x := expired(); x != nil; x = expired() {
		m.drop(x)
	}
	due := byTime(func(x *modelMessage) int64 {
		if x.phase == visible {
			return 1 << 62
		}
		return x.due
	})
	for x := due(); x != nil; x = due() {
		x.phase = visible
		m.reorder()
	}
}

func (m *model) send(name, group string, delay, age time.Duration, now int64) {
	x := &modelMessage{name: name, group: group, sent: now - int64(age), phase: visible}
	if delay > 0 {
		x.phase, x.due = delayed, now+int64(delay)
	}
	m.messages = append(m.messages, x)
	m.reorder()
}

// receive returns the names of what was received and of what went to the dead-letter queue.
func (m *model) receive(max int, visibility time.Duration, now int64) (got, moved []string) {
	for len(got) < max && len(m.order) > 0 {
		key := m.order[0]
		var batch []*modelMessage
		for _, x := range m.messages {
			if m.key(x) == key {
				batch = append(batch, x)
			}
		}
		for _, x := range batch {
			if x.phase != visible || len(got) == max {
				break
			}
			if m.set.maxReceives > 0 && x.receives >= m.set.maxReceives {
				m.drop(x)
				moved = append(moved, x.name)
				continue
			}
			m.leases++
			x.phase, x.due, x.latest = inFlight, now+int64(visibility), now
			x.leases = append(x.leases, m.leases)
			x.receives++
			got = append(got, x.name)
		}
		m.reorder()
	}
	return got, moved
}

// find returns the message that was leased under a number, and whether that was the last time.
func (m *model) find(lease uint64) (*modelMessage, bool) {
	for _, x := range m.messages {
		if i := slices.Index(x.leases, lease); i >= 0 {
			return x, i == len(x.leases)-1
		}
	}
	return nil, false
}

// delete reports whether SQS accepts it.
func (m *model) delete(lease uint64) bool {
	x, last := m.find(lease)
	if x == nil {
		return true
	}
	if m.set.fifo && (!last || x.phase != inFlight) {
		return false
	}
	if last {
		m.drop(x)
	}
	return true
}

func (m *model) change(lease uint64, timeout time.Duration, now int64) bool {
	x, last := m.find(lease)
	if !last || x.phase != inFlight || now+int64(timeout)-x.latest > int64(maxVisibility) {
		return false
	}
	x.due = now + int64(timeout)
	if timeout == 0 {
		x.phase = visible
	}
	m.reorder()
	return true
}

func (m *model) counts() (c [phases]int) {
	for _, x := range m.messages {
		c[x.phase]++
	}
	return c
}

// The state does, for any script, what the model does: same messages in the same order, same refusals, same counts.
func TestStateAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := settings{retention: minRetention, fifo: rapid.Bool().Draw(t, "fifo"), maxReceives: rapid.IntRange(0, 3).Draw(t, "maxReceives")}
		if set.maxReceives > 0 {
			set.dead = &Queue{}
		}
		var (
			s       = newState(set)
			m       = &model{set: set, purged: -1 << 62}
			now     = int64(1e18)
			handles = []receipt{{lease: 1 << 40, slot: 1 << 20}}
			names   = map[uint64]string{}
		)
		seconds := func(label string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Second
		}
		handle := func() receipt { // mostly one of the latest
			return handles[max(0, len(handles)-1-rapid.IntRange(0, 4).Draw(t, "handle"))]
		}
		step := func(f func()) func(*rapid.T) {
			return func(*rapid.T) {
				s.advance(now)
				m.advance(now)
				f()
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"send": step(func() {
				group := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "group")
				delay := seconds("delay", 5)
				age := max(0, seconds("age", 80)-50*time.Second) // mostly new, sometimes another queue's dead letter
				x := &message{content: &content{groupID: group}, sent: now - int64(age)}
				s.add(x, delay, now)
				name := string(rune('A' + x.number))
				names[x.number] = name
				m.send(name, group, delay, age, now)
			}),
			"receive": step(func() {
				n, visibility := rapid.IntRange(1, 4).Draw(t, "max"), seconds("visibility", 10)
				got, moved := s.receive(nil, nil, n, visibility, now)
				var gotNames, movedNames []string
				for _, d := range got {
					gotNames = append(gotNames, names[d.number])
					handles = append(handles, receipt{slot: d.slot, lease: d.lease})
				}
				for _, x := range moved {
					movedNames = append(movedNames, names[x.number])
				}
				wantGot, wantMoved := m.receive(n, visibility, now)
				require.Equal(t, wantGot, gotNames)
				require.Equal(t, wantMoved, movedNames)
			}),
			"delete": step(func() {
				h := handle()
				require.Equal(t, m.delete(h.lease), s.delete(h, "") == nil)
			}),
			"change": step(func() {
				h, timeout := handle(), seconds("timeout", 10)
				require.Equal(t, m.change(h.lease, timeout, now), s.change(h, "", timeout, now) == nil)
			}),
			"purge": step(func() {
				may := now-m.purged >= int64(purgeInterval)
				require.Equal(t, may, s.clear(now))
				if may {
					m.messages, m.purged = nil, now
					m.reorder()
				}
			}),
			"wait": func(*rapid.T) { now += int64(seconds("wait", 40)) },
			"": func(*rapid.T) {
				s.advance(now)
				m.advance(now)
				c := m.counts()
				require.Equal(t, c[1:], s.count[1:])
				next, ok := s.next()
				require.Equal(t, c[delayed]+c[inFlight] > 0, ok)
				for _, x := range m.messages {
					if x.phase != visible {
						require.LessOrEqual(t, next, x.due)
					}
				}
				consistent(t, s)
			},
		})
	})
}

// consistent checks what ties the state's structures together.
func consistent(t require.TestingT, s *state) {
	live := 0
	for slot, m := range s.slots {
		if m == nil {
			require.Contains(t, s.free, slot)
			continue
		}
		live++
		require.Equal(t, slot, m.slot)
		if at := m.pos[byExpiry]; at != notIn {
			require.Same(t, m, s.expiry.late.items[at].m)
		}
		if m.phase != visible {
			require.Same(t, m, s.hidden.items[m.pos[byDue]].m)
		} else {
			require.Equal(t, notIn, m.pos[byDue])
		}
	}
	aging := len(s.expiry.late.items)
	for m := s.expiry.inTurn.head; m != nil; m = m.links[byAge].next {
		aging++
	}
	require.Equal(t, live, aging)
	require.Equal(t, live, s.count[delayed]+s.count[visible]+s.count[inFlight])
	require.Len(t, s.slots, live+len(s.free))
	if !s.set.fifo {
		return
	}
	grouped := 0
	for id, g := range s.groups {
		require.Equal(t, id, g.id)
		require.NotNil(t, g.messages.head, "a group without messages is forgotten")
		flying := 0
		for m := g.messages.head; m != nil; m = m.links[inOrder].next {
			grouped++
			if m.phase == inFlight {
				flying++
			}
		}
		require.Equal(t, flying, g.inFlight)
	}
	require.Equal(t, live, grouped)
}
