package lambdatest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

var mappingViolations = []violation{
	{"batches-are-answered", "1 batches without a verdict", lambdatest.Settings{}, append(batches().events,
		trace.Event{Kind: trace.BatchFormed, Time: epoch.Add(day), Source: "u", Shard: "s", Count: 1})},
	{"batches-are-answered", "more verdicts than batches", lambdatest.Settings{}, twice(batches(), trace.BatchEnded)},
	{"only-polled-records", "filtered out or gave up 1 records of the 0", lambdatest.Settings{}, without(batches(), trace.Polled)},
	{"only-polled-records", "deleted 3 records of the 0", lambdatest.Settings{}, []trace.Event{{Kind: trace.Deleted, Source: "u", Count: 3}}},
	{"only-polled-records", "gave up 6 records of the 5", lambdatest.Settings{}, with(batches(), trace.Discarded, func(e *trace.Event) { e.Count = 5 })},
	{"discards-are-recorded", "gave up 1 records more than it reported", lambdatest.Settings{}, without(batches(), trace.Delivered)},
	{"discards-are-recorded", "gave up -1 records more", lambdatest.Settings{}, twice(batches(), trace.Delivered)},
	{"checkpoints-never-fall", "was saved at 49590338271490256608559692538361571095921575989136588897 after 4959", lambdatest.Settings{},
		append(batches().events, moved("49590338271490256608559692538361571095921575989136588897"))},
	{"checkpoints-never-fall", "was saved at 9 after 4959", lambdatest.Settings{}, append(batches().events, moved("9"))},
	{"one-batch-per-request", "has 4 records and then 2", lambdatest.Settings{}, requested(batches(), "r", "r")},
	{"one-batch-per-request", "is sent again after its success", lambdatest.Settings{}, requested(batches(), "a", "r", "r")},
	{"one-batch-per-request", `is of shard "shardId-000000000000" and of shard "other"`, lambdatest.Settings{}, func() []trace.Event {
		events, n := requested(batches(), "a", "b", "r", "r"), 0
		for i := range events {
			if events[i].Kind == trace.BatchEnded {
				if n++; n == 4 {
					events[i].Shard = "other"
				}
			}
		}
		return events
	}()},
	{"batch-attempts", "request r was sent 3 times, with 1 retries", mappingIs(lambdatest.MappingSettings{MaximumRetryAttempts: new(1)}), tried(trace.Error, trace.Error, trace.Failure, trace.Error)},
	{"batch-limits", "has a batch of 4 records, 3 at most", mappingIs(lambdatest.MappingSettings{BatchSize: 3}), batches().events},
	{"batch-limits", "has 3 batches in flight, 2 at most", mappingIs(lambdatest.MappingSettings{MaximumConcurrency: 2}), flying("a", "b", "c")},
	{"batch-limits", `shard "a" has 2 batches in flight, 1 at most`, mappingIs(lambdatest.MappingSettings{ParallelizationFactor: 1}), flying("a", "b", "a")},
	{"states-follow", "went from Enabled to Enabled", lambdatest.Settings{}, states("Creating", "Enabled", "Enabled")},
	{"states-follow", "went from Enabling to Disabled", lambdatest.Settings{}, states("Disabled", "Enabling", "Disabled")},
	{"states-follow", "went from Deleting to Disabled", lambdatest.Settings{}, states("Deleting", "Disabled")},
	{"states-follow", `the unknown state "Asleep"`, lambdatest.Settings{}, states("Asleep")},
	{"rest-is-silent", "sent a batch 1s after it came to rest", lambdatest.Settings{}, append(states("Disabling", "Disabled"), sent(3*sec, "")...)},
	{"rest-is-silent", "sent a batch 2s after it came to rest", lambdatest.Settings{}, append(states("Enabled", "Deleting"), sent(4*sec, "")...)},
}

// source is the mapping of the stories.
const source = "5c0ffee5-0000-4000-8000-000000000000"

func mappingIs(m lambdatest.MappingSettings) lambdatest.Settings {
	return lambdatest.Settings{Mappings: map[string]lambdatest.MappingSettings{source: m}}
}

// moved is a position that is saved when all is over.
func moved(to string) trace.Event {
	return trace.Event{Kind: trace.Checkpointed, Time: epoch.Add(day), Source: source, Shard: "shardId-000000000000", Detail: to}
}

