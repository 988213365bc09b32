package alb

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/lambdakit/lambdakit/lambda"
)

// failure is why a request got no answer from the function.
type failure struct {
	status   int
	reason   string // error_reason of the access log; "" where it has none
	internal bool   // Lambda's fault, or the way's to it, and not the user's
}

const (
	// refusedStatus is the status when Lambda does not let the load balancer call the function, or has no such
	// function. Inferred.
	refusedStatus = http.StatusBadGateway
	// deregisteredStatus is the status of a request whose target was deregistered meanwhile. AWS says 5XX.
	deregisteredStatus = http.StatusBadGateway
	// statusClientGone stands in the access log for a client that did not wait. Only a client whose wait another handler
	// ended can read it.
	statusClientGone = 460
)

var requestTooLarge = &failure{status: http.StatusRequestEntityTooLarge, reason: "LambdaRequestTooLarge"}

// refusal is the failure for a call that Lambda did not make.
func refusal(err error) *failure {
	var e *lambda.Error
	if !errors.As(err, &e) {
		return unreachable(err)
	}
	switch e.Code {
	case "TooManyRequestsException":
		return &failure{status: http.StatusBadGateway, reason: "LambdaThrottling"}
	case "AccessDeniedException":
		return &failure{status: refusedStatus, reason: "LambdaAccessDenied"}
	case "ResourceNotFoundException":
		return &failure{status: refusedStatus, reason: "LambdaResourceNotFound"}
	case "RequestEntityTooLargeException", "RequestTooLargeException":
		return requestTooLarge
	}
	if named[e.Code] {
		return &failure{status: http.StatusBadGateway, reason: "Lambda" + e.Code}
	}
	return serviceFailed
}

// serviceFailed is Lambda's own fault, and what there is no reason for: such as a function that is still pending.
var serviceFailed = &failure{status: http.StatusBadGateway, reason: "LambdaServiceException", internal: true}

// unreachable is the failure for an Invoker that did not get through to Lambda.
func unreachable(err error) *failure {
	if errors.Is(err, context.DeadlineExceeded) {
		return &failure{status: http.StatusGatewayTimeout, reason: "LambdaConnectionTimeout", internal: true}
	}
	return serviceFailed
}

// named are the exceptions that have a reason of their own name.
var named = map[string]bool{
	"EC2AccessDeniedException":             true,
	"EC2ThrottledException":                true,
	"EC2UnexpectedException":               true,
	"ENILimitReachedException":             true,
	"InvalidRuntimeException":              true,
	"InvalidSecurityGroupIDException":      true,
	"InvalidSubnetIDException":             true,
	"InvalidZipFileException":              true,
	"KMSAccessDeniedException":             true,
	"KMSDisabledException":                 true,
	"KMSInvalidStateException":             true,
	"KMSNotFoundException":                 true,
	"SubnetIPAddressLimitReachedException": true,
}

// title is what the page of a status says.
func title(status int) string {
	text := http.StatusText(status)
	switch status {
	case http.StatusServiceUnavailable:
		text = "Service Temporarily Unavailable"
	case http.StatusGatewayTimeout:
		text = "Gateway Time-out"
	case statusTooMany:
		return strconv.Itoa(status)
	}
	return strconv.Itoa(status) + " " + text
}

// page is the load balancer's own page.
func page(status int) []byte {
	t := title(status)
	return []byte("<html>\r\n<head><title>" + t + "</title></head>\r\n<body>\r\n<center><h1>" + t +
		"</h1></center>\r\n</body>\r\n</html>\r\n")
}

func writePage(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Set("Server", server)
	w.Header().Set("Content-Type", "text/html")
	send(w, r, status, page(status))
}
