package s3_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

const (
	queueARN = "arn:aws:sqs:us-east-1:123456789012:q"
	topicARN = "arn:aws:sns:us-east-1:123456789012:t"
)

func toFunction(id string, names []string, filter ...s3.FilterRule) s3.NotificationConfiguration {
	return s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{{ID: id, FunctionARN: functionARN, Events: names, Filter: filter}}}
}

func TestRefusedConfigurations(t *testing.T) {
	created := []string{"s3:ObjectCreated:*"}
	two := func(a, b s3.FunctionConfiguration) s3.NotificationConfiguration {
		a.FunctionARN, b.FunctionARN = functionARN, functionARN
		return s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{a, b}}
	}
	const ambiguous = "InvalidArgument: Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
	for _, c := range []struct {
		name string
		cfg  s3.NotificationConfiguration
		want string
	}{
		{"no event", toFunction("", nil), "must have an event"},
		{"unknown event", toFunction("", []string{"s3:ObjectCreated"}), "The event 's3:ObjectCreated' is not supported for notifications (1: Event: s3:ObjectCreated)"},
		{"no s3:", toFunction("", []string{"ObjectCreated:Put"}), "is not supported for notifications"},
		{"unmodelled event", toFunction("", []string{"s3:Replication:*"}), "NotImplemented: The event 's3:Replication:*' is not modelled"},
		{"unmodelled event", toFunction("", []string{"s3:ObjectRestore:Delete"}), "NotImplemented"},
		{"unmodelled event", toFunction("", []string{"s3:ObjectCreated:Put", "s3:LifecycleExpiration:Delete"}), "NotImplemented"},
		{"unknown rule", toFunction("", created, s3.FilterRule{Name: "infix", Value: "x"}), "filter rule name must be either prefix or suffix (1: infix: x)"},
		{"two prefixes", toFunction("", created, s3.Prefix("a"), s3.FilterRule{Name: "PREFIX", Value: "b"}), "Cannot specify more than one prefix rule in a filter."},
		{"two suffixes", toFunction("", created, s3.Suffix(""), s3.Suffix("")), "Cannot specify more than one suffix rule in a filter."},
		{"long value", toFunction("", created, s3.Prefix(strings.Repeat("x", 1025))), "cannot exceed 1024 bytes"},
		{"no ARN", s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{{FunctionARN: "f", Events: created}}}, "The ARN could not be parsed (1: LambdaFunctionArn: f)"},
		{"another service's ARN", s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{{FunctionARN: queueARN, Events: created}}}, "The ARN could not be parsed"},
		{"a layer's ARN", s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{{FunctionARN: "arn:aws:lambda:us-east-1:123456789012:layer:l:1", Events: created}}}, "The ARN could not be parsed"},
		{"another Region", s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{{FunctionARN: strings.Replace(functionARN, "us-east-1", "eu-west-1", 1), Events: created}}}, "The notification destination service region is not valid for the bucket location constraint"},
		{"no queue", s3.NotificationConfiguration{Queues: []s3.QueueConfiguration{{Events: created}}}, "The ARN could not be parsed (1: QueueArn: )"},
		{"no topic", s3.NotificationConfiguration{Topics: []s3.TopicConfiguration{{Events: created}}}, "The ARN could not be parsed (1: TopicArn: )"},
		{"FIFO queue", s3.NotificationConfiguration{Queues: []s3.QueueConfiguration{{Queue: &queue{arn: queueARN + ".fifo"}, Events: created}}}, "FIFO"},
		{"FIFO topic", s3.NotificationConfiguration{Topics: []s3.TopicConfiguration{{Topic: &topic{arn: topicARN + ".fifo"}, Events: created}}}, "FIFO"},
		{"same id", two(s3.FunctionConfiguration{ID: "a", Events: created}, s3.FunctionConfiguration{ID: "a", Events: []string{"s3:ObjectRemoved:*"}}), "IDs must be unique"},
		{"long id", toFunction(strings.Repeat("x", 256), created), "InvalidArgument: ID length should not exceed allowed limit of 255 (1: Id: xxx"},
		{"long id of a topic", s3.NotificationConfiguration{Topics: []s3.TopicConfiguration{{ID: strings.Repeat("é", 256), Topic: &topic{arn: topicARN}, Events: created}}}, "ID length should not exceed"},
		{"same event", two(s3.FunctionConfiguration{Events: created}, s3.FunctionConfiguration{Events: created}), ambiguous},
		{"wildcard and one of its events", two(s3.FunctionConfiguration{Events: created}, s3.FunctionConfiguration{Events: []string{"s3:ObjectCreated:Copy"}}), ambiguous},
		{"prefix of a prefix", two(s3.FunctionConfiguration{Events: created, Filter: []s3.FilterRule{s3.Prefix("a/")}}, s3.FunctionConfiguration{Events: created, Filter: []s3.FilterRule{s3.Prefix("a/b")}}), ambiguous},
		{"different prefixes of two, one has only a suffix", two(s3.FunctionConfiguration{Events: created, Filter: []s3.FilterRule{s3.Prefix("a/")}}, s3.FunctionConfiguration{Events: created, Filter: []s3.FilterRule{s3.Suffix(".png")}}), ambiguous},
		{"a queue and a function", s3.NotificationConfiguration{
			Functions: toFunction("", created).Functions, Queues: []s3.QueueConfiguration{{Queue: &queue{arn: queueARN}, Events: created}},
		}, ambiguous},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l taker
			b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
			require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), toFunction("before", created)))
			err := b.PutBucketNotificationConfiguration(t.Context(), c.cfg)
			require.ErrorContains(t, err, c.want)
			require.IsType(t, &s3.Error{}, err)
			require.Equal(t, "before", b.GetBucketNotificationConfiguration().Functions[0].ID, "a refusal changes nothing")
		})
	}
}

