package eventsource

// State is a mapping's state.
type State string

// The states. A mapping in one of those that end in -ing moves on by itself; until then it refuses updates.
const (
	Creating  State = "Creating"
	Enabling  State = "Enabling"
	Enabled   State = "Enabled"
	Disabling State = "Disabling"
	Disabled  State = "Disabled"
	Updating  State = "Updating"
	Deleting  State = "Deleting"
)

// settled reports whether a mapping stays in the state until somebody does something.
func (s State) settled() bool { return s == Enabled || s == Disabled }

// creation is the first state of a mapping. A queue's that is not enabled has nothing to prepare.
func creation(k kind, enabled bool) State {
	if k.queue() && !enabled {
		return Disabled
	}
	return Creating
}

// transition is the state of a mapping while an update takes effect. enabled is what the update says about that, nil
// for nothing.
func transition(enabled *bool) State {
	switch {
	case enabled == nil:
		return Updating
	case *enabled:
		return Enabling
	}
	return Disabling
}

// rest is the state in which a transition ends.
func rest(enabled bool) State {
	if enabled {
		return Enabled
	}
	return Disabled
}

// The values of LastProcessingResult. Queues have none.
const (
	noRecordsProcessed = "No records processed"
	processedOK        = "OK"
	functionCallFailed = "PROBLEM: Function call failed"
)
