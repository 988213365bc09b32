package concurrency

import "fmt"

// ConfigError is the refusal of a setting, with the service's own text. A setting that is refused changes nothing.
type ConfigError struct {
	_ struct{}

	// Code is the name of the exception, such as InvalidParameterValueException.
	Code string
	// Status is its HTTP status.
	Status int
	// Message is the text, byte for byte as the service sends it.
	Message string
	// NoType says that the body has no Type member, which other refusals have as "User".
	NoType bool
}

// Error returns the code and the message.
func (e *ConfigError) Error() string { return e.Code + ": " + e.Message }

const invalidParameter = "InvalidParameterValueException"

func errTooSmall(n, least int, path string) *ConfigError {
	const text = "1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: " +
		"Member must have value greater than or equal to %d"
	return &ConfigError{Code: "ValidationException", Status: 400, NoType: true, Message: fmt.Sprintf(text, n, path, least)}
}

func errReservedLeavesTooLittle(minimum int) *ConfigError {
	const text = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution " +
		"below its minimum value of [%d]."
	return &ConfigError{Code: invalidParameter, Status: 400, NoType: true, Message: fmt.Sprintf(text, minimum)}
}

// The blank in front and the two blanks before the number are the service's.
func errReservedBelowProvisioned(n, provisioned int) *ConfigError {
	const text = " ReservedConcurrentExecutions  %d should not be lower than function's total provisioned concurrency [%d]."
	return &ConfigError{Code: invalidParameter, Status: 400, NoType: true, Message: fmt.Sprintf(text, n, provisioned)}
}

func errProvisionedAboveReserved() *ConfigError {
	return &ConfigError{Code: invalidParameter, Status: 400,
		Message: "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"}
}

func errProvisionedAboveUnreserved(unreserved int) *ConfigError {
	const text = "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [%d]."
	return &ConfigError{Code: invalidParameter, Status: 400, NoType: true, Message: fmt.Sprintf(text, unreserved)}
}

func errProvisionedLeavesTooLittle(minimum int) *ConfigError {
	const text = "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution " +
		"below its minimum value of [%d]."
	return &ConfigError{Code: invalidParameter, Status: 400, NoType: true, Message: fmt.Sprintf(text, minimum)}
}

func errProvisionedUnpublished() *ConfigError {
	return &ConfigError{Code: invalidParameter, Status: 400,
		Message: "Provisioned Concurrency Configs cannot be applied to unpublished function versions."}
}

func errAlreadyProvisioned() *ConfigError {
	return &ConfigError{Code: "ResourceConflictException", Status: 409,
		Message: "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"}
}

func errNotProvisioned() *ConfigError {
	return &ConfigError{Code: "ProvisionedConcurrencyConfigNotFoundException", Status: 404,
		Message: "No Provisioned Concurrency Config found for this function"}
}
