package eventsource

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/batch"
)

// streamPoller reads the shards of a stream, parents before children. Whoever has the turn owns the list of shards; each
// shard has a turn of its own.
type streamPoller struct {
	base
	stream Stream
	alarm  alarm

	readers map[string]*shardReader
	order   []*shardReader      // in the order in which they were made
	starts  map[string]Position // where shards begin that were there when the mapping took its positions, or are in the store
	known   bool                // starts is complete
	name    string              // of the positions in the store
	begun   bool
}

func newStreamPoller(m *Mapping, s Stream, set *settings) *streamPoller {
	p := &streamPoller{stream: s, readers: map[string]*shardReader{}}
	p.init(m, set, p.round)
	p.alarm.ring = p.wake
	return p
}

func (p *streamPoller) start() {
	defer p.life.leave()
	if p.turn.take() {
		p.turn.do(func() {
			p.begin()
			if p.life.isStopped() { // stop found the turn taken and left the rest to its holder
				p.cleanUp()
			}
		})
	}
	p.wake()
}

func (p *streamPoller) begin() {
	if p.begun || p.life.isStopped() {
		return
	}
	p.begun = true
	if n, ok := p.stream.(Notifier); ok {
		p.unwatch = n.Notify(p.wake)
	} else {
		p.run(p.pollAgainAndAgain)
	}
	p.takePositions()
}

// pollAgainAndAgain is the goroutine over a stream that is no Notifier. It looks as often as Lambda does: once a second
// at Kinesis, four times at DynamoDB.
func (p *streamPoller) pollAgainAndAgain() {
	interval := time.Second
	if p.set.kind == dynamoDBStream {
		interval /= 4
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.wake()
		case <-p.ctx.Done():
			return
		}
	}
}

// round lists the shards, begins to read those whose turn has come, and looks for records in all.
func (p *streamPoller) round() {
	if p.life.isStopped() {
		p.cleanUp()
		return
	}
	if !p.takePositions() || !p.list() {
		p.alarm.set(time.Now().Add(receivePause), time.Now())
		return
	}
	for _, r := range p.order {
		r.poll()
	}
}

func (p *streamPoller) cleanUp() {
	if p.unwatch != nil {
		p.unwatch()
		p.unwatch = nil
	}
	p.alarm.set(time.Time{}, time.Time{})
	for _, r := range p.order {
		r.poll()
	}
}

// takePositions decides once where reading starts: where the mapping was, if it or the store knows that, or else at the
// StartingPosition. A shard that appears later continues one that was read, and is read from its beginning.
func (p *streamPoller) takePositions() bool {
	if p.known {
		return true
	}
	starts, err := p.loadPositions()
	unsaved := p.m.owed.all()
	if err == nil && len(starts)+len(unsaved) == 0 {
		unsaved, err = p.firstPositions()
	}
	if err != nil {
		return false
	}
	if starts == nil {
		starts = map[string]Position{}
	}
	maps.Copy(starts, unsaved)
	p.starts, p.known = starts, true
	for _, shard := range slices.Sorted(maps.Keys(unsaved)) {
		r := p.addReader(shard)
		r.saved = Position{}
		r.poll() // also a shard that has to wait for its parents saves where it begins
	}
	return true
}

// loadPositions asks the store.
func (p *streamPoller) loadPositions() (starts map[string]Position, err error) {
	if p.name, err = p.m.follow(p.ctx); err != nil {
		return nil, err
	}
	return p.m.store.Load(p.ctx, p.name)
}

// firstPositions takes the StartingPosition in all shards that there are.
func (p *streamPoller) firstPositions() (map[string]Position, error) {
	shards, err := p.stream.Shards(p.ctx)
	if err != nil {
		return nil, err
	}
	starts := make(map[string]Position, len(shards))
	for i := range shards {
		if starts[shards[i].ID], err = p.startOf(shards[i].ID); err != nil {
			return nil, err
		}
	}
	return starts, nil
}

// startOf is where a shard begins that is there at the beginning. Latest is a definite place from then on.
func (p *streamPoller) startOf(shard string) (Position, error) {
	at := Position{Type: p.set.StartingPosition, Time: p.set.StartingPositionTimestamp}
	if at.Type != Latest {
		return at, nil
	}
	page, err := p.stream.Read(p.ctx, shard, at, 1)
	return page.Next, err
}

// save keeps a position in the store, or in mind.
func (p *streamPoller) save(shard string, at Position) bool {
	if p.dead.Load() {
		return false
	}
	act := func() error { return p.m.store.Save(context.Background(), p.name, shard, at) }
	err, alive := error(nil), true
	if p.m.controls.any() {
		err, alive = p.controlled(p, &Step{Kind: Checkpoint, Shard: shard, Position: at}, act)
	} else {
		err = act()
	}
	if !alive || p.dead.Load() {
		return false
	}
	p.m.owed.note(shard, at, err == nil)
	return err == nil
}

// list begins to read the shards that may be read now.
func (p *streamPoller) list() bool {
	shards, err := p.stream.Shards(p.ctx)
	if err != nil {
		return false
	}
	drained := func(id string) bool {
		r := p.readers[id]
		return r != nil && r.drained.Load()
	}
	id := func(s *Shard) string { return s.ID }
	for _, i := range batch.Readable(shards, id, func(s *Shard) []string { return s.Parents }, drained) {
		r := p.readers[shards[i].ID]
		if r == nil {
			r = p.addReader(shards[i].ID)
		}
		r.open.Store(true)
	}
	if len(p.order) > len(shards) {
		p.prune(shards)
	}
	return true
}

// prune forgets shards that are drained and not listed any more: the stream has dropped them.
func (p *streamPoller) prune(shards []Shard) {
	listed := make(map[string]bool, len(shards))
	for i := range shards {
		listed[shards[i].ID] = true
	}
	p.order = slices.DeleteFunc(p.order, func(r *shardReader) bool {
		if listed[r.id] || !r.over.Load() {
			return false
		}
		delete(p.readers, r.id)
		delete(p.starts, r.id)
		p.run(func() { p.m.store.Forget(p.ctx, p.name, r.id) }) // what stays in the store does no harm
		return true
	})
}

// addReader makes the reader of a shard, which is not to be read yet.
func (p *streamPoller) addReader(shard string) *shardReader {
	at, ok := p.starts[shard]
	if !ok {
		at = Position{Type: TrimHorizon}
	}
	r := newShardReader(p, shard, at)
	p.readers[shard] = r
	p.order = append(p.order, r)
	return r
}

// retention is how long the stream keeps records; 0 for ever.
func (p *streamPoller) retention() time.Duration {
	if r, ok := p.stream.(Retainer); ok {
		return r.Retention()
	}
	if p.set.kind == dynamoDBStream {
		return 24 * time.Hour
	}
	return 0
}
