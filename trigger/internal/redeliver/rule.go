package redeliver

import "time"

// Rule says whether a service tries again after a failure, and after how long. It is pure. What is tried again after no
// time is tried on the same goroutine, in the same call of [Queue.Push], so a Rule must not say that over and over.
type Rule func(f Failure) (delay time.Duration, again bool)

// Failure is a try that failed.
type Failure struct {
	Tries int           // that were made, this one included
	Age   time.Duration // since the first try
	Err   error
	Class Class // of Err
	// Jitter is 0 or more and below 1, evenly spread; it depends on the queue's seed, the event's number and Tries only.
	Jitter float64
}

// Spread is d, longer or shorter by up to a part of it: Spread(10 s, 0.1) lies between 9 and 11 s.
func (f *Failure) Spread(d time.Duration, part float64) time.Duration {
	return time.Duration(float64(d) * (1 + part*(2*f.Jitter-1)))
}
