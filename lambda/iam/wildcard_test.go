package iam

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything:at/all", true},
		{"?", "", false},
		{"?", "é", true},
		{"??", "é", false},
		{"a*c", "abbbc", true},
		{"a*c", "ac", true},
		{"a*a", "a", false},
		{"*ab", "aab", true},
		{"a?c*e", "abcde", true},
		{"*?*?*", "a", false},
		{"*?b?*c", "xabxxabyc", true},
		{"**", "x", true},
		{"orders-*", "Orders-1", false},
		{"a.c", "abc", false},
		{"*x?", "xéxé", true},
		{"*\xe4?", "中中", false}, // a byte of a rune is no rune, and the rest of it is left
	} {
		require.Equal(t, row.want, matches(row.pattern, row.text), "%q on %q", row.pattern, row.text)
	}
}

// The model is a regular expression that says the same.
func TestMatches_asARegularExpression(t *testing.T) {
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("ab:/é")), 0, 12, -1)
	patterns := rapid.StringOfN(rapid.SampledFrom([]rune("ab:/é**??")), 0, 10, -1)
	rapid.Check(t, func(t *rapid.T) {
		pattern, text := patterns.Draw(t, "pattern"), letters.Draw(t, "text")
		require.Equal(t, asRegexp(pattern).MatchString(text), matches(pattern, text), "%q on %q", pattern, text)
	})
}

func asRegexp(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	return regexp.MustCompile(`(?s)^(?:` + strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted) + `)$`)
}

// A pattern that makes a backtracking matcher think for years.
func TestMatches_doesNotBacktrack(t *testing.T) {
	pattern, text := strings.Repeat("*a", 5000)+"b", strings.Repeat("a", 20_000)
	done := make(chan bool)
	go func() { done <- matches(pattern, text) }()
	select {
	case got := <-done:
		require.False(t, got)
	case <-time.After(time.Minute):
		t.Fatal("a match takes more than a minute")
	}
}

func TestMatchesAction(t *testing.T) {
	for _, row := range []struct {
		pattern, action string
		want            bool
	}{
		{"sqs:SendMessage", "sqs:SendMessage", true},
		{"SQS:sendmessage", "sqs:SendMessage", true},
		{"sqs:Send*", "sqs:SENDMESSAGE", true},
		{"sqs:Get????????????????", "sqs:GetQueueAttributes", false},
		{"sqs:Get???????????????", "sqs:GetQueueAttributes", true},
		{"*", "sns:Publish", true},
		{"lambda:*", "lambda:InvokeFunctionUrl", true},
		{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl", false},
	} {
		require.Equal(t, row.want, matchesAction(row.pattern, row.action), "%q on %q", row.pattern, row.action)
	}
}

func TestMatchesARN(t *testing.T) {
	for _, row := range []struct {
		pattern, arn string
		want         bool
	}{
		{"*", "arn:aws:sqs:us-east-1:123456789012:q", true},
		{"arn:aws:sqs:*:*:*", "arn:aws:sqs:us-east-1:123456789012:q", true},
		{"arn:aws:sqs:us-east-?:123456789012:q*", "arn:aws:sqs:us-east-1:123456789012:queue", true},
		{"arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:Q", false},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b:c", true},
		{"arn:aws:s3:::b", "arn:aws:s3:::b/a", false},
		// The wildcard stays within its part; only the last part holds colons.
		{"arn:aws:*:q", "arn:aws:sqs:us-east-1:123456789012:q", false},
		{"arn:aws:sqs:*:123456789012", "arn:aws:sqs:us-east-1:123456789012:q", false},
		{"arn:aws:sns:us-east-1*:t:x", "arn:aws:sns:us-east-1:123456789012:t:x", false},
		{"arn:aws:logs:us-east-1:123456789012:log-group:g:*", "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:s", true},
		{"arn:aws:execute-api:us-east-1:123456789012:api/*/GET/pets", "arn:aws:execute-api:us-east-1:123456789012:api/prod/GET/pets", true},
		{"arn:aws:sqs:*:*:*", "no ARN", false},
	} {
		require.Equal(t, row.want, matchesARN(row.pattern, row.arn), "%q on %q", row.pattern, row.arn)
	}
}

// Part by part is what a pattern does that has no wildcard before the resource, or none that would reach over a colon.
func TestMatchesARN_isMatchesOfEachPart(t *testing.T) {
	part := rapid.StringOfN(rapid.SampledFrom([]rune("ab*?")), 0, 4, -1)
	plain := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		want, pattern, arn := true, []string{"arn"}, []string{"arn"}
		for range 5 {
			p, a := part.Draw(t, "pattern"), plain.Draw(t, "text")
			pattern, arn = append(pattern, p), append(arn, a)
			want = want && asRegexp(p).MatchString(a)
		}
		require.Equal(t, want, matchesARN(strings.Join(pattern, ":"), strings.Join(arn, ":")))
	})
}
