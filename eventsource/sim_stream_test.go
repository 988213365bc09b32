package eventsource_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// streamPlan is a run of one stream under one mapping, or under two that share their store, as it was drawn.
type streamPlan struct {
	dynamo, pulled bool
	config         eventsource.Config
	mappings       int
	trouble        int // percent: errors, timeouts, reports
	throttles      int // percent
	faults         int // percent: of the store, the source, the poller
	lies           bool
	crashes        bool
	storeFails     bool
	filtered       bool
	early          []int // keys put before there is a mapping
	steps          []streamStep
}

type streamStep struct {
	act   string
	key   int
	pause time.Duration
}

// drawStream draws a plan. Whatever is drawn must lose nothing.
func drawStream(t *rapid.T) streamPlan {
	p := streamPlan{
		dynamo:     rapid.Bool().Draw(t, "dynamodb"),
		pulled:     rapid.IntRange(0, 4).Draw(t, "pulled") == 0,
		mappings:   rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "mappings"),
		trouble:    rapid.SampledFrom([]int{0, 5, 20}).Draw(t, "trouble"),
		throttles:  rapid.SampledFrom([]int{0, 10, 60}).Draw(t, "throttles"),
		faults:     rapid.SampledFrom([]int{0, 0, 5, 20}).Draw(t, "faults"),
		lies:       rapid.Bool().Draw(t, "lies"),
		crashes:    rapid.Bool().Draw(t, "crashes"),
		storeFails: rapid.Bool().Draw(t, "store fails"),
		filtered:   rapid.Bool().Draw(t, "filtered"),
		early:      rapid.SliceOfN(rapid.IntRange(0, 5), 0, 5).Draw(t, "early"),
	}
	p.config = eventsource.Config{
		BatchSize:                  rapid.IntRange(1, 6).Draw(t, "batch size"),
		MaximumBatchingWindow:      time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "window")) * time.Second,
		ParallelizationFactor:      rapid.IntRange(1, 3).Draw(t, "factor"),
		BisectBatchOnFunctionError: rapid.Bool().Draw(t, "bisect"),
		ReportBatchItemFailures:    rapid.Bool().Draw(t, "partial"),
		MaximumRecordAge:           time.Duration(rapid.SampledFrom([]int{0, 0, 60}).Draw(t, "age")) * time.Second,
		StartingPosition:           rapid.SampledFrom([]eventsource.PositionType{eventsource.TrimHorizon, eventsource.Latest, eventsource.AtTimestamp}).Draw(t, "position"),
	}
	if n := rapid.IntRange(-1, 3).Draw(t, "attempts"); n >= 0 {
		p.config.MaximumRetryAttempts = &n
	}
	if rapid.IntRange(0, 3).Draw(t, "tumbling") == 0 {
		p.config.TumblingWindow, p.config.ParallelizationFactor, p.filtered = 10*time.Second, 1, false
	}
	if p.dynamo && p.config.StartingPosition == eventsource.AtTimestamp {
		p.config.StartingPosition = eventsource.TrimHorizon
	}
	acts := []string{"put", "put", "put", "put", "put", "restart", "disable", "enable", "update", "rename", "delete", "reshard"}
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		p.steps = append(p.steps, streamStep{
			rapid.SampledFrom(acts).Draw(t, "act"), rapid.IntRange(0, 5).Draw(t, "key"),
			time.Duration(rapid.SampledFrom([]int{0, 0, 300, 600, 900, 900, 5_000, 40_000}).Draw(t, "pause")) * time.Millisecond,
		})
	}
	return p
}

// restrict takes out of a plan what loses records by right: a mapping that begins at Latest and could never save that
// begins elsewhere after a crash, or when it is made anew.
func (p *streamPlan) restrict() {
	if p.config.StartingPosition == eventsource.Latest && p.storeFails && p.faults > 0 {
		p.crashes = false
		p.drop("restart", "delete")
	}
	if p.lies {
		p.drop("restart") // a position that was never saved is not there any more; crashes show what comes of it
	}
}

// drop replaces acts by puts.
func (p *streamPlan) drop(acts ...string) {
	for i := range p.steps {
		if slices.Contains(acts, p.steps[i].act) {
			p.steps[i].act = "put"
		}
	}
}

