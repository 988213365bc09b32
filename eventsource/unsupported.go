package eventsource

import (
	"slices"
	"strings"

	"github.com/lambdakit/lambdakit/lambda"
)

// notModelled are the members of the API that Lambda takes for queues and streams and this package has not.
var notModelled = []string{"KMSKeyArn", "MetricsConfig"}

// otherSources are the members that belong to other kinds of sources.
var otherSources = []string{
	"AmazonManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig", "LoggingConfig", "Queues",
	"SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations", "Topics",
}

// UnsupportedSetting is the refusal of a member of the API that [Config] has no field for, by AWS's name: for a REST API
// that is given one. It is nil for a name that is not the API's.
func UnsupportedSetting(name string) error {
	switch {
	case slices.Contains(notModelled, name):
		return lambda.NotModelled(name)
	case slices.Contains(otherSources, name):
		return unsupported(strings.ToLower(name[:1]) + name[1:])
	}
	return nil
}
