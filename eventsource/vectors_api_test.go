package eventsource_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// apiWorld has the functions f (3 s) with a version, and slow (60 s).
func apiWorld(t *testing.T) *world {
	w := newWorld(t, invoke.Options{}, script("S"))
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "slow", Timeout: time.Minute}, w.code())
	_, err := w.svc.PublishVersion("f")
	require.NoError(t, err)
	return w
}

// Everything that is refused, with the exact text, changes nothing.
func TestRefusals(t *testing.T) {
	w := apiWorld(t)
	work, fifo := sqs.NewQueue("work", sqs.Attributes{}), sqs.NewQueue("work.fifo", sqs.Attributes{})
	stream := kinesis.NewStream("s", 1)
	table := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{})
	other := sqs.NewQueue("other", sqs.Attributes{})
	const invalid, malformed = "InvalidParameterValueException", "ValidationException"
	one := "1 validation error detected: "
	for _, c := range []struct {
		row    string
		source eventsource.Source
		config eventsource.Config
		code   string
		text   string
	}{
		{"A1", work, eventsource.Config{BatchSize: 11}, invalid, "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"},
		{"A3", fifo, eventsource.Config{MaximumBatchingWindow: 5 * time.Second}, invalid, "Batching window is not supported for FIFO queues"},
		{"A4", work, eventsource.Config{FunctionName: "slow"}, invalid, "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"},
		{"A10", table, eventsource.Config{StartingPosition: eventsource.AtTimestamp, StartingPositionTimestamp: time.Now()}, invalid, "Unsupported starting position for arn type: " + table.ARN()},
		{"FIFO batch", fifo, eventsource.Config{BatchSize: 11}, invalid, one + "Value '11' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10"},
		{"young age", stream, eventsource.Config{MaximumRecordAge: 30 * time.Second}, invalid, one + "Value '30' at 'maximumRecordAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"},
		{"half a second", work, eventsource.Config{MaximumBatchingWindow: 500 * time.Millisecond}, invalid, "500ms is not a whole number of seconds."},
		{"future", stream, eventsource.Config{StartingPosition: eventsource.AtTimestamp, StartingPositionTimestamp: time.Now().Add(time.Hour)}, invalid, "StartingPositionTimestamp must not be in the future."},
		{"timestamp without its position", stream, eventsource.Config{StartingPositionTimestamp: time.Now()}, invalid, "Unsupported 'startingPositionTimestamp' parameter for given event source mapping type."},
		{"pollers on a stream", stream, eventsource.Config{ProvisionedPollers: &eventsource.ProvisionedPollers{}}, invalid, "Unsupported 'provisionedPollerConfig' parameter for given event source mapping type."},
		{"FIFO destination", stream, eventsource.Config{OnFailure: destinations.SQS(fifo)}, invalid, "The destination ARN " + fifo.ARN() + " is invalid."},
		{"stream gone", gone{stream}, eventsource.Config{}, invalid, "Stream not found: " + stream.ARN()},
		{"queue gone", goneQueue{work}, eventsource.Config{}, invalid, "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."},
		{"a queue with a stream's name", misnamed{work}, eventsource.Config{}, invalid, "Unrecognized event source."},
		{"51 tags", work, eventsource.Config{Tags: manyTags()}, invalid, "The number of tags exceeds the limit of 50."},
		{"string filter on data", stream, eventsource.Config{Filters: []string{`{"data":["x"]}`}}, invalid, "Invalid filter pattern definition."},
		{"no function", work, eventsource.Config{FunctionName: "nobody"}, invalid, "Function does not exist"},
		{"no timestamp", stream, eventsource.Config{StartingPosition: eventsource.AtTimestamp}, invalid, "Need to specify a timestamp"},
		{"position on SQS", work, eventsource.Config{StartingPosition: eventsource.Latest}, invalid, "StartingPosition is not valid for SQS event sources."},
		{"filter", work, eventsource.Config{Filters: []string{`{"k":"v"}`}}, invalid, "Invalid filter pattern definition."},
		{"six filters", work, eventsource.Config{Filters: slices.Repeat([]string{`{"body":[1]}`}, 6)}, invalid, "Invalid filter pattern definition."},
		{"a long filter", work, eventsource.Config{Filters: []string{`{"body":["` + strings.Repeat("x", 4096) + `"]}`}}, invalid, "Invalid filter pattern definition."},
		{"quota of filters", work, eventsource.Config{MaxFilters: 11}, malformed, one + "Value '11' at 'maxFilters' failed to satisfy constraint: Member must have value less than or equal to 10"},
		{"no quota of filters", work, eventsource.Config{MaxFilters: -1}, malformed, one + "Value '-1' at 'maxFilters' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"destination on SQS", work, eventsource.Config{OnFailure: destinations.SQS(other)}, invalid, "Unsupported DestinationConfig parameter for given event source mapping type."},
		{"bisect on SQS", work, eventsource.Config{BisectBatchOnFunctionError: true}, invalid, "Unsupported 'bisectBatchOnFunctionError' parameter for given event source mapping type."},
		{"concurrency on a stream", stream, eventsource.Config{MaximumConcurrency: 2}, invalid, "Unsupported 'scalingConfig' parameter for given event source mapping type."},
		{"both ways to scale", work, eventsource.Config{MaximumConcurrency: 2, ProvisionedPollers: &eventsource.ProvisionedPollers{}}, invalid, "Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control mechanism and remove maximum concurrency."},
		{"too few pollers", work, eventsource.Config{ProvisionedPollers: &eventsource.ProvisionedPollers{MinimumPollers: 1}}, invalid, "MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 2000]"},
		{"windows and lanes", stream, eventsource.Config{TumblingWindow: time.Minute, ParallelizationFactor: 2}, invalid, "Unsupported 'parallelizationFactor' parameter for given event source mapping type."},
		{"windows and filters", stream, eventsource.Config{TumblingWindow: time.Minute, Filters: []string{`{}`}}, invalid, "Unsupported 'filterCriteria' parameter for given event source mapping type."},
		{"batch size", work, eventsource.Config{BatchSize: 10_001}, malformed, one + "Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000"},
		{"retries", stream, eventsource.Config{MaximumRetryAttempts: new(-2)}, malformed, one + "Value '-2' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value greater than or equal to -1"},
		{"concurrency", work, eventsource.Config{MaximumConcurrency: 1}, malformed, one + "Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value greater than or equal to 2"},
	} {
		t.Run(c.row, func(t *testing.T) {
			if c.config.FunctionName == "" {
				c.config.FunctionName = "f"
			}
			m, err := eventsource.NewMapping(w.svc, c.source, c.config)
			require.Nil(t, m)
			var e *lambda.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.code, e.Code)
			require.Equal(t, c.text, e.Message)
			list, _, err := eventsource.List(w.svc, eventsource.ListInput{})
			require.NoError(t, err)
			require.Empty(t, list)
		})
	}
	_, err := eventsource.NewMapping(w.svc, neither{}, eventsource.Config{FunctionName: "f"})
	var wrong *eventsource.SourceTypeError
	require.ErrorAs(t, err, &wrong)
	require.EqualError(t, err, "eventsource: a eventsource_test.neither must be either a Queue or a Stream")
}

