package eventsource_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

const roleARN = "arn:aws:iam::123456789012:role/f"

// setRole replaces what the role of f may do, on every resource.
func setRole(t require.TestingT, roles *iam.Roles, actions ...string) {
	role := iam.Role{ARN: roleARN}
	if len(actions) > 0 {
		role.Policies = []*iam.Policy{{Statements: []iam.Statement{{Effect: iam.Allow, Action: actions, Resource: []string{"*"}}}}}
	}
	require.NoError(t, roles.Put(role))
}

// newRoleWorld is a world whose f has a role that may do these things.
func newRoleWorld(t lambdatest.TB, answer func(int, delivery) (string, error), actions ...string) (*world, *iam.Roles) {
	roles := iam.NewRoles()
	setRole(t.(require.TestingT), roles, actions...)
	w := newWorld(t, invoke.Options{Roles: roles}, answer)
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, w.code())
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "free"}, w.code())
	return w, roles
}

func requireRefused(t *testing.T, err error, text string) {
	t.Helper()
	var api *lambda.Error
	require.ErrorAs(t, err, &api)
	require.Equal(t, "InvalidParameterValueException", api.Code)
	require.Equal(t, text, api.Message)
}

// sourceOnly is a source that exists only by its ARN: a check that reads it fails.
type sourceOnly struct {
	eventsource.Stream
	arn string
}

func (s *sourceOnly) ARN() string { return s.arn }

// What the role does not allow is refused when the mapping is made, with AWS's texts, and leaves no mapping behind.
func TestRole_creation(t *testing.T) {
	const table = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2025-01-01T00:00:00.000"
	const cannot = "The function execution role does not have permissions to call "
	noStream := func(arn string) string {
		return "Cannot access stream " + arn + ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
	}
	queue, stream := sqs.NewQueue("q", sqs.Attributes{}), kinesis.NewStream("s", 1)
	dead := destinations.SQS(sqs.NewQueue("dead", sqs.Attributes{}))
	bucket := destinations.Func("arn:aws:s3:::failures", nil)
	for _, row := range []struct {
		name    string
		source  eventsource.Source
		actions []string
		failure destinations.Target
		want    string
	}{
		{"queue", queue, nil, nil, cannot + "ReceiveMessage on SQS"},
		{"queue, second right", queue, []string{"sqs:ReceiveMessage"}, nil, cannot + "DeleteMessage on SQS"},
		{"queue, third right", queue, []string{"sqs:ReceiveMessage", "sqs:DeleteMessage"}, nil, cannot + "GetQueueAttributes on SQS"},
		{"queue allowed", queue, []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}, nil, ""},
		{"Kinesis", stream, []string{"kinesis:GetRecords"}, nil, noStream(stream.ARN())},
		{"Kinesis allowed", stream, []string{"kinesis:*"}, nil, ""},
		{"DynamoDB", &sourceOnly{stream, table}, nil, nil, noStream(table)},
		{"DynamoDB allowed", &sourceOnly{stream, table}, []string{"dynamodb:*"}, nil, ""},
		{"failures to a queue", stream, []string{"kinesis:*"}, dead, cannot + "SendMessage on " + dead.ARN()},
		{"failures to a queue allowed", stream, []string{"kinesis:*", "sqs:SendMessage"}, dead, ""},
		{"failures to a bucket", stream, []string{"kinesis:*", "s3:PutObject"}, bucket, cannot + "ListBucket on arn:aws:s3:::failures"},
		{"failures to a bucket allowed", stream, []string{"kinesis:*", "s3:PutObject", "s3:ListBucket"}, bucket, ""},
	} {
		bubble(t, row.name, func(t *testing.T) {
			w, _ := newRoleWorld(t, script("S"), row.actions...)
			m, err := eventsource.NewMapping(w.svc, row.source, eventsource.Config{FunctionName: "f", OnFailure: row.failure, Disabled: true})
			if row.want == "" {
				require.NoError(t, err)
				m.Close()
				return
			}
			require.Nil(t, m)
			requireRefused(t, err, row.want)
			m, err = eventsource.NewMapping(w.svc, row.source, eventsource.Config{FunctionName: "free", OnFailure: row.failure, Disabled: true})
			require.NoError(t, err, "a function without a role")
			m.Close()
		})
	}
}

// The role is what Lambda looks at the source with: whether it is there, only an allowed role finds out.
func TestRole_comesBeforeTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, roles := newRoleWorld(t, script("S"))
		q := sqs.NewQueue("q", sqs.Attributes{VisibilityTimeout: new(time.Second)})
		_, err := eventsource.NewMapping(w.svc, q, eventsource.Config{FunctionName: "f"})
		requireRefused(t, err, "The function execution role does not have permissions to call ReceiveMessage on SQS")
		setRole(t, roles, "sqs:*")
		_, err = eventsource.NewMapping(w.svc, q, eventsource.Config{FunctionName: "f"})
		requireRefused(t, err, "Queue visibility timeout: 1 seconds is less than Function timeout: 3 seconds")
	})
}