func TestAcceptedConfigurations(t *testing.T) {
	created := []string{"s3:ObjectCreated:*"}
	for _, c := range []struct {
		name string
		a, b []s3.FilterRule
	}{
		{"disjoint prefixes", []s3.FilterRule{s3.Prefix("a")}, []s3.FilterRule{s3.Prefix("b")}},
		{"disjoint suffixes", []s3.FilterRule{s3.Suffix(".png")}, []s3.FilterRule{s3.Suffix(".jpg")}},
		{"same prefix, disjoint suffixes", []s3.FilterRule{s3.Prefix("a"), s3.Suffix("x")}, []s3.FilterRule{s3.Suffix("y"), s3.Prefix("a")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l taker
			b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
			require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{
				{FunctionARN: functionARN, Events: created, Filter: c.a}, {FunctionARN: functionARN, Events: created, Filter: c.b},
			}}))
			got := b.GetBucketNotificationConfiguration().Functions
			require.NotEqual(t, got[0].ID, got[1].ID)
			require.Len(t, got[0].ID, 36)
		})
	}
}

// Rule names are taken in any case and answered in one; an empty value is taken, and * is a character.
func TestFilterRules(t *testing.T) {
	var l taker
	b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
	require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), toFunction("", all, s3.FilterRule{Name: "pReFiX", Value: "a*"}, s3.FilterRule{Name: "suffix"})))
	require.Equal(t, []s3.FilterRule{{Name: "Prefix", Value: "a*"}, {Name: "Suffix", Value: ""}}, b.GetBucketNotificationConfiguration().Functions[0].Filter)
	put(t, b, "ab", "")
	require.Empty(t, l.taken())
	put(t, b, "a*b", "")
	require.Len(t, l.taken(), 1)
}

// Filters look at the key as it is, not as it is sent.
func TestFilterMatchesTheDecodedKey(t *testing.T) {
	var l taker
	b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
	require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), toFunction("", all, s3.Prefix("red f"), s3.Suffix("@x"))))
	put(t, b, "red flower@x", "")
	require.Len(t, l.taken(), 1)
	put(t, b, "red+flower%40x", "")
	require.Len(t, l.taken(), 1)
}

