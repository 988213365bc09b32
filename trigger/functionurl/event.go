package functionurl

import (
	"crypto/tls"
	"net/http"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// defaultKey is the only route and the only stage that a function URL has.
const defaultKey = "$default"

// anonymous is the account in the events of a URL that asks for no signature.
const anonymous = "anonymous"

// appendEvent appends what the function gets.
func (x *exchange) appendEvent(b, body []byte, who *Principal) []byte {
	path, query := httpevent.Target(x.r)
	e := httpevent.Event2{
		RouteKey: defaultKey, Stage: defaultKey, RawPath: path, RawQuery: query, Path: httpevent.UnescapePath(path),
		Cookies: httpevent.Cookies(x.r.Header), Headers: x.headers(), Query: httpevent.FormQuery(query).Sort(),
		AccountID: anonymous, APIID: x.site.id, DomainName: x.site.domain, Prefix: x.site.id, RequestID: x.id,
		Body: body, Binary: httpevent.IsBinary(x.r.Header, len(body)),
	}
	if who != nil {
		e.AccountID, e.Authorizer = x.h.opts.Identity.Account, who.appendAuthorizer(nil)
	}
	e.SetRequest(x.r, x.now)
	return e.Append(b)
}

// headers are the request's, as the function sees them: with those that tell of the way, without those that were for
// the way only.
func (x *exchange) headers() httpevent.Pairs {
	version, suite := tlsOf(x.r)
	own := httpevent.Pairs{
		{Name: "x-amzn-tls-cipher-suite", Value: suite},
		{Name: "x-amzn-tls-version", Value: version},
		{Name: "x-amzn-trace-id", Value: x.trace},
		{Name: "x-forwarded-for", Value: httpevent.ForwardedFor(x.r.Header, httpevent.PeerIP(x.r))},
		{Name: "x-forwarded-port", Value: "443"},
		{Name: "x-forwarded-proto", Value: "https"},
	}
	if lines := x.r.Header["Cookie"]; len(lines) > 1 {
		own = append(own, httpevent.Pair{Name: "cookie", Value: strings.Join(lines, "; ")}) // a comma would be part of a cookie
	}
	if x.site.auth == registry.AuthAWSIAM {
		return httpevent.LowerHeaders(x.r, own, "connection", "authorization")
	}
	return httpevent.LowerHeaders(x.r, own, "connection")
}

// tlsOf is what the client and the URL agreed on; of a connection without TLS, which no URL has, what they would have.
func tlsOf(r *http.Request) (version, suite string) {
	if r.TLS == nil {
		return "TLSv1.3", "TLS_AES_128_GCM_SHA256"
	}
	return strings.Replace(tls.VersionName(r.TLS.Version), "TLS ", "TLSv", 1), tls.CipherSuiteName(r.TLS.CipherSuite)
}

// appendAuthorizer appends the authorizer's JSON.
func (p *Principal) appendAuthorizer(b []byte) []byte {
	b = jsontext.AppendString(append(b, `{"iam":{"accessKey":`...), p.AccessKey)
	b = jsontext.AppendString(append(b, `,"accountId":`...), p.account())
	b = jsontext.AppendString(append(b, `,"callerId":`...), p.UserID)
	b = append(b, `,"cognitoIdentity":null,"principalOrgId":`...)
	if p.OrgID == "" {
		b = append(b, "null"...)
	} else {
		b = jsontext.AppendString(b, p.OrgID)
	}
	b = jsontext.AppendString(append(b, `,"userArn":`...), p.ARN)
	b = jsontext.AppendString(append(b, `,"userId":`...), p.UserID)
	return append(b, "}}"...)
}
