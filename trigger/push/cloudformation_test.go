package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// answeringStack is a stack whose function answers each event at once, with physicalID.
func answeringStack(t require.TestingT, fake *fakeLambda, physicalID string) *push.Stack {
	return respondingStack(t, fake, func(e cfn.Event) string { return success(e, physicalID, "") })
}

// respondingStack is a stack whose function answers with what respond makes of an event; "" is no answer.
func respondingStack(t require.TestingT, fake *fakeLambda, respond func(cfn.Event) string) *push.Stack {
	s, err := push.NewStack("app", "", options(fake))
	require.NoError(t, err)
	fake.answer = func(_ context.Context, _ int, in invoke.Input) (*invoke.Output, error) {
		var e cfn.Event
		require.NoError(t, json.Unmarshal(in.Payload, &e))
		if body := respond(e); body != "" {
			require.NoError(t, s.Respond(e.ResponseURL, []byte(body)))
		}
		return nil, nil
	}
	return s
}

// success is a good answer, with more members if wanted.
func success(e cfn.Event, physicalID, more string) string {
	return fmt.Sprintf(`{"Status":"SUCCESS","PhysicalResourceId":%q,"StackId":%q,"RequestId":%q,"LogicalResourceId":%q%s}`,
		physicalID, e.StackID, e.RequestID, e.LogicalResourceID, more)
}

var bucket = push.CustomResource{LogicalID: "Bucket", ServiceToken: "f"}

func TestCustomResourceAttributes(t *testing.T) {
	fake := &fakeLambda{}
	s := respondingStack(t, fake, func(e cfn.Event) string {
		return success(e, "phys", `,"NoEcho":true,"Data":{"Arn":"a","N":1}`)
	})
	got, err := s.Create(t.Context(), bucket)
	require.NoError(t, err)
	require.Equal(t, push.Attributes{PhysicalResourceID: "phys", NoEcho: true, Data: map[string]any{"Arn": "a", "N": 1.0}}, got)
	require.Equal(t, "AWS::CloudFormation::CustomResource", member(t, fake.last(), "ResourceType"))
}

// Another physical id after an update: the old resource is deleted, with its own properties.
func TestReplacement(t *testing.T) {
	fake := &fakeLambda{}
	n := 0
	s := respondingStack(t, fake, func(e cfn.Event) string {
		if e.RequestType == cfn.RequestDelete {
			return success(e, e.PhysicalResourceID, "")
		}
		n++
		return success(e, fmt.Sprintf("phys-%d", n), "")
	})
	set := bucket
	set.Properties = map[string]any{"v": 1}
	_, err := s.Create(t.Context(), set)
	require.NoError(t, err)
	set.Properties = map[string]any{"v": 2}
	got, err := s.Update(t.Context(), set)
	require.NoError(t, err)
	require.Equal(t, "phys-2", got.PhysicalResourceID)
	var kinds []string
	for _, in := range fake.all() {
		kinds = append(kinds, member(t, string(in.Payload), "RequestType")+" "+member(t, string(in.Payload), "ResourceProperties", "v"))
	}
	require.Equal(t, []string{"Create 1", "Update 2", "Delete 1"}, kinds)
	require.Equal(t, "phys-1", member(t, fake.last(), "PhysicalResourceId"))
	require.NoError(t, s.Delete(t.Context(), "Bucket"))
	require.Equal(t, "phys-2", member(t, fake.last(), "PhysicalResourceId"))
	require.ErrorIs(t, s.Delete(t.Context(), "Bucket"), push.ErrResourceNotFound)
}

func TestCustomResourceTimeout(t *testing.T) {
	for _, c := range []struct {
		name          string
		timeout, want time.Duration
	}{{"default", 0, time.Hour}, {"given", 90 * time.Second, 90 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := &fakeLambda{}
				s := respondingStack(t, fake, func(cfn.Event) string { return "" })
				set := bucket
				set.ServiceTimeout = c.timeout
				var err error
				require.Equal(t, c.want, virtual(func() { _, err = s.Create(t.Context(), set) }))
				require.ErrorIs(t, err, push.ErrCustomResource)
				id := member(t, fake.last(), "RequestId")
				require.Contains(t, err.Error(), "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId ["+id+"].")
				require.Error(t, s.Respond(member(t, fake.last(), "ResponseURL"), []byte("{}")), "too late")

				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err = s.Create(ctx, set)
				require.ErrorIs(t, err, context.DeadlineExceeded)
			})
		})
	}
}

