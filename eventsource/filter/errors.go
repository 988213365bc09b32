package filter

import "fmt"

// InvalidPattern is the message of the InvalidParameterValueException with which Lambda refuses an event source mapping
// whose FilterCriteria has a pattern that does not compile, whatever is wrong with it.
const InvalidPattern = "Invalid filter pattern definition."

// Error says why a pattern was refused. Lambda itself only ever says [InvalidPattern].
type Error struct {
	// Pattern is the index of the pattern among those given.
	Pattern int
	// Offset is the index of the byte in that pattern where the fault shows.
	Offset int
	// Reason is for people; programs should not compare it.
	Reason string

	_ struct{}
}

// Error names the pattern, the place and the reason.
func (e *Error) Error() string {
	return fmt.Sprintf("filter: pattern %d, byte %d: %s", e.Pattern, e.Offset, e.Reason)
}
