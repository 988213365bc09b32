package lambda

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// Lineage is how often each function has run in one chain of invocations, by which Lambda finds loops. It travels in
// the [TraceHeader], in one of two forms: hops:function:earlier-runs for a chain of which one function is known, and
// function:runs|function:runs|… for several. The zero value is the beginning of a chain.
type Lineage struct {
	// Hops is the number of runs in the chain.
	Hops int
	runs []functionRuns // in the order of their first run
}

type functionRuns struct {
	function uint32
	count    int
}

// FunctionHash is the name that a function has in a [Lineage]: 32 bits that depend on its unqualified ARN only.
func FunctionHash(functionARN string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(functionARN))
	return h.Sum32()
}

// Runs is how often the function has run in the chain.
func (l Lineage) Runs(function uint32) int {
	for _, r := range l.runs {
		if r.function == function {
			return r.count
		}
	}
	return 0
}

// Next is the lineage of the chain with one more run of the function. It reports false if that run is one too many:
// Lambda lets a chain run the same function 16 times and stops the 17th, unless the function's RecursiveLoop is Allow.
// A retry of an event is no further run: its lineage is that of the first attempt.
func (l Lineage) Next(function uint32) (next Lineage, ok bool) {
	next = Lineage{Hops: l.Hops + 1, runs: slices.Clone(l.runs)}
	i := slices.IndexFunc(next.runs, func(r functionRuns) bool { return r.function == function })
	if i < 0 {
		i = len(next.runs)
		next.runs = append(next.runs, functionRuns{function: function})
	}
	next.runs[i].count++
	return next, next.runs[i].count <= MaxFunctionRuns
}

// String writes the lineage as the header has it; "" for none.
func (l Lineage) String() string {
	switch len(l.runs) {
	case 0:
		return ""
	case 1:
		return strconv.Itoa(l.Hops) + ":" + hex32(l.runs[0].function) + ":" + strconv.Itoa(l.runs[0].count-1)
	}
	parts := make([]string, len(l.runs))
	for i, r := range l.runs {
		parts[i] = hex32(r.function) + ":" + strconv.Itoa(r.count)
	}
	return strings.Join(parts, "|")
}

func hex32(x uint32) string {
	s := strconv.FormatUint(uint64(x), 16)
	return "00000000"[len(s):] + s
}

// parseLineage reads either form, or nothing: a value that is not wholly right counts nothing.
func parseLineage(value string) Lineage {
	if hops, rest, _ := strings.Cut(value, ":"); strings.Count(rest, ":") == 1 && !strings.Contains(rest, "|") {
		function, earlier, _ := strings.Cut(rest, ":")
		n, ok := parseCount(hops)
		r, ok2 := parseRuns(function, earlier)
		if !ok || !ok2 || n <= r.count {
			return Lineage{}
		}
		r.count++
		return Lineage{Hops: n, runs: []functionRuns{r}}
	}
	var l Lineage
	for part := range strings.SplitSeq(value, "|") {
		function, count, _ := strings.Cut(part, ":")
		r, ok := parseRuns(function, count)
		if !ok || r.count == 0 || l.Runs(r.function) > 0 {
			return Lineage{}
		}
		l.runs = append(l.runs, r)
		l.Hops += r.count
	}
	return l
}

func parseRuns(function, count string) (functionRuns, bool) {
	hash, err := strconv.ParseUint(function, 16, 32)
	n, ok := parseCount(count)
	return functionRuns{uint32(hash), n}, err == nil && len(function) == 8 && ok
}

// parseCount reads a number of runs, which is nowhere near a million.
func parseCount(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 20)
	return int(n), err == nil
}
