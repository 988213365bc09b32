package batch

import "slices"

// Result is how one invoke for a batch ended, as far as a poller cares.
type Result uint8

// The results. The zero Result is none.
const (
	// Succeeded: the function returned, and reported no failed item or was not asked to.
	Succeeded Result = iota + 1
	// PartlyFailed: its response names items of the batch that failed. They may be all of them.
	PartlyFailed
	// AllFailed: its response is invalid, or names an item that is not in the batch, which fails the whole batch.
	AllFailed
	// FunctionError: an error, a panic, a timeout.
	FunctionError
	// Throttled: the function was not invoked and may be tried again: too many requests, or any other reason for which
	// it could not be.
	Throttled
	// TooLarge: the event, of a single record, exceeds the limit and was never sent.
	TooLarge
)

var resultNames = [...]string{"", "Succeeded", "PartlyFailed", "AllFailed", "FunctionError", "Throttled", "TooLarge"}

// String is the constant's name, or "" for a value that is none.
func (r Result) String() string {
	if int(r) < len(resultNames) {
		return resultNames[r]
	}
	return ""
}

// Verdict is what a response means for the messages of a queue's batch.
type Verdict struct {
	Result Result // Succeeded, PartlyFailed or AllFailed
	Failed []int  // with PartlyFailed: the positions in the batch that failed, ascending
}

// QueueVerdict reads the payload that a function with ReportBatchItemFailures returned for a batch of queue messages;
// id is a message's id. It must not be asked when the function failed, and not without ReportBatchItemFailures, when
// the payload does not matter.
//
// Messages that are named failed stay in the queue, the others are to be deleted: see [Acknowledged]. Nothing stops a
// FIFO batch from deleting a message behind a failed one; that is the handler's duty on AWS, too. A response that is
// invalid in any way fails the whole batch. The payload is not retained, and a success costs no allocation.
func QueueVerdict[R any](payload []byte, batch []R, id func(*R) string) Verdict {
	if quietResponse(payload) {
		return Verdict{Result: Succeeded}
	}
	r := parseResponse(payload, emptyEntryAcks)
	if r.invalid {
		return Verdict{Result: AllFailed}
	}
	if len(r.failed) == 0 {
		return Verdict{Result: Succeeded}
	}
	failed, ok := positions(r.failed, batch, id)
	if !ok {
		return Verdict{Result: AllFailed}
	}
	return Verdict{Result: PartlyFailed, Failed: failed}
}

// Acknowledged returns the messages of the batch that v allows to delete, in order: the batch itself, nothing, or a new
// slice without those that failed.
func Acknowledged[R any](v Verdict, batch []R) []R {
	switch v.Result {
	case Succeeded:
		return batch
	case PartlyFailed:
		deleted := make([]R, 0, len(batch)-len(v.Failed))
		from := 0
		for _, i := range v.Failed {
			deleted = append(deleted, batch[from:i]...)
			from = i + 1
		}
		return append(deleted, batch[from:]...)
	}
	return nil
}

// positions returns where the ids are in the batch, ascending and each once. It reports false if one is not there. It
// sorts ids.
func positions[R any](ids []string, batch []R, id func(*R) string) ([]int, bool) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	at := make([]int, 0, len(ids))
	seen := make([]bool, len(ids))
	unseen := len(ids)
	for i := range batch {
		j, ok := slices.BinarySearch(ids, id(&batch[i]))
		if !ok {
			continue
		}
		at = append(at, i)
		if !seen[j] {
			seen[j] = true
			unseen--
		}
	}
	return at, unseen == 0
}
