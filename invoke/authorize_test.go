package invoke_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

const (
	roleARN  = "arn:aws:iam::123456789012:role/service-role/f"
	queueARN = "arn:aws:sqs:us-east-1:123456789012:"
)

// mayDo is a policy that allows actions on everything.
func mayDo(actions ...string) *iam.Policy {
	return &iam.Policy{Statements: []iam.Statement{{Effect: iam.Allow, Action: actions, Resource: []string{"*"}}}}
}

// newRoles is a directory with the role of f, which may do these things.
func newRoles(t lambdatest.TB, actions ...string) *iam.Roles {
	t.Helper()
	roles := iam.NewRoles()
	setRole(t, roles, actions...)
	return roles
}

// setRole replaces what the role of f may do.
func setRole(t lambdatest.TB, roles *iam.Roles, actions ...string) {
	t.Helper()
	role := iam.Role{ARN: roleARN, ManagedPolicies: []string{iam.AWSLambdaBasicExecutionRole}}
	if len(actions) > 0 {
		role.Policies = []*iam.Policy{mayDo(actions...)}
	}
	if err := roles.Put(role); err != nil {
		t.Fatalf("%v", err)
	}
}

// ok is a function that succeeds.
var ok = code(func(context.Context, []byte) ([]byte, error) { return []byte("1"), nil })

// requireForbidden checks that err is the 403 for who may not do action to a function.
func requireForbidden(t require.TestingT, err error, who, action, function, basedOn string) {
	if h, helps := t.(interface{ Helper() }); helps {
		h.Helper()
	}
	var api *lambda.Error
	require.ErrorAs(t, err, &api)
	require.ErrorIs(t, err, lambda.ErrAccessDenied)
	require.Equal(t, 403, api.StatusCode)
	require.Equal(t, "User: "+who+" is not authorized to perform: "+action+" on resource: "+account+function+
		" because no "+basedOn+"-based policy allows the "+action+" action", api.Message)
}

// bucket is S3 that calls for a bucket of the function's account.
func bucket(name string) *iam.Caller {
	return &iam.Caller{Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::" + name, SourceAccount: "123456789012"}
}

func permit(t lambdatest.TB, svc *invoke.Service, name, qualifier string, in registry.AddPermissionInput) {
	t.Helper()
	if in.Action == "" {
		in.Action = "lambda:InvokeFunction"
	}
	if _, err := svc.Registry().AddPermission(time.Now(), name, qualifier, in); err != nil {
		t.Fatalf("%v", err)
	}
}

func forbid(t lambdatest.TB, svc *invoke.Service, name, qualifier, sid string) {
	t.Helper()
	if err := svc.Registry().RemovePermission(time.Now(), name, qualifier, sid, ""); err != nil {
		t.Fatalf("%v", err)
	}
}

// Every way to invoke asks the resource policy, and asks it each time.
func TestAuthorize_everyWayToInvoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{Roles: newRoles(t)})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, ok)
		ways := map[string]func(in invoke.Input) error{
			"Invoke": func(in invoke.Input) error { _, err := w.svc.Invoke(t.Context(), in); return err },
			"Event": func(in invoke.Input) error {
				in.InvocationType = invoke.Event
				_, err := w.svc.Invoke(t.Context(), in)
				return err
			},
			"DryRun": func(in invoke.Input) error {
				in.InvocationType = invoke.DryRun
				_, err := w.svc.Invoke(t.Context(), in)
				return err
			},
			"Start": func(in invoke.Input) error {
				got := make(chan error, 1)
				w.svc.Start(t.Context(), in, func(_ *invoke.Output, err error) { got <- err })
				return <-got
			},
			"InvokeWithResponseStream": func(in invoke.Input) error {
				stream, err := w.svc.InvokeWithResponseStream(t.Context(), in)
				if err == nil {
					stream.Close()
				}
				return err
			},
		}
		for name, way := range ways {
			in := invoke.Input{FunctionName: "f", Caller: bucket("uploads")}
			requireForbidden(t, way(in), "s3.amazonaws.com", "lambda:InvokeFunction", "f", "resource")
			permit(t, w.svc, "f", "", registry.AddPermissionInput{StatementID: "s", Principal: "s3.amazonaws.com",
				SourceARN: "arn:aws:s3:::uploads", SourceAccount: "123456789012"})
			require.NoError(t, way(in), name)
			other := in
			other.Caller = bucket("others")
			requireForbidden(t, way(other), "s3.amazonaws.com", "lambda:InvokeFunction", "f", "resource")
			forbid(t, w.svc, "f", "", "s")
			requireForbidden(t, way(in), "s3.amazonaws.com", "lambda:InvokeFunction", "f", "resource")
			in.Caller = nil
			require.NoError(t, way(in), "%s by the account itself", name)
			w.wait()
		}
		refused := w.tl.Of(trace.Refused)
		require.Len(t, refused, 3*len(ways))
		require.Equal(t, 403, refused[0].Status)
		require.Equal(t, "AccessDeniedException", refused[0].Code)
	})
}