// An update that the role does not allow changes nothing; one that is about something else is not held up.
func TestRole_update(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, roles := newRoleWorld(t, script("S"), "kinesis:*")
		m := w.mapping(kinesis.NewStream("s", 1), eventsource.Config{FunctionName: "free"})
		defer m.Close()
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g", Role: roleARN}, w.code())
		dead := destinations.SQS(sqs.NewQueue("dead", sqs.Attributes{}))
		_, err := m.Update(eventsource.UpdateInput{FunctionName: "f"})
		require.NoError(t, err)
		setRole(t, roles)
		before := m.Configuration()
		_, err = m.Update(eventsource.UpdateInput{OnFailure: dead})
		requireRefused(t, err, "The function execution role does not have permissions to call SendMessage on "+dead.ARN())
		_, err = m.Update(eventsource.UpdateInput{FunctionName: "g"})
		requireRefused(t, err, "Cannot access stream "+m.Source().ARN()+". Please ensure the role can perform the GetRecords, "+
			"GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.")
		after := m.Configuration()
		after.LastProcessingResult = before.LastProcessingResult
		require.Equal(t, before, after)
		_, err = m.Update(eventsource.UpdateInput{BatchSize: new(7)})
		require.NoError(t, err)
		setRole(t, roles, "kinesis:*", "sqs:SendMessage")
		_, err = m.Update(eventsource.UpdateInput{FunctionName: "g", OnFailure: dead})
		require.NoError(t, err)
		setRole(t, roles, "kinesis:*")
		_, err = m.Update(eventsource.UpdateInput{BatchSize: new(8)})
		require.NoError(t, err, "the destination is not asked about again")
	})
}

// blocking hides that a queue notifies.
type blocking struct{ eventsource.Queue }

// A queue that the role may not read any more keeps its messages until the role may again.
func TestRole_queueLostLater(t *testing.T) {
	for name, hide := range map[string]func(*sqs.Queue) eventsource.Source{
		"notifying": func(q *sqs.Queue) eventsource.Source { return q },
		"blocking":  func(q *sqs.Queue) eventsource.Source { return blocking{q} },
	} {
		bubble(t, name, func(t *testing.T) {
			w, roles := newRoleWorld(t, script("SSSSSSSS"), "sqs:*")
			q := sqs.NewQueue("q", sqs.Attributes{})
			m := w.mapping(hide(q), eventsource.Config{})
			defer m.Close()
			send(t, q, "1")
			lambdatest.Advance(time.Second)
			require.Equal(t, []string{"1"}, w.texts())
			setRole(t, roles, "sqs:ReceiveMessage", "sqs:DeleteMessage") // and not GetQueueAttributes
			if name == "blocking" {                                      // what waits in Receive already gets one more
				send(t, q, "2")
				lambdatest.Advance(time.Second)
				require.Equal(t, []string{"1", "2"}, w.texts())
			}
			before := len(w.texts())
			send(t, q, "3")
			lambdatest.Advance(time.Hour)
			require.Len(t, w.texts(), before)
			require.Equal(t, eventsource.Enabled, m.State())
			require.Empty(t, m.Configuration().LastProcessingResult, "queues have none")
			setRole(t, roles, "sqs:*")
			lambdatest.Advance(2 * time.Second)
			require.Equal(t, "3", w.texts()[before])
			lambdatest.Advance(time.Hour)
			require.Len(t, w.texts(), before+1, "nothing comes twice")
		})
	}
}

// What was processed and may not be deleted comes again.
func TestRole_deleteLostInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var roles *iam.Roles
		var w *world
		w, roles = newRoleWorld(t, func(n int, _ delivery) (string, error) {
			if n == 1 {
				setRole(t, roles, "sqs:ReceiveMessage", "sqs:GetQueueAttributes")
			}
			return "", nil
		}, "sqs:*")
		q := sqs.NewQueue("q", sqs.Attributes{})
		m := w.mapping(q, eventsource.Config{})
		defer m.Close()
		send(t, q, "1")
		lambdatest.Advance(time.Hour)
		require.Equal(t, []string{"1"}, w.texts(), "without the right to delete it is not received either")
		setRole(t, roles, "sqs:*")
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1", "1"}, w.texts())
		lambdatest.Advance(time.Hour)
		require.Len(t, w.texts(), 2)
	})
}

