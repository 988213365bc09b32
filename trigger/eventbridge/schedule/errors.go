package schedule

import "fmt"

// NotValid is the message of the ValidationException with which EventBridge refuses a rule whose expression does not
// parse, whatever is wrong with it.
const NotValid = "Parameter ScheduleExpression is not valid."

// Invalid is the message of the ValidationException with which Scheduler refuses an expression.
func Invalid(expression string) string { return "Invalid Schedule Expression " + expression + "." }

// Error says why an expression was refused. The services themselves only ever say [NotValid] and [Invalid].
type Error struct {
	// Expression is what was to be read.
	Expression string
	// Reason is for people; programs should not compare it.
	Reason string

	_ struct{}
}

// Error gives the expression and the reason.
func (e *Error) Error() string { return fmt.Sprintf("schedule: %q: %s", e.Expression, e.Reason) }