func TestCustomResourceFailures(t *testing.T) {
	for _, c := range []struct {
		name    string
		respond func(cfn.Event) string
		text    string // what %s is the request id
	}{
		{"failed", func(e cfn.Event) string {
			return strings.Replace(success(e, "phys", `,"Reason":"out of disk"`), "SUCCESS", "FAILED", 1)
		}, "Received response status [FAILED] from custom resource. Message returned: out of disk (RequestId: %s)"},
		{"too long", func(e cfn.Event) string { return success(e, strings.Repeat("x", 4096), "") }, "Response object is too long."},
		{"no physical id", func(e cfn.Event) string { return success(e, "", "") }, "Invalid PhysicalResourceId."},
		{"no JSON", func(cfn.Event) string { return "ok" }, "Invalid response: it is not a JSON object."},
		{"trailing text", func(e cfn.Event) string { return success(e, "p", "") + "x" }, "Invalid response: it is not a JSON object."},
		{"status", func(e cfn.Event) string { return strings.Replace(success(e, "p", ""), "SUCCESS", "OK", 1) }, "Invalid response: Status must be SUCCESS or FAILED."},
		{"another stack", func(e cfn.Event) string { e.StackID = "x"; return success(e, "p", "") }, "Invalid response: StackId is not that of the request."},
		{"another request", func(e cfn.Event) string { e.RequestID = "x"; return success(e, "p", "") }, "Invalid response: RequestId is not that of the request."},
		{"another resource", func(e cfn.Event) string { e.LogicalResourceID = "x"; return success(e, "p", "") }, "Invalid response: LogicalResourceId is not that of the request."},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := &fakeLambda{}
			s := respondingStack(t, fake, c.respond)
			_, err := s.Create(t.Context(), bucket)
			require.ErrorIs(t, err, push.ErrCustomResource)
			want := c.text
			if strings.Contains(want, "%s") {
				want = fmt.Sprintf(want, member(t, fake.last(), "RequestId"))
			}
			require.Equal(t, want, err.(*push.Error).Message)
			deleted := s.Delete(t.Context(), "Bucket")
			if c.name == "failed" {
				require.ErrorIs(t, deleted, push.ErrCustomResource, "there is something to delete, and that fails too")
			} else {
				require.ErrorIs(t, deleted, push.ErrResourceNotFound)
			}
		})
	}
	s, err := push.NewStack("app", "", options(&fakeLambda{answer: refusing(notFound)}))
	require.NoError(t, err)
	_, err = s.Create(t.Context(), bucket)
	require.ErrorIs(t, err, push.ErrCustomResource)
	require.ErrorIs(t, err, lambda.ErrResourceNotFound)
}

func TestStackRefuses(t *testing.T) {
	_, err := push.NewStack("app", "", push.Options{})
	require.ErrorIs(t, err, push.ErrInvalidParameter)
	fake := &fakeLambda{}
	s := answeringStack(t, fake, "p")
	for name, change := range map[string]func(*push.CustomResource){
		"no name":        func(r *push.CustomResource) { r.LogicalID = "" },
		"name":           func(r *push.CustomResource) { r.LogicalID = "a-b" },
		"long name":      func(r *push.CustomResource) { r.LogicalID = strings.Repeat("a", 256) },
		"function":       func(r *push.CustomResource) { r.ServiceToken = "a b" },
		"short timeout":  func(r *push.CustomResource) { r.ServiceTimeout = time.Millisecond },
		"long timeout":   func(r *push.CustomResource) { r.ServiceTimeout = time.Hour + time.Second },
		"half a second":  func(r *push.CustomResource) { r.ServiceTimeout = 1500 * time.Millisecond },
		"null":           func(r *push.CustomResource) { r.Properties = map[string]any{"a": nil} },
		"null in a list": func(r *push.CustomResource) { r.Properties = map[string]any{"a": []any{map[string]any{"b": nil}}} },
		"another's type": func(r *push.CustomResource) { r.Type = "AWS::S3::Bucket" },
		"type":           func(r *push.CustomResource) { r.Type = "Custom::a/b" },
		"no type":        func(r *push.CustomResource) { r.Type = "Custom::" },
		"long type":      func(r *push.CustomResource) { r.Type = "Custom::" + strings.Repeat("a", 61) },
		"token twice":    func(r *push.CustomResource) { r.Properties = map[string]any{"ServiceToken": "g"} },
		"timeout twice":  func(r *push.CustomResource) { r.Properties = map[string]any{"ServiceTimeout": 7} },
		"no JSON":        func(r *push.CustomResource) { r.Properties = map[string]any{"a": func() {}} },
	} {
		set := bucket
		change(&set)
		_, err := s.Create(t.Context(), set)
		require.Error(t, err, name)
		var refused *push.Error
		require.ErrorAs(t, err, &refused, name)
	}
	require.Empty(t, fake.all())
	_, err = s.Update(t.Context(), bucket)
	require.ErrorIs(t, err, push.ErrResourceNotFound)
	_, err = s.Create(t.Context(), bucket)
	require.NoError(t, err)
	_, err = s.Create(t.Context(), bucket)
	require.ErrorIs(t, err, push.ErrValidation)
}

// What CloudFormation does not let an update change.
func TestUpdateRefuses(t *testing.T) {
	fake := &fakeLambda{}
	s := answeringStack(t, fake, "p")
	set := bucket
	set.Type = "Custom::My_type@1-a"
	_, err := s.Create(t.Context(), set)
	require.NoError(t, err)
	for want, change := range map[string]func(*push.CustomResource){
		"ValidationError: Modifying service token is not allowed.": func(r *push.CustomResource) { r.ServiceToken = "g" },
		"ValidationError: Update of resource type is not permitted. The new template modifies resource type of the following resources: [Bucket]": func(r *push.CustomResource) {
			r.Type = "Custom::Other"
		},
	} {
		changed := set
		change(&changed)
		_, err := s.Update(t.Context(), changed)
		require.EqualError(t, err, want)
	}
	require.Len(t, fake.all(), 1)
	_, err = s.Update(t.Context(), set)
	require.NoError(t, err, "it is free again")
}

