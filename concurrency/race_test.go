//go:build race

package concurrency_test

const raceDetector = true
