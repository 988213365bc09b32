package filter_test

import (
	"errors"
	"fmt"

	"github.com/lambdakit/lambdakit/eventsource/filter"
)

func ExampleCompile() {
	set, err := filter.Compile(
		`{"source":["shop.orders"],"detail":{"total":[{"numeric":[">",100]}]}}`,
		`{"source":["shop.refunds"]}`,
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.Match([]byte(`{"source":"shop.orders","detail":{"total":149.95}}`)))
	fmt.Println(set.Match([]byte(`{"source":"shop.orders","detail":{"total":"149.95"}}`)))
	fmt.Println(set.Match([]byte(`{"source":"shop.refunds"}`)))
	// Output:
	// true
	// false
	// true
}

// A bus has many rules, and each event is read once for all of them.
func ExampleIndex() {
	names := []string{"archive", "large-orders", "refunds"}
	var sets []*filter.Set
	for _, pattern := range []string{
		`{"source":[{"prefix":"shop."}]}`, `{"source":["shop.orders"],"detail":{"total":[{"numeric":[">",100]}]}}`, `{"source":["shop.refunds"]}`,
	} {
		set, err := filter.Compile(pattern)
		if err != nil {
			fmt.Println(err)
			return
		}
		sets = append(sets, set)
	}
	index := filter.NewIndex(sets...)
	for _, i := range index.AppendMatches(nil, []byte(`{"source":"shop.orders","detail":{"total":149.95}}`)) {
		fmt.Println(names[i])
	}
	// Output:
	// archive
	// large-orders
}

func ExampleError() {
	_, err := filter.Compile(`{"state":["PAID",{"Prefix":"REFUND"}]}`)
	fmt.Println(err)
	var e *filter.Error
	if errors.As(err, &e) {
		fmt.Println(filter.InvalidPattern) // all that Lambda says
	}
	// Output:
	// filter: pattern 0, byte 18: unknown operator "Prefix"
	// Invalid filter pattern definition.
}

func ExampleOptions() {
	pattern := `{"ip":[{"cidr":"10.0.0.0/8"}]}` // EventBridge has cidr; Lambda's guide does not list it
	_, err := filter.Compile(pattern)
	fmt.Println(err)
	_, err = filter.Options{Strict: true}.Compile(pattern)
	fmt.Println(err)
	// Output:
	// <nil>
	// filter: pattern 0, byte 8: unknown operator "cidr"
}

// All conditions on the objects of an array have to be met by one of them.
func ExampleSet_Match_arrays() {
	set, _ := filter.Compile(`{"users":{"name":["Ann"],"role":["admin"]}}`)
	fmt.Println(set.Match([]byte(`{"users":[{"name":"Ann","role":"guest"},{"name":"Bob","role":"admin"}]}`)))
	fmt.Println(set.Match([]byte(`{"users":[{"name":"Ann","role":"admin"}]}`)))
	// Output:
	// false
	// true
}

func ExampleSet_MatchValue() {
	set, _ := filter.Compile(`{"lines":{"sku":[{"prefix":"BK-"}]}}`)
	type line struct {
		SKU string `json:"sku"`
	}
	fmt.Println(set.MatchValue(map[string]any{"lines": []line{{"LP-0420"}, {"BK-0001"}}}))
	// Output: true
}

// A mapping looks into the body of an SQS message, and into the message around it.
func ExampleSet_For() {
	set, _ := filter.Compile(`{"body":{"state":["PAID"]}}`)
	records, err := set.For(filter.SQS)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(records.Match([]byte(`{"messageId":"1","body":"{\"state\":\"PAID\"}"}`), []byte(`{"state":"PAID"}`)))
	fmt.Println(records.Match([]byte(`{"messageId":"2","body":"PAID"}`), []byte(`PAID`))) // not JSON
	// Output:
	// true
	// false
}

// A Kinesis mapping has the members of the record's kinesis object at the top of its patterns, and the data decoded.
func ExampleRecords_Match() {
	set, _ := filter.Compile(`{"partitionKey":["eu"],"data":{"level":[{"anything-but":"debug"}]}}`)
	records, _ := set.For(filter.Kinesis)
	record := []byte(`{"kinesis":{"partitionKey":"eu","data":"eyJsZXZlbCI6ImVycm9yIn0="},"eventSource":"aws:kinesis"}`)
	fmt.Println(records.Match(record, []byte(`{"level":"error"}`)))
	// Output: true
}

func ExampleCheckLimits() {
	six := []string{`{"a":[1]}`, `{"a":[2]}`, `{"a":[3]}`, `{"a":[4]}`, `{"a":[5]}`, `{"a":[6]}`}
	fmt.Println(filter.CheckLimits(filter.DefaultMaxPatterns, six...))
	fmt.Println(filter.CheckLimits(filter.MaxPatterns, six...)) // with a raised quota
	// Output:
	// filter: pattern 5, byte 0: too many patterns
	// <nil>
}
