package eventsource_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// leaseOf names one receive of a message.
func leaseOf(it item) string { return fmt.Sprint(it.ID, "/", it.Count) }

// Delete checks that nothing is deleted that its batch did not earn.
func (r *queueRun) Delete(ctx context.Context, records []eventsource.Record) error {
	r.mu.Lock()
	for i := range records {
		if body := string(records[i].Data); !r.earned[body] && !r.rejects(body) {
			r.t.Errorf("15: message %s was deleted unearned", body)
		}
	}
	r.mu.Unlock()
	return r.Queue.Delete(ctx, records)
}

// buried are the bodies in the dead-letter queue.
func (r *queueRun) buried() map[string]bool {
	dead := map[string]bool{}
	for r.dead != nil && r.dead.Len() > 0 {
		for _, m := range r.dead.ReceiveMessages(10) {
			dead[m.Body] = true
			require.NoError(r.t, r.dead.DeleteMessage(context.Background(), m.ReceiptHandle))
		}
	}
	return dead
}

func (r *queueRun) limits() {
	if r.most > 0 && r.mostAtOne > r.most {
		r.t.Fatalf("18: %d batches in flight, %d at most", r.mostAtOne, r.most)
	}
	groups := map[string]bool{}
	for _, body := range r.sent {
		groups[body[:1]] = true
	}
	if r.fifo && r.mostAtOne > len(groups) {
		r.t.Fatalf("18: %d batches in flight of %d groups", r.mostAtOne, len(groups))
	}
	for _, d := range r.w.deliveries() {
		if n := len(d.Items); n == 0 || n > r.size {
			r.t.Fatalf("6: a batch has %d messages, %d at most", n, r.size)
		}
	}
	settings := map[string]lambdatest.MappingSettings{r.m.UUID(): {BatchSize: r.size, MaximumConcurrency: r.most}}
	checkTrace(r.t, r.w, settings, false)
	if r.faults == 0 && r.w.sum(trace.Polled) == 0 && len(r.sent) > 0 {
		r.t.Fatal("nothing was polled")
	}
}

// enter holds a batch against the laws.
func (r *queueRun) enter(d delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.atOnce++
	r.mostAtOne = max(r.mostAtOne, r.atOnce)
	for _, g := range groupsOf(d) {
		if r.flying[g]++; r.fifo && r.flying[g] > 1 {
			r.t.Errorf("17: group %s has %d batches in flight", g, r.flying[g])
		}
	}
	before := map[string]bool{}
	for _, it := range d.Items {
		if was := r.counts[it.ID]; it.Count < was || it.Count == was && !(r.duplicates && r.faults > 0) {
			r.t.Errorf("19: message %s came with the receive count %d after %d", it.Text, it.Count, was)
		}
		r.counts[it.ID] = it.Count
		if end := r.leases[leaseOf(it)]; !time.Now().Before(end) {
			r.t.Errorf("Q14: message %s is sent with a lease that ended %v ago", it.Text, time.Since(end))
		}
		if r.rejects(it.Text) {
			r.t.Errorf("23: message %s should have been filtered out", it.Text)
		}
		if r.fifo {
			r.order(it, before)
		}
		before[it.Text] = true
	}
}

// order checks that what was sent to the group before a message is handled, dead, or before it in the batch.
func (r *queueRun) order(it item, before map[string]bool) {
	for _, earlier := range r.sent {
		if earlier == it.Text {
			return
		}
		dead := r.redrive > 0 && r.receives[earlier] >= r.redrive
		if earlier[:1] == it.Text[:1] && !r.earned[earlier] && !before[earlier] && !dead && !r.rejects(earlier) {
			r.t.Errorf("17: %s came before %s was through with", it.Text, earlier)
		}
	}
}

func (r *queueRun) leave(d delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.atOnce--
	for _, g := range groupsOf(d) {
		r.flying[g]--
	}
}

func groupsOf(d delivery) (groups []string) {
	for _, it := range d.Items {
		if !slices.Contains(groups, it.Group) {
			groups = append(groups, it.Group)
		}
	}
	return groups
}
