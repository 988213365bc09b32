package filter

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// Compile accepts what the model accepts, and its errors point into the pattern: row 30 of the invariants.
func FuzzCompile(f *testing.F) {
	for _, v := range vectors {
		for _, p := range v.patterns {
			f.Add(p)
		}
	}
	for _, r := range refusals {
		f.Add(r.pattern)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		set, err := Compile(pattern)
		_, modelErr := modelCompile(pattern)
		if (err == nil) != (modelErr == nil) {
			t.Fatalf("%q: %v, the model: %v", pattern, err, modelErr)
		}
		if err == nil {
			set.Match([]byte(pattern))
			_, err := set.For(Kinesis)
			_ = err
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Pattern != 0 || e.Offset < 0 || e.Offset > len(pattern) || e.Reason == "" || set != nil {
			t.Fatalf("%q: %#v", pattern, err)
		}
	})
}

// Match agrees with the model, whatever the event.
func FuzzMatch(f *testing.F) {
	for _, v := range vectors {
		for _, e := range v.events {
			f.Add(strings.Join(v.patterns, ""), e.event)
		}
	}
	f.Add(benchPatterns[2], benchEvent)
	for _, c := range crowds {
		f.Add(c.pattern, c.event(6))
	}
	f.Fuzz(func(t *testing.T, pattern, event string) {
		set, err := Compile(pattern)
		if err != nil || len(event) > 2000 || strings.Count(event, "{")*strings.Count(pattern, "[") > 200 {
			return // the model tries all combinations
		}
		rules, _ := modelCompile(pattern)
		want := modelMatch(rules, []byte(event))
		if got := set.Match([]byte(event)); got != want {
			t.Fatalf("%s matches %q: %v, the model: %v", pattern, event, got, want)
		}
		wrapped, err := Compile(`{"body":` + pattern + `}`)
		if err != nil {
			return // more fields inside $or than before, or an $or at the top
		}
		records, err := wrapped.For(SQS)
		if err != nil {
			t.Fatal(err)
		}
		if got := records.Match([]byte(`{}`), []byte(event)); got != want && strings.HasPrefix(strings.TrimLeft(event, " \t\r\n"), "{") {
			t.Fatalf("as a body, %s matches %q: %v", pattern, event, got)
		}
	})
}

// An Index says what its sets say, whatever they have in common.
func FuzzIndex(f *testing.F) {
	for i, v := range vectors {
		if len(v.patterns) == 0 {
			continue
		}
		for _, e := range v.events {
			f.Add(v.patterns[0], strings.Join(vectors[(i+1)%len(vectors)].patterns, ""), e.event)
		}
	}
	f.Add(benchPatterns[2], benchPatterns[4], benchEvent)
	f.Fuzz(func(t *testing.T, one, other, event string) {
		if len(event) > 2000 {
			return
		}
		var sets []*Set
		for _, patterns := range [][]string{{one}, {other}, {other, one}, {one}} {
			if set, err := Compile(patterns...); err == nil {
				sets = append(sets, set)
			}
		}
		want := each(sets, []byte(event))
		if got := NewIndex(sets...).AppendMatches(nil, []byte(event)); !slices.Equal(got, want) {
			t.Fatalf("%s and %s match %q: %v, by themselves %v", one, other, event, got, want)
		}
	})
}

// Records of any kind are judged without a panic, and alike when judged again.
func FuzzRecords(f *testing.F) {
	f.Add(`{"body":{"k":[1]}}`, uint8(1), `{"id":"1"}`, `{"k":1}`)
	f.Add(`{"data":["x"],"id":["1"]}`, uint8(5), `{"id":"1","data":"x"}`, `x`)
	f.Add(`{"dynamodb":{"k":[1]}}`, uint8(3), `{"dynamodb":{"k":1}}`, ``)
	f.Fuzz(func(t *testing.T, pattern string, source uint8, record, data string) {
		set, err := Compile(pattern)
		if err != nil {
			return
		}
		records, err := set.For(Source(source))
		if err != nil {
			return
		}
		first := records.Match([]byte(record), []byte(data))
		if records.Match([]byte(record), []byte(data)) != first {
			t.Fatal("two verdicts")
		}
		if first && !strings.HasPrefix(strings.TrimLeft(record, " \t\r\n"), "{") {
			t.Fatalf("%q is no record", record)
		}
	})
}

func FuzzExactDouble(f *testing.F) {
	for _, s := range genNumbers {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, literal string) {
		if len(literal) > 200 || numberEnd([]byte(literal), 0) != len(literal) || literal == "" {
			return
		}
		value, ok := exactDouble([]byte(literal))
		exact := modelComparable(json.Number(literal))
		if ok != (exact != nil) {
			t.Fatalf("%s: %v %v, the model: %v", literal, value, ok, exact)
		}
	})
}

func FuzzParseIP(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "::1", "1:2:3:4:5:6:7::", "::ffff:a00:1", "1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseIP([]byte(s))
		want, wantOK := modelIP(s)
		if ok != wantOK || ok && got != fromNetip(want) {
			t.Fatalf("%q: %v %v, the model: %v %v", s, got, ok, want, wantOK)
		}
	})
}
