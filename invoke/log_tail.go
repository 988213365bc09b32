package invoke

import (
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
)

// logTail gathers the log of one run for a caller who asked for its end.
type logTail struct {
	mu  sync.Mutex
	log []byte
}

// open begins the log with START.
func (t *logTail) open(r *run, e *environment, now time.Time) {
	t.platform(e, now, lambda.StartLine{RequestID: r.out.RequestID, Version: e.deployment.Version})
}

// add takes a line of the function's.
func (t *logTail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.log = append(append(t.log, line...), '\n')
	t.trim()
}

// trim forgets what nobody will see: of a long log only the end is kept.
func (t *logTail) trim() {
	if len(t.log) > 16*lambda.MaxLogTail {
		t.log = append(t.log[:0], t.log[len(t.log)-lambda.MaxLogTail:]...)
	}
}

func (t *logTail) platform(e *environment, now time.Time, line lambda.LogLine) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.log = e.deployment.Config.Logging.AppendLogLine(t.log, line, now)
}

// close ends the log with END and REPORT, and gives what LogResult shows of it.
func (t *logTail) close(r *run, e *environment, now time.Time, outcome, errorType string) string {
	t.platform(e, now, lambda.EndLine{
		RequestID: r.out.RequestID, Duration: r.took, ProducedBytes: len(r.out.Payload), Status: outcome, ErrorType: errorType,
	})
	t.platform(e, now, lambda.ReportLine{
		RequestID: r.out.RequestID, Duration: r.took, Init: r.init, MemorySize: e.deployment.Config.MemorySize,
		MaxMemoryUsed: r.home.MaxMemoryUsed(), Status: outcome, ErrorType: errorType,
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	return lambda.Tail(t.log)
}

// logStream names the log stream of a new environment.
func (s *Service) logStream(now time.Time, version string, number uint64) string {
	hi, lo := uuid.Bits(s.opts.Seed, number, "log stream")
	return lambda.LogStreamName(now, version, hi, lo)
}
