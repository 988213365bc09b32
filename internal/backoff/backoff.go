// Package backoff computes the delays of exponential backoff.
package backoff

import "time"

// Doubling is the n-th delay, counted from 1, of a backoff that starts at base and doubles up to limit. n below 1
// counts as 1, and a base above limit gives limit.
func Doubling(base, limit time.Duration, n int) time.Duration {
	d := base
	for range n - 1 {
		if d >= limit || d <= 0 {
			break
		}
		d *= 2
	}
	if d > limit || d <= 0 && base > 0 { // overflow counts as past the limit
		return limit
	}
	return d
}
