package entrysize

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	require.Equal(t, 1048576, Max)
	for _, c := range []struct {
		name  string
		entry events.EventBridgeEvent
		want  int
	}{
		{"nothing", events.EventBridgeEvent{}, 0},
		{"source", events.EventBridgeEvent{Source: "shop"}, 4},
		{"detail type", events.EventBridgeEvent{DetailType: "paid"}, 4},
		{"detail, in UTF-8", events.EventBridgeEvent{Detail: json.RawMessage(`{"a":"ü"}`)}, 10},
		{"resources", events.EventBridgeEvent{Resources: []string{"a", "bc", ""}}, 3},
		{"a time", events.EventBridgeEvent{Time: time.Unix(0, 0)}, 14},
		{"what the bus adds", events.EventBridgeEvent{ID: "id", Version: "0", AccountID: "a", Region: "r"}, 0},
		{"all", events.EventBridgeEvent{Source: "s", DetailType: "d", Detail: json.RawMessage("{}"), Resources: []string{"r"}, Time: time.Unix(1, 0)}, 19},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, Of(&c.entry)) })
	}
}
