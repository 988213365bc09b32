package batch

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// t0 is when every test begins.
var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// rec is a record or a message of a test.
type rec struct {
	id      string
	key     string
	size    int
	arrival time.Time
	expires time.Time
}

func recID(r *rec) string { return r.id }

var recFields = Fields[rec]{
	ID:      recID,
	Size:    func(r *rec) int { return r.size },
	Arrival: func(r *rec) time.Time { return r.arrival },
	Key:     func(r *rec) string { return r.key },
	Expires: func(r *rec) time.Time { return r.expires },
}

// records makes n records named from 1, that arrived at t0.
func records(n int) []rec {
	rs := make([]rec, n)
	for i := range rs {
		rs[i] = rec{id: strconv.Itoa(i + 1), size: 10, arrival: t0}
	}
	return rs
}

func idsOf(rs []rec) string {
	ids := make([]string, len(rs))
	for i := range rs {
		ids[i] = rs[i].id
	}
	return strings.Join(ids, ",")
}

// partial is a response that names failed items.
func partial(ids ...string) []byte {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = fmt.Sprintf(`{"itemIdentifier":%q}`, id)
	}
	return []byte(`{"batchItemFailures":[` + strings.Join(items, ",") + `]}`)
}

// script answers invokes with the words of a script, the last one for ever: S succeeds, F fails, T is throttled, and
// P(a,b) names failed items; anything else is taken for a payload. report turns ReportBatchItemFailures on.
type script struct {
	words  []string
	report bool
}

func (s *script) next() string {
	w := s.words[0]
	if len(s.words) > 1 {
		s.words = s.words[1:]
	}
	return w
}

func (s *script) stream(batch []rec) Outcome {
	switch w := s.next(); {
	case w == "S":
		return Outcome{Result: Succeeded}
	case w == "F":
		return Outcome{Result: FunctionError}
	case w == "T":
		return Outcome{Result: Throttled}
	case !s.report:
		return Outcome{Result: Succeeded}
	default:
		return StreamVerdict(payloadOf(w), batch, recID)
	}
}

func payloadOf(word string) []byte {
	if ids, ok := strings.CutPrefix(word, "P("); ok {
		return partial(strings.Split(strings.TrimSuffix(ids, ")"), ",")...)
	}
	return []byte(word)
}

// shardSim is a shell around one Shard in time that only moves when there is nothing else to do. Invokes take no time
// unless work says otherwise.
type shardSim struct {
	shard  *Shard[rec, int]
	handle func(batch []rec, w *Window) Outcome
	work   func(batch []rec) time.Duration

	now       time.Time
	log       []string // "F1,2" and so on
	discards  []string // the ids, the condition, the count, the response context
	discarded []discard
	onDiscard func()
	gaps      []time.Duration
	calls     []call
	running   []flight
}

type discard struct {
	at   time.Time
	work Work[rec]
}

// call is one invoke as the function saw it.
type call struct {
	lane       int
	batch      []rec
	start, end time.Time
	result     Result
	first      int
	again      bool
}

type flight struct {
	lane    int
	end     time.Time
	outcome Outcome
	call    int
}

func newSim(c StreamConfig, handle func([]rec, *Window) Outcome) *shardSim {
	s, err := NewShard(c, &recFields, 0)
	if err != nil {
		panic(err)
	}
	return &shardSim{shard: s, handle: handle, now: t0}
}

// run works until nothing is left to do before the end.
func (s *shardSim) run(d time.Duration) {
	end := s.now.Add(d)
	for {
		next := end
		for lane := range s.shard.Lanes() {
			if at := s.turn(lane); !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		for _, f := range s.running {
			if f.end.Before(next) {
				next = f.end
			}
		}
		if !next.After(s.now) && len(s.running) == 0 || next.Equal(end) {
			if end.After(s.now) {
				s.now = end
			}
			s.land()
			return
		}
		s.now = next
		s.land()
	}
}

// turn drives a lane as far as it goes now and says when to come back.
func (s *shardSim) turn(lane int) time.Time {
	for {
		switch w := s.shard.Next(lane, s.now); w.Action {
		case Invoke:
			s.invoke(lane, w)
		case Discard:
			s.discarded = append(s.discarded, discard{s.now, w})
			if s.onDiscard != nil {
				s.onDiscard()
			}
			s.discards = append(s.discards, fmt.Sprintf("%s %s %d %d", idsOf(w.Records), w.Condition, w.Count, w.Response))
		case Wait:
			if !w.At.IsZero() {
				s.gaps = append(s.gaps, w.At.Sub(s.now))
			}
			return w.At
		default:
			return time.Time{}
		}
	}
}

func (s *shardSim) invoke(lane int, w Work[rec]) {
	o := s.handle(w.Records, w.Window)
	s.calls = append(s.calls, call{lane: lane, batch: append([]rec(nil), w.Records...), start: s.now, result: o.Result, first: o.First, again: w.Again})
	s.log = append(s.log, letter(o)+idsOf(w.Records))
	f := flight{lane: lane, end: s.now, outcome: o, call: len(s.calls) - 1}
	if s.work != nil {
		f.end = s.now.Add(s.work(w.Records))
	}
	s.running = append(s.running, f)
	s.land()
}

// land reports the invokes that have ended by now.
func (s *shardSim) land() {
	kept := s.running[:0]
	for _, f := range s.running {
		if f.end.After(s.now) {
			kept = append(kept, f)
			continue
		}
		s.calls[f.call].end = s.now
		s.shard.Report(f.lane, s.now, f.outcome)
	}
	s.running = kept
}

func letter(o Outcome) string {
	switch o.Result {
	case Succeeded:
		return "S"
	case PartlyFailed:
		return "P"
	case AllFailed:
		return "A"
	case Throttled:
		return "T"
	}
	return "F"
}

// add puts records, whose positions are their numbers.
func (s *shardSim) add(rs ...rec) {
	for i := range rs {
		n, _ := strconv.Atoi(rs[i].id)
		s.shard.Add(s.now, &rs[i], n)
	}
}

func count[T any](xs []T, is func(T) bool) (n int) {
	for _, x := range xs {
		if is(x) {
			n++
		}
	}
	return n
}