// gone is a stream that does not exist, goneQueue such a queue.
type gone struct{ eventsource.Stream }

func (gone) Shards(context.Context) ([]eventsource.Shard, error) {
	return nil, fmt.Errorf("asked in vain: %w", eventsource.ErrSourceNotFound)
}

type goneQueue struct{ eventsource.Queue }

func (goneQueue) Check(context.Context) error { return eventsource.ErrSourceNotFound }

// deafStream and deafQueue are there, and cannot be read.
type deafStream struct{ eventsource.Stream }

func (deafStream) Shards(context.Context) ([]eventsource.Shard, error) { return nil, errFault }

type deafQueue struct{ eventsource.Queue }

func (deafQueue) Check(context.Context) error { return errFault }

// Whatever else a source says is passed on as it is.
func TestSourceErrors(t *testing.T) {
	w := apiWorld(t)
	for _, source := range []eventsource.Source{deafStream{kinesis.NewStream("s", 1)}, deafQueue{sqs.NewQueue("q", sqs.Attributes{})}} {
		_, err := eventsource.NewMapping(w.svc, source, eventsource.Config{FunctionName: "f"})
		var e *eventsource.SourceError
		require.ErrorAs(t, err, &e)
		require.Equal(t, source.ARN(), e.ARN)
		require.ErrorIs(t, err, errFault)
		require.EqualError(t, err, "eventsource: "+source.ARN()+" cannot be read: injected")
	}
	for arn, want := range map[string]string{
		"arn:aws:sqs:us-east-1:123456789012:q":                        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
		"arn:aws:kinesis:us-east-1:123456789012:stream/s":             "Stream not found: arn:aws:kinesis:us-east-1:123456789012:stream/s",
		"arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2020": "Stream not found: arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2020",
		"arn:aws:sns:us-east-1:123456789012:t":                        "Unrecognized event source.",
		"nonsense":                                                    "Unrecognized event source.",
	} {
		require.Equal(t, "InvalidParameterValueException", eventsource.SourceMissing(arn).(*lambda.Error).Code)
		require.Equal(t, want, eventsource.SourceMissing(arn).(*lambda.Error).Message)
	}
}

