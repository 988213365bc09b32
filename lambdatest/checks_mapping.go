package lambdatest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// mappingChecks are about event source mappings. A trace counts records and does not tell them apart.
var mappingChecks = []Check{
	{"batches-are-answered", "each batch that is sent to a function gets exactly one verdict", checkBatches},
	{"only-polled-records", "no more records are filtered out, deleted or given up than were polled", checkPolled},
	{"discards-are-recorded", "every record given up that has an on-failure destination is delivered there, or fails to be", checkDiscards},
	{"checkpoints-never-fall", "the position of a shard that is saved never goes back", checkCheckpoints},
	{"one-batch-per-request", "a mapping uses a request id for one batch of one shard, and no more once that has succeeded", checkRequests},
	{"batch-attempts", "a batch of a stream is sent at most once more than its MaximumRetryAttempts, throttles apart", checkAttempts},
	{"batch-limits", "no batch has more records than the BatchSize, and no more are in flight than the mapping allows", checkBatchLimits},
	{"states-follow", "a mapping's state goes from rest into a transition and from there to rest", checkStates},
	{"rest-is-silent", "a mapping that is disabled or being deleted sends nothing", checkRest},
}

// MappingSettings are what an event source mapping is set to. A zero, or nil, says that it is not known.
type MappingSettings struct {
	BatchSize             int
	MaximumConcurrency    int  // batches in flight of a queue's mapping
	ParallelizationFactor int  // batches in flight of one shard
	MaximumRetryAttempts  *int // of a stream's mapping; -1 for no bound
}

// shardKey names a shard of a mapping.
type shardKey struct{ source, shard string }

func (k shardKey) String() string { return fmt.Sprintf("mapping %s, shard %q", k.source, k.shard) }

// eachMappingStep runs check on the steps of mappings, in order.
func (ev *evidence) eachMappingStep(check func(*trace.Event) error) error {
	for i := range ev.events {
		e := &ev.events[i]
		if e.Source == "" {
			continue
		}
		if err := check(e); err != nil {
			return err
		}
	}
	return nil
}

