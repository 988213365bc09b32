package iam

import "strconv"

// The actions that invoking a function takes.
const (
	invokeFunction    = "lambda:InvokeFunction"
	invokeFunctionURL = "lambda:InvokeFunctionUrl"
)

// actions are what the caller does: through a function URL two things, both of which must be allowed.
func (c *Caller) actions() []string {
	if c.FunctionURLAuthType != "" {
		return []string{invokeFunctionURL, invokeFunction}
	}
	return []string{invokeFunction}
}

// context is what a resource policy can know of the caller.
func (c *Caller) context() []ContextKey {
	keys := append(make([]ContextKey, 0, len(knownKeys)),
		ContextKey{InvokedViaFunctionURLKey, strconv.FormatBool(c.FunctionURLAuthType != "")})
	for _, k := range [...]ContextKey{
		{SourceARNKey, c.SourceARN}, {SourceAccountKey, c.SourceAccount}, {PrincipalOrgIDKey, c.OrgID},
		{EventSourceTokenKey, c.EventSourceToken}, {FunctionURLAuthTypeKey, c.FunctionURLAuthType},
	} {
		if k.Value != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// CheckInvoke refuses a caller who may not invoke a function. arn is the function's, or the version's or alias's that
// was named, and policy the resource policy of exactly that; nil is none.
//
// A service needs the resource policy. Somebody of the function's account needs it or a policy of their own, somebody of
// another account both, as far as their role is in the directory: policies of others are not known, and count as neither
// in the function's account and as letting elsewhere. The account as a whole, by its number or root, may always. A Deny
// on either side wins.
//
// The error is a *[DeniedError] with Invoke's text. Without a directory, a nil r, nobody is refused.
func (r *Roles) CheckInvoke(c *Caller, arn string, policy *Policy) error {
	if r == nil {
		return nil
	}
	request := Request{Principal: c.Principal, Resource: arn, Context: c.context()}
	for _, action := range c.actions() {
		request.Action = action
		if err := r.checkInvoke(&request, policy); err != nil {
			return err
		}
	}
	return nil
}

func (r *Roles) checkInvoke(q *Request, policy *Policy) error {
	function, _ := splitARN(q.Resource)
	own := accountOf(q.Principal) == function[arnAccount]
	identity := r.find(q.Principal)
	mine := ImplicitDeny // what the caller's own policies say
	switch _, whole := wholeAccount(q.Principal); {
	case identity != nil:
		mine, _ = Evaluate(q, identity.policies...)
	case !own, whole:
		mine = Allowed
	}
	theirs, _ := Evaluate(q, policy)
	switch {
	case mine == ExplicitDeny:
		return deniedExplicitly(q, identityBased)
	case theirs == ExplicitDeny:
		return deniedExplicitly(q, resourceBased)
	case mine == Allowed && theirs == Allowed, own && (mine == Allowed || theirs == Allowed):
		return nil
	case own || mine != Allowed:
		return denied(q, identityBased)
	}
	return denied(q, resourceBased)
}

func denied(q *Request, basedOn string) error {
	return &DeniedError{Principal: q.Principal, Action: q.Action, Resource: q.Resource,
		Message: InvokeDenied(q.Principal, q.Action, q.Resource, basedOn)}
}

func deniedExplicitly(q *Request, basedOn string) error {
	return &DeniedError{Principal: q.Principal, Action: q.Action, Resource: q.Resource, Decision: ExplicitDeny,
		Message: invokeDeniedExplicitly(q.Principal, q.Action, q.Resource, basedOn)}
}
