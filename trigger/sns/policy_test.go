package sns_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

func text(s string) sns.MessageAttribute {
	return sns.MessageAttribute{DataType: "String", StringValue: s}
}
func number(s string) sns.MessageAttribute {
	return sns.MessageAttribute{DataType: "Number", StringValue: s}
}
func array(s string) sns.MessageAttribute {
	return sns.MessageAttribute{DataType: "String.Array", StringValue: s}
}

func TestFilterPolicyOnAttributes(t *testing.T) {
	type attributes = map[string]sns.MessageAttribute
	for _, c := range []struct {
		policy string
		as     attributes
		want   bool
	}{
		{`{}`, nil, true},
		{`{"a":["x"]}`, nil, false},
		{`{"a":["x"]}`, attributes{"a": text("x")}, true},
		{`{"a":["x"]}`, attributes{"a": text("X")}, false},
		{`{"a":["x"]}`, attributes{"a": {DataType: "String.label", StringValue: "x"}}, true},
		{`{"a":["x","y"]}`, attributes{"a": text("y"), "b": text("z")}, true},
		{`{"a":["x"],"b":["y"]}`, attributes{"a": text("x")}, false},
		{`{"a":["x"],"b":["y"]}`, attributes{"a": text("x"), "b": text("y")}, true},
		{`{"a":[1]}`, attributes{"a": number("1.0")}, true},
		{`{"a":[1]}`, attributes{"a": number("+1")}, true},
		{`{"a":[0.5]}`, attributes{"a": number(".5")}, true},
		{`{"a":[1]}`, attributes{"a": text("1")}, false},
		{`{"a":["1"]}`, attributes{"a": number("1")}, false},
		{`{"a":[{"numeric":[">",1,"<=",5]}]}`, attributes{"a": number("5")}, true},
		{`{"a":[{"numeric":[">",1,"<=",5]}]}`, attributes{"a": number("1")}, false},
		{`{"a":[{"numeric":["=",300]}]}`, attributes{"a": number("3e2")}, true},
		{`{"a":[{"prefix":"ab"}]}`, attributes{"a": text("abc")}, true},
		{`{"a":[{"prefix":"ab"}]}`, attributes{"a": text("bab")}, false},
		{`{"a":[{"suffix":"bc"}]}`, attributes{"a": text("abc")}, true},
		{`{"a":[{"equals-ignore-case":"ABC"}]}`, attributes{"a": text("abc")}, true},
		{`{"a":[{"anything-but":["x","y"]}]}`, attributes{"a": text("z")}, true},
		{`{"a":[{"anything-but":["x","y"]}]}`, attributes{"a": text("y")}, false},
		{`{"a":[{"anything-but":["x","y"]}]}`, nil, false},
		{`{"a":[{"anything-but":{"prefix":"x"}}]}`, attributes{"a": text("xy")}, false},
		{`{"a":[{"anything-but":{"prefix":"x"}}]}`, attributes{"a": text("y")}, true},
		{`{"a":[{"exists":true}]}`, attributes{"a": text("y")}, true},
		{`{"a":[{"exists":true}]}`, nil, false},
		{`{"a":[{"exists":false}]}`, nil, true},
		{`{"a":[{"exists":false}]}`, attributes{"a": text("y")}, false},
		{`{"a":[{"cidr":"10.0.0.0/24"}]}`, attributes{"a": text("10.0.0.7")}, true},
		{`{"a":[{"cidr":"10.0.0.0/24"}]}`, attributes{"a": text("10.0.1.7")}, false},
		{`{"$or":[{"a":["x"]},{"b":["y"]}]}`, attributes{"b": text("y")}, true},
		{`{"$or":[{"a":["x"]},{"b":["y"]}]}`, attributes{"b": text("x")}, false},
		{`{"a":["x"]}`, attributes{"a": array(`["w","x"]`)}, true},
		{`{"a":[7]}`, attributes{"a": array(`["w",7]`)}, true},
		{`{"a":[true,null]}`, attributes{"a": array(`[true]`)}, true},
		{`{"a":["x"]}`, attributes{"a": array(`[]`)}, false},
		{`{"a":["AgME"]}`, attributes{"a": {DataType: "Binary", BinaryValue: []byte{2, 3, 4}}}, false},
		{`{"a":[{"exists":false}]}`, attributes{"a": {DataType: "Binary", BinaryValue: []byte{2}}}, true},
		{`{"a.b":["x"]}`, attributes{"a.b": text("x")}, true},
	} {
		var l taker
		p := subscribed(t, &l, sns.Options{}, sns.Attributes{FilterPolicy: c.policy})
		publish(t, p, sns.PublishInput{Message: "m", MessageAttributes: c.as})
		require.Equal(t, c.want, len(l.taken()) == 1, "%s %v", c.policy, c.as)
	}
}

