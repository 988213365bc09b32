package iam

import (
	"strings"
	"sync"
)

// Roles is the directory of the roles that there are. What changes in it counts from the next check on: also for
// functions that are deployed and mappings that run. It is safe for concurrent use; make one with [NewRoles]. A nil *Roles
// is no directory: nothing is checked.
type Roles struct {
	mu    sync.RWMutex
	roles map[string]*storedRole // by ARN
	named map[string]*storedRole // by account and bare name, as the ARNs of sessions have it
}

// storedRole is a role that was found right. It is replaced whole.
type storedRole struct {
	role     Role
	policies []*Policy
}

// NewRoles makes a directory without roles.
func NewRoles() *Roles {
	return &Roles{roles: map[string]*storedRole{}, named: map[string]*storedRole{}}
}

// Put adds a role, or replaces the one with its ARN. It is copied. What cannot be a role, or uses what is not modelled,
// is refused with a *[RoleError] and changes nothing; so is a second role of one name: an account has one, whatever the
// path.
func (r *Roles) Put(role Role) error {
	role = role.clone()
	policies, err := role.compile()
	if err != nil {
		return &RoleError{ARN: role.ARN, Err: err}
	}
	s := &storedRole{role: role, policies: policies}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.named[sessionName(role.ARN)]; other != nil && other.role.ARN != role.ARN {
		return &RoleError{ARN: role.ARN, Err: fault("", "there is another role of that name: %s", other.role.ARN)}
	}
	r.roles[role.ARN], r.named[sessionName(role.ARN)] = s, s
	return nil
}

// Delete removes a role. That there is none is no error.
func (r *Roles) Delete(arn string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.roles[arn] != nil {
		delete(r.roles, arn)
		delete(r.named, sessionName(arn))
	}
}

// Get is a copy of the role with that ARN.
func (r *Roles) Get(arn string) (*Role, bool) {
	s := r.find(arn)
	if s == nil || s.role.ARN != arn {
		return nil, false
	}
	role := s.role.clone()
	return &role, true
}

// find is the role with that ARN, or the one of which that is a session, or nil.
func (r *Roles) find(arn string) *storedRole {
	if r == nil {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if s := r.roles[arn]; s != nil {
		return s
	}
	if name, ok := roleOfSession(arn); ok {
		return r.named[name]
	}
	return nil
}

// sessionName is what a role's ARN has in common with those of its sessions: the partition, the account and the name
// without the path.
func sessionName(role string) string {
	p, _ := splitARN(role)
	return p[arnPartition] + ":" + p[arnAccount] + ":" + bareRole(p[arnResource])
}

// roleOfSession is the sessionName of the role that a session is one of.
func roleOfSession(session string) (name string, ok bool) {
	p, ok := splitARN(session)
	assumed, isSession := strings.CutPrefix(p[arnResource], "assumed-role/")
	role, _, named := strings.Cut(assumed, "/")
	if !ok || !isSession || !named || p[arnService] != "sts" {
		return "", false
	}
	return p[arnPartition] + ":" + p[arnAccount] + ":" + role, true
}

// bareRole is the role's name in the last part of its ARN.
func bareRole(resource string) string { return resource[strings.LastIndexByte(resource, '/')+1:] }

// assumable reports whether a service may assume the role.
func (s *storedRole) assumable(service string) bool {
	if s.role.Trust == nil {
		return service == lambdaService
	}
	d, _ := Evaluate(&Request{Principal: service, Action: assumeRole, Resource: s.role.ARN}, s.role.Trust)
	return d == Allowed
}
