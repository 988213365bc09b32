package push_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// modelResource is what a stack should know of a custom resource.
type modelResource struct {
	physicalID string
	version    string
}

// A stack does over any sequence of steps and answers what the obvious one does: a map of resources.
func TestStackAgainstModel(t *testing.T) {
	names := []string{"A", "B"}
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			fake := &fakeLambda{}
			var answers []string // what the function does with the next events: "" answers well
			ids := 0
			s := respondingStack(t, fake, func(e cfn.Event) string {
				kind := ""
				if len(answers) > 0 {
					kind, answers = answers[0], answers[1:]
				}
				id := e.PhysicalResourceID
				if id == "" || kind == "replaced" {
					ids++
					id = fmt.Sprintf("id-%d", ids)
				}
				switch kind {
				case "silent":
					return ""
				case "malformed":
					return "{"
				case "failed":
					return strings.Replace(success(e, id, ""), "SUCCESS", "FAILED", 1)
				}
				return success(e, id, "")
			})
			known := map[string]*modelResource{}
			want := []string{} // events: type, resource, physical id, version
			event := func(kind, name string, r *modelResource) {
				want = append(want, kind+" "+name+" "+r.physicalID+" "+r.version)
			}
			versions := 0
			set := func(name string) push.CustomResource {
				versions++
				return push.CustomResource{LogicalID: name, ServiceToken: "f", ServiceTimeout: time.Minute, Properties: map[string]any{"V": versions}}
			}
			kinds := rapid.SampledFrom([]string{"", "", "failed", "malformed", "silent", "replaced"})
			t.Repeat(map[string]func(*rapid.T){
				"create": func(t *rapid.T) {
					name, kind := rapid.SampledFrom(names).Draw(t, "name"), kinds.Draw(t, "answer")
					answers = []string{kind}
					got, err := s.Create(t.Context(), set(name))
					if known[name] != nil {
						require.ErrorIs(t, err, push.ErrValidation)
						return
					}
					r := &modelResource{version: fmt.Sprint(versions)}
					event("Create", name, r)
					if kind == "silent" || kind == "malformed" {
						require.ErrorIs(t, err, push.ErrCustomResource)
						return
					}
					r.physicalID = fmt.Sprintf("id-%d", ids)
					known[name] = r // what failed but has a name can be deleted
					require.Equal(t, kind == "failed", err != nil)
					require.Equal(t, r.physicalID, got.PhysicalResourceID)
				},
				"update": func(t *rapid.T) {
					name, kind, then := rapid.SampledFrom(names).Draw(t, "name"), kinds.Draw(t, "answer"), kinds.Draw(t, "answer to the deletion")
					answers = []string{kind, then}
					_, err := s.Update(t.Context(), set(name))
					r := known[name]
					if r == nil {
						require.ErrorIs(t, err, push.ErrResourceNotFound)
						return
					}
					made := &modelResource{r.physicalID, fmt.Sprint(versions)}
					event("Update", name, made)
					if kind != "" && kind != "replaced" {
						require.ErrorIs(t, err, push.ErrCustomResource)
						return
					}
					known[name] = made
					if kind == "replaced" {
						made.physicalID = fmt.Sprintf("id-%d", ids)
						if then == "replaced" { // the answer to a deletion has counted one up
							made.physicalID = fmt.Sprintf("id-%d", ids-1)
						}
						event("Delete", name, r)
						require.Equal(t, then != "" && then != "replaced", err != nil)
						return
					}
					require.NoError(t, err)
				},
				"delete": func(t *rapid.T) {
					name, kind := rapid.SampledFrom(names).Draw(t, "name"), kinds.Draw(t, "answer")
					answers = []string{kind}
					err := s.Delete(t.Context(), name)
					r := known[name]
					if r == nil {
						require.ErrorIs(t, err, push.ErrResourceNotFound)
						return
					}
					event("Delete", name, r)
					if kind != "" && kind != "replaced" {
						require.ErrorIs(t, err, push.ErrCustomResource)
						return
					}
					require.NoError(t, err)
					delete(known, name)
				},
				"": func(t *rapid.T) {
					got := []string{}
					for _, in := range fake.all() {
						var e cfn.Event
						require.NoError(t, json.Unmarshal(in.Payload, &e))
						got = append(got, fmt.Sprintf("%s %s %s %v", e.RequestType, e.LogicalResourceID, e.PhysicalResourceID, e.ResourceProperties["V"]))
					}
					require.Equal(t, want, got)
				},
			})
		})
	})
}

