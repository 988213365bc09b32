package invoke

import (
	"encoding/base64"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// check looks at everything in a request that needs no look-up, and changes nothing but an absent InvocationType.
func (s *Service) check(in *Input) (lambda.Ref, error) {
	if in.InvocationType == "" {
		in.InvocationType = RequestResponse
	}
	ref, err := lambda.ParseRef(in.FunctionName, in.Qualifier)
	if err != nil {
		return ref, err
	}
	if err := checkShape(in); err != nil {
		return ref, err
	}
	return ref, s.opts.Identity.Check(ref)
}

func checkShape(in *Input) error {
	var found validation.Findings
	found.Enum("invocationType", string(in.InvocationType), "Event", "RequestResponse", "DryRun")
	if in.LogType != "" {
		found.Enum("logType", string(in.LogType), "None", "Tail")
	}
	if base64.StdEncoding.EncodedLen(len(in.ClientContext)) > lambda.MaxClientContext {
		encoded := base64.StdEncoding.EncodeToString(in.ClientContext)
		found.Length("clientContext", encoded, 0, lambda.MaxClientContext)
	}
	if found.Len() > 0 {
		return lambda.ValidationError(found.Text())
	}
	if in.RequestID != "" && !isUUID(in.RequestID) {
		return lambda.NewError("InvalidRequestContentException", "Invalid request ID: "+in.RequestID)
	}
	return nil
}

// checkPayload gives the event that the function will see.
func checkPayload(in *Input) ([]byte, error) {
	if in.InvocationType == Event {
		return lambda.CheckEventPayload(in.Payload)
	}
	return lambda.CheckPayload(in.Payload)
}

// refusal turns the accountant's refusal into the service's. off says that a reserved concurrency of 0 turned the
// function off: to a caller that is a throttle like any other, but the asynchronous queue drops the event for it.
func (s *Service) refusal(r *run, err error) (refusal error, off bool) {
	t, ok := err.(*concurrency.ThrottleError)
	if !ok { // the function was deleted a moment ago
		return s.opts.Identity.InvokeNotFound(r.name, r.qualifier), false
	}
	return lambda.RateExceeded(string(t.Reason)), t.Cause() == concurrency.CauseOff
}

// isUUID tells whether s is a UUID in its usual text form, in either case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if s[i] != '-' {
				return false
			}
		case c < '0' || c > '9' && c < 'a' || c > 'f':
			return false
		}
	}
	return true
}