// Each of a function's names has a policy of its own, and $LATEST the function's.
func TestAuthorize_exactlyWhatWasNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{Roles: newRoles(t)})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, ok)
		_, err := w.svc.PublishVersion("f")
		require.NoError(t, err)
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1"}))
		names := []struct{ name, policy string }{{"f", ""}, {"f:$LATEST", ""}, {"f:1", "1"}, {"f:live", "live"}, {account + "f:live", "live"}}
		for _, granted := range []string{"", "1", "live"} {
			permit(t, w.svc, "f", granted, registry.AddPermissionInput{StatementID: "s", Principal: "sns.amazonaws.com"})
			for _, n := range names {
				_, err := w.svc.Invoke(t.Context(), invoke.Input{FunctionName: n.name, Caller: &iam.Caller{Principal: "sns.amazonaws.com"}})
				if n.policy == granted {
					require.NoError(t, err, "%s by the policy of %q", n.name, granted)
				} else {
					qualifier := map[string]string{"1": ":1", "live": ":live"}[n.policy]
					requireForbidden(t, err, "sns.amazonaws.com", "lambda:InvokeFunction", "f"+qualifier, "resource")
				}
			}
			forbid(t, w.svc, "f", granted, "s")
		}
	})
}

// A function without a role lets everybody, and without a directory every function does.
func TestAuthorize_whoIsNotAsked(t *testing.T) {
	for _, row := range []struct {
		name  string
		roles *iam.Roles
		role  string
	}{
		{"no role", iam.NewRoles(), ""},
		{"no directory", nil, roleARN},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{Roles: row.roles})
				lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: row.role}, ok)
				_, err := w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Caller: bucket("uploads")})
				require.NoError(t, err)
				_, err = w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Qualifier: "live", Caller: bucket("uploads")})
				require.ErrorIs(t, err, lambda.ErrResourceNotFound)
				require.False(t, w.svc.Execution(lambda.Ref{Name: "f"}).Restricted())
			})
		})
	}
}

// Who may not invoke learns nothing else: neither what is missing nor what is not ready nor what is wrong with the
// payload. Who may, does.
func TestAuthorize_comesBeforeExistence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		roles := newRoles(t)
		const scheduler = "arn:aws:iam::123456789012:role/scheduler"
		require.NoError(t, roles.Put(iam.Role{ARN: scheduler, Trust: iam.TrustPolicy("scheduler.amazonaws.com"),
			Policies: []*iam.Policy{mayDo("lambda:InvokeFunction")}}))
		w := newWorld(t, invoke.Options{Roles: roles, CreateDelay: time.Minute})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, ok)
		lambdatest.Advance(2 * time.Minute)
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "pending", Role: roleARN}, ok)
		for _, row := range []struct {
			name string
			in   invoke.Input
			want error
		}{
			{"g", invoke.Input{FunctionName: "g"}, lambda.ErrResourceNotFound},
			{"f:live", invoke.Input{FunctionName: "f", Qualifier: "live"}, lambda.ErrResourceNotFound},
			{"pending", invoke.Input{FunctionName: "pending"}, lambda.ErrResourceConflict},
			{"f", invoke.Input{FunctionName: "f", Payload: []byte("{")}, lambda.ErrInvalidRequestContent},
		} {
			row.in.Caller = bucket("uploads")
			_, err := w.svc.Invoke(t.Context(), row.in)
			requireForbidden(t, err, "s3.amazonaws.com", "lambda:InvokeFunction", row.name, "resource")
			row.in.Caller = &iam.Caller{Principal: scheduler}
			_, err = w.svc.Invoke(t.Context(), row.in)
			require.ErrorIs(t, err, row.want, row.name)
		}
		in := invoke.Input{FunctionName: "f", LogType: "All", Caller: bucket("uploads")}
		_, err := w.svc.Invoke(t.Context(), in)
		require.ErrorIs(t, err, lambda.ErrValidation, "the form of the request comes first")
	})
}

