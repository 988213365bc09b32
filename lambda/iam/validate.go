package iam

import (
	"slices"
	"strconv"
	"strings"
)

// Validate refuses a policy that could not be one: see [ParsePolicy]. The error is a *[PolicyError].
func (p *Policy) Validate() error {
	if v := p.Version; v != "" && v != version && v != "2008-10-17" {
		return fault("Version", "%q is neither 2012-10-17 nor 2008-10-17", v)
	}
	if len(p.Statements) == 0 {
		return fault("Statement", "is missing")
	}
	sids := map[string]bool{}
	for i := range p.Statements {
		s, path := &p.Statements[i], "Statement["+strconv.Itoa(i)+"]"
		if err := s.validate(path); err != nil {
			return err
		}
		if s.Sid != "" && sids[s.Sid] {
			return fault(path+".Sid", "%q comes twice", s.Sid)
		}
		sids[s.Sid] = true
	}
	return nil
}

// version is the language that policies are written in today.
const version = "2012-10-17"

func (s *Statement) validate(path string) error {
	switch {
	case s.Effect != Allow && s.Effect != Deny:
		return fault(path+".Effect", "%q is neither Allow nor Deny", s.Effect)
	case len(s.Action) == 0 && len(s.NotAction) == 0:
		return fault(path+".Action", "is missing")
	case len(s.Action) > 0 && len(s.NotAction) > 0:
		return fault(path, "has both Action and NotAction")
	case len(s.Resource) > 0 && len(s.NotResource) > 0:
		return fault(path, "has both Resource and NotResource")
	case s.Principal != nil && !s.Principal.Everybody && len(s.Principal.AWS)+len(s.Principal.Service) == 0:
		return fault(path+".Principal", "names nobody")
	}
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		if !isAction(action) {
			return fault(path, "has the action %q, which is neither * nor service:action", action)
		}
	}
	for _, resource := range slices.Concat(s.Resource, s.NotResource) {
		if err := checkResource(path, resource); err != nil {
			return err
		}
	}
	for i := range s.Condition {
		if err := s.Condition[i].validate(path + ".Condition"); err != nil {
			return err
		}
	}
	return nil
}

func checkResource(path, resource string) error {
	if hasVariable(resource) {
		return notModelled(path + ": the policy variable in " + resource)
	}
	if _, ok := splitARN(resource); !ok && resource != "*" {
		return fault(path, "has the resource %q, which is neither * nor an ARN", resource)
	}
	return nil
}

func (c *Condition) validate(path string) error {
	path += "." + string(c.Operator)
	switch {
	case !c.Operator.modelled():
		return notModelled(path)
	case !strings.Contains(c.Key, ":"):
		return fault(path, "has the key %q, which is not of the form service:key", c.Key)
	case len(c.Values) == 0:
		return fault(path+"."+c.Key, "has no value")
	}
	for _, v := range c.Values {
		switch _, isARN := splitARN(v); {
		case hasVariable(v):
			return notModelled(path + "." + c.Key + ": the policy variable in " + v)
		case c.Operator.onARNs() && !isARN && v != "*":
			return fault(path+"."+c.Key, "compares with %q, which is no ARN", v)
		case c.Operator == Bool && !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false"):
			return fault(path+"."+c.Key, "compares with %q, which is neither true nor false", v)
		}
	}
	return nil
}

// hasVariable reports whether IAM would put something of the request in the place of a part of s.
func hasVariable(s string) bool { return strings.Contains(s, "${") }

// isAction matches \*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+.
func isAction(s string) bool {
	service, action, ok := strings.Cut(s, ":")
	return s == "*" || ok && service != "" && action != "" &&
		strings.IndexFunc(service, func(r rune) bool { return r != '-' && !isAlphanumeric(r) }) < 0 &&
		strings.IndexFunc(action, func(r rune) bool { return r != '*' && r != '?' && !isAlphanumeric(r) }) < 0
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
