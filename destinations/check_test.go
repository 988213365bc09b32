package destinations_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

const (
	queueARN  = "arn:aws:sqs:us-east-1:123456789012:q"
	topicARN  = "arn:aws:sns:us-east-1:123456789012:t"
	otherARN  = "arn:aws:lambda:us-east-1:123456789012:function:other"
	bucketARN = "arn:aws:s3:::b"
	tableARN  = "arn:aws:dynamodb:us-east-1:123456789012:table/t"
	pattern   = `Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`
)

// refusal is the error's parts, empty for none.
func refusal(t *testing.T, err error) (code, text string) {
	if err == nil {
		return "", ""
	}
	var e *destinations.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 400, e.Status)
	return e.Code, e.Message
}

func TestCheckConfig(t *testing.T) {
	const invalid = "InvalidParameterValueException"
	for _, c := range []struct {
		name, onSuccess, onFailure string
		code, text                 string
	}{
		{"nothing", "", "", "", ""},
		{"queue and topic", queueARN, topicARN, "", ""},
		{"function and bus", otherARN, busARN, "", ""},
		{"function with a qualifier", otherARN + ":live", "", "", ""},
		{"bucket as on-failure", "", bucketARN, "", ""},
		{"other partitions", "arn:aws-cn:sqs:cn-north-1:123456789012:q", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:t", "", ""},
		{"bucket as on-success", bucketARN, "", invalid,
			"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::b), onFailure=null) is invalid."},
		{"unsupported service", "", tableARN, invalid,
			"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=" + tableARN + ")) is invalid."},
		{"both sides are printed", tableARN, queueARN, invalid,
			"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=" + tableARN + "), onFailure=OnFailure(destination=" + queueARN + ")) is invalid."},
		{"a Kafka topic is for mappings", "kafka://t", "", invalid,
			"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=kafka://t), onFailure=null) is invalid."},
		{"a layer is no function", "arn:aws:lambda:us-east-1:123456789012:layer:l", "", invalid,
			"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:lambda:us-east-1:123456789012:layer:l), onFailure=null) is invalid."},
		{"itself", fn, "", invalid, "You can't specify the function as a destination for itself."},
		{"itself, qualified", "", fn + ":1", invalid, "You can't specify the function as a destination for itself."},
		{"FIFO queue", queueARN + ".fifo", "", invalid, "The destination ARN " + queueARN + ".fifo is invalid."},
		{"FIFO topic", "", topicARN + ".fifo", invalid, "FIFO-type Amazon SNS topics aren't supported as a destination."},
		{"malformed", "", "invalid", "ValidationException",
			"1 validation error detected: Value 'invalid' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: " + pattern},
		{"account of eleven digits", "arn:aws:sqs:us-east-1:12345678901:q", "", "ValidationException",
			"1 validation error detected: Value 'arn:aws:sqs:us-east-1:12345678901:q' at 'destinationConfig.onSuccess.destination' failed to satisfy constraint: " + pattern},
		{"both malformed", "x", "y", "ValidationException",
			"2 validation errors detected: Value 'x' at 'destinationConfig.onSuccess.destination' failed to satisfy constraint: " + pattern +
				"; Value 'y' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: " + pattern},
		{"too long", queueARN + strings.Repeat("q", 350), "", "ValidationException",
			"1 validation error detected: Value '" + queueARN + strings.Repeat("q", 350) + "' at 'destinationConfig.onSuccess.destination' failed to satisfy constraint: Member must have length less than or equal to 350"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, text := refusal(t, destinations.CheckConfig("fn", c.onSuccess, c.onFailure))
			require.Equal(t, c.code, code)
			require.Equal(t, c.text, text)
		})
	}
}

func TestCheckStreamConfig(t *testing.T) {
	const msk = "arn:aws:kafka:us-east-1:123456789012:cluster/c/1"
	for _, c := range []struct {
		name, source, onSuccess, onFailure, text string
	}{
		{"nothing", kinesisARN, "", "", ""},
		{"queue", kinesisARN, "", queueARN, ""},
		{"topic", dynamodbARN, "", topicARN, ""},
		{"bucket", kinesisARN, "", bucketARN, ""},
		{"topic of the cluster", msk, "", "kafka://t", ""},
		{"topic of a self-managed cluster", "", "", "kafka://t", ""},
		{"topic without a cluster", kinesisARN, "", "kafka://t",
			"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=kafka://t)) is invalid."},
		{"function", kinesisARN, "", otherARN,
			"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=" + otherARN + ")) is invalid."},
		{"on-success", kinesisARN, queueARN, "", "Unsupported DestinationConfig parameter for given event source mapping type."},
		{"FIFO queue", kinesisARN, "", queueARN + ".fifo", "The destination ARN " + queueARN + ".fifo is invalid."},
		{"FIFO topic", kinesisARN, "", topicARN + ".fifo", "FIFO-type Amazon SNS topics aren't supported as a destination."},
		{"malformed", kinesisARN, "", "x", "1 validation error detected: Value 'x' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: " + pattern},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, text := refusal(t, destinations.CheckStreamConfig(c.source, c.onSuccess, c.onFailure))
			require.Equal(t, c.text, text)
		})
	}
}

func TestCheckDeadLetter(t *testing.T) {
	const prefix = "Invalid dead letter queue ARN: "
	for _, c := range []struct{ name, arn, text string }{
		{"nothing", "", ""},
		{"queue", queueARN, ""},
		{"topic", topicARN, ""},
		{"function", otherARN, prefix + "Only Amazon SQS queues and Amazon SNS topics are supported."},
		{"no ARN", "q", prefix + "Only Amazon SQS queues and Amazon SNS topics are supported."},
		{"other Region", "arn:aws:sqs:eu-west-1:123456789012:q", prefix + "The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with."},
		{"FIFO queue", queueARN + ".fifo", prefix + "FIFO SQS queue is not supported for dead letter configuration"},
		{"FIFO topic", topicARN + ".fifo", prefix + "FIFO SNS topic is not supported for dead letter configuration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, text := refusal(t, destinations.CheckDeadLetter("us-east-1", c.arn))
			require.Equal(t, c.text, text)
			if c.text != "" {
				require.Equal(t, "InvalidParameterValueException", code)
			}
		})
	}
}

// Whatever an ARN looks like, it is taken or refused with a text, the same every time, and what is taken is of a
// service that Lambda delivers to.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"", "arn", "arn:::::", queueARN, queueARN + ".fifo", bucketARN, busARN, otherARN + ":1", "kafka://t", "arn:aws:sqs:us-east-1:123456789012:a:b:c", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arn string) {
		for _, check := range []func(string) error{
			func(s string) error { return destinations.CheckConfig("fn", s, "") },
			func(s string) error { return destinations.CheckConfig("fn", "", s) },
			func(s string) error { return destinations.CheckStreamConfig(kinesisARN, "", s) },
			func(s string) error { return destinations.CheckDeadLetter("us-east-1", s) },
		} {
			first, second := check(arn), check(arn)
			code, text := refusal(t, first)
			_, again := refusal(t, second)
			require.Equal(t, text, again)
			require.Equal(t, first != nil, code != "" && text != "")
			if first == nil && arn != "" {
				service := strings.Split(arn, ":")[2]
				require.Contains(t, []string{"sqs", "sns", "lambda", "events", "s3"}, service)
			}
		}
	})
}
