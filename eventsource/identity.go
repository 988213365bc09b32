package eventsource

import (
	"context"
	"maps"
	"reflect"
	"slices"
)

// checkpoints is the name under which the store keeps a mapping's positions: what makes a mapping unique, so that one
// made anew finds them.
func (m *Mapping) checkpoints(set *settings) string {
	return m.source.ARN() + "|" + set.functionARN
}

// follow lets the positions follow the function, and returns the name that they then have. It is called when nothing
// reads and saves any more under the old name. What failed is done again at the next call.
//
// The name that counts is that of the settings now, which may be newer than those of the poller that asks: the one
// between was given up already, and another mapping may have it.
func (m *Mapping) follow(ctx context.Context) (string, error) {
	m.moving <- struct{}{}
	defer func() { <-m.moving }()
	m.mu.Lock()
	from, to := m.kept, m.checkpoints(m.set)
	m.heading = to
	m.mu.Unlock()
	if from == to || !m.kind.stream() {
		return to, nil
	}
	if err := m.movePositions(ctx, from, to); err != nil {
		return from, err
	}
	m.mu.Lock()
	m.kept = to
	m.mu.Unlock()
	m.store.Delete(ctx, from) // what stays there is overwritten before it is used again
	return to, nil
}

// movePositions copies a mapping's positions to another name in the store. What another mapping left there is of no
// use; but if there are none to copy, it is where this one goes on.
func (m *Mapping) movePositions(ctx context.Context, from, to string) error {
	positions, err := m.store.Load(ctx, from)
	if err != nil || len(positions) == 0 {
		return err
	}
	stale, err := m.store.Load(ctx, to)
	if err != nil {
		return err
	}
	for _, shard := range slices.Sorted(maps.Keys(positions)) {
		if err := m.store.Save(ctx, to, shard, positions[shard]); err != nil {
			return err
		}
	}
	for _, shard := range slices.Sorted(maps.Keys(stale)) {
		if _, ok := positions[shard]; ok {
			continue
		}
		if err := m.store.Forget(ctx, to, shard); err != nil {
			return err
		}
	}
	return nil
}

// forget drops the positions of a mapping that is deleted, also those of a move that failed.
func (m *Mapping) forget() {
	m.moving <- struct{}{}
	defer func() { <-m.moving }()
	m.mu.Lock()
	kept, heading := m.kept, m.heading
	m.mu.Unlock()
	m.store.Delete(context.Background(), kept)
	if heading != kept {
		m.store.Delete(context.Background(), heading)
	}
}

// has reports whether another mapping from the same source cannot have a function, or its name in the store: until the
// positions have followed an update, the mapping needs both the old name and the new one.
func (m *Mapping) has(function, name string, store CheckpointStore) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.set.functionARN == function {
		return true
	}
	return m.kind.stream() && (m.kept == name || m.heading == name) && sameStore(m.store, store)
}

func sameStore(a, b CheckpointStore) bool {
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	return v.Type() == w.Type() && (!v.Comparable() || !w.Comparable() || a == b)
}
