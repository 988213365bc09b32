package metrics_test

import (
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

// A Recorder is given its events by whoever was configured with its method Trace; here they are made by hand.
func ExampleRecorder() {
	var m metrics.Recorder
	start := time.Date(2026, 10, 1, 12, 0, 58, 0, time.UTC)
	for i := range uint64(4) {
		e := trace.Event{Kind: trace.Started, Time: start.Add(time.Duration(i) * time.Second), Number: i + 1, Attempt: 1, Function: "orders"}
		m.Trace(e)
		e.Kind, e.Duration, e.Outcome = trace.Finished, 20*time.Millisecond, trace.Success
		if i == 3 {
			e.Duration, e.Outcome = 3*time.Second, trace.Timeout
		}
		e.Time = e.Time.Add(e.Duration)
		m.Trace(e)
	}

	orders := metrics.Dimensions{FunctionName: "orders"}
	points, err := m.Datapoints(metrics.Query{Name: metrics.Invocations, Dimensions: orders})
	if err != nil {
		fmt.Println(err)
	}
	for _, p := range points {
		fmt.Println(p.Timestamp.Format("15:04"), p.Sum)
	}
	fmt.Println("error rate", m.Total(metrics.Errors, orders).Average())
	fmt.Println("p50", m.Total(metrics.Duration, orders).Percentile(50), "ms")
	// Output:
	// 12:00 2
	// 12:01 2
	// error rate 0.25
	// p50 20 ms
}

// The same metric is kept by function, by the resource that was asked for, and by the version that an alias led to.
func ExampleDimensions() {
	var m metrics.Recorder
	m.Trace(trace.Event{Kind: trace.Started, Number: 1, Attempt: 1, Function: "orders", Qualifier: "live", Version: "3", Pool: "Reserved"})
	for _, have := range m.Metrics() {
		if have.Name == metrics.Invocations {
			fmt.Println(have)
		}
	}
	// Output:
	// Invocations{}
	// Invocations{FunctionName=orders}
	// Invocations{FunctionName=orders,Resource=orders:live}
	// Invocations{FunctionName=orders,Resource=orders:live,ExecutedVersion=3}
}