func checkBatches(ev *evidence) error {
	open := map[shardKey]int{}
	var order []shardKey
	err := ev.eachMappingStep(func(e *trace.Event) error {
		k := shardKey{e.Source, e.Shard}
		switch e.Kind {
		case trace.BatchFormed:
			open[k]++
			order = append(order, k)
		case trace.BatchEnded:
			if open[k]--; open[k] < 0 {
				return fmt.Errorf("%s has more verdicts than batches", k)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range order {
		if open[k] > 0 {
			return fmt.Errorf("%s has %d batches without a verdict", k, open[k])
		}
	}
	return nil
}

// retentionExpired is the reason of records that their source itself let go, perhaps unread.
const retentionExpired = "RetentionExpired"

func checkPolled(ev *evidence) error {
	polled, gone, deleted := map[string]int{}, map[string]int{}, map[string]int{}
	return ev.eachMappingStep(func(e *trace.Event) error {
		switch {
		case e.Kind == trace.Polled:
			polled[e.Source] += e.Count
		case e.Kind == trace.Filtered, e.Kind == trace.Discarded && e.Detail != retentionExpired:
			gone[e.Source] += e.Count
		case e.Kind == trace.Deleted:
			deleted[e.Source] += e.Count
		}
		if deleted[e.Source] > polled[e.Source] {
			return fmt.Errorf("mapping %s deleted %d records of the %d it polled", e.Source, deleted[e.Source], polled[e.Source])
		}
		if gone[e.Source] > polled[e.Source] {
			return fmt.Errorf("mapping %s filtered out or gave up %d records of the %d it polled", e.Source, gone[e.Source], polled[e.Source])
		}
		return nil
	})
}

func checkDiscards(ev *evidence) error {
	owed := map[string]int{}
	var order []string
	_ = ev.eachMappingStep(func(e *trace.Event) error {
		switch {
		case e.Kind == trace.Discarded && e.Target != "":
			order = append(order, e.Source)
			owed[e.Source] += e.Count
		case e.Kind == trace.Delivered, e.Kind == trace.DeliveryFailed:
			order = append(order, e.Source)
			owed[e.Source] -= e.Count
		}
		return nil
	})
	for _, source := range order {
		if owed[source] != 0 {
			return fmt.Errorf("mapping %s gave up %d records more than it reported", source, owed[source])
		}
	}
	return nil
}

// checkCheckpoints compares sequence numbers, which are decimal. Positions of another form cannot be compared.
func checkCheckpoints(ev *evidence) error {
	last := map[shardKey]string{}
	return ev.eachMappingStep(func(e *trace.Event) error {
		k := shardKey{e.Source, e.Shard}
		if e.Kind != trace.Checkpointed || !isDecimal(e.Detail) {
			return nil
		}
		if was := last[k]; compareDecimals(e.Detail, was) < 0 {
			return fmt.Errorf("%s was saved at %s after %s", k, e.Detail, was)
		}
		last[k] = e.Detail
		return nil
	})
}

func isDecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func compareDecimals(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// requestKey names a request of a mapping.
type requestKey struct{ source, id string }

// eachRequest runs check on the ends of batches that have a request id: those before, and the next one.
func (ev *evidence) eachRequest(check func(before []*trace.Event, e *trace.Event) error) error {
	ended := map[requestKey][]*trace.Event{}
	return ev.eachMappingStep(func(e *trace.Event) error {
		if e.Kind != trace.BatchEnded || e.RequestID == "" {
			return nil
		}
		k := requestKey{e.Source, e.RequestID}
		if err := check(ended[k], e); err != nil {
			return err
		}
		ended[k] = append(ended[k], e)
		return nil
	})
}

func checkRequests(ev *evidence) error {
	return ev.eachRequest(func(before []*trace.Event, e *trace.Event) error {
		if len(before) == 0 {
			return nil
		}
		switch last := before[len(before)-1]; {
		case last.Shard != e.Shard:
			return fmt.Errorf("mapping %s, request %s is of shard %q and of shard %q", e.Source, e.RequestID, last.Shard, e.Shard)
		case last.Count != e.Count:
			return fmt.Errorf("mapping %s, request %s has %d records and then %d", e.Source, e.RequestID, last.Count, e.Count)
		case last.Outcome == trace.Success:
			return fmt.Errorf("mapping %s, request %s is sent again after its success", e.Source, e.RequestID)
		}
		return nil
	})
}

func checkAttempts(ev *evidence) error {
	return ev.eachRequest(func(before []*trace.Event, e *trace.Event) error {
		most := ev.Mappings[e.Source].MaximumRetryAttempts
		if most == nil || *most < 0 || e.Outcome == trace.Failure {
			return nil
		}
		n := 1
		for _, b := range before {
			if b.Outcome != trace.Failure {
				n++
			}
		}
		if n > *most+1 {
			return fmt.Errorf("mapping %s, request %s was sent %d times, with %d retries", e.Source, e.RequestID, n, *most)
		}
		return nil
	})
}

func checkBatchLimits(ev *evidence) error {
	flying, inShard := map[string]int{}, map[shardKey]int{}
	return ev.eachMappingStep(func(e *trace.Event) error {
		k, limits := shardKey{e.Source, e.Shard}, ev.Mappings[e.Source]
		exceeds := func(n, limit int) bool { return limit > 0 && n > limit }
		switch e.Kind {
		case trace.BatchEnded:
			flying[e.Source]--
			inShard[k]--
		case trace.BatchFormed:
			flying[e.Source]++
			inShard[k]++
			switch {
			case exceeds(e.Count, limits.BatchSize):
				return fmt.Errorf("%s has a batch of %d records, %d at most", k, e.Count, limits.BatchSize)
			case exceeds(flying[e.Source], limits.MaximumConcurrency):
				return fmt.Errorf("mapping %s has %d batches in flight, %d at most", e.Source, flying[e.Source], limits.MaximumConcurrency)
			case exceeds(inShard[k], limits.ParallelizationFactor):
				return fmt.Errorf("%s has %d batches in flight, %d at most", k, inShard[k], limits.ParallelizationFactor)
			}
		}
		return nil
	})
}

// nextStates says which states may follow one.
var nextStates = map[string][]string{
	"Creating":  {"Enabled", "Disabled"},
	"Enabling":  {"Enabled"},
	"Disabling": {"Disabled"},
	"Updating":  {"Enabled", "Disabled"},
	"Enabled":   {"Enabling", "Disabling", "Updating", "Deleting"},
	"Disabled":  {"Enabling", "Disabling", "Updating", "Deleting"},
	"Deleting":  {},
}

// checkStates takes any state for the first: the trace may begin in the midst of a mapping's life.
func checkStates(ev *evidence) error {
	last := map[string]string{}
	return ev.eachMappingStep(func(e *trace.Event) error {
		if e.Kind != trace.MappingState {
			return nil
		}
		if _, known := nextStates[e.Detail]; !known {
			return fmt.Errorf("mapping %s is in the unknown state %q", e.Source, e.Detail)
		}
		if was, ok := last[e.Source]; ok && !slices.Contains(nextStates[was], e.Detail) {
			return fmt.Errorf("mapping %s went from %s to %s", e.Source, was, e.Detail)
		}
		last[e.Source] = e.Detail
		return nil
	})
}

// checkRest leaves out the instant of the change, in which a batch may have been on its way.
func checkRest(ev *evidence) error {
	since := map[string]time.Time{}
	return ev.eachMappingStep(func(e *trace.Event) error {
		switch e.Kind {
		case trace.MappingState:
			delete(since, e.Source)
			if e.Detail == "Disabled" || e.Detail == "Deleting" {
				since[e.Source] = e.Time
			}
		case trace.BatchFormed:
			if at, resting := since[e.Source]; resting && e.Time.Sub(at) > ev.Tolerance {
				return fmt.Errorf("mapping %s sent a batch %v after it came to rest", e.Source, e.Time.Sub(at))
			}
		}
		return nil
	})
}
