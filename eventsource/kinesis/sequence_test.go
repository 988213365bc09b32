package kinesis

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Sequence numbers of the real service say what they should.
func TestSequenceOfTheService(t *testing.T) {
	for s, want := range map[string]sequence{
		// Two records of AWS's sample event, the first of which arrived at 1545084650.987.
		"49590338271490256608559692538361571095921575989136588898": {began: 1542776258, index: 1734642199, second: 1545084650, shard: 6},
		"49590338271490256608559692540925702759324208523137515618": {began: 1542776258, index: 1734644320, second: 1545084709, shard: 6},
		// The end of a closed shard and the start of its child.
		"49563335997431456098495849915443705260510755470006288386": {began: 1467099768, index: endingIndex, second: 1467099792, shard: 0},
		"49563336006362904550507364483629969354526038951045627922": {began: 1467099793, index: 0, second: 1467099793, shard: 1},
	} {
		q, ok := parseSequence(s)
		require.True(t, ok, s)
		require.Equal(t, want, q)
		require.Equal(t, s, q.String())
	}
}

var sequences = rapid.Custom(func(t *rapid.T) sequence {
	return sequence{
		began:  rapid.Int64Range(0, 1<<36-1).Draw(t, "began"),
		index:  rapid.Uint64().Draw(t, "index"),
		second: rapid.Int64Range(0, 1<<36-1).Draw(t, "second"),
		shard:  rapid.Uint32Range(0, 1<<31-1).Draw(t, "shard"),
	}
})

func TestSequenceRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := sequences.Draw(t, "q")
		s := q.String()
		if back, ok := parseSequence(s); !ok || back != q || len(s) != sequenceDigits {
			t.Fatalf("%+v is %s is %+v", q, s, back)
		}
	})
}

// Later records of a shard have greater numbers, whatever the clock says, and so have shards that began later.
func TestSequenceOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sequences.Draw(t, "a"), sequences.Draw(t, "b")
		if rapid.Bool().Draw(t, "same shard") {
			b.began, b.shard = a.began, a.shard
		}
		same := a.began == b.began && a.shard == b.shard
		if same && a.index < b.index && a.String() >= b.String() || a.began < b.began && a.String() >= b.String() {
			t.Fatalf("%+v is not before %+v", a, b)
		}
	})
}

func FuzzParseSequence(f *testing.F) {
	f.Add("49590338271490256608559692538361571095921575989136588898")
	f.Add("49545115243490985018280067714973144582180062593244200961") // version 1, which the service gave until 2014
	f.Add("0")
	f.Fuzz(func(t *testing.T, s string) {
		if q, ok := parseSequence(s); ok && q.String() != s {
			t.Fatalf("%q parsed as %+v", s, q)
		}
	})
}