// kept are the keys that the filter lets through.
var kept = []string{"k0", "k1", "k2", "k3"}

func (p *streamPlan) patterns() []string {
	quoted, _ := json.Marshal(kept)
	switch {
	case !p.filtered:
		return nil
	case p.dynamo:
		return []string{`{"dynamodb":{"Keys":{"id":{"S":` + string(quoted) + `}}}}`}
	}
	return []string{`{"partitionKey":` + string(quoted) + `}`}
}

func (p *streamPlan) rejects(key string) bool { return p.filtered && !slices.Contains(kept, key) }

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

// shardIndex is all that was ever put into a shard.
type shardIndex struct {
	parents []string
	items   []item
	next    eventsource.Position
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
	r.w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
		if c.hits(r.throttles) {
			return invoke.Throttle("x")
		}
		return next()
	})
	r.begin()
	for _, s := range r.steps {
		r.step(s)
	}
	r.end()
	return r
}

func (r *streamRun) makeSource() {
	if r.dynamo {
		table := dynamodb.NewTable("table", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{Partitions: 2, ShardRecords: 5})
		r.put = func(key string, n int) error {
			return table.PutItem(dynamodb.Item{"id": events.NewStringAttribute(key), "n": events.NewNumberAttribute(strconv.Itoa(n))})
		}
		r.shards = func() error { return nil } // they roll over by themselves
		r.raw = table
	} else {
		stream, splits := kinesis.NewStream("s", 2), 0
		r.put = func(key string, n int) error { return stream.Put(key, fmt.Append(nil, key, "-", n)) }
		r.shards = func() error {
			splits++
			reshard(stream, []string{"split", "merge"}[splits%2])
			return nil
		}
		r.raw = stream
	}
	faulty := &faultyStream{Stream: r.raw, c: r.c, percent: r.faults}
	r.source = notifying{faulty, r.raw.(eventsource.Notifier)}
	if r.pulled {
		r.source = faulty
	}
}

// faultyStream is a stream that cannot always be reached.
type faultyStream struct {
	eventsource.Stream
	c       *chance
	percent int
}

func (s *faultyStream) Shards(ctx context.Context) ([]eventsource.Shard, error) {
	if s.c.hits(s.percent) {
		return nil, errFault
	}
	return s.Stream.Shards(ctx)
}

func (s *faultyStream) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	if s.c.hits(s.percent) {
		return eventsource.Page{}, errFault
	}
	return s.Stream.Read(ctx, shard, from, max)
}

type notifying struct {
	eventsource.Stream
	eventsource.Notifier
}

// faultyStore is a store that cannot always be reached, or does what it is told and says that it has not.
type faultyStore struct {
	*eventsource.MemoryCheckpoints
	c       *chance
	percent int
}

func (s *faultyStore) fails() error {
	if s.c.hits(s.percent) {
		return errFault
	}
	return nil
}

func (s *faultyStore) Load(ctx context.Context, mapping string) (map[string]eventsource.Position, error) {
	if err := s.fails(); err != nil {
		return nil, err
	}
	return s.MemoryCheckpoints.Load(ctx, mapping)
}

func (s *faultyStore) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	if err := s.fails(); err != nil {
		return err
	}
	s.MemoryCheckpoints.Save(ctx, mapping, shard, p)
	return s.fails()
}

func (s *faultyStore) Forget(ctx context.Context, mapping, shard string) error {
	return cmp.Or(s.fails(), s.MemoryCheckpoints.Forget(ctx, mapping, shard))
}