// What is accepted tells one target at most of any event; what is refused as overlapping has an event and a key of which
// both would be told.
func TestOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		affix := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 3, -1)
		draw := func(id string) s3.FunctionConfiguration {
			return s3.FunctionConfiguration{
				ID: id, FunctionARN: functionARN,
				Events: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectRemoved:Delete"}), 1, 2, rapid.ID).Draw(t, id+" events"),
				Filter: []s3.FilterRule{s3.Prefix(affix.Draw(t, id+" prefix")), s3.Suffix(affix.Draw(t, id+" suffix"))},
			}
		}
		one, other := draw("1"), draw("2")
		told := func(key string, pairs ...s3.FunctionConfiguration) (ids []string) {
			var l taker
			for _, c := range pairs { // each alone, so that nothing overlaps
				b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
				require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{c}}))
				require.NoError(t, b.PutObject(t.Context(), key, "", nil))
				_, err := b.PostObject(t.Context(), s3.PutObjectInput{Key: key})
				require.NoError(t, err)
				_, err = b.DeleteObject(t.Context(), key, "")
				require.NoError(t, err)
			}
			for _, event := range l.taken() {
				var e events.S3Event
				require.NoError(t, json.Unmarshal([]byte(event), &e))
				ids = append(ids, e.Records[0].EventName)
			}
			return ids
		}
		var l taker
		b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
		err := b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{one, other}})
		both := false
		for _, key := range []string{one.Filter[0].Value + other.Filter[0].Value + one.Filter[1].Value + other.Filter[1].Value, longer(one.Filter[0].Value, other.Filter[0].Value) + longer(one.Filter[1].Value, other.Filter[1].Value)} {
			if key == "" {
				key = "k"
			}
			names := told(key, one, other)
			slices.Sort(names)
			both = both || len(names) != len(slices.Compact(slices.Clone(names)))
		}
		require.Equal(t, both, errors.Is(err, s3.ErrInvalidArgument), "%v", err)
	})
}

func longer(a, b string) string {
	if len(a) > len(b) {
		return a
	}
	return b
}

// The zero configuration ends all notifications.
func TestNoConfiguration(t *testing.T) {
	var l taker
	b := watched(t, &l, s3.Options{})
	require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{}))
	put(t, b, "k", "")
	require.Empty(t, l.taken())
}

// What is configured is copied.
func TestConfigurationIsCopied(t *testing.T) {
	var l taker
	b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
	names, filter := []string{"s3:ObjectCreated:*"}, []s3.FilterRule{s3.Prefix("a")}
	cfg := toFunction("", names, filter...)
	require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), cfg))
	clear(names)
	clear(filter)
	clear(cfg.Functions)
	put(t, b, "a", "")
	put(t, b, "b", "")
	require.Len(t, l.taken(), 1)
	require.Equal(t, []string{"s3:ObjectCreated:*"}, b.GetBucketNotificationConfiguration().Functions[0].Events)
}

// What is answered is copied too, down to the last list.
func TestAnswerIsACopy(t *testing.T) {
	var l taker
	b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
	q, p := &queue{arn: queueARN}, &topic{arn: topicARN}
	cfg := func() s3.NotificationConfiguration { // with lists of its own each time
		cfg := toFunction("f", []string{"s3:ObjectCreated:*"}, s3.Prefix("a"))
		cfg.Queues = []s3.QueueConfiguration{{ID: "q", Queue: q, Events: []string{"s3:ObjectRemoved:*"}, Filter: []s3.FilterRule{s3.Suffix("b")}}}
		cfg.Topics = []s3.TopicConfiguration{{ID: "t", Topic: p, Events: []string{"s3:ObjectAcl:Put"}, Filter: []s3.FilterRule{s3.Suffix("c")}}}
		return cfg
	}
	require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), cfg()))
	got := b.GetBucketNotificationConfiguration()
	require.Equal(t, cfg(), got)
	clear(got.Functions[0].Events)
	clear(got.Functions[0].Filter)
	clear(got.Queues[0].Events)
	clear(got.Queues[0].Filter)
	clear(got.Topics[0].Events)
	clear(got.Topics[0].Filter)
	clear(got.Functions)
	clear(got.Queues)
	clear(got.Topics)
	require.Equal(t, cfg(), b.GetBucketNotificationConfiguration())
	put(t, b, "a", "")
	require.Len(t, l.taken(), 1)
}

