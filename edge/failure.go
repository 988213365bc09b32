package edge

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/lambdakit/lambdakit/lambda"
)

// The values of X-Cache.
const (
	xMiss       = "Miss from cloudfront"
	xHit        = "Hit from cloudfront"
	xRefreshHit = "RefreshHit from cloudfront"
	xError      = "Error from cloudfront"
	xRedirect   = "Redirect from cloudfront"
	xGenerated  = "LambdaGeneratedResponse from cloudfront"
	xValidation = "LambdaValidationError from cloudfront"
	xExecution  = "LambdaExecutionError from cloudfront"
	xLimit      = "LambdaLimitExceeded from cloudfront"
	// xStale is the value for an expired entry that stands in for an origin that fails: an assumption.
	xStale = xHit
)

// The sentences of the error page, by what a function did.
const (
	textNotJSON      = "The Lambda function returned invalid JSON: The JSON output is not parsable."
	textNotObject    = "The Lambda function returned invalid JSON: The JSON output must be an object type."
	textBlacklisted  = "The Lambda function result failed validation: The function tried to add a blacklisted header."
	textReadOnly     = "The Lambda function result failed validation: The function tried to add, delete, or change a read-only header."
	textBody         = "The Lambda function result failed validation: The body is not a string, is not an object, or exceeds the maximum size."
	textHeaderArray  = "The Lambda function returned an invalid entry in the headers object: Each header entry in the headers object must be an array."
	textCustomHeader = "The Lambda function returned an invalid origin configuration: One or more HeaderName or HeaderValue values are invalid."
	textInvalid      = "The Lambda function returned an invalid request or response to CloudFront."
	textExecution    = "The Lambda function associated with the CloudFront distribution is invalid or doesn't have the required permissions."
	textThrottled    = "The Lambda function associated with the CloudFront distribution was throttled."
)

// The sentences of CloudFront's own refusals and failures.
const (
	textMethod     = "This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests."
	textBadRequest = "Bad request."
	textCountry    = "The Amazon CloudFront distribution is configured to block access from your country."
	textResolve    = "CloudFront wasn't able to resolve the origin domain name."
	textConnect    = "CloudFront wasn't able to connect to the origin."
	textTimeout    = "CloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection."
)

// failure is a function's failure as the viewer gets it.
type failure struct {
	status int
	xCache string
	text   string // the sentence in the page
	log    string // what CloudFront logs for the function's author; "" for nothing
}

func validationFailure(text, log string) *failure {
	return &failure{status: http.StatusBadGateway, xCache: xValidation, text: text, log: log}
}

const resultFailed = "Validation error: Lambda function result failed validation, "

func invalidResult(detail string) *failure {
	return validationFailure(textInvalid, resultFailed+detail)
}

func blacklistedHeader(lower string) *failure {
	return validationFailure(textBlacklisted,
		resultFailed+"the function tried to add a blacklisted header in headers, headerName : "+lower+".")
}

func readOnlyHeader(name string, deleted bool) *failure {
	verb := "add or change"
	if deleted {
		verb = "delete"
	}
	return validationFailure(textReadOnly, resultFailed+"the function tried to "+verb+" read-only header, headerName : "+name+".")
}

func invalidBody() *failure {
	return validationFailure(textBody, resultFailed+"the body is not a string, is not an object, or exceeds the maximum size.")
}

// executionFailure is for a function that threw, crashed, did not start or may not be called. A guide of 2023 says 500
// here; the newest one, and the field, say 503.
func executionFailure(log string) *failure {
	return &failure{status: executionStatus, xCache: xExecution, text: textExecution, log: log}
}

const executionStatus = http.StatusServiceUnavailable

// limitFailure is for a function that was throttled. That one that timed out says the same is an assumption.
func limitFailure(log string) *failure {
	return &failure{status: http.StatusServiceUnavailable, xCache: xLimit, text: textThrottled, log: log}
}

// failedCall is the failure behind an Invoker's error.
func failedCall(err error) *failure {
	if errors.Is(err, lambda.ErrTooManyRequests) {
		return limitFailure(err.Error())
	}
	return executionFailure(err.Error())
}

// failedRun is the failure behind a function's own error.
func failedRun(err error) *failure {
	var fe *lambda.FunctionError
	if errors.As(err, &fe) && fe.Type == lambda.ErrorTypeTimedout {
		return limitFailure(err.Error())
	}
	return executionFailure(err.Error())
}

// errorPage is CloudFront's page for a failure.
func errorPage(status int, text, requestID string) *response {
	const head = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">
<TITLE>ERROR: The request could not be satisfied</TITLE>
</HEAD><BODY>
<H1>`
	const middle = ` ERROR</H1>
<H2>The request could not be satisfied.</H2>
<HR noshade size="1px">
`
	const advice = `
We can't connect to the server for this app or website at this time. There might be too much traffic or a configuration error. Try again later, or contact the app or website owner.
<BR clear="all">
If you provide content to customers through CloudFront, you can find steps to troubleshoot and help prevent this error by reviewing the CloudFront documentation.
<BR clear="all">
<HR noshade size="1px">
<PRE>
Generated by cloudfront (CloudFront)
Request ID: `
	const tail = `
</PRE>
<ADDRESS>
</ADDRESS>
</BODY></HTML>`
	var b strings.Builder
	b.WriteString(head)
	b.WriteString(strconv.Itoa(status))
	b.WriteString(middle)
	b.WriteString(text)
	b.WriteString(advice)
	b.WriteString(requestID)
	b.WriteString(tail)
	return ownResponse(status, "text/html", b.String())
}

// redirectPage is the reply that sends a viewer to HTTPS.
func redirectPage(status int, location string) *response {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	body := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>CloudFront</center>\r\n</body>\r\n</html>\r\n"
	r := ownResponse(status, "text/html", body)
	r.header["Location"] = []string{location}
	return r
}

// deniedXML is the reply to a viewer without a valid signature.
func deniedXML(code, message string) *response {
	return ownResponse(http.StatusForbidden, "text/xml",
		`<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+`</Code><Message>`+message+`</Message></Error>`)
}

// ownResponse is a response that CloudFront makes itself.
func ownResponse(status int, contentType, body string) *response {
	return &response{
		status: status, description: http.StatusText(status), body: []byte(body),
		header: http.Header{"Server": {"CloudFront"}, "Content-Type": {contentType}},
	}
}
