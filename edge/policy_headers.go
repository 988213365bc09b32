package edge

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"github.com/lambdakit/lambdakit/lambda"
)

// InvalidArgument is the code of the *[lambda.Error] of [NewDistribution] for a header that a policy must not name.
const InvalidArgument = "InvalidArgument"

// unkeyed are CloudFront's own headers that a cache policy must not have.
var unkeyed = nameSet("Cloudfront-Viewer-Address", "Cloudfront-Viewer-Asn", "Cloudfront-Viewer-Ja3-Fingerprint", "Cloudfront-Viewer-Tls")

// notAlone are the headers that an origin request policy must not name. They go to the origin with all that viewers send,
// or as part of the key: were they not, a viewer could get an answer that was meant for another.
var notAlone = nameSet("Accept-Encoding", "Authorization")

// readHeaderNames collects the names that the policies have, and refuses those that must not be there.
func (b *behavior) readHeaderNames() error {
	for _, n := range b.policy.Headers.names {
		name := textproto.CanonicalMIMEHeaderKey(n)
		if !isPolicyHeader(n) || unkeyed[name] || name == "Cookie" || staysHere(name) {
			return headerNotAllowed(n)
		}
		b.keyHeaders = append(b.keyHeaders, name)
		b.keysHost = b.keysHost || name == "Host"
	}
	for _, n := range b.originPolicy.Headers.listed() {
		if !isPolicyHeader(n) || notAlone[textproto.CanonicalMIMEHeaderKey(n)] {
			return headerNotAllowed(n)
		}
	}
	for _, n := range slices.Concat(b.policy.Headers.listed(), b.originPolicy.Headers.listed()) {
		if isCloudFrontHeader(n) {
			b.addedHeaders = append(b.addedHeaders, textproto.CanonicalMIMEHeaderKey(n))
		}
	}
	return nil
}

// isPolicyHeader says whether any policy may name the header.
func isPolicyHeader(name string) bool { return isToken(name) && !isDisallowed(strings.ToLower(name)) }

// headerNotAllowed refuses a header. The text was seen for Authorization in an origin request policy; that others are
// refused in the same words is inferred.
func headerNotAllowed(name string) error {
	return lambda.NewError(InvalidArgument, fmt.Sprintf("The parameter Headers contains %s that is not allowed.", name))
}
