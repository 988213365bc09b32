package eventsource_test

import (
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// streamRun is such a run under way.
type streamRun struct {
	streamPlan
	t      *rapid.T
	c      *chance
	w      *world
	raw    eventsource.Stream
	source eventsource.Stream
	put    func(key string, n int) error
	shards func() error // reshards
	sides  []*side
	puts   int

	mu    sync.Mutex
	sent  map[string][]string // texts by key, in the order in which they were put
	index map[string]*shardIndex
}

// side is one of the mappings, and what its function has seen.
type side struct {
	r        *streamRun
	m        *eventsource.Mapping
	function string
	config   eventsource.Config
	names    []string        // of the function, by turns
	handled  map[string]bool // succeeded
	through  map[string]bool // and is safe: succeeded in a window that is over, filtered out, given up, or not asked for
	flying   map[string]int  // by key
	inShard  map[string]int
	saved    map[string]string // by shard
	attempts int               // the most that were ever allowed; -1 for no bound
	size     int               // the largest batch that was ever allowed
	finals   map[string]int    // how often the final invoke of a window succeeded, by shard and start
	failed   map[string]string // how a request failed last: by an error, or by a report
	discards []*destinations.BatchRecord
	given    map[string]string // ids of the records that were given up, by text
	off      bool
}

// runStream runs a plan to its end, and holds everything against the laws. It returns the run for more.
func runStream(t *rapid.T, p streamPlan, c *chance) *streamRun {
	p.restrict()
	r := &streamRun{streamPlan: p, t: t, c: c, sent: map[string][]string{}, index: map[string]*shardIndex{}}
	r.makeSource()
	r.w = newWorld(t, invoke.Options{}, r.answer)
	for _, name := range []string{"g", "h"} {
		lambdatest.Deploy(t, r.w.svc, lambda.Config{Name: name}, r.w.code())
	}
	r.w.throttle(c, r.throttles)
	r.begin()
	for _, s := range r.steps {
		r.step(s)
	}
	r.end()
	return r
}

// begin puts the early records and makes the mappings.
func (r *streamRun) begin() {
	for _, k := range r.early {
		r.record(k)
	}
	lambdatest.Advance(time.Second)
	store := eventsource.CheckpointStore(eventsource.NewMemoryCheckpoints())
	if r.storeFails {
		store = &faultyStore{eventsource.NewMemoryCheckpoints(), r.c, r.faults}
	}
	r.config.Checkpoints, r.config.Filters = store, r.patterns()
	if r.config.StartingPosition == eventsource.AtTimestamp {
		r.config.StartingPositionTimestamp = time.Now()
	}
	for i := range r.mappings {
		s := &side{
			r: r, function: "f", names: []string{"g", "f"}, config: r.config, size: r.config.BatchSize, attempts: -1,
			handled: map[string]bool{}, through: map[string]bool{}, flying: map[string]int{}, inShard: map[string]int{},
			saved: map[string]string{}, finals: map[string]int{}, failed: map[string]string{}, given: map[string]string{},
		}
		if i == 1 {
			s.function, s.names = "h", nil
		}
		if n := r.config.MaximumRetryAttempts; n != nil {
			s.attempts = *n
		}
		s.config.OnFailure = destinations.Func("arn:aws:sqs:us-east-1:123456789012:discards", s.discard)
		r.sides = append(r.sides, s)
		s.excuse()
		s.make()
	}
}

// excuse lets the mapping be, as it begins, without the records that its filters or its StartingPosition pass over.
func (s *side) excuse() {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for key, texts := range s.r.sent {
		if s.config.StartingPosition == eventsource.TrimHorizon && !s.r.rejects(key) {
			continue
		}
		for _, text := range texts {
			s.handled[text], s.through[text] = true, true
		}
	}
}

// make makes the mapping. Where it begins must be taken and saved, so nothing goes wrong meanwhile.
func (s *side) make() {
	s.r.c.pause()
	defer s.r.c.resume()
	c := s.config
	c.FunctionName, c.Disabled = s.function, false
	for range 100 {
		m, err := eventsource.NewMapping(s.r.w.svc, s.r.source, c)
		if err == nil {
			s.m, s.off = m, false
			break
		}
		lambdatest.Advance(time.Second) // the one before is being deleted
	}
	s.m.Control(s.control)
	lambdatest.Advance(0)
}

// control injects faults, and holds positions that are saved against the laws.
func (s *side) control(step *eventsource.Step, next func() error) error {
	c, percent := s.r.c, s.r.faults
	switch {
	case c.hits(percent):
		return errFault
	case s.r.crashes && c.hits(percent):
		return eventsource.ErrCrash
	case s.r.lies && s.r.crashes && c.hits(percent):
		return nil
	}
	s.saves(step)
	err := next()
	if err == nil {
		s.hasSaved(step)
	}
	if s.r.crashes && c.hits(percent) {
		return eventsource.ErrCrash
	}
	return err
}

// record puts a record.
func (r *streamRun) record(key int) {
	name := fmt.Sprint("k", key)
	r.mu.Lock()
	r.puts++
	text := fmt.Sprint(name, "-", r.puts)
	r.sent[name] = append(r.sent[name], text)
	for _, s := range r.sides {
		if r.rejects(name) {
			s.handled[text], s.through[text] = true, true
		}
	}
	n := r.puts
	r.mu.Unlock()
	require.NoError(r.t, r.put(name, n))
}

func (r *streamRun) step(st streamStep) {
	s := r.sides[st.key%len(r.sides)]
	switch st.act {
	case "put":
		r.record(st.key)
	case "restart":
		s.m.Close()
		if r.storeFails { // the positions may not have followed the last rename: that costs repetitions
			clear(s.saved)
		}
		s.make()
	case "disable", "enable":
		_, err := s.m.Update(eventsource.UpdateInput{Enabled: new(st.act == "enable")})
		require.NoError(r.t, err)
		s.off = st.act == "disable"
	case "update":
		s.update(st.key)
	case "rename":
		if len(s.names) > 0 {
			_, err := s.m.Update(eventsource.UpdateInput{FunctionName: s.names[0]})
			require.NoError(r.t, err)
			s.function, s.names = s.names[0], []string{s.names[1], s.names[0]}
		}
	case "delete":
		s.delete()
	case "reshard":
		require.NoError(r.t, r.shards())
	}
	lambdatest.Advance(st.pause)
}

// update changes what may be changed under way.
func (s *side) update(n int) {
	in := eventsource.UpdateInput{BatchSize: new(1 + n), BisectBatchOnFunctionError: new(n%2 == 0), MaximumBatchingWindow: new(time.Duration(n%3) * time.Second)}
	s.allow(&in, n)
	_, err := s.m.Update(in)
	require.NoError(s.r.t, err)
}

// allow notes what an update is about to allow.
func (s *side) allow(in *eventsource.UpdateInput, n int) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if s.attempts >= 0 {
		in.MaximumRetryAttempts = new(n)
		s.attempts = max(s.attempts, n)
	}
	s.size = max(s.size, 1+n)
	var err error
	s.config, err = in.Apply(s.config)
	require.NoError(s.r.t, err)
}