// One step of a resource at a time.
func TestStepsDoNotOverlap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		silent := false
		s := respondingStack(t, fake, func(e cfn.Event) string {
			if silent {
				return ""
			}
			return success(e, "p", "")
		})
		_, err := s.Create(t.Context(), bucket)
		require.NoError(t, err)
		silent = true
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = s.Update(t.Context(), bucket) })
		lambdatest.Advance(time.Second)
		require.ErrorIs(t, s.Delete(t.Context(), "Bucket"), push.ErrValidation)
		wg.Wait()
		silent = false
		require.NoError(t, s.Delete(t.Context(), "Bucket"))
	})
}

// Whatever the properties, their leaves are strings and the rest is as it was.
func TestLeavesAreStrings(t *testing.T) {
	leaf := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.IntRange(-1e6, 1e6), func(n int) any { return n }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
	)
	rapid.Check(t, func(t *rapid.T) {
		var value *rapid.Generator[any]
		value = rapid.Deferred(func() *rapid.Generator[any] {
			return rapid.OneOf(leaf, leaf,
				rapid.Map(rapid.SliceOfN(value, 0, 3), func(l []any) any { return l }),
				rapid.Map(rapid.MapOfN(rapid.StringMatching("[a-z]{1,4}"), value, 0, 3), func(m map[string]any) any { return m }))
		})
		properties := map[string]any{"p": value.Draw(t, "value")}
		fake := &fakeLambda{}
		s := answeringStack(t, fake, "p")
		set := bucket
		set.Properties = properties
		_, err := s.Create(t.Context(), set)
		require.NoError(t, err)
		var got cfn.Event
		require.NoError(t, json.Unmarshal([]byte(fake.last()), &got))
		require.Equal(t, stringly(properties["p"]), got.ResourceProperties["p"])
	})
}

// stringly is the obvious model: print every leaf.
func stringly(v any) any {
	switch v := v.(type) {
	case []any:
		l := []any{}
		for _, e := range v {
			l = append(l, stringly(e))
		}
		return l
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = stringly(e)
		}
		return m
	}
	return strings.ToValidUTF8(fmt.Sprint(v), "\uFFFD")
}

// Over HTTP, with aws-lambda-go's own helper as the function.
func TestStackOverHTTP(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(cfn.LambdaWrap(
		func(_ context.Context, e cfn.Event) (string, map[string]any, error) {
			if e.ResourceProperties["Fail"] == "true" {
				return "p", nil, fmt.Errorf("as told")
			}
			return "p", map[string]any{"Type": e.RequestType}, nil
		})))
	var s *push.Stack
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(w, r) }))
	defer server.Close()
	s, err := push.NewStack("app", server.URL, push.Options{Invoker: svc})
	require.NoError(t, err)
	got, err := s.Create(t.Context(), bucket)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"Type": "Create"}, got.Data)
	set := bucket
	set.Properties = map[string]any{"Fail": true}
	_, err = s.Update(t.Context(), set)
	require.ErrorContains(t, err, "Message returned: as told")

	for _, c := range []struct {
		method, contentType string
		status              int
	}{
		{http.MethodPost, "", http.StatusMethodNotAllowed}, {http.MethodPut, "application/json", http.StatusForbidden},
		{http.MethodPut, "", http.StatusForbidden},
	} {
		r, err := http.NewRequest(c.method, server.URL+"/unknown", strings.NewReader("{}"))
		require.NoError(t, err)
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, c.status, answer.StatusCode)
	}
}

func FuzzCustomResourceResponse(f *testing.F) {
	e := cfn.Event{StackID: "s", RequestID: "r", LogicalResourceID: "Bucket"}
	f.Add([]byte(success(e, "p", `,"Data":{"a":[1]}`)))
	f.Add([]byte(`{"Status":"FAILED"}`))
	f.Add([]byte(`{"Status":1}`))
	f.Add(bytes.Repeat([]byte("["), 5000))
	f.Add([]byte(`{"Status":"SUCCESS","PhysicalResourceId":"p","StackId":"$STACK","RequestId":"$REQUEST","LogicalResourceId":"Bucket"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fake := &fakeLambda{}
		var s *push.Stack
		s = respondingStack(t, fake, func(e cfn.Event) string {
			text := strings.NewReplacer("$STACK", e.StackID, "$REQUEST", e.RequestID).Replace(string(body))
			require.NoError(t, s.Respond(e.ResponseURL, []byte(text)))
			return ""
		})
		got, err := s.Create(t.Context(), bucket)
		if err != nil {
			require.ErrorIs(t, err, push.ErrCustomResource)
			return
		}
		require.NotEmpty(t, got.PhysicalResourceID)
		require.NoError(t, err)
	})
}