// misnamed is a queue under a stream's name.
type misnamed struct{ eventsource.Queue }

func (misnamed) ARN() string { return "arn:aws:kinesis:us-east-1:123456789012:stream/s" }

func manyTags() map[string]string {
	tags := map[string]string{}
	for i := range 51 {
		tags[strconv.Itoa(i)] = ""
	}
	return tags
}

type neither struct{}

func (neither) ARN() string { return "arn:aws:sqs:us-east-1:123456789012:q" }

func TestStartingPositions(t *testing.T) {
	p, err := eventsource.ParseStartingPosition("AT_TIMESTAMP")
	require.NoError(t, err)
	require.Equal(t, eventsource.AtTimestamp, p)
	var e *lambda.Error
	_, err = eventsource.ParseStartingPosition("")
	require.ErrorAs(t, err, &e)
	require.Equal(t, "InvalidParameterValueException", e.Code)
	require.Equal(t, "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.", e.Message)
	_, err = eventsource.ParseStartingPosition("invalid")
	require.ErrorAs(t, err, &e)
	require.Equal(t, "ValidationException", e.Code)
	require.Equal(t, "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]", e.Message)
}

func TestMappingResource(t *testing.T) {
	bubble(t, "A2", func(t *testing.T) {
		w := apiWorld(t)
		m := w.mapping(kinesis.NewStream("s", 1), eventsource.Config{BatchSize: 100})
		defer m.Close()
		require.Equal(t, eventsource.Enabled, m.State())
	})
	bubble(t, "A5", func(t *testing.T) {
		w := apiWorld(t)
		q := sqs.NewQueue("work", sqs.Attributes{})
		m := w.mapping(q, eventsource.Config{})
		defer m.Close()
		_, err := eventsource.NewMapping(w.svc, q, eventsource.Config{FunctionName: "f"})
		var e *lambda.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, 409, e.StatusCode)
		require.Equal(t, `An event source mapping with SQS arn (" `+q.ARN()+` ") and function (" f ") already exists. Please update or delete the existing mapping with UUID `+m.UUID(), e.Message)
		for _, name := range []string{"f:1", "f:$LATEST"} {
			defer w.mapping(q, eventsource.Config{FunctionName: name}).Close()
		}
		s := kinesis.NewStream("s", 1)
		ms := w.mapping(s, eventsource.Config{})
		defer ms.Close()
		_, err = eventsource.NewMapping(w.svc, s, eventsource.Config{FunctionName: "f"})
		require.ErrorAs(t, err, &e)
		require.Equal(t, `The event source arn (" `+s.ARN()+` ") and function (" f ") provided mapping already exists. Please update or delete the existing mapping with UUID `+ms.UUID(), e.Message)
	})
	bubble(t, "A7", func(t *testing.T) {
		w := apiWorld(t)
		m, answer, err := eventsource.Create(w.svc, sqs.NewQueue("work", sqs.Attributes{}), eventsource.Config{FunctionName: "f", Disabled: true})
		require.NoError(t, err)
		defer m.Close()
		require.Equal(t, eventsource.Disabled, answer.State)
		require.Equal(t, "USER_INITIATED", answer.Reason)
		require.Empty(t, answer.LastProcessingResult)
	})
	bubble(t, "A8", func(t *testing.T) {
		w := apiWorld(t)
		m := w.mapping(sqs.NewQueue("work", sqs.Attributes{}), eventsource.Config{})
		defer m.Close()
		require.NoError(t, w.svc.DeleteFunction("f"))
		got, err := eventsource.Get(w.svc, m.UUID())
		require.NoError(t, err)
		require.Equal(t, eventsource.Enabled, got.State())
	})
	bubble(t, "A9", func(t *testing.T) {
		w := apiWorld(t)
		m := w.mapping(kinesis.NewStream("s", 1), eventsource.Config{TransitionDelay: time.Minute})
		defer m.Close()
		before := m.Configuration()
		require.Equal(t, eventsource.Creating, before.State)
		_, err := m.Update(eventsource.UpdateInput{BatchSize: new(7)})
		require.ErrorIs(t, err, lambda.ErrResourceInUse)
		require.ErrorContains(t, err, "Cannot update the event source mapping because it is in use.")
		require.Equal(t, before, m.Configuration())
		lambdatest.Advance(time.Minute)
		answer, err := m.Update(eventsource.UpdateInput{BatchSize: new(7)})
		require.NoError(t, err)
		require.Equal(t, eventsource.Updating, answer.State)
		lambdatest.Advance(time.Minute)
		require.Equal(t, eventsource.Enabled, m.State())
		for _, c := range []struct {
			enabled  bool
			now, end eventsource.State
		}{{false, eventsource.Disabling, eventsource.Disabled}, {true, eventsource.Enabling, eventsource.Enabled}} {
			answer, err = m.Update(eventsource.UpdateInput{Enabled: &c.enabled})
			require.NoError(t, err)
			require.Equal(t, c.now, answer.State)
			lambdatest.Advance(time.Minute)
			require.Equal(t, c.end, m.State())
		}
		answer, err = m.Delete()
		require.NoError(t, err)
		require.Equal(t, eventsource.Deleting, answer.State)
		_, err = eventsource.Get(w.svc, m.UUID())
		require.NoError(t, err)
		lambdatest.Advance(time.Minute)
		_, err = eventsource.Get(w.svc, m.UUID())
		require.EqualError(t, err, "lambda: ResourceNotFoundException: The resource you requested does not exist.")
		_, err = m.Update(eventsource.UpdateInput{})
		require.ErrorIs(t, err, lambda.ErrResourceNotFound)
	})
}

