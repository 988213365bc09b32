package eventsource

import (
	"maps"
	"sync"
)

// owed are the positions of a stream's shards that the store has failed to take so far. A mapping that stops reading and
// starts again, for an update, say, goes on from them: without that, Latest would be another place the next time. They
// die with the mapping, and with a poller that crashes.
type owed struct {
	mu        sync.Mutex
	positions map[string]Position
}

// note says whether the store has taken a shard's position, which is the newest there is.
func (o *owed) note(shard string, at Position, taken bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if taken {
		delete(o.positions, shard)
		return
	}
	if o.positions == nil {
		o.positions = map[string]Position{}
	}
	o.positions[shard] = at
}

// all returns what is owed, by shard. The map is the caller's.
func (o *owed) all() map[string]Position {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.positions)
}

func (o *owed) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.positions = nil
}
