package metrics

import (
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// acquire counts a run that has begun, wherever it is in flight.
func (r *Recorder) acquire(n *run, t time.Time) { r.flight(n, t, +1) }

// release counts one that has ended.
func (r *Recorder) release(n *run, t time.Time) { r.flight(n, t, -1) }

func (r *Recorder) flight(n *run, t time.Time, change int) {
	s := n.scope
	for _, g := range [...]*group{s.region, s.function, s.resource} {
		g.inFlight += change
		g.get(concurrent).set(t, float64(g.inFlight))
	}
	switch n.pool {
	case provisionedPool:
		s.provision.use(s.resource)
		s.provision.busy += change
		s.provision.record(t)
	case unreservedPool:
		r.countUnreserved(s.region, t, change)
		r.claim(s.region, t)
	}
}

func (r *Recorder) countUnreserved(region *group, t time.Time, change int) {
	r.unreserved += change
	region.get(unreserved).set(t, float64(r.unreserved))
}

// poolOf is what a run that begins counts on: what its function's settings say, if they have, for they may have changed
// since it was admitted.
func (r *Recorder) poolOf(e *trace.Event) string {
	if pool, known := r.pools[e.Function]; known && e.Pool != provisionedPool {
		return pool
	}
	return e.Pool
}

// recharge moves a function's runs in flight to the pool that they count on after its reservation was put or taken
// away.
func (r *Recorder) recharge(e *trace.Event) {
	r.pools[e.Function] = e.Pool
	change := 0
	for key, n := range r.runs {
		if key.function != e.Function || n.pool == provisionedPool || n.pool == e.Pool {
			continue
		}
		if n.pool == unreservedPool {
			change--
		} else if e.Pool == unreservedPool {
			change++
		}
		n.pool = e.Pool
	}
	if change != 0 {
		r.countUnreserved(r.group(Dimensions{}), e.Time, change)
	}
}

// claim records ClaimedAccountConcurrency: what is in flight on the unreserved pool, and what the settings take.
func (r *Recorder) claim(region *group, t time.Time) {
	region.get(claimed).set(t, float64(r.unreserved)+r.settings)
}

// concurrencyChanged takes note of a setting. The event tells what the account has claimed in all, runs included.
func (r *Recorder) concurrencyChanged(e *trace.Event) {
	if e.Version == "" && e.Pool != "" {
		r.recharge(e)
	}
	r.settings = float64(e.Claimed - r.unreserved)
	r.claim(r.group(Dimensions{}), e.Time)
	if e.Version == "" {
		return
	}
	p := r.provision(e.Function, e.Version)
	p.allocated = e.Allocated
	qualifier := e.Qualifier
	if qualifier == "" {
		qualifier = e.Version
	}
	p.use(r.group(Dimensions{FunctionName: e.Function, Resource: resource(e.Function, qualifier)}))
	p.record(e.Time)
}

// provision is the provisioned concurrency of one version. Calls through its aliases and to its number share it.
type provision struct {
	busy, allocated int
	resources       []*group // under whose name it is recorded
}

type provisionKey struct{ function, version string }

func (r *Recorder) provision(function, version string) *provision {
	key := provisionKey{function, version}
	p := r.provisions[key]
	if p == nil {
		p = new(provision)
		r.provisions[key] = p
	}
	return p
}

// use makes g one of the resources under which the version's provisioned concurrency is recorded.
func (p *provision) use(g *group) {
	if !slices.Contains(p.resources, g) {
		p.resources = append(p.resources, g)
	}
}

// record samples the version's busy environments, and the share of the allocated ones that they are. After a cut more
// may be busy than are allocated: the share stays 1 at most. With none allocated there is no share.
func (p *provision) record(t time.Time) {
	share := 0.0
	if p.allocated > 0 {
		share = min(1, float64(p.busy)/float64(p.allocated))
	}
	for _, g := range p.resources {
		g.get(provisionedConcurrent).set(t, float64(p.busy))
		if p.allocated > 0 {
			g.get(provisionedUtilization).set(t, share)
		} else if s := g.series[provisionedUtilization]; s != nil {
			s.carry(minuteOf(t))
			s.level = 0
		}
	}
}
