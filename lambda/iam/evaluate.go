package iam

// Request is what somebody wants to do.
type Request struct {
	// Principal is who asks: a service, an account's number, an ARN of IAM or STS, or [Anonymous]. Only statements with
	// a Principal look at it.
	Principal string
	// Action is such as lambda:InvokeFunction, and Resource the ARN of what it is to be done to.
	Action, Resource string
	// Context is what else is known about the request; conditions look into it.
	Context []ContextKey

	_ struct{}
}

// Decision is what policies say to a [Request].
type Decision uint8

// The decisions. Only Allowed lets a request pass.
const (
	ImplicitDeny Decision = iota // nothing allows it
	Allowed
	ExplicitDeny // a Deny matches, whatever allows it
)

// String is the constant's name.
func (d Decision) String() string {
	switch d {
	case Allowed:
		return "Allowed"
	case ExplicitDeny:
		return "ExplicitDeny"
	}
	return "ImplicitDeny"
}

// Evaluate holds a request against policies, of which nil ones say nothing. It returns the decision and the statement
// that made it: the first Deny that matches, or else the first Allow, or nil. It allocates nothing unless a pattern of
// actions has wildcards, and takes policies that passed [Policy.Validate].
func Evaluate(r *Request, policies ...*Policy) (Decision, *Statement) {
	var allowed *Statement
	for _, p := range policies {
		if p == nil {
			continue
		}
		for i := range p.Statements {
			switch s := &p.Statements[i]; {
			case s.Effect == Deny && s.matches(r):
				return ExplicitDeny, s
			case s.Effect == Allow && allowed == nil && s.matches(r):
				allowed = s
			}
		}
	}
	if allowed == nil {
		return ImplicitDeny, nil
	}
	return Allowed, allowed
}

// matches reports whether the statement is about the request.
func (s *Statement) matches(r *Request) bool {
	if s.Principal != nil && !s.Principal.matches(r.Principal) || !s.onAction(r.Action) || !s.onResource(r.Resource) {
		return false
	}
	for i := range s.Condition {
		if !s.Condition[i].met(r.Context) {
			return false
		}
	}
	return true
}

func (s *Statement) onAction(action string) bool {
	if len(s.NotAction) > 0 {
		return !anyMatches(s.NotAction, action, matchesAction)
	}
	return anyMatches(s.Action, action, matchesAction)
}

func (s *Statement) onResource(arn string) bool {
	switch {
	case len(s.NotResource) > 0:
		return !anyMatches(s.NotResource, arn, matchesARN)
	case len(s.Resource) > 0:
		return anyMatches(s.Resource, arn, matchesARN)
	}
	return true
}

func anyMatches(patterns []string, text string, matches func(pattern, text string) bool) bool {
	for _, p := range patterns {
		if matches(p, text) {
			return true
		}
	}
	return false
}
