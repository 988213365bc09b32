package eventsource_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/lambdatest"
)

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