func TestFilterPolicyOnBodies(t *testing.T) {
	for _, c := range []struct {
		policy, body string
		want         bool
	}{
		{`{}`, "no JSON", true},
		{`{"a":["x"]}`, `{"a":"x"}`, true},
		{`{"a":["x"]}`, `{"a":["w","x"]}`, true},
		{`{"a":["x"]}`, `no JSON`, false},
		{`{"a":[{"exists":false}]}`, `no JSON`, false},
		{`{"a":[{"exists":false}]}`, `[]`, false},
		{`{"a":[{"exists":false}]}`, `{}`, true},
		{`{"a":{"b":[{"numeric":[">",1]}]}}`, `{"a":{"b":2}}`, true},
		{`{"a":{"b":[{"numeric":[">",1]}]}}`, `{"a":{"b":1}}`, false},
		{`{"a":{"b":[true]}}`, `{"a":[{"b":false},{"b":true}]}`, true},
		{`{"$or":[{"a":["x"]},{"b":{"c":["y"]}}]}`, `{"b":{"c":"y"}}`, true},
	} {
		var l taker
		p := subscribed(t, &l, sns.Options{}, sns.Attributes{FilterPolicy: c.policy, FilterPolicyScope: sns.MessageBody})
		publish(t, p, sns.PublishInput{Message: c.body, MessageAttributes: map[string]sns.MessageAttribute{"a": text("x")}})
		require.Equal(t, c.want, len(l.taken()) == 1, "%s %s", c.policy, c.body)
	}
}

func TestRefusedPolicies(t *testing.T) {
	many := `["1","2","3","4","5","6"]`
	for _, c := range []struct{ policy, want string }{
		{"x", "FilterPolicy: failed to parse JSON"},
		{"[]", "failed to parse JSON"},
		{"null", "failed to parse JSON"},
		{`{"a":["x"]} {}`, "failed to parse JSON"},
		{`{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}`, "FilterPolicy: Filter policy can not have more than 5 keys"},
		{`{"a":` + many + `,"b":` + many + `,"c":["1","2","3","4","5"]}`, "FilterPolicy: Filter policy is too complex"},
		{`{"a":"x"}`, `FilterPolicy: "a" must be an object or an array`},
		{`{"a":[]}`, "Empty arrays are not allowed"},
		{`{"a":{"b":["x"]}}`, "Filter policy scope MessageAttributes does not support nested filter policy"},
		{`{"a":[{"prefix":"x","suffix":"y"}]}`, "Only one key allowed in match expression"},
		{`{"a":[{}]}`, "Only one key allowed in match expression"},
		{`{"a":[{"prefix":1}]}`, "prefix match pattern must be a string"},
		{`{"a":[{"equals-ignore-case":1}]}`, "equals-ignore-case match pattern must be a string"},
		{`{"a":[{"suffix":{"equals-ignore-case":"x"}}]}`, "suffix match pattern must be a string"},
		{`{"a":[{"wildcard":"x*"}]}`, "Unrecognized match type wildcard"},
		{`{"a":[{"exactly":"x"}]}`, "Unrecognized match type exactly"},
		{`{"a":[{"anything-but":{"wildcard":"x*"}}]}`, "Unsupported anything-but pattern: wildcard"},
		{`{"a":[{"numeric":["<"]}]}`, "FilterPolicy: "},
		{`{"a":[{"exists":"x"}]}`, "FilterPolicy: "},
		{`{"a":[{"cidr":"x"}]}`, "FilterPolicy: "},
		{`{"a":[["x"]]}`, "FilterPolicy: "},
		{`{"$or":[{"a":["x"]}]}`, "FilterPolicy: "},
		{`{"$or":["x","y"]}`, "FilterPolicy: "},
		{`{"a":["` + strings.Repeat("x", 256<<10) + `"]}`, "too long"},
	} {
		var l taker
		p := sns.NewTopic("t", sns.Options{Invoker: &l})
		_, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN, Attributes: sns.Attributes{FilterPolicy: c.policy}})
		require.ErrorContains(t, err, "InvalidParameter: Invalid parameter: Attributes Reason: ")
		require.ErrorContains(t, err, c.want)
		require.Empty(t, p.Subscriptions())
		arn, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN})
		require.NoError(t, err)
		err = p.SetSubscriptionAttributes(arn, sns.Attributes{FilterPolicy: c.policy})
		require.ErrorContains(t, err, c.want)
		require.NotContains(t, err.Error(), "Attributes Reason")
		require.Empty(t, p.Subscriptions()[0].FilterPolicy)
	}
}

// Nested lists count by their depth: 4 × 3 and 3 × 2 make 72, which is few enough; a value more per list is not.
func TestComplexity(t *testing.T) {
	var l taker
	p := sns.NewTopic("t", sns.Options{Invoker: &l})
	subscribe := func(policy string) error {
		_, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN + strings.Repeat("x", len(p.Subscriptions())+1), Attributes: sns.Attributes{FilterPolicy: policy, FilterPolicyScope: sns.MessageBody}})
		return err
	}
	require.NoError(t, subscribe(`{"a":{"b":{"c":["1","2","3","4"]}},"d":{"e":["1","2","3"]}}`))
	require.ErrorContains(t, subscribe(`{"a":{"b":{"c":["1","2","3","4","5"]}},"d":{"e":["1","2","3","4","5","6"]}}`), "too complex")
	require.NoError(t, subscribe(`{"$or":[{"a":["1","2","3","4","5","6","7","8","9","10"]},{"b":["1","2","3","4","5"]}],"c":["1","2","3","4","5","6","7","8","9","10"]}`))
	require.ErrorContains(t, subscribe(`{"$or":[{"a":["1","2","3","4","5","6","7","8","9","10"]},{"b":["1","2","3","4","5","6"]}],"c":["1","2","3","4","5","6","7","8","9","10"]}`), "too complex")
}