// A function URL takes two permissions: for the URL with its AuthType, and for the function.
func TestAuthorize_functionURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{Roles: newRoles(t)})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, ok)
		call := func(c iam.Caller) error {
			_, err := w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Caller: &c})
			return err
		}
		client := iam.Caller{Principal: iam.Anonymous, FunctionURLAuthType: "NONE"}
		requireForbidden(t, call(client), "anonymous", "lambda:InvokeFunctionUrl", "f", "resource")
		permit(t, w.svc, "f", "", registry.AddPermissionInput{StatementID: "url", Principal: "*", Action: "lambda:InvokeFunctionUrl",
			FunctionURLAuthType: registry.AuthNone})
		requireForbidden(t, call(client), "anonymous", "lambda:InvokeFunction", "f", "resource")
		permit(t, w.svc, "f", "", registry.AddPermissionInput{StatementID: "function", Principal: "*", InvokedViaFunctionURL: new(true)})
		require.NoError(t, call(client))
		requireForbidden(t, call(iam.Caller{Principal: "arn:aws:iam::444455556666:user/u", FunctionURLAuthType: "AWS_IAM"}),
			"arn:aws:iam::444455556666:user/u", "lambda:InvokeFunctionUrl", "f", "resource")
		requireForbidden(t, call(iam.Caller{Principal: iam.Anonymous}), "anonymous", "lambda:InvokeFunction", "f", "resource")
	})
}

// The permission counts when an event is accepted, and not any more when it is dispatched.
func TestAuthorize_isAskedAtAcceptanceOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{Roles: newRoles(t)})
		runs := 0
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, code(func(context.Context, []byte) ([]byte, error) {
			runs++
			return nil, errBoom
		}))
		permit(t, w.svc, "f", "", registry.AddPermissionInput{StatementID: "s", Principal: "s3.amazonaws.com"})
		_, err := w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Caller: bucket("uploads")})
		require.NoError(t, err)
		forbid(t, w.svc, "f", "", "s")
		w.wait()
		require.Equal(t, 3, runs)
	})
}

// Invariant 20 of triggers: nothing is delivered without a statement whose principal, SourceArn and SourceAccount fit,
// and removing it stops delivery at once. The model is a list of grants.
func TestAuthorize_invariant20(t *testing.T) {
	type grant struct{ principal, bucket, account string }
	rapid.Check(t, func(t *rapid.T) {
		svc := lambdatest.NewService(t, invoke.Options{Roles: newRoles(t)})
		runs := 0
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Role: roleARN}, code(func(context.Context, []byte) ([]byte, error) {
			runs++
			return nil, nil
		}))
		grants := map[string]grant{}
		made := 0
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		t.Repeat(map[string]func(*rapid.T){
			"permit": func(t *rapid.T) {
				g := grant{pick("principal", "s3.amazonaws.com", "sns.amazonaws.com"), pick("bucket", "", "a", "b", "*"), pick("account", "", "123456789012")}
				sid := fmt.Sprint("s", made)
				made++
				in := registry.AddPermissionInput{StatementID: sid, Principal: g.principal, SourceAccount: g.account}
				if g.bucket != "" {
					in.SourceARN = "arn:aws:s3:::" + g.bucket
				}
				permit(t, svc, "f", "", in)
				grants[sid] = g
			},
			"forbid": func(t *rapid.T) {
				for i := range made { // the oldest
					if sid := fmt.Sprint("s", i); grants[sid] != (grant{}) {
						forbid(t, svc, "f", "", sid)
						delete(grants, sid)
						return
					}
				}
				t.Skip("nothing is permitted")
			},
			"push": func(t *rapid.T) {
				c := bucket(pick("source", "a", "b"))
				c.Principal = pick("caller", "s3.amazonaws.com", "sns.amazonaws.com")
				c.SourceAccount = pick("source account", "123456789012", "444455556666")
				want := false
				for _, g := range grants {
					want = want || g.principal == c.Principal && (g.account == "" || g.account == c.SourceAccount) &&
						(g.bucket == "" || g.bucket == "*" || c.SourceARN == "arn:aws:s3:::"+g.bucket)
				}
				before := runs
				_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", Caller: c})
				if want {
					require.NoError(t, err)
					require.Equal(t, before+1, runs)
					return
				}
				requireForbidden(t, err, c.Principal, "lambda:InvokeFunction", "f", "resource")
				require.Equal(t, before, runs)
			},
		})
	})
}

