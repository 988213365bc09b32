package eventbridge_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// nowhere accepts every event.
type nowhere struct{}

func (nowhere) Invoke(context.Context, invoke.Input) (*invoke.Output, error) {
	return &invoke.Output{StatusCode: 202}, nil
}

// BenchmarkPutEvents puts events of 1 KB, of which one rule in ten matches. The baseline marshals the same event with
// aws-lambda-go's type.
func BenchmarkPutEvents(b *testing.B) {
	entry := eventbridge.Entry{Source: "s", DetailType: "d", Detail: `{"n":3,"pad":"` + strings.Repeat("x", 1000) + `"}`}
	b.Run("json.Marshal", func(b *testing.B) {
		e := events.EventBridgeEvent{Source: "s", DetailType: "d", Detail: []byte(entry.Detail), Time: time.Unix(0, 0)}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(e); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("put, matched and handed over", func(b *testing.B) {
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: nowhere{}})
		for n := range 10 {
			name := string(rune('a' + n))
			_, err := bus.PutRule(eventbridge.Rule{Name: name, EventPattern: `{"detail":{"n":[` + string(rune('0'+n)) + `]}}`})
			require.NoError(b, err)
			require.NoError(b, bus.PutTargets(name, eventbridge.Target{ID: "1", Function: "f"}))
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := bus.PutEvents(b.Context(), entry); err != nil {
				b.Fatal(err)
			}
		}
	})
}
