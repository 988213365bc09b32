package invoke

import (
	"strings"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// checkAcceptance refuses an event that would be one too many: callers may have ten a second accepted for each unit of
// the account's quota, whatever becomes of the events afterwards. AWS services have no such limit.
func (s *Service) checkAcceptance(in *Input, q *request) error {
	if in.InvocationType != Event || in.fromService() {
		return nil
	}
	if refused, ok := s.opts.Account.AcceptEventAt(q.at).(*concurrency.ThrottleError); ok {
		return lambda.RateExceeded(string(refused.Reason))
	}
	return nil
}

// fromService tells whether it is an AWS service that makes the call. Who comes without a Caller is a client of the
// account's.
func (in *Input) fromService() bool {
	return in.service || in.Caller != nil && isService(in.Caller.Principal)
}

// isService tells whether a principal is a service, which has a domain's name, and not an ARN, an account or anybody.
func isService(principal string) bool {
	return strings.Contains(principal, ".") && !strings.HasPrefix(principal, "arn:")
}
