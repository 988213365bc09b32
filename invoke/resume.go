package invoke

// StoreNotifier is implemented by a [Store] that can say when events were put that its user does not know of: by
// another process, say. Notify registers wake until stop is called; wake never blocks.
type StoreNotifier interface {
	Notify(wake func()) (stop func())
}

// Resume has the asynchronous queue look into the Store for events that were put before this Service was made, or by
// others. Call it once the functions are deployed: an event whose function is not found has failed once. From then on
// the queue looks by itself, whenever an event is due or a [StoreNotifier] says so. A Service with a Store of its own
// needs no Resume.
//
// The Number of an event orders it among those of one Service only, and request ids follow from the seed: give a
// Service that takes over a durable Store another seed than its predecessor's.
func (s *Service) Resume() {
	if n, ok := s.opts.Store.(StoreNotifier); ok {
		s.async.watch(n)
	}
	s.async.wake()
}

// watch registers with a store once.
func (q *queue) watch(n StoreNotifier) {
	stop := n.Notify(q.wake)
	q.mu.Lock()
	if q.unwatch == nil && !q.stopped {
		q.unwatch, stop = stop, nil
	}
	q.mu.Unlock()
	if stop != nil {
		stop()
	}
}