func (s *faultyStore) Delete(ctx context.Context, mapping string) error {
	return cmp.Or(s.fails(), s.MemoryCheckpoints.Delete(ctx, mapping))
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

// enter holds a batch against the laws.
func (s *side) enter(d delivery) {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refresh()
	shard := r.home(d)
	if n := len(d.Items); n == 0 && !d.Final || n > s.size {
		r.t.Errorf("6: a batch has %d records, %d at most", n, s.size)
	}
	if s.inShard[shard]++; s.inShard[shard] > r.config.ParallelizationFactor {
		r.t.Errorf("2: shard %s has %d batches in flight", shard, s.inShard[shard])
	}
	for _, key := range keys(d) {
		if s.flying[key]++; s.flying[key] > 1 {
			r.t.Errorf("2: key %s has %d batches in flight", key, s.flying[key])
		}
		if r.rejects(key) {
			r.t.Errorf("23: key %s should have been filtered out", key)
		}
	}
	s.order(shard, d)
	for _, p := range r.index[shard].parents {
		for _, it := range r.index[p].all() {
			if !s.handled[it.Text] {
				r.t.Errorf("5: shard %s is read before %s of its parent %s is through with", shard, it.Text, p)
			}
		}
	}
}

// order checks that what comes before is through with, but for what is in the batch itself: in the shard, or in the key
// if there are several lanes.
func (s *side) order(shard string, d delivery) {
	first := map[string]bool{}
	for _, it := range d.Items {
		for _, earlier := range s.r.index[shard].all() {
			if earlier.Text == it.Text {
				break
			}
			counts := s.r.config.ParallelizationFactor == 1 || earlier.Key == it.Key
			if counts && !s.handled[earlier.Text] && !first[earlier.Text] {
				s.r.t.Errorf("1, 2: %s came before %s was through with", it.Text, earlier.Text)
			}
		}
		first[it.Text] = true
	}
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

// window keeps the texts of a window in its state; they are safe when the final invoke has succeeded.
func (s *side) window(d delivery, done []item, answer string) (string, error) {
	texts := stateOf(d)
	for _, it := range done {
		if slices.Contains(texts, it.Text) {
			s.r.t.Errorf("28: record %s is twice in window %v", it.Text, d.Window)
		}
		texts = append(texts, it.Text)
		if at := s.r.arrival(it); at.Before(d.Window.Start.Time) || !at.Before(d.Window.End.Time) {
			s.r.t.Errorf("28: record %s arrived at %v, outside of window %v", it.Text, at, d.Window)
		}
	}
	if d.Final && !strings.Contains(answer, "nobody") {
		s.finals[d.Shard+d.Window.Start.String()]++
		for _, text := range texts {
			s.through[text] = true
		}
	}
	state, _ := json.Marshal(map[string][]string{"texts": texts})
	return strings.Replace(answer, "{", `{"state":`+string(state)+map[bool]string{true: "", false: ","}[answer == "{}"], 1), nil
}

// stateOf are the texts in a window's state.
func stateOf(d delivery) []string {
	var state struct{ Texts []string }
	if err := json.Unmarshal([]byte(d.State), &state); err != nil {
		panic(d.State)
	}
	return state.Texts
}

// discard is the on-failure destination. It does not always take what it is given; it is given up then.
func (s *side) discard(_ context.Context, d destinations.Delivery) error {
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	info := cmp.Or(d.Batch.KinesisBatchInfo, d.Batch.DDBStreamBatchInfo)
	event := decode(d.Batch.Event)
	items := event.Items
	if len(items) != info.BatchSize {
		r.t.Errorf("10: the record says %d records, the event has %d", info.BatchSize, len(items))
	}
	if n := len(items); n > 0 && (items[0].ID != info.StartSequenceNumber || items[n-1].ID != info.EndSequenceNumber) {
		r.t.Errorf("10: the record says %s to %s", info.StartSequenceNumber, info.EndSequenceNumber)
	}
	for _, it := range items {
		s.handled[it.Text], s.through[it.Text] = true, true
		s.given[it.Text] = it.ID
	}
	if event.Final {
		for _, text := range stateOf(event) {
			s.through[text] = true
		}
	}
	s.discards = append(s.discards, d.Batch)
	s.reason(d.Batch, items)
	if r.c.hits(r.trouble) {
		return errFault
	}
	return nil
}

// reason checks what a record says about why.
func (s *side) reason(b *destinations.BatchRecord, items []item) {
	switch b.RequestContext.Condition {
	case destinations.RecordAgeExceeded:
		if b.ResponseContext != nil {
			s.r.t.Error("11: there is a responseContext")
		}
		for _, it := range items {
			if age := time.Since(s.r.arrival(it)); age <= s.config.MaximumRecordAge {
				s.r.t.Errorf("11: record %s is only %v old", it.Text, age)
			}
		}
	case destinations.RetryAttemptsExhausted:
		if n := b.RequestContext.ApproximateInvokeCount; s.attempts < 0 || n > s.attempts+1 {
			s.r.t.Errorf("7: given up after %d invokes, with %d retries", n, s.attempts)
		}
		reported := b.ResponseContext != nil && b.ResponseContext.FunctionError == nil
		if how := s.failed[b.RequestContext.RequestID]; how != "" && reported != (how == "report") {
			s.r.t.Errorf("12: functionError is null: %v, and the last failure was an %s", reported, how)
		}
	}
}

// saves holds a position that is about to be saved against the laws.
func (s *side) saves(step *eventsource.Step) {
	if step.Kind != eventsource.Checkpoint || step.Position.Type != eventsource.After {
		return
	}
	r := s.r
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refresh()
	at := step.Position.Sequence
	if was := s.saved[step.Shard]; compareSequences(at, was) < 0 {
		r.t.Errorf("4: shard %s is saved at %s after %s", step.Shard, at, was)
	}
	for _, it := range r.index[step.Shard].all() {
		if compareSequences(it.ID, at) <= 0 && !s.through[it.Text] {
			r.t.Errorf("4: shard %s is saved behind %s, which is not resolved", step.Shard, it.Text)
		}
	}
}

// hasSaved notes a position that the store has. One of which it says that it has not may be there, or not.
func (s *side) hasSaved(step *eventsource.Step) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if step.Kind == eventsource.Checkpoint && step.Position.Type == eventsource.After {
		s.saved[step.Shard] = step.Position.Sequence
	}
}

// compareSequences compares two decimal numbers.
func compareSequences(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// refresh brings the index up to date. The caller holds mu.
func (r *streamRun) refresh() {
	shards, err := r.raw.Shards(context.Background())
	require.NoError(r.t, err)
	for _, sh := range shards {
		x := r.index[sh.ID]
		if x == nil {
			x = &shardIndex{parents: sh.Parents, next: eventsource.Position{Type: eventsource.TrimHorizon}}
			r.index[sh.ID] = x
		}
		page, err := r.raw.Read(context.Background(), sh.ID, x.next, 1000)
		require.NoError(r.t, err)
		if len(page.Records) > 0 {
			x.items = append(x.items, decode([]byte(eventOf(page.Records))).Items...)
			x.next = page.Next
		}
	}
}

// eventOf is the event of these records.
func eventOf(records []eventsource.Record) string {
	var texts []string
	for i := range records {
		texts = append(texts, string(records[i].JSON))
	}
	return `{"Records":[` + strings.Join(texts, ",") + `]}`
}

// all is what was put into a shard; of one that the stream has dropped, nothing is known.
func (x *shardIndex) all() []item {
	if x == nil {
		return nil
	}
	return x.items
}

// home is the shard of a batch: that of its records, or of its window.
func (r *streamRun) home(d delivery) string {
	if len(d.Items) == 0 {
		return d.Shard
	}
	home := ""
	for _, it := range d.Items {
		for id, x := range r.index {
			if slices.ContainsFunc(x.items, func(o item) bool { return o.ID == it.ID }) {
				if home != "" && home != id {
					r.t.Errorf("6: a batch has records of the shards %s and %s", home, id)
				}
				home = id
			}
		}
	}
	return home
}

// arrival is when a record reached the stream.
func (r *streamRun) arrival(it item) time.Time {
	for id := range r.index {
		page, err := r.raw.Read(context.Background(), id, eventsource.Position{Type: eventsource.TrimHorizon}, 1000)
		require.NoError(r.t, err)
		for _, rec := range page.Records {
			if rec.ID == it.ID {
				return rec.Arrival
			}
		}
	}
	return time.Time{}
}

// checkTrace holds the trace against the laws that all traces keep. One in which positions were said to be saved that
// were not may show them fall.
func checkTrace(t *rapid.T, w *world, mappings map[string]lambdatest.MappingSettings, lies bool) {
	err := w.tl.Check(lambdatest.Settings{Mappings: mappings})
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range all.Unwrap() {
			if !lies || !strings.Contains(e.Error(), "checkpoints-never-fall") {
				t.Fatal(e)
			}
		}
	}
	sent := map[string]string{}
	for _, d := range w.deliveries() {
		if text, ok := sent[d.ID]; ok && text != d.text() {
			t.Fatalf("request %s had the batch %s and then %s", d.ID, text, d.text())
		}
		sent[d.ID] = d.text()
	}
}
