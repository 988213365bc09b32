package apigateway

import (
	"strconv"
	"sync"
	"time"
)

// memory is what an authorizer said, by the identity of whom it said it. A nil memory keeps nothing.
type memory struct {
	ttl time.Duration

	mu      sync.Mutex
	entries map[string]memorized
}

type memorized struct {
	said  *statement
	until time.Time
}

// maxMemory is how many answers are kept before those that are out of date are looked for; a full memory begins anew.
const maxMemory = 4096

// newMemory reads a ResultTTL.
func newMemory(setting string, ttl *time.Duration, unset time.Duration, identified bool) (*memory, error) {
	d := unset
	if !identified {
		d = 0
	}
	if ttl != nil {
		d = *ttl
	}
	switch {
	case d < 0 || d > maxResultTTL:
		return nil, misconfigured(setting, "ResultTTL must be between 0 and 1 h")
	case d > 0 && !identified:
		return nil, misconfigured(setting, "a ResultTTL needs an identity source")
	case d == 0:
		return nil, nil
	}
	return &memory{ttl: d, entries: map[string]memorized{}}, nil
}

// memoryKey is the identity in one text. The parts' lengths keep those apart that differ only in where a part ends.
func memoryKey(identity []string) string {
	var key []byte
	for _, part := range identity {
		key = append(strconv.AppendInt(key, int64(len(part)), 10), ':')
		key = append(key, part...)
	}
	return string(key)
}

// recall is what was said and is still good at now.
func (m *memory) recall(key string, now time.Time) (*statement, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	return e.said, ok && now.Before(e.until)
}

func (m *memory) keep(key string, said *statement, now time.Time) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.entries) >= maxMemory {
		for k, e := range m.entries {
			if !now.Before(e.until) {
				delete(m.entries, k)
			}
		}
		if len(m.entries) >= maxMemory {
			clear(m.entries)
		}
	}
	m.entries[key] = memorized{said, now.Add(m.ttl)}
}
