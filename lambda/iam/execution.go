package iam

// Execution is an execution role as Lambda uses it. The zero Execution is that of a function without a role, and of
// every function where there is no directory: it may do everything. Its checks look at the role as it is at that
// moment; what they return is nil or a *[DeniedError] with Lambda's text. It is safe for concurrent use.
type Execution struct {
	roles *Roles
	arn   string
}

// Execution is the role with that ARN; "" is none. Whether it is in the directory shows when it is used. r may be nil.
func (r *Roles) Execution(arn string) Execution {
	if r == nil || arn == "" {
		return Execution{}
	}
	return Execution{r, arn}
}

// Restricted reports whether anything is checked.
func (e Execution) Restricted() bool { return e.roles != nil }

// CheckAssume refuses a role that is not in the directory or does not trust lambda.amazonaws.com.
func (e Execution) CheckAssume() error {
	if !e.Restricted() {
		return nil
	}
	if s := e.roles.find(e.arn); s == nil || !s.assumable(lambdaService) {
		return &DeniedError{Principal: e.arn, Action: assumeRole, Resource: e.arn, Message: cannotAssume}
	}
	return nil
}

// CheckDeadLetter refuses a dead-letter queue that the role may not send to, when it is set.
func (e Execution) CheckDeadLetter(arn string) error { return e.check(sending(arn), deadLetterDenied) }

// CheckDestination refuses a destination that the role may not send to, when it is set. prefix is what the keys of the
// objects begin with that go to a bucket.
func (e Execution) CheckDestination(arn, prefix string) error {
	return e.check(configuring(arn, prefix), destinationDenied)
}

// CheckDelivery is [Execution.CheckDestination], and CheckDeadLetter, at the moment of a delivery: a bucket need not be
// listed then.
func (e Execution) CheckDelivery(arn, prefix string) error {
	return e.check(delivering(arn, prefix), destinationDenied)
}

// CheckSource refuses a queue or stream that the role may not read, when a mapping is made and whenever it reads.
func (e Execution) CheckSource(arn string) error {
	if serviceOf(arn) == "sqs" {
		return e.check(reading(arn), queueDenied)
	}
	err := e.check(reading(arn), streamDenied)
	if denied, ok := err.(*DeniedError); ok && denied.Action == assumeRole {
		denied.Message = streamUntrusted(arn)
	}
	return err
}

// CheckAcknowledge refuses to delete messages from a queue that the role may not delete from.
func (e Execution) CheckAcknowledge(arn string) error {
	return e.check(needs(arn, "sqs:DeleteMessage"), queueDenied)
}

// check refuses the first of several needs that the role does not meet.
func (e Execution) check(list []need, text func(need) string) error {
	if !e.Restricted() || len(list) == 0 {
		return nil
	}
	s := e.roles.find(e.arn)
	if s == nil || !s.assumable(lambdaService) {
		return &DeniedError{Principal: e.arn, Action: assumeRole, Resource: e.arn, Message: cannotAssume}
	}
	for _, n := range list {
		if d, _ := Evaluate(&Request{Principal: e.arn, Action: n.action, Resource: n.resource}, s.policies...); d != Allowed {
			return &DeniedError{Principal: e.arn, Action: n.action, Resource: n.resource, Decision: d, Message: text(n)}
		}
	}
	return nil
}
