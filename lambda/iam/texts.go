package iam

import "strings"

// DeniedError is a refusal for want of a permission, in the words of the service that asked.
type DeniedError struct {
	Principal string   // who may not: a role's ARN, or who wanted to invoke
	Action    string   // that is missing; of several the first
	Resource  string   // on what
	Decision  Decision // ImplicitDeny or ExplicitDeny
	Message   string   // AWS's text
}

// Error is AWS's text.
func (e *DeniedError) Error() string { return e.Message }

// The texts of refusals are here, and only here.

// cannotAssume is said of a role that is not there, or does not trust Lambda.
const cannotAssume = "The role defined for the function cannot be assumed by Lambda."

// destinationDenied is said of destinations of asynchronous invocations and, as is inferred, of mappings.
func destinationDenied(n need) string {
	return "The function execution role does not have permissions to call " + n.verb() + " on " + n.subject
}

// deadLetterDenied is said of dead-letter queues.
func deadLetterDenied(n need) string {
	return "The provided execution role does not have permissions to call " + n.verb() + " on " + n.service()
}

// queueDenied is said of queues that a mapping is to read.
func queueDenied(n need) string {
	return "The function execution role does not have permissions to call " + n.verb() + " on " + n.service()
}

// streamDenied is said of streams that a mapping is to read.
func streamDenied(n need) string {
	return "Cannot access stream " + n.subject + ". Please ensure the role can perform the GetRecords, GetShardIterator, " +
		"DescribeStream, and ListStreams Actions on your stream in IAM."
}

// streamUntrusted is said of the same if the role cannot be assumed. Of the text only the last words are known.
func streamUntrusted(stream string) string {
	return "Cannot access stream " + stream + ". Please add Lambda as a Trusted Entity"
}

// InvokeDenied is Invoke's refusal of somebody who may not do action, such as lambda:InvokeFunction, to a function.
// basedOn is "identity" for one of the same account and "resource" for another account or a service.
func InvokeDenied(who, action, functionARN, basedOn string) string {
	return notAuthorized(who, action, functionARN) + " because no " + basedOn + "-based policy allows the " + action + " action"
}

// invokeDeniedExplicitly is said where a Deny matched. It is what other services say; Lambda's is not recorded.
func invokeDeniedExplicitly(who, action, functionARN, basedOn string) string {
	article := "a "
	if basedOn == identityBased {
		article = "an "
	}
	return notAuthorized(who, action, functionARN) + " with an explicit deny in " + article + basedOn + "-based policy"
}

func notAuthorized(who, action, functionARN string) string {
	if who == Anonymous {
		who = "anonymous"
	}
	return "User: " + who + " is not authorized to perform: " + action + " on resource: " + functionARN
}

// The kinds of policies, as texts call them.
const (
	identityBased = "identity"
	resourceBased = "resource"
)

// verb is the action without its service.
func (n need) verb() string {
	_, verb, _ := strings.Cut(n.action, ":")
	return verb
}

// service is the action's service as texts have it.
func (n need) service() string {
	service, _, _ := strings.Cut(n.action, ":")
	return strings.ToUpper(service)
}
