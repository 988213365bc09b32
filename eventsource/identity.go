package eventsource

import (
	"context"
	"maps"
	"slices"
)

// checkpoints is the name under which the store keeps a mapping's positions: what makes a mapping unique, so that one
// made anew finds them.
func (m *Mapping) checkpoints(set *settings) string {
	return m.source.ARN() + "|" + set.functionARN
}

// movePositions gives a mapping's positions another name in the store, and returns them.
func (m *Mapping) movePositions(ctx context.Context, from, to string) (map[string]Position, error) {
	positions, err := m.store.Load(ctx, from)
	if err != nil {
		return nil, err
	}
	for _, shard := range slices.Sorted(maps.Keys(positions)) {
		if err := m.store.Save(ctx, to, shard, positions[shard]); err != nil {
			return nil, err
		}
	}
	return positions, m.store.Delete(ctx, from)
}
