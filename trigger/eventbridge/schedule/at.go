package schedule

import "time"

// atLayout is how Scheduler writes the time of a schedule that fires once: without an offset, because the schedule has
// a time zone of its own.
const atLayout = "2006-01-02T15:04:05"

// parseAt reads what stands in at(…).
func parseAt(body string) (at civil, second int, reason string) {
	t, err := time.Parse(atLayout, body)
	if err != nil || t.Format(atLayout) != body { // Parse also takes fractions of a second
		return civil{}, 0, "a time is written yyyy-mm-ddThh:mm:ss"
	}
	return civilOf(t), t.Second(), ""
}
