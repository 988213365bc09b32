package destinations

import (
	"regexp"

	"github.com/lambdakit/lambdakit/internal/validation"
)

const (
	// arnPattern is what Lambda demands of a destination, quoted as its messages quote it.
	arnPattern = `$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`
	// maxARN is the longest destination, in characters.
	maxARN = 350
)

var arnRegexp = regexp.MustCompile(`^(?:` + arnPattern + `)$`)

// CheckConfig refuses the destinations of an EventInvokeConfig that Lambda refuses: malformed ARNs, the function
// itself under any qualifier, services that are no destination, a bucket as on-success, FIFO queues and topics. ""
// stands for no destination. A nil error does not say that the target exists ([InvalidDestination]) or that the
// execution role may use it.
//
// functionName is the bare name of the function. The error is an [*Error] with Lambda's text.
func CheckConfig(functionName, onSuccess, onFailure string) error {
	if err := checkSyntax(onSuccess, onFailure); err != nil {
		return err
	}
	for _, arn := range []string{onSuccess, onFailure} {
		if arn == "" {
			continue
		}
		r := parseARN(arn)
		switch {
		case r.function() != "" && r.function() == functionName:
			return invalidParameter("You can't specify the function as a destination for itself.")
		case !r.asyncDestination() || r.service == "s3" && arn == onSuccess:
			return invalidConfig(onSuccess, onFailure)
		case r.fifo() && r.service == "sns":
			return invalidParameter("FIFO-type Amazon SNS topics aren't supported as a destination.")
		case r.fifo():
			return InvalidDestination(arn)
		}
	}
	return nil
}

// CheckStreamConfig refuses the destinations of an event source mapping that Lambda refuses: any on-success
// destination, and as on-failure destination anything but a standard queue, a standard topic, a bucket or, for a Kafka
// source, a topic of its cluster (kafka://TOPIC). Queues have no destinations: that is the caller's to check.
//
// source is the ARN of the stream, "" for a self-managed cluster. The error is an [*Error]; its text for a service
// that is no destination is that of [CheckConfig], because the one for mappings was never recorded.
func CheckStreamConfig(source, onSuccess, onFailure string) error {
	if onSuccess != "" {
		return invalidParameter("Unsupported DestinationConfig parameter for given event source mapping type.")
	}
	if err := checkSyntax("", onFailure); err != nil || onFailure == "" {
		return err
	}
	service := serviceOf(source)
	kafka := source == "" || service == "kafka"
	switch r := parseARN(onFailure); {
	case r.service == "" && kafka: // the pattern leaves only kafka://TOPIC
		return nil
	case r.fifo() && r.service == "sns":
		return invalidParameter("FIFO-type Amazon SNS topics aren't supported as a destination.")
	case r.fifo():
		return InvalidDestination(onFailure)
	case r.service == "sqs" || r.service == "sns" || r.service == "s3":
		return nil
	}
	return invalidConfig("", onFailure)
}

// CheckDeadLetter refuses a dead-letter target that Lambda refuses: anything but a standard queue or topic in the
// function's own Region. "" stands for none. The error is an [*Error] with Lambda's text.
func CheckDeadLetter(region, arn string) error {
	const prefix = "Invalid dead letter queue ARN: "
	r := parseARN(arn)
	switch {
	case arn == "":
		return nil
	case r.service != "sqs" && r.service != "sns":
		return invalidParameter(prefix + "Only Amazon SQS queues and Amazon SNS topics are supported.")
	case r.region != region:
		return invalidParameter(prefix + "The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with.")
	case r.fifo() && r.service == "sqs":
		return invalidParameter(prefix + "FIFO SQS queue is not supported for dead letter configuration")
	case r.fifo():
		return invalidParameter(prefix + "FIFO SNS topic is not supported for dead letter configuration")
	}
	return nil
}

// InvalidDestination is Lambda's refusal of a destination that does not exist, a function for one.
func InvalidDestination(arn string) *Error {
	return invalidParameter("The destination ARN " + arn + " is invalid.")
}

// asyncDestination reports whether asynchronous invocations can go there.
func (r resource) asyncDestination() bool {
	return r.service == "sqs" || r.service == "sns" || r.service == "s3" || r.function() != "" || r.bus()
}

// checkSyntax refuses what breaks the constraints of the API's model.
func checkSyntax(onSuccess, onFailure string) error {
	var f validation.Findings
	check := func(path, arn string) {
		f.Length(path, arn, 0, maxARN)
		f.Pattern(path, arn, arnPattern, arnRegexp.MatchString(arn))
	}
	check("destinationConfig.onSuccess.destination", onSuccess)
	check("destinationConfig.onFailure.destination", onFailure)
	if f.Len() > 0 {
		return &Error{Code: "ValidationException", Status: 400, Message: f.Text()}
	}
	return nil
}

// invalidConfig quotes the whole config as Lambda prints it.
func invalidConfig(onSuccess, onFailure string) *Error {
	side := func(name, arn string) string {
		if arn == "" {
			return "null"
		}
		return name + "(destination=" + arn + ")"
	}
	return invalidParameter("The provided destination config DestinationConfig(onSuccess=" + side("OnSuccess", onSuccess) +
		", onFailure=" + side("OnFailure", onFailure) + ") is invalid.")
}

func invalidParameter(message string) *Error {
	return &Error{Code: "InvalidParameterValueException", Status: 400, Message: message}
}
