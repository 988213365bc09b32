package iam

import "strings"

// Operator is how a [Condition] compares.
type Operator string

// The operators that are modelled: those that Lambda writes into resource policies, and their siblings.
const (
	StringEquals Operator = "StringEquals" // the same text
	StringLike   Operator = "StringLike"   // with * and ?
	// ArnEquals and ArnLike are one: both compare ARNs part by part, with * and ?.
	ArnEquals Operator = "ArnEquals"
	ArnLike   Operator = "ArnLike"
	Bool      Operator = "Bool" // true or false, in either case
)

func (o Operator) modelled() bool {
	switch o {
	case StringEquals, StringLike, ArnEquals, ArnLike, Bool:
		return true
	}
	return false
}

func (o Operator) onARNs() bool { return o == ArnEquals || o == ArnLike }

// fits compares one value of a condition with the request's.
func (o Operator) fits(value, got string) bool {
	switch o {
	case StringEquals:
		return value == got
	case StringLike:
		return matches(value, got)
	case ArnEquals, ArnLike:
		return matchesARN(value, got)
	case Bool:
		return strings.EqualFold(value, got)
	}
	return false
}

// ContextKey is one thing that a [Request] says about itself: the ARN of the source, for one. Names are compared in
// either case.
type ContextKey struct{ Name, Value string }

// The keys that Lambda's checks give. [Roles.Put] refuses conditions on others, which could never be met.
const (
	SourceARNKey             = "aws:SourceArn"
	SourceAccountKey         = "aws:SourceAccount"
	PrincipalOrgIDKey        = "aws:PrincipalOrgID"
	EventSourceTokenKey      = "lambda:EventSourceToken"
	FunctionURLAuthTypeKey   = "lambda:FunctionUrlAuthType"
	InvokedViaFunctionURLKey = "lambda:InvokedViaFunctionUrl"
)

var knownKeys = []string{
	SourceARNKey, SourceAccountKey, PrincipalOrgIDKey, EventSourceTokenKey, FunctionURLAuthTypeKey, InvokedViaFunctionURLKey,
}

// met reports whether the condition holds for a request that says these things.
func (c *Condition) met(context []ContextKey) bool {
	for i := range context {
		if !strings.EqualFold(context[i].Name, c.Key) {
			continue
		}
		for _, v := range c.Values {
			if c.Operator.fits(v, context[i].Value) {
				return true
			}
		}
	}
	return false
}