// Settings that the role does not allow are refused with AWS's texts, and leave what was set.
func TestRole_refusesSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		roles := newRoles(t)
		w := newWorld(t, invoke.Options{Roles: roles})
		refused := func(err error, want string) {
			t.Helper()
			var api *lambda.Error
			require.ErrorAs(t, err, &api)
			require.Equal(t, "InvalidParameterValueException", api.Code)
			require.Equal(t, 400, api.StatusCode)
			require.Equal(t, want, api.Message)
		}
		refused(w.svc.Deploy(lambda.Config{Name: "f", Role: roleARN + "2"}, ok), "The role defined for the function cannot be assumed by Lambda.")
		refused(w.svc.Deploy(lambda.Config{Name: "f", Role: roleARN, DeadLetter: w.to("dlq")}, ok),
			"The provided execution role does not have permissions to call SendMessage on SQS")
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, ok)
		refused(w.svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{OnFailure: w.to("failure")}),
			"The function execution role does not have permissions to call SendMessage on "+queueARN+"failure")
		w.send("f", "{}")
		w.wait()
		w.requireNothing("failure", "success")
		setRole(t, roles, "sqs:SendMessage")
		require.NoError(t, w.svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{OnSuccess: w.to("success")}))
		w.send("f", "{}")
		w.wait()
		require.EqualValues(t, "Success", w.record("success").RequestContext.Condition)
	})
}

// A permission that is lost later is a delivery that fails, and nothing else: the caller got its 202, the function ran
// as often as ever, and what the role still allows arrives.
func TestRole_permissionLostLater(t *testing.T) {
	for _, row := range []struct {
		name   string
		lose   func(t *testing.T, roles *iam.Roles)
		failed []string
		why    string
	}{
		{"nothing", func(*testing.T, *iam.Roles) {}, nil, ""},
		{"all", func(t *testing.T, roles *iam.Roles) { setRole(t, roles) }, []string{trace.OnFailure, trace.DeadLetter},
			"The function execution role does not have permissions to call SendMessage on "},
		{"the role", func(_ *testing.T, roles *iam.Roles) { roles.Delete(roleARN) }, []string{trace.OnFailure, trace.DeadLetter},
			"The role defined for the function cannot be assumed by Lambda."},
		{"trust", func(t *testing.T, roles *iam.Roles) {
			require.NoError(t, roles.Put(iam.Role{ARN: roleARN, Trust: iam.TrustPolicy("ec2.amazonaws.com"), Policies: []*iam.Policy{mayDo("sqs:*")}}))
		}, []string{trace.OnFailure, trace.DeadLetter}, "The role defined for the function cannot be assumed by Lambda."},
		{"one queue", func(t *testing.T, roles *iam.Roles) {
			require.NoError(t, roles.Put(iam.Role{ARN: roleARN, Policies: []*iam.Policy{mayDo("sqs:*"), {Statements: []iam.Statement{
				{Effect: iam.Deny, Action: []string{"sqs:SendMessage"}, Resource: []string{queueARN + "failure"}},
			}}}}))
		}, []string{trace.OnFailure}, "The function execution role does not have permissions to call SendMessage on "},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				roles := newRoles(t, "sqs:SendMessage")
				w := newWorld(t, invoke.Options{Roles: roles})
				w.deploy(lambda.Config{Role: roleARN}, code(func(context.Context, []byte) ([]byte, error) { return nil, errBoom }), nil, nil)
				w.send("f", `{"n":1}`)
				lambdatest.Advance(time.Minute + time.Second) // between two attempts
				row.lose(t, roles)
				w.wait()
				w.requireEnd("RetriesExhausted", 3, 180)
				var failed []string
				for _, e := range w.tl.Of(trace.DeliveryFailed) {
					failed = append(failed, e.Route)
					require.Contains(t, e.Detail, row.why)
				}
				require.Equal(t, row.failed, failed)
				require.Len(t, w.tl.Of(trace.Delivered), 2-len(row.failed))
				if len(row.failed) == 2 {
					w.requireNothing("failure", "dlq")
				}
			})
		})
	}
}

