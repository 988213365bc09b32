package batch

// LaneOf is the lane of a shard that handles a key, from 0 to factor-1: ParallelizationFactor lets a shard's records
// be handled in up to factor batches at a time, and the records of one partition key, or of one DynamoDB item, always
// go the same way, so that their order holds.
//
// Which key goes where is not documented by AWS; here it depends on the key and the factor only. A factor below 1
// counts as 1.
func LaneOf(key string, factor int) int {
	if factor <= 1 {
		return 0
	}
	h := uint64(14695981039346656037) // FNV-1a, folded: the low bits alone spread short keys badly
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	return int((h ^ h>>32) % uint64(factor))
}
