package s3

import (
	"fmt"
	"time"
)

// sequencer orders the events of a key: it grows from event to event, also within one instant and when the clock is set
// back. Its text has always 18 digits, so texts compare as the numbers do, and padding never comes into it.
type sequencer uint64

// next is the sequencer of an event at t that comes after s: the seconds in the upper half, their fraction in the lower.
func (s sequencer) next(t time.Time) sequencer {
	at := sequencer(uint64(t.Unix())<<32 | uint64(t.Nanosecond())<<32/1e9)
	return max(at, s+1)
}

func (s sequencer) String() string { return fmt.Sprintf("%018X", uint64(s)) }
