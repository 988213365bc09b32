package iam

// Caller is who invokes a function on somebody's behalf: a service that pushes, a function URL's client, another
// account. It is what a resource policy is held against. The zero Caller is nobody.
type Caller struct {
	// Principal is a service such as s3.amazonaws.com, the ARN of a user or role, an account's number, or "*" for a
	// client that is not signed in.
	Principal string
	// SourceARN is the resource that makes the service call (aws:SourceArn); "" for none.
	SourceARN string
	// SourceAccount is the account that owns that resource (aws:SourceAccount), 12 digits; "" for none.
	SourceAccount string
	// OrgID is the caller's organization (aws:PrincipalOrgID); "" for none.
	OrgID string
	// EventSourceToken is what an Alexa skill sends (lambda:EventSourceToken); "" for none.
	EventSourceToken string
	// FunctionURLAuthType is NONE or AWS_IAM for calls through a function URL, which need lambda:InvokeFunctionUrl
	// beside lambda:InvokeFunction; "" for others.
	FunctionURLAuthType string
}