// A stream's mapping says what is wrong, stays where it is, and goes on there.
func TestRole_streamLostLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, roles := newRoleWorld(t, script("SSSS"), "kinesis:*")
		s := kinesis.NewStream("s", 1)
		m := w.mapping(s, eventsource.Config{})
		defer m.Close()
		put(t, s, 1, 1) // alone, for they may be read one by one
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"1"}, w.texts())
		require.Equal(t, "OK", m.Configuration().LastProcessingResult)
		setRole(t, roles)
		put(t, s, 4, 6)
		lambdatest.Advance(time.Hour)
		require.Equal(t, []string{"1"}, w.texts())
		require.Equal(t, eventsource.Enabled, m.State())
		require.Equal(t, "PROBLEM: Cannot access stream "+s.ARN()+". Please ensure the role can perform the GetRecords, GetShardIterator, "+
			"DescribeStream, and ListStreams Actions on your stream in IAM.", m.Configuration().LastProcessingResult)
		roles.Delete(roleARN)
		lambdatest.Advance(time.Minute)
		require.Equal(t, "PROBLEM: Cannot access stream "+s.ARN()+". Please add Lambda as a Trusted Entity", m.Configuration().LastProcessingResult)
		setRole(t, roles, "kinesis:*")
		lambdatest.Advance(2 * time.Second)
		require.Equal(t, []string{"1", "4,5,6"}, w.texts())
		require.Equal(t, "OK", m.Configuration().LastProcessingResult)
	})
}

// A record of a failed batch that the role may not send is lost, counted, and holds up nothing.
func TestRole_destinationLostLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, roles := newRoleWorld(t, script("FFSS"), "kinesis:*", "sqs:SendMessage")
		s, dead := kinesis.NewStream("s", 1), sqs.NewQueue("dead", sqs.Attributes{})
		m := w.mapping(s, eventsource.Config{OnFailure: destinations.SQS(dead), MaximumRetryAttempts: new(0)})
		defer m.Close()
		put(t, s, 1, 1)
		lambdatest.Advance(time.Minute)
		require.Len(t, w.tl.Of(trace.Delivered), 1)
		setRole(t, roles, "kinesis:*")
		put(t, s, 2, 2)
		lambdatest.Advance(time.Minute)
		put(t, s, 3, 3)
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1", "2", "3"}, w.texts())
		require.Len(t, records(t, dead), 1, "of the first batch")
		failed := w.tl.Of(trace.DeliveryFailed)
		require.Len(t, failed, 1)
		require.Equal(t, trace.OnFailure, failed[0].Route)
		require.Equal(t, "The function execution role does not have permissions to call SendMessage on "+dead.ARN(), failed[0].Detail)
	})
}

// The objects of a mapping are all under its UUID: a role that may put those, and no others, is enough.
func TestRole_bucketOfOneMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, roles := newRoleWorld(t, script("FF"), "kinesis:*", "s3:*")
		objects := 0
		bucket := destinations.Func("arn:aws:s3:::failures", func(context.Context, destinations.Delivery) error { objects++; return nil })
		s := kinesis.NewStream("s", 1)
		m := w.mapping(s, eventsource.Config{OnFailure: bucket, MaximumRetryAttempts: new(0)})
		defer m.Close()
		for i, prefix := range []string{m.UUID(), "another"} {
			require.NoError(t, roles.Put(iam.Role{ARN: roleARN, Policies: []*iam.Policy{{Statements: []iam.Statement{
				{Effect: iam.Allow, Action: []string{"kinesis:*"}, Resource: []string{"*"}},
				{Effect: iam.Allow, Action: []string{"s3:PutObject"}, Resource: []string{"arn:aws:s3:::failures/aws/lambda/" + prefix + "/*"}},
			}}}}))
			put(t, s, i, i)
			lambdatest.Advance(time.Minute)
		}
		require.Len(t, w.texts(), 2)
		require.Equal(t, 1, objects)
	})
}

// Whenever the role loses and regains its rights, every record arrives once, and none while it has them not.
func TestRole_nothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			w, roles := newRoleWorld(t, func(int, delivery) (string, error) { return "", nil }, "sqs:*", "kinesis:*")
			s, q := kinesis.NewStream("s", 1), sqs.NewQueue("q", sqs.Attributes{})
			for _, source := range []eventsource.Source{s, q} {
				m := w.mapping(source, eventsource.Config{BatchSize: rapid.IntRange(1, 3).Draw(t, "batch size")})
				defer m.Close()
			}
			want := map[string]int{}
			n, allowed := 0, true
			for range rapid.IntRange(1, 12).Draw(t, "steps") {
				switch rapid.IntRange(0, 2).Draw(t, "step") {
				case 0:
					n++
					put(t, s, n, n)
					send(t, q, "m"+numbers(n, n))
					want[numbers(n, n)], want["m"+numbers(n, n)] = 1, 1
				case 1:
					allowed = !allowed
					setRole(t, roles, map[bool][]string{true: {"sqs:*", "kinesis:*"}}[allowed]...)
				case 2:
					lambdatest.Advance(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
				}
				before := len(w.deliveries())
				synctest.Wait()
				if !allowed {
					lambdatest.Advance(time.Minute)
					require.Len(t, w.deliveries(), before)
				}
			}
			setRole(t, roles, "sqs:*", "kinesis:*")
			lambdatest.Advance(10 * time.Minute)
			got := map[string]int{}
			for _, d := range w.deliveries() {
				for _, it := range d.Items {
					got[it.Text]++
				}
			}
			require.Equal(t, want, got)
		})
	})
}
