package eventsource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

var errScripted = errors.New("scripted failure")

// item is one record as a handler sees it, whatever its source.
type item struct {
	ID    string
	Text  string // the body, or the data
	Count int    // ApproximateReceiveCount of a message
	Group string
	Key   string
}

// delivery is one invocation.
type delivery struct {
	At     time.Duration // since the world began
	Items  []item
	ID     string // request id
	By     string // the function's name
	Bytes  int    // of the event
	Window events.Window
	Shard  string // of a window
	State  string
	Final  bool
	Early  bool
}

func (d delivery) text() string {
	var texts []string
	for _, it := range d.Items {
		texts = append(texts, it.Text)
	}
	return strings.Join(texts, ",")
}

// world is a Service with one function, f, that writes down what it is given and answers by a script.
type world struct {
	t   require.TestingT
	svc *invoke.Service
	tl  lambdatest.Timeline

	mu        sync.Mutex
	began     time.Time
	got       []delivery
	answer    func(n int, d delivery) (string, error) // n counts from 1
	running   int
	mostAtOne int
}

func newWorld(t lambdatest.TB, o invoke.Options, answer func(n int, d delivery) (string, error)) *world {
	w := &world{t: t.(require.TestingT), began: time.Now(), answer: answer}
	o.Trace = w.tl.Trace
	w.svc = lambdatest.NewService(t, o)
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, w.code())
	return w
}

func (w *world) code() lambda.Code {
	return func(context.Context, *lambda.Environment) (lambda.Function, error) { return w, nil }
}

// Invoke is the function.
func (w *world) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	d := decode(event)
	lc, _ := lambdacontext.FromContext(ctx)
	d.ID, d.Bytes = lc.AwsRequestID, len(event)
	d.By = lc.InvokedFunctionArn[strings.LastIndexByte(lc.InvokedFunctionArn, ':')+1:]
	w.mu.Lock()
	d.At = time.Since(w.began)
	w.got = append(w.got, d)
	n := len(w.got)
	w.running++
	w.mostAtOne = max(w.mostAtOne, w.running)
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.running--
		w.mu.Unlock()
	}()
	out, err := w.answer(n, d)
	return []byte(out), err
}

// texts are the batches delivered so far.
func (w *world) texts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var s []string
	for _, d := range w.got {
		s = append(s, d.text())
	}
	return s
}

func (w *world) deliveries() []delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]delivery(nil), w.got...)
}

// most is how many invocations there were at one time at most.
func (w *world) most() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mostAtOne
}

func (w *world) mapping(source eventsource.Source, c eventsource.Config) *eventsource.Mapping {
	if c.FunctionName == "" {
		c.FunctionName = "f"
	}
	m, err := eventsource.NewMapping(w.svc, source, c)
	require.NoError(w.t, err)
	return m
}

// sum is how many records the steps of a kind were about.
func (w *world) sum(k trace.Kind) (n int) {
	for _, e := range w.tl.Of(k) {
		n += e.Count
	}
	return n
}

// script answers by letters: S success, F failure; the last is repeated.
func script(steps string) func(int, delivery) (string, error) {
	return func(n int, _ delivery) (string, error) {
		if steps[min(n, len(steps))-1] == 'F' {
			return "", errScripted
		}
		return "", nil
	}
}

// report answers with the items of those texts that are in the batch.
func report(d delivery, texts ...string) string {
	r := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, text := range texts {
		for _, it := range d.Items {
			if it.Text == text {
				r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: it.ID})
			}
		}
	}
	out, _ := json.Marshal(r)
	return string(out)
}

// decode reads an event of any of the sources.
func decode(event []byte) (d delivery) {
	var e struct {
		Records []struct {
			MessageID  string            `json:"messageId"`
			Body       string            `json:"body"`
			Attributes map[string]string `json:"attributes"`
			Kinesis    events.KinesisRecord
			DynamoDB   *events.DynamoDBStreamRecord `json:"dynamodb"`
		}
		Window                  events.Window
		ShardID                 string `json:"shardId"`
		State                   json.RawMessage
		IsFinalInvokeForWindow  bool
		IsWindowTerminatedEarly bool
	}
	if err := json.Unmarshal(event, &e); err != nil {
		panic(fmt.Sprintf("%v in %s", err, event))
	}
	for _, r := range e.Records {
		count, _ := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
		it := item{ID: r.MessageID, Text: r.Body, Count: count, Group: r.Attributes["MessageGroupId"]}
		switch {
		case r.DynamoDB != nil:
			it.ID, it.Key = r.DynamoDB.SequenceNumber, r.DynamoDB.Keys["id"].String()
			it.Text = it.Key
			if n, ok := r.DynamoDB.NewImage["n"]; ok {
				it.Text += "-" + n.Number()
			}
		case r.MessageID == "":
			it.ID, it.Text, it.Key = r.Kinesis.SequenceNumber, string(r.Kinesis.Data), r.Kinesis.PartitionKey
		}
		d.Items = append(d.Items, it)
	}
	d.Window, d.Shard, d.State, d.Final, d.Early = e.Window, e.ShardID, string(e.State), e.IsFinalInvokeForWindow, e.IsWindowTerminatedEarly
	return d
}

// send sends bodies; a body in a FIFO queue is group:text, and unique.
func send(t require.TestingT, q *sqs.Queue, bodies ...string) {
	for _, b := range bodies {
		m := sqs.Message{Body: b}
		if strings.HasSuffix(q.Name(), ".fifo") {
			group, _, _ := strings.Cut(b, ":")
			m.Attributes = map[string]string{"MessageGroupId": group, "MessageDeduplicationId": b}
		}
		_, err := q.SendMessage(context.Background(), m)
		require.NoError(t, err)
	}
}

// put puts the numbers from..to into a stream under one key.
func put(t require.TestingT, s *kinesis.Stream, from, to int) {
	for i := from; i <= to; i++ {
		require.NoError(t, s.Put("k", []byte(strconv.Itoa(i))))
	}
}

// numbers is the text of a batch from..to.
func numbers(from, to int) string {
	var texts []string
	for i := from; i <= to; i++ {
		texts = append(texts, strconv.Itoa(i))
	}
	return strings.Join(texts, ",")
}

// records are the on-failure records in a queue.
func records(t require.TestingT, q *sqs.Queue) (rs []destinations.BatchRecord) {
	for _, m := range q.ReceiveMessages(100) {
		var r destinations.BatchRecord
		require.NoError(t, json.Unmarshal([]byte(m.Body), &r))
		rs = append(rs, r)
	}
	return rs
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}
