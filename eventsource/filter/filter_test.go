package filter

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckLimits(t *testing.T) {
	require.NoError(t, CheckLimits(DefaultMaxPatterns))
	require.NoError(t, CheckLimits(DefaultMaxPatterns, "", "", "", "", strings.Repeat("é", MaxPatternLength)))
	require.EqualError(t, CheckLimits(DefaultMaxPatterns, make([]string, 6)...), "filter: pattern 5, byte 0: too many patterns")
	require.NoError(t, CheckLimits(MaxPatterns, make([]string, 10)...))
	require.EqualError(t, CheckLimits(MaxPatterns, "", strings.Repeat("é", MaxPatternLength+1)), "filter: pattern 1, byte 8192: pattern too long")
}

// Strict takes the operators that Lambda documents, and no others.
func TestStrict(t *testing.T) {
	for _, entry := range []string{
		`null`, `""`, `"x"`, `1`, `true`, `"10.0.0.1"`, `{"prefix":"x"}`, `{"suffix":"x"}`, `{"equals-ignore-case":"x"}`, `{"anything-but":"x"}`,
		`{"anything-but":["x"]}`, `{"anything-but":[1]}`, `{"numeric":[">",1]}`, `{"exists":true}`, `{"exists":false}`,
	} {
		_, err := Options{Strict: true}.Compile(`{"$or":[{"a":[` + entry + `]},{"b":[1]}]}`)
		require.NoError(t, err, entry)
	}
	for _, c := range []struct{ entry, reason string }{
		{`{"cidr":"10.0.0.0/8"}`, `unknown operator "cidr"`}, {`{"wildcard":"*"}`, `unknown operator "wildcard"`}, {`{"exactly":"x"}`, `unknown operator "exactly"`},
		{`{"prefix":{"equals-ignore-case":"x"}}`, `must be a string`}, {`{"suffix":{"equals-ignore-case":"x"}}`, `must be a string`},
		{`{"anything-but":{"prefix":"x"}}`, `anything-but needs a string, a number or a list`},
	} {
		_, err := Compile(`{"a":[` + c.entry + `]}`)
		require.NoError(t, err, c.entry)
		_, err = Options{Strict: true}.Compile(`{"a":[` + c.entry + `]}`)
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, c.reason, e.Reason)
	}
}

func TestLen(t *testing.T) {
	require.Equal(t, 0, mustCompile(t).Len())
	require.Equal(t, 2, mustCompile(t, `{"$or":[{"a":[1]},{"b":[1]}]}`, `{"a":[1]}`).Len())
}

// Matching allocates nothing, whatever the patterns and the event have in them.
func TestMatch_allocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets at random under the race detector")
	}
	set := mustCompile(t, append(benchPatterns,
		`{"t":[{"equals-ignore-case":"straße"},{"wildcard":"*a*b*"},{"cidr":"10.0.0.0/8"},{"anything-but":{"suffix":["x","é"]}}]}`,
		`{"n":[9007199254740993,0.30000000000000004,{"numeric":[">",1]}]}`,
		`{"u":{"n":["A"],"r":["X"],"s":[{"exists":false}]}}`, `{"u.k":["1","2","3","4","5","6","7","8","9","10"]}`)...)
	record := recordOf(SQS, "1", `{"a":"\u00e9"}`)
	records := recordsFor(t, SQS, `{"body":{"a":["é"]}}`)
	for _, event := range []string{
		benchEvent,
		`{"t":["STRASS\u00e9","xxaxxb","10.1.2.3","::1"],"\u0074":"é"}`,
		`{"n":[9007199254740993,0.30000000000000004,1e999,1.9e308,0.10000000000000000000000000000000000000000000000001]}`,
		`{"u":[{"n":"A","s":1,"k":"0"},{"r":"X"},[{"n":"A","r":"X","s":2}],3],"u.k":"11"}`,
		`{"u":[{"n":"A`,
	} {
		text := []byte(event)
		require.Zero(t, testing.AllocsPerRun(200, func() { set.Match(text) }), event)
	}
	data := []byte(`{"a":"\u00e9"}`)
	require.Zero(t, testing.AllocsPerRun(200, func() { records.Match(record, data) }))
}
