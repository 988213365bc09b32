package edge

import (
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// The services that must be able to assume the role of an edge function: Lambda, and what copies it to the edge.
const (
	lambdaPrincipal = "lambda.amazonaws.com"
	edgePrincipal   = "edgelambda.amazonaws.com"
)

// checkTrust refuses a function whose role does not trust both. Without a directory of roles, and for a function
// without a role, nothing is checked. The end of the text is partly from memory.
func checkTrust(roles *iam.Roles, role string) error {
	if roles == nil || role == "" {
		return nil
	}
	r, ok := roles.Get(role)
	if ok && trusts(r, lambdaPrincipal) && trusts(r, edgePrincipal) {
		return nil
	}
	return invalidAssociation("The function execution role must be assumable with %s as well as %s principals. Update the IAM role and try again. Role: %s",
		edgePrincipal, lambdaPrincipal, role)
}

// trusts says whether a service may assume a role. One without a trust policy of its own trusts Lambda alone.
func trusts(r *iam.Role, service string) bool {
	trust := r.Trust
	if trust == nil {
		trust = iam.TrustPolicy(lambdaPrincipal)
	}
	d, _ := iam.Evaluate(&iam.Request{Principal: service, Action: "sts:AssumeRole", Resource: r.ARN}, trust)
	return d == iam.Allowed
}
