package eventsource

import (
	"context"
	"maps"
	"sync"
)

// CheckpointStore keeps how far the mappings have read their streams' shards. What is behind a position is resolved; a
// mapping that starts again reads on from there.
//
// A mapping is named by its source and its function, as uniqueness counts them, not by its UUID: one that is closed and
// made again with the same store goes on where it was. All methods must be safe for concurrent use; those about one
// mapping's shard are never called concurrently. Package sourcetest has the conformance suite.
type CheckpointStore interface {
	// Load returns the positions of all shards of a mapping that were saved, by shard; none is no error. The map is the
	// caller's.
	Load(ctx context.Context, mapping string) (map[string]Position, error)
	// Save keeps a shard's position. An error, after which either position may be the one kept, costs repetitions at
	// most: the mapping goes on, saves again when the position moves, or a second later, and as long as it lives it knows
	// the position itself. But one that began at Latest and could never save that begins elsewhere when it is made anew.
	Save(ctx context.Context, mapping, shard string, p Position) error
	// Forget drops a shard's position; that there is none is no error.
	Forget(ctx context.Context, mapping, shard string) error
	// Delete drops all positions of a mapping; that there are none is no error.
	Delete(ctx context.Context, mapping string) error
}

// MemoryCheckpoints is the [CheckpointStore] that keeps positions in memory. The zero value is empty and ready.
type MemoryCheckpoints struct {
	mu        sync.Mutex
	positions map[string]map[string]Position
}

// NewMemoryCheckpoints returns an empty store.
func NewMemoryCheckpoints() *MemoryCheckpoints { return &MemoryCheckpoints{} }

// Load returns a copy of what was saved. It never fails.
func (s *MemoryCheckpoints) Load(_ context.Context, mapping string) (map[string]Position, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.positions[mapping]), nil
}

// Save keeps a position. It never fails.
func (s *MemoryCheckpoints) Save(_ context.Context, mapping, shard string, p Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	shards := s.positions[mapping]
	if shards == nil {
		shards = map[string]Position{}
		if s.positions == nil {
			s.positions = map[string]map[string]Position{}
		}
		s.positions[mapping] = shards
	}
	shards[shard] = p
	return nil
}

// Forget drops a position. It never fails.
func (s *MemoryCheckpoints) Forget(_ context.Context, mapping, shard string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.positions[mapping], shard)
	return nil
}

// Delete drops a mapping's positions. It never fails.
func (s *MemoryCheckpoints) Delete(_ context.Context, mapping string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.positions, mapping)
	return nil
}

var _ CheckpointStore = (*MemoryCheckpoints)(nil)
