package destinations

// Error is a refusal in AWS's words: of a configuration that names a destination, or of a delivery that is too large
// for its target. The text, code and status are the wire's.
type Error struct {
	Code    string // such as InvalidParameterValueException
	Status  int    // HTTP
	Message string
}

// Error gives the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// HTTPStatus is the Status, by which senders tell whose fault an error is.
func (e *Error) HTTPStatus() int { return e.Status }

// ErrorCode is the Code, for traces.
func (e *Error) ErrorCode() string { return e.Code }
