package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// benchEvent has 1.1 KB.
const benchEvent = `{"version":"0","id":"6f1c3d4e-9b1a-4c57-8d32-0a1b2c3d4e5f","detail-type":"Order Placed","source":"shop.orders",` +
	`"account":"123456789012","time":"2026-03-01T12:00:00Z","region":"eu-west-1",` +
	`"resources":["arn:aws:dynamodb:eu-west-1:123456789012:table/orders","arn:aws:s3:::shop-orders"],` +
	`"detail":{"order":{"id":"A-1000347","state":"PAID","currency":"EUR","total":149.95,"gift":false,` +
	`"lines":[{"sku":"BK-0001","title":"A Book of Rivers","quantity":1,"price":24.95},` +
	`{"sku":"LP-0420","title":"Desk lamp, brushed steel","quantity":2,"price":62.5}]},` +
	`"customer":{"id":"C-99812","email":"someone@example.com","tier":"gold","since":"2019-07-14",` +
	`"address":{"street":"Rue de la Paix 12","city":"Luxembourg","zip":"L-2312","country":"LU"}},` +
	`"payment":{"method":"card","brand":"visa","last4":"4242","authorised":true,"risk":0.031},` +
	`"shipping":{"method":"express","carrier":"post","parcels":2,"estimate":"2026-03-03","weight":3.75},` +
	`"session":{"agent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0","ip":"203.0.113.77",` +
	`"locale":"fr-LU"}}}`

// benchPatterns are none that match, so that all work has to be done.
var benchPatterns = []string{
	`{"detail":{"order":{"state":["CANCELLED"]}}}`,
	`{"detail":{"customer":{"email":[{"prefix":"nobody@"}]}}}`,
	`{"detail":{"order":{"total":[{"numeric":[">",1000,"<=",5000]}]}}}`,
	`{"detail":{"payment":{"method":[{"exists":true}],"refund":[{"exists":true}]}}}`,
	`{"detail":{"shipping":{"carrier":[{"anything-but":["post","dhl"]}]}}}`,
}

// BenchmarkMatch compares matching with what it replaces: decoding the event and walking what comes out. The bounds are
// 1.2 µs and no allocation; json.Valid is there to tell how fast the machine is.
func BenchmarkMatch(b *testing.B) {
	set := mustCompile(b, benchPatterns...)
	rules, err := compileModel(benchPatterns)
	require.NoError(b, err)
	event := []byte(benchEvent)
	var decoded any
	require.NoError(b, json.Unmarshal(event, &decoded))
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"5patterns/1KB", func() { set.Match(event) }},
		{"skip/1KB", func() { document(event) }},
		{"decoded/1KB", func() { set.MatchValue(decoded) }},
		{"baseline/valid/1KB", func() { json.Valid(event) }},
		{"baseline/decode/1KB", func() { var v any; _ = json.Unmarshal(event, &v) }},
		{"baseline/decode-and-walk/1KB", func() {
			var v any
			_ = json.Unmarshal(event, &v)
			set.MatchValue(v)
		}},
		{"baseline/model/1KB", func() { modelMatch(rules, event) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(event)))
			b.ReportAllocs()
			for b.Loop() {
				c.run()
			}
		})
	}
}

// BenchmarkRecords has the same event as the body of an SQS message, in which every quote is escaped.
func BenchmarkRecords(b *testing.B) {
	patterns := make([]string, len(benchPatterns))
	for i, p := range benchPatterns {
		patterns[i] = `{"body":` + p + `}`
	}
	records := recordsFor(b, SQS, patterns...)
	data := []byte(benchEvent)
	record := recordOf(SQS, "1", benchEvent)
	b.ReportAllocs()
	for b.Loop() {
		records.Match(record, data)
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(benchPatterns...); err != nil {
			b.Fatal(err)
		}
	}
}

// indexSets are patterns as rules have them: all ask for a source and a type of event, and some for more. The last one
// matches benchEvent.
func indexSets(t testing.TB, n int) []*Set {
	sets := make([]*Set, n)
	for i := range n {
		pattern := `{"source":["shop.%[1]d"],"detail-type":["Order Placed"]}`
		switch i % 4 {
		case 1:
			pattern = `{"source":["shop.orders"],"detail":{"order":{"total":[{"numeric":[">",%[1]d000]}]}}}`
		case 2:
			pattern = `{"source":[{"prefix":"shop."}],"detail-type":["Order %[1]d"]}`
		case 3:
			pattern = `{"detail":{"customer":{"tier":["tier%[1]d"]},"payment":{"method":[{"exists":true}]}}}`
		}
		if i == n-1 {
			pattern = `{"source":["shop.orders"],"detail":{"order":{"state":["PAID"]}}}`
		}
		sets[i] = mustCompile(t, strings.ReplaceAll(pattern, "%[1]d", strconv.Itoa(i+1)))
	}
	return sets
}

func indexOf(t testing.TB, n int) *Index { return NewIndex(indexSets(t, n)...) }

// BenchmarkIndex compares one walk for all sets with one for each.
func BenchmarkIndex(b *testing.B) {
	event := []byte(benchEvent)
	for _, n := range []int{1, 10, 100, 1000} {
		sets := indexSets(b, n)
		index := NewIndex(sets...)
		var numbers []int
		b.Run(fmt.Sprintf("index/%dsets/1KB", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				numbers = index.AppendMatches(numbers[:0], event)
			}
		})
		b.Run(fmt.Sprintf("baseline/each/%dsets/1KB", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				numbers = numbers[:0]
				for i, s := range sets {
					if s.Match(event) {
						numbers = append(numbers, i)
					}
				}
			}
		})
		b.Run(fmt.Sprintf("make/%dsets", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NewIndex(sets...)
			}
		})
	}
}

// BenchmarkIndex_crowd has many sets that all accept something of one long array.
func BenchmarkIndex_crowd(b *testing.B) {
	const n = 300
	sets := make([]*Set, n)
	for i := range sets {
		sets[i] = mustCompile(b, fmt.Sprintf(`{"a":[{"anything-but":["x%d"]}],"k%d":[{"exists":true}]}`, i, i))
	}
	event := []byte(`{"a":[` + strings.Repeat(`"y",`, 1000) + `"z"]}`)
	index := NewIndex(sets...)
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			index.AppendMatches(nil, event)
		}
	})
	b.Run("baseline/each", func(b *testing.B) {
		for b.Loop() {
			for _, s := range sets {
				s.Match(event)
			}
		}
	})
}
