package destinations_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

// sized is a success whose record is n bytes long.
func sized(t *testing.T, n int) destinations.Delivery {
	r := record(destinations.Success)
	r.RequestPayload = json.RawMessage(`""`)
	rest := len(deliveredBody(t, destinations.Delivery{Record: r}))
	r.RequestPayload = json.RawMessage(`"` + strings.Repeat("x", n-rest) + `"`)
	return destinations.Delivery{Record: r}
}

func TestSize(t *testing.T) {
	wrapped := 14 + len("lambda") + len("Lambda Function Invocation Result - Success") + len(busARN) + len(latest)
	for _, c := range []struct {
		name   string
		target destinations.Target
		most   int
		want   destinations.Error
	}{
		{"SQS", destinations.SQS(&fakeQueue{}), 1 << 20,
			destinations.Error{Code: "InvalidParameterValue", Status: 400, Message: "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."}},
		{"SNS", destinations.SNS(&fakeTopic{}), 262144,
			destinations.Error{Code: "InvalidParameter", Status: 400, Message: "Invalid parameter: Message too long"}},
		{"Lambda", destinations.Lambda(targetFunction, &fakeFunction{}), 1 << 20,
			destinations.Error{Code: "RequestEntityTooLargeException", Status: 413, Message: "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"}},
		{"EventBridge", destinations.EventBridge(&fakeBus{}), 1<<20 - wrapped,
			destinations.Error{Code: "ValidationException", Status: 400, Message: "Total size of the entries in the request is over the limit."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, c.target.Deliver(t.Context(), sized(t, c.most)))
			err := c.target.Deliver(t.Context(), sized(t, c.most+1))
			var e *destinations.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.want, *e)
			require.EqualError(t, err, c.want.Code+": "+c.want.Message)
		})
	}
}

// A dead letter's attributes count: names, types and values.
func TestSizeOfAttributes(t *testing.T) {
	attributes := len("RequestIDStringid") + len("ErrorCodeNumber200") + len("ErrorMessageStringboom")
	dead := func(n int) destinations.Delivery {
		return destinations.Delivery{DeadLetter: &destinations.DeadLetter{Body: make([]byte, n), RequestID: "id", ErrorCode: 200, ErrorMessage: "boom"}}
	}
	require.NoError(t, destinations.SQS(&fakeQueue{}).Deliver(t.Context(), dead(1<<20-attributes)))
	require.Error(t, destinations.SQS(&fakeQueue{}).Deliver(t.Context(), dead(1<<20-attributes+1)))
	require.NoError(t, destinations.SNS(&fakeTopic{}).Deliver(t.Context(), dead(1<<18-attributes)))
	require.Error(t, destinations.SNS(&fakeTopic{}).Deliver(t.Context(), dead(1<<18-attributes+1)))
}
