package eventsource

import (
	"errors"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/filter"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// checkModel refuses what is outside the bounds of the API's model, all of it in one answer.
func (s *settings) checkModel() error {
	var f validation.Findings
	seconds := func(path string, d time.Duration, most int64) {
		f.Range(path, wholeSeconds(d), 0, most)
	}
	f.Range("batchSize", int64(s.BatchSize), 1, 10_000)
	seconds("maximumBatchingWindowInSeconds", s.MaximumBatchingWindow, 300)
	f.Range("parallelizationFactor", int64(s.ParallelizationFactor), 1, 10)
	f.Range("maximumRetryAttempts", int64(*s.MaximumRetryAttempts), -1, 10_000)
	f.Range("maximumRecordAgeInSeconds", wholeSeconds(s.MaximumRecordAge), -1, 604_800)
	seconds("tumblingWindowInSeconds", s.TumblingWindow, 900)
	if s.MaximumConcurrency != 0 {
		f.Range("scalingConfig.maximumConcurrency", int64(s.MaximumConcurrency), 2, 1_000)
	}
	if p := s.ProvisionedPollers; p != nil {
		f.Range("provisionedPollerConfig.minimumPollers", int64(p.MinimumPollers), 1, 200)
		f.Range("provisionedPollerConfig.maximumPollers", int64(p.MaximumPollers), 1, 2_000)
	}
	f.Range("maxFilters", int64(s.MaxFilters), 1, filter.MaxPatterns) // the account's quota, not the API's
	if s.StartingPosition > AtTimestamp {
		f.Enum("startingPosition", s.StartingPosition.String(), startingPositions...)
	}
	return lambda.ValidationError(f.Text())
}

// wholeSeconds is a duration as the wire has it. What is no whole number of seconds cannot be said there, and counts as
// the next greater one in size, so that it does not slip through a bound; checkSource refuses it.
func wholeSeconds(d time.Duration) int64 {
	n := int64(d / time.Second)
	switch rest := d % time.Second; {
	case rest > 0:
		return n + 1
	case rest < 0:
		return n - 1
	}
	return n
}

// checkSource refuses what the kind of source does not take, in the order in which it is asked here; AWS's own order
// is not known.
func (s *settings) checkSource(arn string, now time.Time) error {
	for _, d := range []time.Duration{s.MaximumBatchingWindow, s.MaximumRecordAge, s.TumblingWindow} {
		if d%time.Second != 0 {
			return lambda.InvalidParameterValue(fmt.Sprintf("%v is not a whole number of seconds.", d))
		}
	}
	if s.kind.queue() {
		return s.checkQueue()
	}
	return s.checkStream(arn, now)
}

func (s *settings) checkQueue() error {
	switch {
	case s.OnFailure != nil:
		return lambda.InvalidParameterValue("Unsupported DestinationConfig parameter for given event source mapping type.")
	case s.StartingPosition != 0:
		return lambda.InvalidParameterValue("StartingPosition is not valid for SQS event sources.")
	}
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"startingPositionTimestamp", !s.StartingPositionTimestamp.IsZero()},
		{"parallelizationFactor", s.ParallelizationFactor != 1},
		{"maximumRetryAttempts", *s.MaximumRetryAttempts != -1},
		{"maximumRecordAgeInSeconds", s.MaximumRecordAge != -time.Second},
		{"bisectBatchOnFunctionError", s.BisectBatchOnFunctionError},
		{"tumblingWindowInSeconds", s.TumblingWindow != 0},
	} {
		if f.given {
			return unsupported(f.name)
		}
	}
	return s.checkQueueBatches()
}

