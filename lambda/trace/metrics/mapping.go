package metrics

import (
	"strings"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// retentionExpired is the reason of records that their source itself let go: AWS counts those nowhere.
const retentionExpired = "RetentionExpired"

func (r *Recorder) mappingGroup(e *trace.Event) *group {
	return r.group(Dimensions{EventSourceMappingUUID: e.Source})
}

// mapping counts what an event source mapping did, in records.
func (r *Recorder) mapping(e *trace.Event) {
	g, n := r.mappingGroup(e), float64(e.Count)
	switch e.Kind {
	case trace.Polled:
		g.get(polled).add(e.Time, n)
	case trace.Filtered:
		g.get(filteredOut).add(e.Time, n)
	case trace.Deleted:
		g.get(deleted).add(e.Time, n)
	case trace.BatchEnded:
		r.batchEnded(e, g, n)
	case trace.Discarded:
		if droppedWithoutDestination(e) {
			g.get(dropped).add(e.Time, n)
		}
	}
}

// batchEnded counts one attempt to invoke the function with a batch. The age of a stream's records is the function's
// metric, of which there is a sample when the function has finished: none for a batch that was throttled.
func (r *Recorder) batchEnded(e *trace.Event, g *group, n float64) {
	g.get(invoked).add(e.Time, n)
	if e.Outcome != trace.Success {
		g.get(failedInvoke).add(e.Time, n)
	}
	if e.Function != "" && e.Outcome != trace.Failure && e.Count > 0 && hasIteratorAge(e) {
		r.scope(e).each(iteratorAge, e.Time, milliseconds(e.Age))
	}
}

// hasIteratorAge reports whether a batch came from a stream. Only streams have shards by that name; queues have
// message groups or nothing, and no age.
func hasIteratorAge(e *trace.Event) bool { return e.Age > 0 || strings.HasPrefix(e.Shard, "shardId-") }

// droppedWithoutDestination reports whether records that were given up count as dropped at once. With an on-failure
// destination the delivery decides. Without, the documentation says that they count; the one public capture showed no
// sample.
func droppedWithoutDestination(e *trace.Event) bool {
	return e.Target == "" && e.Detail != retentionExpired
}
