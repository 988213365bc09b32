// Package batch has the rules by which Lambda's pollers form batches of records and decide what becomes of them:
// forming, verdicts on responses, retries and splits, expiry, lanes and checkpoints, the order of shards, tumbling
// windows, and the scale of a queue's pollers.
//
// The rules are pure. Instants are arguments; there is no goroutine, clock or I/O, and nothing of this module is
// imported. A mapping is a thin shell that reads a source, asks the rules what to do at time.Now(), does it, and tells
// them how it went. Records stay the caller's: [Fields] says where the rules find what they look at.
//
// # Driving a queue
//
// Each batch in flight has a place, from [Scale.AcquireAt] to [Scale.ReleaseAt]. With a place, the shell receives, and
// offers every message that passed the filters to a [Former]; a message that is refused begins the next batch. When
// [Former.Ready], or when a timer for [Former.Due] fires:
//
//	leased := fields.Leased(forming, now)   // never an expired receipt; none left: release the place
//	out := invoke(leased)
//	switch {
//	case out.throttled:                     // it stays in flight
//		tries++
//		scale.ReportAt(now, batch.Throttled)
//		at := fields.RetryAt(leased, now, tries, backoff)
//		return // at that instant: Leased again, and invoke with what is left
//	case out.failed:
//		v = batch.Verdict{Result: batch.FunctionError}
//	case reportBatchItemFailures:
//		v = batch.QueueVerdict(out.payload, leased, fields.ID)
//	default:
//		v = batch.Verdict{Result: batch.Succeeded}
//	}
//	queue.Delete(batch.Acknowledged(v, leased))
//	scale.ReportAt(now, v.Result)
//	scale.ReleaseAt(now)
//
// What is not deleted comes back when its visibility ends: nothing is released early. A poll that finds nothing calls
// [Scale.IdleAt]. When there is no place, AcquireAt says when there will be one by growth. For a FIFO queue,
// [Groups.Take] forms the batch out of Leased messages, and [Groups.Release] is called with the batch as it was taken
// and what was deleted of it.
//
// # Driving a stream
//
// [Readable] says which shards may be read; a [Shard] does the rest of the thinking for one of them. Whatever was read
// is told to it, and then each lane concerned is asked what to do:
//
//	page := read(id, position)
//	for i := range page.Records {
//		if matches(&page.Records[i]) {
//			shard.Add(now, &page.Records[i], after(i))
//		} else {
//			shard.Skip(after(i))
//		}
//	}
//	shard.Advance(page.Next, len(page.Records) == 0)
//	if page.End {
//		shard.End()
//	}
//	for lane := range shard.Lanes() { // and then for a lane whenever its invoke was reported or its timer fired
//		w := shard.Next(lane, now)
//		switch w.Action {
//		case batch.Invoke:   // w.Records, with the last request id if w.Again; then shard.Report, and Next
//		case batch.Discard:  // record it at the on-failure destination if w.Condition.Recorded(); then Next
//		case batch.Wait:     // until w.At, unless that is zero: an invoke is outstanding
//		case batch.Done:     // until there is more
//		}
//	}
//	save(id, shard.Checkpoint())
//	// once shard.Drained(), its children are Readable
//
// A shell that stops reports the invokes that are outstanding, and asks [Shard.Settle] instead of Next.
//
// The outcome to report is Throttled if the function could not be invoked, FunctionError if it failed, what
// [StreamVerdict] says of the payload with ReportBatchItemFailures, what [WindowVerdict] says of it with a tumbling
// window, and otherwise Succeeded. The parts of a Shard, among them [Retry], [Checkpoint], [LaneOf] and [Tumbling],
// can be used alone.
//
// # What is not modelled
//
// Records about neighbouring discards are not merged; an idle queue is polled without delay, and an idle mapping keeps
// its first 5 places; a queue's batching window opens with the first message of a batch, whether an earlier batch is
// still in flight or not; provisioned pollers have no limit of bytes or polls. What AWS leaves open is said where it is
// decided.
package batch
