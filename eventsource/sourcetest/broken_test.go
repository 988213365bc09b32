package sourcetest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sourcetest"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
)

// Sources that break one duty each, and the duty that has to find it.
var broken = []struct {
	name, duty string
	suite      func(t *testing.T)
}{
	{"keeps what is deleted", "a deleted message never comes back", queueSuite(func(q *sqs.Queue) eventsource.Queue { return undeleting{q} })},
	{"gives too much", "at most ten a call", queueSuite(func(q *sqs.Queue) eventsource.Queue { return generous{q} })},
	{"waits in spite of its context", "ends with its context", queueSuite(func(q *sqs.Queue) eventsource.Queue { return deaf{q} })},
	{"wakes nobody", "is woken by a message", queueSuite(func(q *sqs.Queue) eventsource.Queue { return silent{q} })},
	{"has no definite end", "Latest is a definite place", streamSuite(func(s *kinesis.Stream) eventsource.Stream { return vague{s} })},
	{"skips a record", "everything put is read once", streamSuite(func(s *kinesis.Stream) eventsource.Stream { return skipping{s} })},
}

func queueSuite(breakIt func(*sqs.Queue) eventsource.Queue) func(t *testing.T) {
	return func(t *testing.T) {
		sourcetest.Queue(t, func(t *testing.T) sourcetest.QueueFixture {
			q := sqs.NewQueue("q", sqs.Attributes{})
			return sourcetest.QueueFixture{Queue: breakIt(q), Visibility: 30 * time.Second, Send: func(_, body string) error {
				_, err := q.Send(body)
				return err
			}}
		})
	}
}

func streamSuite(breakIt func(*kinesis.Stream) eventsource.Stream) func(t *testing.T) {
	return func(t *testing.T) {
		sourcetest.Stream(t, func(t *testing.T) sourcetest.StreamFixture {
			s := kinesis.NewStream("s", 1)
			return kinesisFixture(s, breakIt(s))
		})
	}
}

type undeleting struct{ *sqs.Queue }

func (undeleting) Delete(context.Context, []eventsource.Record) error { return nil }

type generous struct{ *sqs.Queue }

func (q generous) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	return q.Queue.Receive(ctx, 10, wait)
}

type deaf struct{ *sqs.Queue }

func (q deaf) Receive(_ context.Context, max int, wait bool) ([]eventsource.Record, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	return q.Queue.Receive(ctx, max, wait)
}

type silent struct{ *sqs.Queue }

func (silent) Notify(func()) (stop func()) { return func() {} }

type vague struct{ *kinesis.Stream }

func (s vague) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	page, err := s.Stream.Read(ctx, shard, from, max)
	if len(page.Records) == 0 {
		page.Next = from
	}
	return page, err
}

type skipping struct{ *kinesis.Stream }

func (s skipping) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	page, err := s.Stream.Read(ctx, shard, from, max)
	if len(page.Records) > 1 {
		page.Records = page.Records[1:]
	}
	return page, err
}

// The suites find what they are there to find. Each broken source runs in a process of its own, which has to fail.
func TestBrokenSourcesAreFound(t *testing.T) {
	if name := os.Getenv("SOURCETEST_BROKEN"); name != "" {
		for _, b := range broken {
			if b.name == name {
				b.suite(t)
			}
		}
		return
	}
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestBrokenSourcesAreFound$", "-test.timeout=20s")
			cmd.Env = append(os.Environ(), "SOURCETEST_BROKEN="+b.name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("the suite found nothing")
			}
			if want := strings.ReplaceAll(b.duty, " ", "_"); !strings.Contains(string(out), want) {
				t.Fatalf("the suite found something else:\n%s", out)
			}
		})
	}
}
