package lambdatest

import (
	"fmt"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// mappingChecks are about event source mappings. A trace counts records and does not tell them apart.
var mappingChecks = []Check{
	{"batches-are-answered", "each batch that is sent to a function gets exactly one verdict", checkBatches},
	{"only-polled-records", "no more records are filtered out, deleted or given up than were polled", checkPolled},
	{"discards-are-recorded", "every record given up that has an on-failure destination is delivered there, or fails to be", checkDiscards},
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