// Only the first answer of a step counts, its bytes are the function's again afterwards, and a signed URL has a query.
func TestRespond(t *testing.T) {
	fake := &fakeLambda{}
	s, err := push.NewStack("app", "https://answers.example/below", options(fake))
	require.NoError(t, err)
	var url string
	fake.answer = func(_ context.Context, _ int, in invoke.Input) (*invoke.Output, error) {
		var e cfn.Event
		require.NoError(t, json.Unmarshal(in.Payload, &e))
		url = e.ResponseURL
		body := []byte(success(e, "first", ""))
		require.NoError(t, s.Respond(url+"?X-Amz-Signature=abc", body))
		clear(body)
		return nil, s.Respond(url, []byte(success(e, "second", "")))
	}
	got, err := s.Create(t.Context(), bucket)
	require.NoError(t, err)
	require.Equal(t, "first", got.PhysicalResourceID)
	require.True(t, strings.HasPrefix(url, "https://answers.example/below/"), url)
	for _, unknown := range []string{url, "", "/", "https://answers.example/below/x", "?"} {
		require.Error(t, s.Respond(unknown, []byte("{}")), "nobody waits at %q", unknown)
	}
}

// Over HTTP a body that breaks off is refused, and one that is too long fails the step.
func TestStackServesBodies(t *testing.T) {
	for _, c := range []struct {
		name   string
		body   func(cfn.Event) io.Reader
		status int
		text   string
	}{
		{"breaks off", func(cfn.Event) io.Reader { return iotest.ErrReader(io.ErrUnexpectedEOF) }, http.StatusBadRequest, ""},
		{"too long", func(cfn.Event) io.Reader { return strings.NewReader(strings.Repeat(" ", 4097)) }, http.StatusOK, "Response object is too long."},
		{"as long as can be", func(e cfn.Event) io.Reader {
			text := success(e, "p", "")
			return strings.NewReader(text + strings.Repeat(" ", 4096-len(text)))
		}, http.StatusOK, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := &fakeLambda{}
				s, err := push.NewStack("app", "", options(fake))
				require.NoError(t, err)
				fake.answer = func(_ context.Context, _ int, in invoke.Input) (*invoke.Output, error) {
					var e cfn.Event
					require.NoError(t, json.Unmarshal(in.Payload, &e))
					w := httptest.NewRecorder()
					s.ServeHTTP(w, httptest.NewRequest(http.MethodPut, e.ResponseURL, c.body(e)))
					require.Equal(t, c.status, w.Code)
					return nil, nil
				}
				_, err = s.Create(t.Context(), bucket)
				switch c.text {
				case "none":
					require.NoError(t, err)
				case "":
					require.ErrorContains(t, err, "did not receive a response")
				default:
					require.EqualError(t, err, "NotStabilized: "+c.text)
				}
			})
		})
	}
}

// The answer to a deletion may leave the physical id out: there is only one that can be meant. No other may.
func TestDeletionNeedsNoPhysicalID(t *testing.T) {
	fake := &fakeLambda{}
	s := respondingStack(t, fake, func(e cfn.Event) string {
		if e.RequestType == cfn.RequestCreate {
			return success(e, "phys", "")
		}
		return success(e, "", "")
	})
	_, err := s.Create(t.Context(), bucket)
	require.NoError(t, err)
	_, err = s.Update(t.Context(), bucket)
	require.EqualError(t, err, "NotStabilized: Invalid PhysicalResourceId.")
	require.NoError(t, s.Delete(t.Context(), "Bucket"))
	require.Equal(t, "phys", member(t, fake.last(), "PhysicalResourceId"))
}
