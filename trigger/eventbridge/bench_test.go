package eventbridge_test

import (
	"context"
	"encoding/json"
	"fmt"
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

// BenchmarkPutEvents puts events of 1 KB, each of which one rule matches. The baseline marshals the same event with
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
	// What a rule more costs beside a scan of its own is in package filter's BenchmarkIndex.
	for _, rules := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("put, matched and handed over/%d rules", rules), func(b *testing.B) {
			bus := eventbridge.NewBus("", eventbridge.Options{Invoker: nowhere{}})
			for n := range rules {
				name := fmt.Sprintf("r%d", n)
				_, err := bus.PutRule(eventbridge.Rule{Name: name, EventPattern: fmt.Sprintf(`{"detail":{"n":[%d]}}`, 3+n)})
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
}
