package eventsource

// checkpoints is the name under which the store keeps a mapping's positions: what makes a mapping unique, so that one
// made anew finds them.
func (m *Mapping) checkpoints(set *settings) string {
	return m.source.ARN() + "|" + set.functionARN
}