// delete deletes the mapping and makes another one, which begins anew.
func (s *side) delete() {
	_, err := s.m.Delete()
	require.NoError(s.r.t, err)
	for range 100 {
		if _, err := eventsource.Get(s.r.w.svc, s.m.UUID()); err != nil {
			break
		}
		lambdatest.Advance(time.Second)
	}
	s.r.mu.Lock()
	clear(s.saved)
	clear(s.finals)
	s.r.mu.Unlock()
	if s.config.StartingPosition != eventsource.AtTimestamp { // that one begins where it did
		s.excuse()
	}
	s.make()
}

// end lets everything come to rest, and looks for what was lost.
func (r *streamRun) end() {
	for _, s := range r.sides {
		if s.off {
			require.NoError(r.t, s.m.Enable())
		}
	}
	lambdatest.Advance(10 * time.Minute)
	r.c.calm()
	lambdatest.Advance(20 * time.Minute)
	settings := map[string]lambdatest.MappingSettings{}
	for _, s := range r.sides {
		settings[s.m.UUID()] = lambdatest.MappingSettings{BatchSize: s.size, ParallelizationFactor: r.config.ParallelizationFactor}
		s.m.Close()
		for _, texts := range r.sent {
			for _, text := range texts {
				if !s.through[text] {
					r.t.Fatalf("record %s was lost for %s", text, s.function)
				}
			}
		}
	}
	checkTrace(r.t, r.w, settings, r.lies && r.crashes)
}

// sideOf is whose function was invoked.
func (r *streamRun) sideOf(function string) *side {
	if function == "h" {
		return r.sides[1]
	}
	return r.sides[0]
}

// answer is the function: it takes its time, fails now and then in every way there is, and checks what it sees.
func (r *streamRun) answer(_ int, d delivery) (string, error) {
	s := r.sideOf(d.By)
	s.enter(d)
	if r.c.hits(r.trouble / 4) {
		time.Sleep(2900 * time.Millisecond)
		s.leave(d)
		s.fails(d, "error")
		time.Sleep(time.Second) // the timeout is in the midst of this
		return "", nil
	}
	time.Sleep(200 * time.Millisecond)
	return s.leave(d)()
}

// leave ends a delivery, and returns how: as the function decides now.
func (s *side) leave(d delivery) func() (string, error) {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	s.inShard[r.home(d)]--
	for _, key := range keys(d) {
		s.flying[key]--
	}
	return func() (string, error) { return s.decide(d) }
}

func (s *side) fails(d delivery, how string) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.failed[d.ID] = how
}

func (s *side) decide(d delivery) (string, error) {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	done, answer := d.Items, "{}"
	s.failed[d.ID] = "report"
	switch {
	case r.c.hits(r.trouble):
		s.failed[d.ID] = "error"
		return "", errScripted
	case s.config.ReportBatchItemFailures && len(d.Items) > 0 && r.c.hits(r.trouble):
		i := int(r.c.number(uint64(len(d.Items))))
		done, answer = d.Items[:i], report(d, d.Items[i].Text)
	case s.config.ReportBatchItemFailures && r.c.hits(r.trouble):
		done, answer = nil, `{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`
	}
	for _, it := range done {
		s.handled[it.Text] = true
		if s.config.TumblingWindow == 0 {
			s.through[it.Text] = true
		}
	}
	if s.config.TumblingWindow == 0 {
		return answer, nil
	}
	return s.window(d, done, answer)
}
