package push_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// Everything at once, for the race detector.
func TestStorm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{answer: func(_ context.Context, n int, in invoke.Input) (*invoke.Output, error) {
			if n%5 == 0 && in.InvocationType == invoke.Event {
				return nil, throttle
			}
			return nil, nil
		}}
		o := options(fake)
		group, err := push.NewLogGroup("g", o)
		require.NoError(t, err)
		pool, err := push.NewUserPool("p", o)
		require.NoError(t, err)
		repository, err := push.NewRepository("r", "t", "f", "", o)
		require.NoError(t, err)
		skill, err := push.NewSkill("id", "f", o)
		require.NoError(t, err)
		var wg sync.WaitGroup
		ctx := t.Context()
		for w := range 4 {
			wg.Go(func() {
				for range 30 {
					name := fmt.Sprintf("w%d", w)
					if group.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: name, Function: "f"}) == nil {
						_ = group.Probe(name)
					}
					group.PutLogEvents("s", push.LogEvent{Message: "m"})
					_ = group.DeleteSubscriptionFilter(name)
					_ = pool.SetTrigger(push.PreSignUp, "f")
					_, _ = pool.Trigger(ctx, signUp)
					_ = repository.Push(ctx, "u")
					_, _ = skill.Ask(ctx, push.SkillRequest{Type: "LaunchRequest"})
				}
			})
		}
		wg.Wait()
		require.NoError(t, group.Wait(ctx))
		require.Zero(t, group.Pending())
		group.Close()
	})
}
