package lambda

import (
	"strconv"

	"github.com/lambdakit/lambdakit/lambda/iam"
)

// The errors that Lambda answers with a fixed text, each made by one function. They are new values, never shared.

// FunctionNotFound is the 404 for a function, version or alias that does not exist. arn is what was looked for:
// qualified as the operation writes it, because Invoke adds ":$LATEST" to an unqualified name
// (see [Identity.InvokeNotFound]) and GetFunction does not.
func FunctionNotFound(arn string) *Error {
	return NewError("ResourceNotFoundException", "Function not found: "+arn)
}

// InvokeNotFound is the 404 of Invoke, which names what it looked for with a qualifier always.
func (id Identity) InvokeNotFound(name, qualifier string) *Error {
	if qualifier == "" {
		qualifier = Latest
	}
	return FunctionNotFound(id.FunctionARN(name, qualifier))
}

// AliasNotFound is the 404 of operations on an alias, such as GetAlias. arn is the alias's.
func AliasNotFound(arn string) *Error {
	return NewError("ResourceNotFoundException", "Cannot find alias arn: "+arn)
}

// ResourceMissing is the 404 without a name, which policies, mappings and layers give.
func ResourceMissing() *Error {
	return NewError("ResourceNotFoundException", "The resource you requested does not exist.")
}

// ForeignRegion is the 404 for an ARN of another Region.
func ForeignRegion(arnRegion, region string) *Error {
	return NewError("ResourceNotFoundException",
		"Functions from '"+arnRegion+"' are not reachable in this region ('"+region+"')")
}

// ForeignAccount is the 403 for an ARN of another account: a refusal without a text.
func ForeignAccount() *Error { return NewError("AccessDeniedException", "") }

// InvalidParameterValue is the 400 for a parameter refused for what it means.
func InvalidParameterValue(message string) *Error {
	return NewError("InvalidParameterValueException", message)
}

// QualifierMismatch is the 400 for a name that ends in another qualifier than the one given beside it.
func QualifierMismatch() *Error {
	return InvalidParameterValue(
		"The derived qualifier from the function name does not match the specified qualifier.")
}

// NotModelled is the 400 for a setting that Lambda has and this library has not. setting is AWS's name for it. The
// text is this library's own: it refuses what it would otherwise have to ignore.
func NotModelled(setting string) *Error {
	return InvalidParameterValue(setting + " is not modelled by lambdakit.")
}

// ValidationError is the 400 for parameters refused for their form, or nil if text is "", so that a check can end in
// it. The text begins with the number of findings: "1 validation error detected: …".
func ValidationError(text string) error {
	if text == "" {
		return nil
	}
	return NewError("ValidationException", text)
}

// FunctionInState is the 409 for an operation that the function's state, such as Pending, does not allow.
func FunctionInState(state string) *Error {
	return NewError("ResourceConflictException",
		"The operation cannot be performed at this time. The function is currently in the following state: "+state)
}

// UpdateInProgress is the 409 for a second update before the first has ended. arn is the function's, unqualified.
func UpdateInProgress(arn string) *Error {
	return NewError("ResourceConflictException",
		"The operation cannot be performed at this time. An update is in progress for resource: "+arn)
}

// FunctionExists is the 409 of CreateFunction.
func FunctionExists(name string) *Error {
	return NewError("ResourceConflictException", "Function already exist: "+name)
}

// RevisionMismatch is the 412 for a RevisionId that is not the latest. api is the operation that tells the latest:
// GetFunction/GetAlias, GetPolicy or GetLayerPolicy.
func RevisionMismatch(api string) *Error {
	return NewError("PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. "+
		"Call the "+api+" API to retrieve the latest Revision Id")
}

// RateExceeded is the 429. reason is the limit that was met, such as
// ReservedFunctionConcurrentInvocationLimitExceeded.
func RateExceeded(reason string) *Error {
	text := "Rate Exceeded."
	if reason == "CallerRateLimitExceeded" {
		text = "Rate exceeded" // so in public reports: another service answers for this limit
	}
	e := NewError("TooManyRequestsException", text)
	e.Reason = reason
	return e
}

// RequestTooLarge is the 413 for a request body over limit bytes. operation is InvokeFunction or CreateFunction.
func RequestTooLarge(operation string, limit int) *Error {
	return NewError("RequestEntityTooLargeException",
		"Request must be smaller than "+strconv.Itoa(limit)+" bytes for the "+operation+" operation")
}

// EventTooLarge is the 413 for an asynchronous event of size bytes.
func EventTooLarge(size int) *Error {
	return NewError("RequestEntityTooLargeException", strconv.Itoa(size)+
		" byte payload is too large for the Event invocation type (limit "+strconv.Itoa(MaxEventPayload)+" bytes)")
}

// InvalidRequestContent is the 400 for a payload that is not JSON. detail is the parser's text.
func InvalidRequestContent(detail string) *Error {
	return NewError("InvalidRequestContentException",
		"Could not parse request body into json: Could not parse payload into json: "+detail)
}

// ClientContextTooLarge is the 400 for a ClientContext of more than [MaxClientContext] bytes in Base64. The limit is
// AWS's, the text is not recorded.
func ClientContextTooLarge() *Error {
	return NewError("InvalidRequestContentException", "Client context must be no more than "+
		strconv.Itoa(MaxClientContext)+" bytes of Base64-encoded data.")
}

// ClientContextInvalid is the 400 for a ClientContext that is no Base64 or no JSON object.
func ClientContextInvalid() *Error {
	return NewError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
}

// InvokeForbidden is the 403 for a caller that may not invoke the function. basedOn is "identity" for one of the same
// account and "resource" for another account or a service.
func InvokeForbidden(caller, functionARN, basedOn string) *Error {
	return NewError("AccessDeniedException", iam.InvokeDenied(caller, "lambda:InvokeFunction", functionARN, basedOn))
}

// RoleDenied is the 400 for a setting that the function's role does not allow, or nil if err is nil, so that a check can
// end in it. err is what a check of an [iam.Execution] returned, whose text it has.
func RoleDenied(err error) error {
	if err == nil {
		return nil
	}
	return InvalidParameterValue(err.Error())
}

// RecursionStopped is the 400 that the caller gets whose invocation would have been a function's 17th in one chain.
// Its text is that of AWS's description; the one on the wire is not recorded.
func RecursionStopped() *Error {
	return NewError("RecursiveInvocationException", "Lambda has detected your function being invoked in a recursive "+
		"loop with other Amazon Web Services resources and stopped your function's invocation.")
}
