package lambda

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ExampleLineage() {
	h := ParseTraceHeader("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0")
	next, ok := h.Lineage.Next(0xa87bd80c) // the same function once more
	h.Lineage = next
	fmt.Println(h, ok)
	for ok {
		next, ok = next.Next(0xa87bd80c)
	}
	fmt.Println("stopped run", next.Runs(0xa87bd80c))
	// Output:
	// Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=2:a87bd80c:1 true
	// stopped run 17
}

func TestParseLineage(t *testing.T) {
	for _, row := range []struct {
		value string
		hops  int
		runs  map[uint32]int
		again string // as it is written again
	}{
		{"1:a87bd80c:0", 1, map[uint32]int{0xa87bd80c: 1}, "1:a87bd80c:0"},
		{"16:0000000f:15", 16, map[uint32]int{15: 16}, "16:0000000f:15"},
		{"25:a87bd80c:1", 25, map[uint32]int{0xa87bd80c: 2}, "25:a87bd80c:1"},
		{"2:eb76caae:0", 2, map[uint32]int{0xeb76caae: 1}, "2:eb76caae:0"},
		{"a87bd80c:1|68fd508a:5|c512fbe3:2", 8, map[uint32]int{0xa87bd80c: 1, 0x68fd508a: 5, 0xc512fbe3: 2}, "a87bd80c:1|68fd508a:5|c512fbe3:2"},
		{"a87bd80c:3", 3, map[uint32]int{0xa87bd80c: 3}, "3:a87bd80c:2"},
		// What is not wholly right is none.
		{"", 0, nil, ""}, {"x", 0, nil, ""}, {"1:a87bd80c", 0, nil, ""}, {"a87bd80c:", 0, nil, ""}, {"1:a87bd80:0", 0, nil, ""},
		{"1:zzzzzzzz:0", 0, nil, ""}, {"0:a87bd80c:0", 0, nil, ""}, {"1:a87bd80c:1", 0, nil, ""}, {"1:a87bd80c:-1", 0, nil, ""},
		{"99999999999999999999:a87bd80c:0", 0, nil, ""}, {"a87bd80c:0", 0, nil, ""}, {"a87bd80c:1|", 0, nil, ""},
		{"a87bd80c:1|a87bd80c:1", 0, nil, ""}, {"1:a87bd80c:0|68fd508a:1", 0, nil, ""},
	} {
		t.Run(row.value, func(t *testing.T) {
			l := parseLineage(row.value)
			require.Equal(t, row.hops, l.Hops)
			require.Len(t, l.runs, len(row.runs))
			for function, n := range row.runs {
				require.Equal(t, n, l.Runs(function))
			}
			require.Equal(t, row.again, l.String())
		})
	}
}

// A function may run 16 times in a chain; the 17th run is stopped (row 41). The header counts along.
func TestRecursionRule(t *testing.T) {
	var l Lineage
	ok := true
	for run := 1; run <= 18; run++ {
		if l, ok = l.Next(7); run <= MaxFunctionRuns {
			require.Equal(t, fmt.Sprintf("%d:00000007:%d", run, run-1), l.String())
		}
		require.Equal(t, run <= 16, ok, "run %d", run)
	}
}

// Any chain, each hop through the header's text, against counting in a map.
func TestLineageAgainstCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := rapid.SliceOfN(rapid.Uint32Range(1, 4), 0, 80).Draw(t, "chain")
		header := "Root=1-2-3"
		counts := map[uint32]int{}
		for i, function := range chain {
			before := ParseTraceHeader(header).Lineage
			next, ok := before.Next(function)
			counts[function]++
			require.Equal(t, counts[function] <= 16, ok)
			require.Equal(t, i+1, next.Hops)
			for f, n := range counts {
				require.Equal(t, n, next.Runs(f))
			}
			again, _ := before.Next(function) // a retry: the same run, not one more
			require.Equal(t, next, again)
			header = TraceHeader{Root: "1-2-3", Lineage: next}.String()
		}
	})
}

func TestFunctionHash(t *testing.T) {
	a := FunctionHash("arn:aws:lambda:us-east-1:123456789012:function:a")
	require.Equal(t, a, FunctionHash("arn:aws:lambda:us-east-1:123456789012:function:a"))
	require.NotEqual(t, a, FunctionHash("arn:aws:lambda:us-east-1:123456789012:function:b"))
}

func ExampleTraceHeader() {
	h := NewTraceHeader(time.Unix(1465510280, 0), 0xbd862e3f, 0xe1be46a994272793, 0x53995c3f42cd8ad8)
	fmt.Println(h)
	// Output: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0
}

func TestTraceHeader(t *testing.T) {
	for _, row := range []struct {
		header string
		want   TraceHeader
		again  string
	}{
		{"", TraceHeader{}, ""},
		{"Root=1-a-b", TraceHeader{Root: "1-a-b"}, "Root=1-a-b"},
		{"Sampled=1; Parent=p ;Root=1-a-b", TraceHeader{Root: "1-a-b", Parent: "p", Sampled: "1"}, "Root=1-a-b;Parent=p;Sampled=1"},
		{"Root=1-a-b;Lineage=1:a87bd80c:0;Self=1-c-d;CalledFrom=app;;x", TraceHeader{Root: "1-a-b", Lineage: parseLineage("1:a87bd80c:0"), Other: "Self=1-c-d;CalledFrom=app;x"},
			"Root=1-a-b;Lineage=1:a87bd80c:0;Self=1-c-d;CalledFrom=app;x"},
		{"Root=1-a-b;Lineage=junk", TraceHeader{Root: "1-a-b"}, "Root=1-a-b"},
		{"=x", TraceHeader{}, ""},
	} {
		t.Run(row.header, func(t *testing.T) {
			h := ParseTraceHeader(row.header)
			require.Equal(t, row.want, h)
			require.Equal(t, row.again, h.String())
		})
	}
}

func FuzzParseTraceHeader(f *testing.F) {
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:a87bd80c:1;Self=x")
	f.Add("Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2")
	f.Fuzz(func(t *testing.T, header string) {
		text := ParseTraceHeader(header).String()
		if again := ParseTraceHeader(text).String(); again != text {
			t.Fatalf("%q became %q, then %q", header, text, again)
		}
		if strings.Contains(text, ";;") {
			t.Fatalf("%q became %q", header, text)
		}
		l := ParseTraceHeader(header).Lineage
		if next, ok := l.Next(1); next.Hops != l.Hops+1 || ok != (l.Runs(1) < 16) {
			t.Fatalf("%q: %+v, %v", header, next, ok)
		}
	})
}

func BenchmarkTraceHeader(b *testing.B) {
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0"
	b.ReportAllocs()
	for b.Loop() {
		h := ParseTraceHeader(header)
		h.Lineage, _ = h.Lineage.Next(0xa87bd80c)
		_ = h.String()
	}
}
