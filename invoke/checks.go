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
	var found validation.Findings
	ref, err := lambda.ParseRefFinding(&found, in.FunctionName, in.Qualifier)
	checkShape(&found, in)
	switch {
	case found.Len() > 0:
		return ref, lambda.ValidationError(found.Text())
	case err != nil:
		return ref, err
	case in.RequestID != "" && !isUUID(in.RequestID):
		return ref, lambda.NewError("InvalidRequestContentException", "Invalid request ID: "+in.RequestID)
	}
	return ref, s.opts.Identity.Check(ref)
}

// checkShape finds what is wrong with the parameters beside the name.
func checkShape(found *validation.Findings, in *Input) {
	switch {
	case in.InvocationType == RequestResponse:
	case in.streamed:
		found.Enum("invocationType", string(in.InvocationType), "RequestResponse", "DryRun")
	default:
		found.Enum("invocationType", string(in.InvocationType), "Event", "RequestResponse", "DryRun")
	}
	if in.LogType != "" {
		found.Enum("logType", string(in.LogType), "None", "Tail")
	}
	if len(in.ClientContext) > 0 && base64.StdEncoding.EncodedLen(len(in.ClientContext)) > lambda.MaxClientContext {
		encoded := base64.StdEncoding.EncodeToString(in.ClientContext)
		found.Length("clientContext", encoded, 0, lambda.MaxClientContext)
	}
}

// checkPayload gives the event that the function will see.
func checkPayload(in *Input) ([]byte, error) {
	trusted := in.WellFormed && len(in.Payload) > 0
	switch {
	case in.InvocationType == Event && trusted:
		return in.Payload, lambda.CheckEventPayloadSize(len(in.Payload))
	case in.InvocationType == Event:
		return lambda.CheckEventPayload(in.Payload)
	case trusted:
		return in.Payload, lambda.CheckPayloadSize(len(in.Payload))
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
		c := s[i]
		hex := '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash && c != '-' || !dash && !hex {
			return false
		}
	}
	return true
}
