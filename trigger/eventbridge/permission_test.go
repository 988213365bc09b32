package eventbridge_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// gate refuses callers whom a resource policy does not let, as Lambda does.
type gate struct {
	policy atomic.Pointer[iam.Policy]
	roles  *iam.Roles
}

func (g *gate) refuse(_ int, c call) error {
	err := g.roles.CheckInvoke(c.caller, c.function, g.policy.Load())
	if denied, ok := errors.AsType[*iam.DeniedError](err); ok {
		return lambda.NewError("AccessDeniedException", denied.Message)
	}
	return err
}

// Invariant 20, EventBridge's part: nothing is delivered without a statement whose principal, source ARN and source
// account match, and removing it stops delivery at once: to the dead-letter queue, without another try.
func TestInvariant20(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		principal := rapid.SampledFrom([]string{"events.amazonaws.com", "sns.amazonaws.com"}).Draw(t, "principal")
		source := rapid.SampledFrom([]string{
			"arn:aws:events:us-east-1:123456789012:rule/r", "arn:aws:events:*:*:rule/*", "arn:aws:events:us-east-1:123456789012:rule/other",
		}).Draw(t, "source")
		owner := rapid.SampledFrom([]string{account, "999999999999"}).Draw(t, "account")
		policy, err := iam.ParsePolicy(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},`+
			`"Action":"lambda:InvokeFunction","Resource":"*","Condition":{"ArnLike":{"AWS:SourceArn":%q},"StringEquals":{"AWS:SourceAccount":%q}}}]}`,
			principal, source, owner))
		require.NoError(t, err)
		g := &gate{roles: iam.NewRoles()}
		g.policy.Store(policy)
		rapid.SyncTest(t, func(t *rapid.T) {
			fake, dead := &fakeLambda{refuse: g.refuse}, newQueue("dead")
			bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
			putRule(t, bus, eventbridge.Target{Function: "f", DeadLetterQueue: dead})
			put(t, bus, "{}")
			lets := principal == "events.amazonaws.com" && source != "arn:aws:events:us-east-1:123456789012:rule/other" && owner == account
			require.Equal(t, map[bool]int{true: 0, false: 1}[lets], len(dead.all()))

			before := len(dead.all())
			g.policy.Store(nil)
			put(t, bus, "{}")
			require.Len(t, dead.all(), before+1)
			require.Equal(t, "NO_PERMISSIONS", attributes(dead.all()[before])["ERROR_CODE"])
			lambdatest.Advance(24 * time.Hour)
			require.Len(t, fake.all(), 2, "no second try")
		})
	})
}
