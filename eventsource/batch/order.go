package batch

// Readable returns the positions in a listing of those shards that may be read now, in the listing's order. A shard
// that was split or merged is read to its end, and its records are resolved, before its children are touched: a merged
// child waits for both of its parents, while the children of one split go on side by side. A parent that is not listed
// any more counts as drained.
//
// id and parents say what a shard and its parents are called; drained says whether a shard has been read to its end
// and everything in it is resolved. A drained shard is not readable.
//
// A shard that appears only after a mapping took its position is to be read from its beginning, whatever the
// StartingPosition: what was written to it continues its parents.
func Readable[S any](shards []S, id func(*S) string, parents func(*S) []string, drained func(id string) bool) []int {
	undrained := make(map[string]struct{}, len(shards))
	for i := range shards {
		if s := id(&shards[i]); !drained(s) {
			undrained[s] = struct{}{}
		}
	}
	var ready []int
	for i := range shards {
		s := id(&shards[i])
		if _, ok := undrained[s]; ok && !waits(s, parents(&shards[i]), undrained) {
			ready = append(ready, i)
		}
	}
	return ready
}

// waits reports whether a shard has a parent, other than itself, that is listed and not drained.
func waits(shard string, parents []string, undrained map[string]struct{}) bool {
	for _, p := range parents {
		if _, ok := undrained[p]; ok && p != shard {
			return true
		}
	}
	return false
}
