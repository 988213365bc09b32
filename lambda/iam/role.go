package iam

import (
	"slices"
	"strconv"
	"strings"
)

// Role is a role of IAM, in a directory of [Roles].
type Role struct {
	// ARN is the role's: arn:aws:iam::123456789012:role/NAME, with a path before the name if it has one.
	ARN string
	// Trust is who may assume the role (AssumeRolePolicyDocument); nil is what an execution role has: lambda.amazonaws.com
	// may. See [TrustPolicy].
	Trust *Policy
	// ManagedPolicies are the ARNs of managed policies that are attached: see [ManagedPolicy].
	ManagedPolicies []string
	// Policies are the role's other policies, inline or the customer's own.
	Policies []*Policy

	_ struct{}
}

// lambdaService is the principal as which Lambda assumes execution roles.
const lambdaService = "lambda.amazonaws.com"

const assumeRole = "sts:AssumeRole"

// TrustPolicy lets services assume a role: lambda.amazonaws.com, scheduler.amazonaws.com.
func TrustPolicy(services ...string) *Policy {
	return &Policy{Version: version, Statements: []Statement{{
		Effect: Allow, Principal: &Principal{Service: slices.Clone(services)}, Action: []string{assumeRole},
	}}}
}

// RoleError says why a role was refused by [Roles.Put].
type RoleError struct {
	ARN string
	Err error // a *[PolicyError] where a policy is at fault
}

// Error names the role.
func (e *RoleError) Error() string { return "iam: role " + e.ARN + ": " + e.Err.Error() }

// Unwrap is the reason.
func (e *RoleError) Unwrap() error { return e.Err }

// clone is a role that shares nothing with r.
func (r Role) clone() Role {
	r.Trust = r.Trust.clone()
	r.ManagedPolicies = slices.Clone(r.ManagedPolicies)
	policies := slices.Clone(r.Policies)
	for i, p := range policies {
		policies[i] = p.clone()
	}
	r.Policies = policies
	return r
}

// clone is a policy that shares nothing with p.
func (p *Policy) clone() *Policy {
	if p == nil {
		return nil
	}
	c := *p
	c.Statements = slices.Clone(p.Statements)
	for i := range c.Statements {
		c.Statements[i].unshare()
	}
	return &c
}

func (s *Statement) unshare() {
	for _, list := range []*[]string{&s.Action, &s.NotAction, &s.Resource, &s.NotResource} {
		*list = slices.Clone(*list)
	}
	s.Condition = slices.Clone(s.Condition)
	for i := range s.Condition {
		s.Condition[i].Values = slices.Clone(s.Condition[i].Values)
	}
	if s.Principal != nil {
		p := *s.Principal
		p.AWS, p.Service = slices.Clone(p.AWS), slices.Clone(p.Service)
		s.Principal = &p
	}
}

// compile checks a role and gathers the policies that it acts under.
func (r *Role) compile() (policies []*Policy, err error) {
	if !isRoleARN(r.ARN) {
		return nil, fault("", "%q is no role's ARN", r.ARN)
	}
	for _, arn := range r.ManagedPolicies {
		p, ok := ManagedPolicy(arn)
		if !ok {
			return nil, notModelled("the managed policy " + arn)
		}
		policies = append(policies, p)
	}
	for i, p := range r.Policies {
		if err := checkIdentityPolicy(p); err != nil {
			return nil, within("Policies["+strconv.Itoa(i)+"]", err)
		}
	}
	if r.Trust != nil {
		if err := checkResourcePolicy(r.Trust); err != nil {
			return nil, within("Trust", err)
		}
	}
	return append(policies, r.Policies...), nil
}

// within says in which of a role's policies the fault is.
func within(where string, err error) error {
	if e, ok := err.(*PolicyError); ok {
		return &PolicyError{Path: strings.TrimSuffix(where+"."+e.Path, "."), Reason: e.Reason}
	}
	return err
}

// checkIdentityPolicy refuses what cannot be a policy of a role.
func checkIdentityPolicy(p *Policy) error {
	return checkPolicy(p, func(path string, s *Statement) error {
		switch {
		case s.Principal != nil:
			return fault(path, "has a Principal, in a policy that belongs to one")
		case len(s.Resource)+len(s.NotResource) == 0:
			return fault(path+".Resource", "is missing")
		}
		return nil
	})
}

// checkResourcePolicy refuses what cannot be a policy of a thing that principals do something to.
func checkResourcePolicy(p *Policy) error {
	return checkPolicy(p, func(path string, s *Statement) error {
		if s.Principal == nil {
			return fault(path+".Principal", "is missing")
		}
		return nil
	})
}

// checkPolicy is Validate, a further check of each statement, and the refusal of conditions that could not be met.
func checkPolicy(p *Policy, check func(path string, s *Statement) error) error {
	if p == nil {
		return fault("", "is nil")
	}
	if err := p.Validate(); err != nil {
		return err
	}
	for i := range p.Statements {
		path := "Statement[" + strconv.Itoa(i) + "]"
		if err := check(path, &p.Statements[i]); err != nil {
			return err
		}
		for _, c := range p.Statements[i].Condition {
			if !slices.ContainsFunc(knownKeys, func(k string) bool { return strings.EqualFold(k, c.Key) }) {
				return notModelled(path + ".Condition." + string(c.Operator) + "." + c.Key)
			}
		}
	}
	return nil
}

// isRoleARN tells ARNs of roles from others.
func isRoleARN(arn string) bool {
	p, ok := splitARN(arn)
	name, isRole := strings.CutPrefix(p[arnResource], "role/")
	return ok && isRole && name != "" && p[arnService] == "iam" && p[arnRegion] == "" && isAccount(p[arnAccount])
}
