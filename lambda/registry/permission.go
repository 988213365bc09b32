package registry

import (
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// AddPermissionInput is what AddPermission takes. The three first are required.
type AddPermissionInput struct {
	StatementID string // letters, digits, - and _; at most 100
	Action      string // such as lambda:InvokeFunction
	// Principal is "*", a service such as s3.amazonaws.com, an account's number, or an ARN of IAM or STS.
	Principal string

	SourceARN        string // of the resource that invokes
	SourceAccount    string // that owns it, 12 digits
	PrincipalOrgID   string
	EventSourceToken string
	// FunctionURLAuthType (FunctionUrlAuthType on the wire) restricts the permission to function URLs with this
	// AuthType.
	FunctionURLAuthType AuthType
	// InvokedViaFunctionURL (InvokedViaFunctionUrl on the wire) restricts it to calls through a URL, or to others.
	InvokedViaFunctionURL *bool
	// RevisionID, if not "", must be the policy's latest, or, where there is no policy yet, that of the function,
	// version or alias.
	RevisionID string
}

// AddPermission adds a statement to the resource policy of a function, or of exactly that version or alias, and
// returns the statement's JSON. The policy gets a new RevisionId; the function keeps its own.
func (r *Registry) AddPermission(now time.Time, name, qualifier string, in AddPermissionInput) (string, error) {
	ref, err := r.policyRef(name, qualifier, in.check())
	if err != nil {
		return "", err
	}
	if ref.Qualifier == lambda.Latest {
		return "", lambda.InvalidParameterValue("We currently do not support adding policies for $LATEST.")
	}
	who, ok := principal(in.Principal, r.id.Partition)
	if !ok {
		return "", lambda.InvalidParameterValue("The provided principal was invalid. Please check the principal and try again.")
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil {
		return "", lambda.FunctionNotFound(r.id.FunctionARN(ref.Name, ""))
	}
	if !f.exists(ref.Qualifier) {
		return "", r.qualifierNotFound(ref)
	}
	old := f.policies[ref.Qualifier]
	if err := f.checkPolicyRevision(ref.Qualifier, in.RevisionID); err != nil {
		return "", err
	}
	if old != nil && old.find(in.StatementID) >= 0 {
		return "", lambda.NewError("ResourceConflictException", "The statement id ("+in.StatementID+
			") provided already exists. Please provide a new statement id, or remove the existing statement.")
	}
	added, err := in.statement(who, qualified(f.arn, ref.Qualifier))
	if err != nil {
		return "", err
	}
	document, err := old.with(added)
	if err != nil {
		return "", err
	}
	f.policies[ref.Qualifier] = &policy{revision: r.draw("policy"), document: document}
	r.changed(f)
	return added.String(), nil
}

// GetPolicy is the resource policy of a function, or of exactly that version or alias, as IAM's JSON, and its
// RevisionId.
func (r *Registry) GetPolicy(now time.Time, name, qualifier string) (document, revision string, err error) {
	ref, err := r.policyRef(name, qualifier, nil)
	if err != nil {
		return "", "", err
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil || f.policies[policyKey(ref.Qualifier)] == nil {
		return "", "", lambda.ResourceMissing()
	}
	p := f.policies[policyKey(ref.Qualifier)]
	return p.document.String(), p.revision, nil
}

// RemovePermission removes the statement with that id. With the last one the policy goes. revisionID, if not "", must
// be the policy's latest.
func (r *Registry) RemovePermission(now time.Time, name, qualifier, statementID, revisionID string) error {
	var found validation.Findings
	found.Length("statementId", statementID, 1, 100)
	checkForm(&found, "statementId", statementID, removeStatementPattern)
	ref, err := r.policyRef(name, qualifier, lambda.ValidationError(found.Text()))
	if err != nil {
		return err
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil {
		return lambda.NewError("ResourceNotFoundException", "No policy found for: "+r.id.FunctionARN(ref.Name, ""))
	}
	if !f.exists(ref.Qualifier) {
		return r.qualifierNotFound(ref)
	}
	p := f.policies[policyKey(ref.Qualifier)]
	if p == nil {
		return lambda.NewError("ResourceNotFoundException", "No policy is associated with the given resource.")
	}
	i := p.find(statementID)
	if i < 0 {
		return lambda.NewError("ResourceNotFoundException", "Statement "+statementID+" is not found in resource policy.")
	}
	if revisionID != "" && revisionID != p.revision {
		return lambda.RevisionMismatch("GetPolicy")
	}
	if left := slices.Delete(slices.Clone(p.document.Statements), i, i+1); len(left) > 0 {
		f.policies[policyKey(ref.Qualifier)] = &policy{revision: r.draw("policy"), document: documentOf(left)}
	} else {
		delete(f.policies, policyKey(ref.Qualifier))
	}
	r.changed(f)
	return nil
}

// checkPolicyRevision is the error of a change that was asked for on the basis of an old policy, or nil.
func (f *function) checkPolicyRevision(qualifier, revision string) error {
	var latest string
	if p := f.policies[qualifier]; p != nil {
		latest = p.revision
	} else if a := f.aliases[qualifier]; a != nil {
		latest = a.revision
	} else {
		latest = f.find(qualifier).revision
	}
	if revision != "" && revision != latest {
		return lambda.RevisionMismatch("GetPolicy")
	}
	return nil
}

// policyRef reads the name and the qualifier in a request about a policy.
func (r *Registry) policyRef(name, qualifier string, other error) (lambda.Ref, error) {
	ref, err := lambda.ParseRef(name, qualifier)
	if err := joinValidation(err, other); err != nil {
		return ref, err
	}
	return ref, r.id.Check(ref)
}

// policyKey is what the policy of a qualifier is kept under: there are none for $LATEST, whose policy is the function's.
func policyKey(qualifier string) string {
	if qualifier == lambda.Latest {
		return ""
	}
	return qualifier
}