// requested gives the batches of a story these request ids, in order.
func requested(s *story, ids ...string) []trace.Event {
	n := 0
	return with(s, trace.BatchEnded, func(e *trace.Event) {
		if n < len(ids) {
			e.RequestID = ids[n]
		}
		n++
	})
}

// sent is a batch that is sent, and succeeds at once.
func sent(at time.Duration, shard string) []trace.Event {
	return []trace.Event{
		{Kind: trace.BatchFormed, Time: epoch.Add(at), Source: source, Shard: shard, Count: 1},
		{Kind: trace.BatchEnded, Time: epoch.Add(at), Source: source, Shard: shard, Count: 1, Outcome: trace.Success},
	}
}

// tried is one batch that is sent again and again.
func tried(outcomes ...string) (events []trace.Event) {
	for i, outcome := range outcomes {
		pair := sent(time.Duration(i)*sec, "s")
		pair[1].Outcome, pair[1].RequestID = outcome, "r"
		events = append(events, pair...)
	}
	return events
}

// flying are batches of these shards, all at one time.
func flying(shards ...string) (events []trace.Event) {
	var ends []trace.Event
	for _, s := range shards {
		pair := sent(0, s)
		pair[1].Time = epoch.Add(sec)
		events, ends = append(events, pair[0]), append(ends, pair[1])
	}
	return append(events, ends...)
}

// states are those of a mapping, a second each, from the first second on.
func states(names ...string) (events []trace.Event) {
	for i, n := range names {
		events = append(events, trace.Event{Kind: trace.MappingState, Time: epoch.Add(time.Duration(i+1) * sec), Source: source, Detail: n})
	}
	return events
}

// What lies just inside of the laws about mappings.
func TestMappingLawsHaveTheirLimits(t *testing.T) {
	for name, c := range map[string]struct {
		settings lambdatest.Settings
		events   []trace.Event
	}{
		"the same position again":    {lambdatest.Settings{}, append(batches().events, moved("49590338271490256608559692538361571095921575989136588898"))},
		"a longer number is greater": {lambdatest.Settings{}, append(batches().events, moved("100000000000000000000000000000000000000000000000000000000"))},
		"a position by another name": {lambdatest.Settings{}, append(batches().events, moved("the beginning"))},
		"another shard's position": {lambdatest.Settings{}, append(batches().events, trace.Event{
			Kind: trace.Checkpointed, Time: epoch.Add(day), Source: source, Shard: "other", Detail: "1"})},
		"retries to the last":    {mappingIs(lambdatest.MappingSettings{MaximumRetryAttempts: new(1)}), tried(trace.Error, trace.Failure, trace.Failure, trace.Error)},
		"retries without end":    {mappingIs(lambdatest.MappingSettings{MaximumRetryAttempts: new(-1)}), tried(trace.Error, trace.Error, trace.Error, trace.Success)},
		"retries unknown":        {lambdatest.Settings{}, tried(trace.Error, trace.Error, trace.Error, trace.Error)},
		"as many as allowed":     {mappingIs(lambdatest.MappingSettings{BatchSize: 1, MaximumConcurrency: 3, ParallelizationFactor: 2}), flying("a", "b", "a")},
		"one after the other":    {mappingIs(lambdatest.MappingSettings{MaximumConcurrency: 1}), tried(trace.Error, trace.Error)},
		"a life":                 {lambdatest.Settings{}, states("Creating", "Enabled", "Updating", "Enabled", "Disabling", "Disabled", "Updating", "Disabled", "Enabling", "Enabled", "Deleting")},
		"a life without a start": {lambdatest.Settings{}, states("Disabled", "Deleting")},
		"on its way":             {lambdatest.Settings{}, append(states("Disabling", "Disabled"), sent(2*sec, "")...)},
		"enabled again":          {lambdatest.Settings{}, append(states("Disabled", "Enabling", "Enabled"), sent(5*sec, "")...)},
		"with tolerance":         {lambdatest.Settings{Tolerance: sec}, append(states("Disabling", "Disabled"), sent(3*sec, "")...)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, law := range []string{"checkpoints-never-fall", "one-batch-per-request", "batch-attempts", "batch-limits", "states-follow", "rest-is-silent"} {
				require.NoError(t, check(t, law).Verify(c.events, c.settings))
			}
		})
	}
}
