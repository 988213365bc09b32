package invoke

import "sync"

// layers keeps what packages above this one need to have once per Service.
type layers struct {
	mu sync.Mutex
	m  map[any]any
}

// Layer returns the value that a package above this one keeps for the Service under a key of its own type, making it
// at the first call: the list of event source mappings, for one, which must not have duplicates. make must not call
// the Service.
func (s *Service) Layer(key any, make func() any) any {
	l := &s.layers
	l.mu.Lock()
	defer l.mu.Unlock()
	if v, ok := l.m[key]; ok {
		return v
	}
	if l.m == nil {
		l.m = map[any]any{}
	}
	v := make()
	l.m[key] = v
	return v
}
