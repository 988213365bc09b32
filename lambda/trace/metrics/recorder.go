package metrics

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// Recorder computes metrics from a trace. Its method Trace is the [trace.Func] to configure.
//
// The zero Recorder is ready to use and keeps everything. All methods are safe for concurrent use. A Recorder must
// not be copied once it has been used.
type Recorder struct {
	// Retention is how long one-minute periods are kept, counted back from the newest of their series and rounded up to
	// a whole minute; CloudWatch keeps them for 15 days. 0 keeps all. [Recorder.Total] is not affected. Retention must
	// not be changed after the first event.
	Retention time.Duration

	mu         sync.Mutex
	groups     map[Dimensions]*group
	scopes     map[scopeKey]*scope
	runs       map[runKey]*run
	provisions map[provisionKey]*provision
	dispatches map[dispatchKey]dispatch
	pools      map[string]string // what a function's runs on demand count on, as far as a setting has told
	settings   float64           // the part of ClaimedAccountConcurrency that is not runs in flight
	unreserved int               // runs in flight on the unreserved pool
	horizon    minute            // of the newest event
	seen       bool
}

// Trace records what one step means for the metrics. It returns soon and calls nothing.
func (r *Recorder) Trace(e trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := minuteOf(e.Time); !r.seen || m > r.horizon {
		r.horizon, r.seen = m, true
	}
	if r.groups == nil {
		r.groups = make(map[Dimensions]*group)
		r.scopes = make(map[scopeKey]*scope)
		r.runs = make(map[runKey]*run)
		r.provisions = make(map[provisionKey]*provision)
		r.dispatches = make(map[dispatchKey]dispatch)
		r.pools = make(map[string]string)
	}
	switch e.Kind {
	case trace.InitStarted:
		r.initStarted(&e)
	case trace.Started:
		r.came(&e, true)
		r.started(&e)
	case trace.Finished:
		r.finished(&e)
	case trace.EnvironmentEnded:
		r.environmentEnded(&e)
	case trace.ConcurrencyChanged:
		r.concurrencyChanged(&e)
	case trace.Throttled:
		r.came(&e, true)
		r.scope(&e).each(throttles, e.Time, 1)
	case trace.Dispatched:
		r.dispatched(&e)
	case trace.Refused, trace.Lost:
		r.came(&e, false)
	case trace.Ended, trace.LoopStopped:
		r.came(&e, false)
		r.asynchronous(&e)
	case trace.Accepted:
		r.asynchronous(&e)
	case trace.Delivered, trace.DeliveryFailed:
		r.delivery(&e)
	case trace.Polled, trace.Filtered, trace.BatchEnded, trace.Deleted, trace.Discarded:
		r.mapping(&e)
	}
}

// milliseconds is the unit of CloudWatch's times; a negative one, which a clock set back could make, counts as 0.
func milliseconds(d time.Duration) float64 { return max(0, float64(d)/float64(time.Millisecond)) }

// group holds the series of one set of dimensions.
type group struct {
	dimensions Dimensions
	keep       minute
	inFlight   int // runs now
	series     [numMetrics]*series
}

func (g *group) get(m id) *series {
	if g.series[m] == nil {
		g.series[m] = &series{keep: g.keep}
	}
	return g.series[m]
}

func (r *Recorder) group(d Dimensions) *group {
	g := r.groups[d]
	if g == nil {
		g = &group{dimensions: d, keep: minute((r.Retention + time.Minute - 1) / time.Minute)}
		r.groups[d] = g
	}
	return g
}

// scope is what the samples of one function, asked for by one qualifier, are about.
type scope struct {
	region, function, resource *group
	executed                   *group // nil unless the call went through an alias and the version is known
	provision                  *provision
}

type scopeKey struct{ function, qualifier, version string }

func (r *Recorder) scope(e *trace.Event) *scope {
	key := scopeKey{e.Function, e.Qualifier, e.Version}
	s := r.scopes[key]
	if s == nil {
		s = r.newScope(key)
		r.scopes[key] = s
	}
	return s
}

func (r *Recorder) newScope(key scopeKey) *scope {
	d := Dimensions{FunctionName: key.function}
	s := &scope{region: r.group(Dimensions{}), function: r.group(d)}
	d.Resource = resource(key.function, key.qualifier)
	s.resource = r.group(d)
	if isAlias(key.qualifier) && key.version != "" {
		d.ExecutedVersion = key.version
		s.executed = r.group(d)
	}
	s.provision = r.provision(key.function, key.version)
	return s
}

// each records a sample for the Region, the function and the resource: a metric that is not about a run.
func (s *scope) each(m id, t time.Time, v float64) {
	s.region.get(m).add(t, v)
	s.function.get(m).add(t, v)
	s.resource.get(m).add(t, v)
}

// run records a sample of a metric that is about a run: also by executed version, when an alias led to it.
func (s *scope) run(m id, t time.Time, v float64) {
	s.each(m, t, v)
	if s.executed != nil {
		s.executed.get(m).add(t, v)
	}
}

// resource is the Resource dimension of a call: the target as it was asked for.
func resource(function, qualifier string) string {
	if qualifier == "" {
		return function
	}
	return function + ":" + qualifier
}

// isAlias reports whether a qualifier names an alias: neither $LATEST nor a version's number.
func isAlias(qualifier string) bool {
	return qualifier != "" && qualifier[0] != '$' && strings.Trim(qualifier, "0123456789") != ""
}

// sortedGroups lists the groups in the order of their dimensions.
func (r *Recorder) sortedGroups() []*group {
	groups := make([]*group, 0, len(r.groups))
	for _, g := range r.groups {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int { return a.dimensions.compare(b.dimensions) })
	return groups
}