func TestUpdateKeepsAndClears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := apiWorld(t)
		discards := sqs.NewQueue("discards", sqs.Attributes{})
		m := w.mapping(kinesis.NewStream("s", 1), eventsource.Config{
			Filters: []string{`{"data":{"k":[1]}}`}, OnFailure: destinations.SQS(discards), MaximumRetryAttempts: new(3),
		})
		defer m.Close()
		c, err := m.Update(eventsource.UpdateInput{BatchSize: new(5)})
		require.NoError(t, err)
		require.Equal(t, []string{`{"data":{"k":[1]}}`}, c.Filters)
		require.Equal(t, discards.ARN(), c.OnFailure)
		require.Equal(t, 3, c.MaximumRetryAttempts)
		c, err = m.Update(eventsource.UpdateInput{Filters: &[]string{}, OnFailure: destinations.Func("", nil), FunctionName: "f:1"})
		require.NoError(t, err)
		require.Empty(t, c.Filters)
		require.Empty(t, c.OnFailure)
		require.Equal(t, 5, c.BatchSize)
		require.Equal(t, "arn:aws:lambda:us-east-1:123456789012:function:f:1", c.FunctionARN)
		before := m.Configuration()
		for _, in := range []eventsource.UpdateInput{
			{MaximumRetryAttempts: new(10_001)}, {BatchSize: new(0)}, {ParallelizationFactor: new(0)},
			{MaximumRecordAge: new(time.Duration(0))}, {FunctionName: "nobody"}, {MaximumConcurrency: new(5)},
		} {
			_, err = m.Update(in)
			require.Error(t, err)
			require.Equal(t, before, m.Configuration())
		}
	})
}

func TestConfigurationOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := apiWorld(t)
		q := w.mapping(sqs.NewQueue("work", sqs.Attributes{}), eventsource.Config{MaximumConcurrency: 5, Filters: []string{`{"body":{"a":[1]}}`}})
		defer q.Close()
		got, err := json.Marshal(q.Configuration())
		require.NoError(t, err)
		require.JSONEq(t, `{"UUID":"`+q.UUID()+`","EventSourceMappingArn":"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:`+q.UUID()+`",
			"EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:work","FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:f",
			"BatchSize":10,"MaximumBatchingWindowInSeconds":0,"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":{\"a\":[1]}}"}]},"FunctionResponseTypes":[],
			"ScalingConfig":{"MaximumConcurrency":5},"LastModified":946684800,"State":"Enabled","StateTransitionReason":"USER_INITIATED"}`, string(got))
		s := w.mapping(kinesis.NewStream("s", 1), eventsource.Config{StartingPosition: eventsource.Latest, ReportBatchItemFailures: true})
		defer s.Close()
		got, err = json.Marshal(s.Configuration())
		require.NoError(t, err)
		require.JSONEq(t, `{"UUID":"`+s.UUID()+`","EventSourceMappingArn":"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:`+s.UUID()+`",
			"EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/s","FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:f",
			"BatchSize":100,"MaximumBatchingWindowInSeconds":0,"FunctionResponseTypes":["ReportBatchItemFailures"],
			"StartingPosition":"LATEST","ParallelizationFactor":1,"BisectBatchOnFunctionError":false,"MaximumRetryAttempts":-1,
			"MaximumRecordAgeInSeconds":-1,"TumblingWindowInSeconds":0,"DestinationConfig":{"OnFailure":{}},
			"LastModified":946684800,"LastProcessingResult":"No records processed","State":"Enabled","StateTransitionReason":"User action"}`, string(got))
	})
}

func TestListPages(t *testing.T) {
	w := apiWorld(t)
	var want []string
	for _, name := range []string{"a", "b", "c"} {
		m := w.mapping(sqs.NewQueue(name, sqs.Attributes{}), eventsource.Config{})
		defer m.Close()
		want = append(want, m.UUID())
	}
	in, got := eventsource.ListInput{}, []string(nil)
	in.MaxItems = new(1)
	for {
		page, next, err := eventsource.List(w.svc, in)
		require.NoError(t, err)
		for _, m := range page {
			got = append(got, m.UUID())
		}
		if in.Marker = next; next == "" {
			break
		}
	}
	require.Equal(t, want, got)
	for in, n := range map[*eventsource.ListInput]int{
		{FunctionName: "f"}: 3, {FunctionName: "f:1"}: 0, {FunctionName: "nobody"}: 0,
		{SourceARN: "arn:aws:sqs:us-east-1:123456789012:b"}: 1, {SourceARN: "x"}: 0,
	} {
		page, _, err := eventsource.List(w.svc, *in)
		require.NoError(t, err)
		require.Len(t, page, n)
	}
	_, _, err := eventsource.List(w.svc, eventsource.ListInput{FunctionName: "f", Page: in.Page})
	require.NoError(t, err)
	in.Marker = "!"
	_, _, err = eventsource.List(w.svc, in)
	require.ErrorIs(t, err, lambda.ErrInvalidParameterValue)
}

func TestTags(t *testing.T) {
	synctest.Test(t, testTags)
}

func testTags(t *testing.T) {
	w := apiWorld(t)
	m := w.mapping(sqs.NewQueue("a", sqs.Attributes{}), eventsource.Config{Tags: map[string]string{"a": "1"}})
	defer m.Close()
	require.NoError(t, m.Tag(map[string]string{"b": "2"}))
	require.NoError(t, m.Untag([]string{"a", "c"}))
	require.Equal(t, map[string]string{"b": "2"}, m.Tags())
	_, err := m.Delete()
	require.NoError(t, err)
	synctest.Wait()
	for _, err := range []error{m.Tag(map[string]string{"d": "4"}), m.Untag([]string{"b"})} {
		require.ErrorIs(t, err, lambda.ErrResourceNotFound)
		require.ErrorContains(t, err, "Event source mapping not found: "+m.ARN())
	}
	require.Equal(t, map[string]string{"b": "2"}, m.Tags(), "refused, and so unchanged")
	require.ErrorContains(t, eventsource.TagsMissing("x"), "Event source mapping not found: x")
}

func TestUnsupportedSettings(t *testing.T) {
	require.ErrorContains(t, eventsource.UnsupportedSetting("KMSKeyArn"), "KMSKeyArn is not modelled")
	require.ErrorContains(t, eventsource.UnsupportedSetting("Topics"), "Unsupported 'topics' parameter for given event source mapping type.")
	require.NoError(t, eventsource.UnsupportedSetting("BatchSize"))
}