func (s *settings) checkQueueBatches() error {
	fifo := s.kind == fifoQueue
	switch {
	case fifo && s.MaximumBatchingWindow != 0:
		return lambda.InvalidParameterValue("Batching window is not supported for FIFO queues")
	case fifo && s.BatchSize > 10:
		return fifoBatchTooLarge(s.BatchSize)
	case s.BatchSize > 10 && s.MaximumBatchingWindow == 0:
		return lambda.InvalidParameterValue(
			"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	}
	return s.checkPollers()
}

// fifoBatchTooLarge is the refusal of a FIFO queue's BatchSize over 10. Its text was never recorded.
func fifoBatchTooLarge(n int) error {
	var f validation.Findings
	f.Range("batchSize", int64(n), 1, 10)
	return lambda.InvalidParameterValue(f.Text())
}

func (s *settings) checkPollers() error {
	p := s.ProvisionedPollers
	switch {
	case p == nil:
		return nil
	case s.MaximumConcurrency != 0:
		return lambda.InvalidParameterValue("Provisioned mode for SQS ESM does not support maximum concurrency feature. " +
			"Use MaximumPollers as the control mechanism and remove maximum concurrency.")
	case p.MinimumPollers < 2 || p.MaximumPollers < p.MinimumPollers:
		return lambda.InvalidParameterValue(
			"MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 2000]")
	}
	return nil
}

func (s *settings) checkStream(arn string, now time.Time) error {
	switch {
	case s.MaximumConcurrency != 0:
		return unsupported("scalingConfig")
	case s.ProvisionedPollers != nil:
		return unsupported("provisionedPollerConfig")
	case s.MaximumRecordAge >= 0 && s.MaximumRecordAge < time.Minute:
		return recordAgeTooLow(s.MaximumRecordAge)
	case s.TumblingWindow != 0 && s.ParallelizationFactor > 1:
		return unsupported("parallelizationFactor")
	case s.TumblingWindow != 0 && len(s.Filters) > 0:
		return unsupported("filterCriteria")
	}
	if err := s.checkPosition(arn, now); err != nil {
		return err
	}
	target := ""
	if s.OnFailure != nil {
		target = s.OnFailure.ARN()
	}
	return translated(destinations.CheckStreamConfig(arn, "", target))
}

// recordAgeTooLow is the refusal of an age in the gap between -1 and 60. Its text was never recorded.
func recordAgeTooLow(d time.Duration) error {
	var f validation.Findings
	f.Range("maximumRecordAgeInSeconds", wholeSeconds(d), 60, 604_800)
	return lambda.InvalidParameterValue(f.Text())
}

func (s *settings) checkPosition(arn string, now time.Time) error {
	at, timed := s.StartingPositionTimestamp, s.StartingPosition == AtTimestamp
	switch {
	case timed && s.kind == dynamoDBStream:
		return lambda.InvalidParameterValue("Unsupported starting position for arn type: " + arn)
	case timed && at.IsZero():
		return lambda.InvalidParameterValue("Need to specify a timestamp")
	case !timed && !at.IsZero():
		return unsupported("startingPositionTimestamp")
	case at.After(now):
		return lambda.InvalidParameterValue("StartingPositionTimestamp must not be in the future.")
	}
	return nil
}

// compile readies the filters.
func (s *settings) compile() error {
	if len(s.Filters) == 0 {
		return nil
	}
	if err := filter.CheckLimits(s.MaxFilters, s.Filters...); err != nil {
		return lambda.InvalidParameterValue(filter.InvalidPattern)
	}
	set, err := filter.Compile(s.Filters...)
	if err == nil {
		s.match, err = set.For(s.kind.filters())
	}
	if err != nil {
		return lambda.InvalidParameterValue(filter.InvalidPattern)
	}
	return nil
}

// unsupported refuses a setting that the kind of source does not have. The text is recorded for the Kafka family.
func unsupported(field string) error {
	return lambda.InvalidParameterValue("Unsupported '" + field + "' parameter for given event source mapping type.")
}

// translated is an error of package destinations as one of Lambda's.
func translated(err error) error {
	var e *destinations.Error
	if errors.As(err, &e) {
		return lambda.NewError(e.Code, e.Message)
	}
	return err
}
