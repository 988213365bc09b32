package batch

import (
	"cmp"
	"fmt"
)

// RangeError says that a setting lies outside the bounds that AWS gives it. Whoever takes settings from a user checks
// them first and answers with the service's own text; a RangeError is the last guard behind that.
type RangeError struct {
	Field           string // the setting's name, as AWS spells it
	Value, Min, Max any    // numbers or durations
}

// Error names the setting, its value and its bounds.
func (e *RangeError) Error() string {
	return fmt.Sprintf("batch: %s %v is not between %v and %v", e.Field, e.Value, e.Min, e.Max)
}

// ConflictError says that two settings exclude each other.
type ConflictError struct {
	Field, With string // the settings' names, as AWS spells them
}

// Error names both settings.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("batch: %s cannot be combined with %s", e.Field, e.With)
}

// within is nil if v lies between min and max, both included.
func within[T cmp.Ordered](field string, v, min, max T) error {
	if v < min || v > max {
		return &RangeError{Field: field, Value: v, Min: min, Max: max}
	}
	return nil
}
