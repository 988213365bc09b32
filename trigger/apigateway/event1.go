package apigateway

import (
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// event1 is an event as REST APIs send it, and HTTP APIs in the payload format 1.0. What is not there is null.
type event1 struct {
	version                       string // "" in REST APIs
	resource, path, verb          string
	headers, query                pairs
	params, variables             pairs
	resourceID, deploymentID      string
	requestID, extendedID         string
	at                            time.Time
	rawPath, protocol, stage      string
	accountID, apiID, domain      string
	domainPrefix, peer, userAgent string
	authorizer                    []byte // JSON; nil for none
	identity                      *IAMIdentity
	key                           *apiKey
	body                          []byte
	binary                        bool
}

// append appends the event's JSON.
func (e *event1) append(b []byte) []byte {
	b = append(b, '{')
	if e.version != "" {
		b = append(appendMember(b, `"version":`, e.version), ',')
	}
	b = e.appendRequest(b)
	b = e.appendContext(append(b, `,"requestContext":`...))
	b = append(b, `,"body":`...)
	if len(e.body) == 0 {
		b = append(b, "null"...)
	} else {
		b = httpevent.AppendBody(b, e.body, e.binary)
	}
	b = append(b, `,"isBase64Encoded":`...)
	return append(strconv.AppendBool(b, e.binary && len(e.body) > 0), '}')
}

// authorizerJSON is the event of a REQUEST authorizer: the request without its body, after what stands in before.
func (e *event1) authorizerJSON(before []byte) []byte {
	b := e.appendRequest(append(before, ','))
	b = e.appendContext(append(b, `,"requestContext":`...))
	return append(b, '}')
}

func (e *event1) appendRequest(b []byte) []byte {
	b = appendMember(b, `"resource":`, e.resource)
	b = appendMember(b, `,"path":`, e.path)
	b = appendMember(b, `,"httpMethod":`, e.verb)
	b = appendHeaders(append(b, `,"headers":`...), e.headers)
	b = append(b, `,"queryStringParameters":`...)
	if len(e.query) == 0 {
		b = append(b, `null,"multiValueQueryStringParameters":null`...)
	} else {
		b = e.query.AppendLast(b)
		b = e.query.AppendLists(append(b, `,"multiValueQueryStringParameters":`...))
	}
	b = appendOrNull(append(b, `,"pathParameters":`...), e.params)
	return appendOrNull(append(b, `,"stageVariables":`...), e.variables)
}

// appendHeaders appends the headers, of which there are some, as an object of strings and then as one of lists. Where no
// name is there twice, the second gets its texts from the first, which is quicker than to escape them again.
func appendHeaders(b []byte, p pairs) []byte {
	if repeats(p) {
		return p.AppendLists(append(p.AppendLast(b), `,"multiValueHeaders":`...))
	}
	var room [32]int
	ends, from := room[:0], len(b) // of each name with its colon, and of each value
	for _, h := range p {
		b = append(jsontext.AppendString(append(b, ','), h.Name), ':')
		ends = append(ends, len(b))
		b = jsontext.AppendString(b, h.Value)
		ends = append(ends, len(b))
	}
	b[from] = '{'
	b = append(b, `},"multiValueHeaders":`...)
	start := len(b)
	for i := 0; i < len(ends); i += 2 {
		b = append(append(b, ','), b[from+1:ends[i]]...)
		b = append(append(b, '['), b[ends[i]:ends[i+1]]...)
		b = append(b, ']')
		from = ends[i+1]
	}
	b[start] = '{'
	return append(b, '}')
}

// repeats says whether a name is there twice.
func repeats(sorted pairs) bool {
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Name == sorted[i-1].Name {
			return true
		}
	}
	return false
}

func appendOrNull(b []byte, p pairs) []byte {
	if len(p) == 0 {
		return append(b, "null"...)
	}
	return p.AppendLast(b)
}

// appendMember appends the text up to a member's colon, and the member's text.
func appendMember(b []byte, before, text string) []byte {
	return jsontext.AppendString(append(b, before...), text)
}

func (e *event1) appendContext(b []byte) []byte {
	b = appendMember(b, `{"resourceId":`, e.resourceID)
	if len(e.authorizer) > 0 {
		b = append(append(b, `,"authorizer":`...), e.authorizer...)
	}
	b = appendMember(b, `,"resourcePath":`, e.resource)
	b = appendMember(b, `,"httpMethod":`, e.verb)
	b = appendMember(b, `,"extendedRequestId":`, e.extendedID)
	b = appendMember(b, `,"requestTime":`, stamp.Access(e.at))
	b = appendMember(b, `,"path":`, e.rawPath)
	b = appendMember(b, `,"accountId":`, e.accountID)
	b = appendMember(b, `,"protocol":`, e.protocol)
	b = appendMember(b, `,"stage":`, e.stage)
	b = appendMember(b, `,"domainPrefix":`, e.domainPrefix)
	b = strconv.AppendInt(append(b, `,"requestTimeEpoch":`...), e.at.UnixMilli(), 10)
	b = appendMember(b, `,"requestId":`, e.requestID)
	b = e.appendIdentity(append(b, `,"identity":`...))
	b = appendMember(b, `,"domainName":`, e.domain)
	if e.deploymentID != "" {
		b = appendMember(b, `,"deploymentId":`, e.deploymentID)
	}
	b = appendMember(b, `,"apiId":`, e.apiID)
	return append(b, '}')
}

func (e *event1) appendIdentity(b []byte) []byte {
	id := e.identity
	if id == nil {
		id = &IAMIdentity{}
	}
	b = appendText(b, `{"cognitoIdentityPoolId":`, id.CognitoIdentityPoolID)
	b = appendText(b, `,"accountId":`, id.AccountID)
	b = appendText(b, `,"cognitoIdentityId":`, id.CognitoIdentityID)
	b = appendText(b, `,"caller":`, id.Caller)
	if e.key != nil {
		b = appendMember(b, `,"apiKey":`, e.key.value)
		b = appendMember(b, `,"apiKeyId":`, e.key.id)
	}
	b = appendText(b, `,"sourceIp":`, e.peer)
	b = appendText(b, `,"principalOrgId":`, id.PrincipalOrgID)
	b = appendText(b, `,"accessKey":`, id.AccessKey)
	b = appendText(b, `,"cognitoAuthenticationType":`, id.CognitoAuthenticationType)
	b = appendText(b, `,"cognitoAuthenticationProvider":`, id.CognitoAuthenticationProvider)
	b = appendText(b, `,"userArn":`, id.UserARN)
	b = appendText(b, `,"userAgent":`, e.userAgent)
	b = appendText(b, `,"user":`, id.User)
	return append(b, '}')
}

// appendText is appendMember for what is null where it is not known.
func appendText(b []byte, before, text string) []byte {
	if text == "" {
		return append(append(b, before...), "null"...)
	}
	return appendMember(b, before, text)
}
