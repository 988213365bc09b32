package sourcetest

// The names of the duties.

func QueueDuties() []string      { return names(queueDuties) }
func StreamDuties() []string     { return names(streamDuties) }
func CheckpointDuties() []string { return names(storeDuties) }

func names[T any](duties []duty[T]) (names []string) {
	for _, d := range duties {
		names = append(names, d.name)
	}
	return names
}
