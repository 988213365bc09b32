package apigateway

import (
	"net/http"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// ClaimsFunc stands for a Cognito user pool: it reads the claims of a request's token. An error, or no claims, turns the
// request away as unauthorized. It is called concurrently.
type ClaimsFunc func(r *http.Request) (claims map[string]string, err error)

// JWTFunc stands for the JWT authorizer of an HTTP API: it checks a request's token and says what it holds. An error, or
// nil, turns the request away as unauthorized. It is called concurrently.
type JWTFunc func(r *http.Request) (*JWT, error)

// JWT is what a token holds.
type JWT struct {
	Claims map[string]string
	Scopes []string // those that the route asked for; functions see null for none

	_ struct{}
}

// IAMFunc stands for the check of a request's signature (AWS_IAM): it says who signed. An error, or nil, turns the
// request away. It is called concurrently.
type IAMFunc func(r *http.Request) (*IAMIdentity, error)

// IAMIdentity is who signed a request. What is "" REST APIs show as null.
type IAMIdentity struct {
	AccessKey, AccountID, Caller, PrincipalOrgID, User, UserARN string
	// Those of a caller with an identity pool.
	CognitoAuthenticationProvider, CognitoAuthenticationType, CognitoIdentityID, CognitoIdentityPoolID string
	// CognitoAMR are the methods of authentication, which only HTTP APIs show.
	CognitoAMR []string

	_ struct{}
}

// appendIAM appends requestContext.authorizer.iam of payload 2.0.
func (id *IAMIdentity) appendIAM(b []byte) []byte {
	b = appendMember(b, `{"accessKey":`, id.AccessKey)
	b = appendMember(b, `,"accountId":`, id.AccountID)
	b = appendMember(b, `,"callerId":`, id.Caller)
	b = append(b, `,"cognitoIdentity":`...)
	if id.CognitoIdentityID == "" {
		b = append(b, "null"...)
	} else {
		b = httpevent.AppendStrings(append(b, `{"amr":`...), id.CognitoAMR)
		b = appendMember(b, `,"identityId":`, id.CognitoIdentityID)
		b = appendMember(b, `,"identityPoolId":`, id.CognitoIdentityPoolID)
		b = append(b, '}')
	}
	b = appendText(b, `,"principalOrgId":`, id.PrincipalOrgID)
	b = appendMember(b, `,"userArn":`, id.UserARN)
	b = appendMember(b, `,"userId":`, id.User)
	return append(b, '}')
}

// appendJWT appends requestContext.authorizer.jwt of payload 2.0, which in 1.0 is the authorizer itself.
func (j *JWT) appendJWT(b []byte) []byte {
	b = sortedPairs(j.Claims).AppendLast(append(b, `{"claims":`...))
	b = append(b, `,"scopes":`...)
	if len(j.Scopes) == 0 {
		return append(b, "null}"...)
	}
	return append(httpevent.AppendStrings(b, j.Scopes), '}')
}
