package functionurl

import (
	"net/http"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/sigv4"
)

// Principal is somebody who signs requests.
type Principal struct {
	// AccessKey is the id of the access key that signed.
	AccessKey string
	// ARN is the user's, or that of a role's session; its account is the principal's.
	ARN string
	// UserID is the principal's unique id, such as AIDACKCEVSQ6C2EXAMPLE; "" if nobody needs it.
	UserID string
	// OrgID is the organization, "" for none.
	OrgID string

	_ struct{}
}

// account is the one in the ARN.
func (p *Principal) account() string {
	if parts := strings.SplitN(p.ARN, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// Authenticator finds out who sent a request with that body, for function URLs with AuthType AWS_IAM. An error, and nil
// for the principal, refuse it. It is called concurrently and keeps neither argument.
type Authenticator func(r *http.Request, body []byte) (*Principal, error)

// AccessKey is an access key with the principal whose it is.
type AccessKey struct {
	// ID is the public half, such as AKIAIOSFODNN7EXAMPLE.
	ID string
	// Secret is the other half.
	Secret string
	// SessionToken belongs to temporary credentials; "" for others.
	SessionToken string
	// Principal is who signs with the key. Its AccessKey is ID, whatever it says.
	Principal Principal

	_ struct{}
}

// lambdaService is what signatures for function URLs are made for.
const lambdaService = "lambda"

// SigV4 authenticates requests that are signed with one of these keys, by AWS's Signature Version 4 in the Authorization
// header, for the service lambda in a Region ("" for the default). A signature holds for five minutes; a body must be
// signed with its request.
func SigV4(region string, keys ...AccessKey) Authenticator {
	byID := make(map[string]AccessKey, len(keys))
	for _, k := range keys {
		k.Principal.AccessKey = k.ID
		byID[k.ID] = k
	}
	find := func(id string) (sigv4.Key, bool) {
		k, ok := byID[id]
		return k.key(), ok
	}
	return func(r *http.Request, body []byte) (*Principal, error) {
		id, err := sigv4.Verify(r, body, time.Now(), lambdaScope(region), find)
		if err != nil {
			return nil, err
		}
		return new(byID[id].Principal), nil
	}
}

// Sign signs a request with that body at now, as clients of a function URL with AuthType AWS_IAM do: it sets the
// headers Authorization, X-Amz-Date, X-Amz-Content-Sha256 and, with a session token, X-Amz-Security-Token. The request's
// Host must be set; region is the function's, "" for the default.
func (k AccessKey) Sign(r *http.Request, body []byte, now time.Time, region string) {
	sigv4.Sign(r, body, now, lambdaScope(region), k.ID, k.key())
}

func (k AccessKey) key() sigv4.Key { return sigv4.Key{Secret: k.Secret, Token: k.SessionToken} }

func lambdaScope(region string) sigv4.Scope {
	return sigv4.Scope{Region: lambda.Identity{Region: region}.WithDefaults().Region, Service: lambdaService}
}
