package destinations

import "strings"

// resource is what the checks read of a destination's ARN.
type resource struct {
	service, region, name string // name is all behind the account: a queue's or topic's name, function:NAME:QUALIFIER
}

// parseARN takes an ARN apart; what is missing stays empty.
func parseARN(arn string) resource {
	p := strings.SplitN(arn, ":", 6)
	if len(p) < 6 || p[0] != "arn" {
		return resource{}
	}
	return resource{service: p[2], region: p[3], name: p[5]}
}

// serviceOf returns the service that an ARN names.
func serviceOf(arn string) string { return parseARN(arn).service }

// fifo reports whether the ARN is of a FIFO queue or topic.
func (r resource) fifo() bool {
	return (r.service == "sqs" || r.service == "sns") && strings.HasSuffix(r.name, ".fifo")
}

// function returns the bare name of the function that the ARN is of.
func (r resource) function() string {
	rest, ok := strings.CutPrefix(r.name, "function:")
	if r.service != "lambda" || !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ":")
	return name
}

// bus reports whether the ARN is of an event bus.
func (r resource) bus() bool { return r.service == "events" && strings.HasPrefix(r.name, "event-bus/") }
