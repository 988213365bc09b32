//go:build race

package eventsource_test

const cases = "10" // the race detector takes its time