// A bucket has to be listed when it is set, and only written to when a record arrives.
func TestRole_bucketOnlyWrittenTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		roles := newRoles(t, "s3:PutObject")
		w := newWorld(t, invoke.Options{Roles: roles})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, code(func(context.Context, []byte) ([]byte, error) { return nil, errBoom }))
		put := 0
		failures := destinations.Func("arn:aws:s3:::failures", func(context.Context, destinations.Delivery) error { put++; return nil })
		c := invoke.EventInvokeConfig{OnFailure: failures, MaximumRetryAttempts: new(0)}
		require.ErrorContains(t, w.svc.PutEventInvokeConfig("f", c),
			"The function execution role does not have permissions to call ListBucket on arn:aws:s3:::failures")
		setRole(t, roles, "s3:PutObject", "s3:ListBucket")
		require.NoError(t, w.svc.PutEventInvokeConfig("f", c))
		setRole(t, roles, "s3:PutObject")
		w.send("f", "{}")
		w.wait()
		require.Equal(t, 1, put)
		require.NoError(t, roles.Put(iam.Role{ARN: roleARN, Policies: []*iam.Policy{{Statements: []iam.Statement{
			{Effect: iam.Allow, Action: []string{"s3:PutObject"}, Resource: []string{"arn:aws:s3:::failures/aws/lambda/async/f/*"}},
		}}}}))
		w.send("f", "{}")
		w.wait()
		require.Equal(t, 2, put, "all keys of the function are under its prefix")
		setRole(t, roles, "s3:ListBucket")
		w.send("f", "{}")
		w.wait()
		require.Equal(t, 2, put)
		require.Contains(t, w.tl.Of(trace.DeliveryFailed)[0].Detail, "PutObject on arn:aws:s3:::failures")
	})
}

// Execution is the role of what is named.
func TestService_Execution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		roles := newRoles(t)
		w := newWorld(t, invoke.Options{Roles: roles, CreateDelay: time.Minute})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Role: roleARN}, ok)
		require.True(t, w.svc.Execution(lambda.Ref{Name: "f"}).Restricted(), "Pending")
		lambdatest.Advance(2 * time.Minute)
		_, err := w.svc.PublishVersion("f")
		require.NoError(t, err)
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, ok)
		require.False(t, w.svc.Execution(lambda.Ref{Name: "f"}).Restricted())
		require.True(t, w.svc.Execution(lambda.Ref{Name: "f", Qualifier: "1"}).Restricted(), "a version keeps its role")
		require.False(t, w.svc.Execution(lambda.Ref{Name: "g"}).Restricted(), "no function, no role")
		require.EqualError(t, w.svc.Execution(lambda.Ref{Name: "f", Qualifier: "1"}).CheckSource(queueARN+"q"),
			"The function execution role does not have permissions to call ReceiveMessage on SQS")
		roles.Delete(roleARN)
		var denied *iam.DeniedError
		require.True(t, errors.As(w.svc.Execution(lambda.Ref{Name: "f", Qualifier: "1"}).CheckAssume(), &denied))
	})
}

// A host with functions of its own says itself which policies they have.
func TestAuthorize_hostsFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy, err := iam.ParsePolicy(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},
			"Action":"lambda:InvokeFunction","Resource":"` + account + `f"}}`)
		require.NoError(t, err)
		h := &hosts{}
		w := newWorld(t, invoke.Options{Functions: h, Roles: newRoles(t)})
		books, err := w.svc.Account().Claim("f", w.svc)
		require.NoError(t, err)
		d, err := registry.NewDeployment(books, w.svc.Identity(), lambda.Config{Name: "f", Role: roleARN}, ok, lambda.Latest)
		require.NoError(t, err)
		call := func() error {
			_, err := w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Caller: bucket("uploads")})
			return err
		}
		h.res = &registry.Resolution{Deployment: d}
		requireForbidden(t, call(), "s3.amazonaws.com", "lambda:InvokeFunction", "f", "resource")
		h.res = &registry.Resolution{Deployment: d, Policy: policy}
		require.NoError(t, call())
		_, err = w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "nobody", Caller: bucket("uploads")})
		requireForbidden(t, err, "s3.amazonaws.com", "lambda:InvokeFunction", "nobody", "resource")
	})
}

// hostFunc is a host whose every look-up is one call.
type hostFunc func() (*registry.Resolution, error)

func (h hostFunc) Resolve(context.Context, string, string) (*registry.Resolution, error) { return h() }

// A host that cannot say anything now has not said that there is no function.
func TestAuthorize_hostFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hostFunc(func() (*registry.Resolution, error) { return nil, errBoom })
		w := newWorld(t, invoke.Options{Functions: h, Roles: newRoles(t)})
		_, err := w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Caller: bucket("uploads")})
		require.ErrorIs(t, err, errBoom)
		require.False(t, w.svc.Execution(lambda.Ref{Name: "f"}).Restricted())
	})
}
