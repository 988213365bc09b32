package batch

// Outcome is how an invoke for a batch of stream records ended.
type Outcome struct {
	Result Result
	// First is, with PartlyFailed, the position in the invoked batch of the first record that failed. The records
	// before it are done; it and everything behind it are to be retried, named or not.
	First int
	// State is the state that the function returned for a tumbling window, a JSON object within the payload. Nil
	// otherwise.
	State []byte
}

// of is the outcome of an invoke with n records: one that names no record of them as the first to fail cannot be
// trusted, and fails them all.
func (o Outcome) of(n int) Outcome {
	if o.Result == PartlyFailed && (o.First < 0 || o.First >= n) {
		o.Result = AllFailed
	}
	return o
}

// failed reports whether nothing at all was achieved.
func (o Outcome) failed() bool {
	return o.Result != Succeeded && (o.Result != PartlyFailed || o.First == 0)
}

// StreamVerdict reads the payload that a function with ReportBatchItemFailures returned for a batch of stream records;
// id is a record's sequence number. It must not be asked when the function failed, and not without
// ReportBatchItemFailures, when the payload does not matter.
//
// The lowest sequence number named counts, by its place in the batch, not by its digits. A response that is invalid in
// any way, or names a record that is not in the batch, fails the whole batch. The payload is not retained, and a
// success costs no allocation.
func StreamVerdict[R any](payload []byte, batch []R, id func(*R) string) Outcome {
	if quietResponse(payload) {
		return Outcome{Result: Succeeded}
	}
	return streamOutcome(parseResponse(payload, emptyEntryFails), batch, id)
}

// WindowVerdict reads the payload that a function returned for an invoke of a tumbling window, final ones included.
// The response must contain the window's state, a JSON object, or the invoke counts as failed; report says whether
// batchItemFailures is looked at, too. The Outcome's State is part of payload.
func WindowVerdict[R any](payload []byte, batch []R, id func(*R) string, report bool) Outcome {
	r := parseResponse(payload, emptyEntryFails)
	if !report {
		r.failed, r.invalid = nil, false
	}
	if r.state == nil {
		return Outcome{Result: FunctionError} // not a report of failed records
	}
	o := streamOutcome(r, batch, id)
	o.State = r.state
	return o
}

func streamOutcome[R any](r response, batch []R, id func(*R) string) Outcome {
	if r.invalid {
		return Outcome{Result: AllFailed}
	}
	if len(r.failed) == 0 {
		return Outcome{Result: Succeeded}
	}
	failed, ok := positions(r.failed, batch, id)
	if !ok {
		return Outcome{Result: AllFailed}
	}
	return Outcome{Result: PartlyFailed, First: failed[0]}
}
