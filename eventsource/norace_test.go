//go:build !race

package eventsource_test

const cases = "50"
