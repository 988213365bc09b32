package batch

// bisect is the size of the left part of a batch of n records, n > 1, that BisectBatchOnFunctionError splits. AWS says
// only that the batch is split in two. Which side gets the odd record is not documented: here it is the left.
func bisect(n int) int { return (n + 1) / 2 }