// 150 combinations are allowed, and 151 are not.
func TestComplexityLimit(t *testing.T) {
	for n, want := range map[int]bool{150: true, 151: false} {
		values, err := json.Marshal(slices.Repeat([]string{"x"}, n))
		require.NoError(t, err)
		var l taker
		p := sns.NewTopic("t", sns.Options{Invoker: &l})
		_, err = p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN, Attributes: sns.Attributes{FilterPolicy: `{"a":` + string(values) + `}`}})
		require.Equal(t, want, err == nil, "%d: %v", n, err)
	}
}

// A changed policy counts at once, or after the delay that SNS reserves itself.
func TestFilterPolicyDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l taker
		p := subscribed(t, &l, sns.Options{FilterPolicyDelay: 15 * time.Minute}, sns.Attributes{FilterPolicy: `{"a":["old"]}`})
		arn := p.Subscriptions()[0].ARN
		sent := 0
		send := func(value string, want bool) {
			t.Helper()
			before := len(l.taken())
			publish(t, p, sns.PublishInput{Message: "m", MessageAttributes: map[string]sns.MessageAttribute{"a": text(value)}})
			require.Equal(t, want, len(l.taken()) == before+1)
			sent++
		}
		send("old", true)
		require.NoError(t, p.SetSubscriptionAttributes(arn, sns.Attributes{FilterPolicy: `{"a":["new"]}`}))
		require.Equal(t, `{"a":["new"]}`, p.Subscriptions()[0].FilterPolicy, "it is answered at once")
		send("old", true)
		send("new", false)
		lambdatest.Advance(10 * time.Minute)
		require.NoError(t, p.SetSubscriptionAttributes(arn, sns.Attributes{}))
		lambdatest.Advance(10 * time.Minute)
		send("old", true)
		send("new", false)
		lambdatest.Advance(5 * time.Minute)
		send("old", true)
		send("new", true)
		require.Equal(t, 7, sent)
	})
	_, err := sns.New("t", sns.Options{FilterPolicyDelay: -1})
	require.ErrorIs(t, err, sns.ErrInvalidParameter)
}

// A policy of plain values lets pass what a plain loop over attributes lets pass.
func TestFilterPolicyIsItsModel(t *testing.T) {
	names := rapid.SampledFrom([]string{"a", "b", "c"})
	values := rapid.SampledFrom([]string{"x", "y", "z", "1", "2"})
	rapid.Check(t, func(t *rapid.T) {
		policy := rapid.MapOfN(names, rapid.SliceOfNDistinct(values, 1, 3, rapid.ID), 1, 3).Draw(t, "policy")
		as := rapid.MapOfN(names, rapid.SliceOfN(values, 0, 3), 0, 3).Draw(t, "attributes")
		in := sns.PublishInput{Message: "m", MessageAttributes: map[string]sns.MessageAttribute{}}
		want := true
		for name, list := range as {
			b, err := json.Marshal(append([]string{}, list...))
			require.NoError(t, err)
			in.MessageAttributes[name] = array(string(b))
		}
		for name, allowed := range policy {
			want = want && slices.ContainsFunc(as[name], func(v string) bool { return slices.Contains(allowed, v) })
		}
		b, err := json.Marshal(policy)
		require.NoError(t, err)
		var l taker
		p := subscribed(t, &l, sns.Options{}, sns.Attributes{FilterPolicy: string(b)})
		_, err = p.PublishMessage(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, want, len(l.taken()) == 1)
	})
}

func FuzzFilterPolicy(f *testing.F) {
	for _, policy := range []string{`{"a":["x"]}`, `{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"$or":[{"a":[1]},{"b":[null]}]}`, `{"a":{"b":[{"exists":false}]}}`, `{`, `{"a":[{"numeric":["<",1]}]}`} {
		f.Add(policy, true, `{"a":"x"}`)
		f.Add(policy, false, "x")
	}
	f.Fuzz(func(t *testing.T, policy string, onBody bool, body string) {
		var l taker
		p := sns.NewTopic("t", sns.Options{Invoker: &l})
		a := sns.Attributes{FilterPolicy: policy}
		if onBody {
			a.FilterPolicyScope = sns.MessageBody
		}
		if _, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN, Attributes: a}); err != nil {
			require.IsType(t, &sns.Error{}, err)
			require.Empty(t, p.Subscriptions())
			return
		}
		_, err := p.PublishMessage(t.Context(), sns.PublishInput{Message: body, MessageAttributes: map[string]sns.MessageAttribute{"a": text("x")}})
		if err != nil {
			require.IsType(t, &sns.Error{}, err)
		}
		for _, event := range l.taken() {
			require.True(t, json.Valid([]byte(event)))
		}
	})
}