// A made id depends on the seed and on what was accepted before, and on nothing that was refused.
func TestRefusedConfigurationsUseUpNoID(t *testing.T) {
	put := func(b *s3.Bucket) string {
		require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), toFunction("", all)))
		return b.GetBucketNotificationConfiguration().Functions[0].ID
	}
	var l taker
	plain, tried := s3.NewBucket("pictures", s3.Options{Invoker: &l, Seed: 1}), s3.NewBucket("pictures", s3.Options{Invoker: &l, Seed: 1})
	first := put(plain)
	twice := toFunction("", all)
	twice.Functions = append(twice.Functions, twice.Functions[0])
	for range 3 {
		for _, refused := range []s3.NotificationConfiguration{
			twice, toFunction("", nil), toFunction("", all, s3.FilterRule{Name: "infix"}), {Queues: []s3.QueueConfiguration{{Events: all}}},
		} {
			require.Error(t, tried.PutBucketNotificationConfiguration(t.Context(), refused))
		}
		l.setRefusal(always("AccessDeniedException"))
		require.Error(t, tried.PutBucketNotificationConfiguration(t.Context(), toFunction("", all)))
		l.setRefusal(nil)
	}
	require.Equal(t, first, put(tried))
	second := put(plain)
	require.NotEqual(t, first, second)
	require.Equal(t, second, put(tried))

	// An id that somebody has given is not made again.
	saved := toFunction("", []string{"s3:ObjectCreated:*"})
	saved.Functions = append(saved.Functions, toFunction(first, []string{"s3:ObjectRemoved:*"}).Functions[0])
	restored := s3.NewBucket("pictures", s3.Options{Invoker: &l, Seed: 1})
	require.NoError(t, restored.PutBucketNotificationConfiguration(t.Context(), saved))
	require.Equal(t, second, restored.GetBucketNotificationConfiguration().Functions[0].ID)
}

// An id has up to 255 characters. Whether given or made, it is what events say.
func TestIDsOfEvents(t *testing.T) {
	var l taker
	b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
	longest := strings.Repeat("é", 255)
	cfg := toFunction("", []string{"s3:ObjectCreated:*"})
	cfg.Functions = append(cfg.Functions, toFunction(longest, []string{"s3:ObjectTagging:*"}).Functions[0])
	cfg.Functions = append(cfg.Functions, toFunction("", []string{"s3:ObjectRemoved:*"}).Functions[0])
	require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), cfg))
	put(t, b, "k", "")
	require.NoError(t, b.PutObjectTagging(t.Context(), "k", "", map[string]string{"a": "b"}))
	_, err := b.DeleteObject(t.Context(), "k", "")
	require.NoError(t, err)
	got := b.GetBucketNotificationConfiguration().Functions
	require.Equal(t, longest, got[1].ID)
	for i, event := range l.taken() {
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(event), &e))
		require.Equal(t, got[i].ID, e.Records[0].S3.ConfigurationID)
		require.NotEmpty(t, got[i].ID)
	}
	require.Len(t, l.taken(), 3)
}

func FuzzNotificationConfiguration(f *testing.F) {
	f.Add("s3:ObjectCreated:*", "prefix", "a", "suffix", ".png", "k")
	f.Add("s3:*", "Prefix", "", "Prefix", "", "")
	f.Add("s3:ObjectCreated:", "infix", "\xff", "SUFFIX", "*", "\xff")
	f.Fuzz(func(t *testing.T, name, rule1, value1, rule2, value2, id string) {
		var l taker
		b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
		err := b.PutBucketNotificationConfiguration(t.Context(), toFunction(id, []string{name}, s3.FilterRule{Name: rule1, Value: value1}, s3.FilterRule{Name: rule2, Value: value2}))
		if err != nil {
			require.IsType(t, &s3.Error{}, err)
			require.Empty(t, b.GetBucketNotificationConfiguration().Functions)
			return
		}
		put(t, b, "key", "")
		for _, event := range l.taken() {
			require.True(t, json.Valid([]byte(event)))
		}
	})
}
