// Package registry holds what is deployed: functions with their versions and aliases, and all the settings that Lambda
// keeps about them. It is Lambda's control plane without the wire.
//
// A [Registry] has a method for every operation, named as AWS names it, which takes what AWS takes, checks in AWS's
// order and refuses with AWS's text in a [*lambda.Error]. What it returns marshals to AWS's JSON, so that a REST layer
// has only routes and headers to add:
//
//	r := registry.New(registry.Options{})
//	r.CreateFunction(now, registry.CreateFunctionInput{Config: lambda.Config{Name: "orders"}, Code: code})
//	r.PublishVersion(now, "orders", registry.PublishVersionInput{})
//	r.CreateAlias(now, "orders", "live", registry.Routing{Version: "1"})
//	...
//	res, err := r.Resolve(now, lambda.Ref{Name: "orders", Qualifier: "live"})
//	deployment := res.Pick(draw)
//	lease, err := deployment.Books.AcquireAt(now)
//
// # Invocations
//
// [Registry.Resolve] is what an invocation asks. It takes no lock: each change builds the function's table anew, and
// an invocation sees the one or the other. The [Deployment] it finds is immutable, and another pointer is another
// deploy.
//
// # Time
//
// No method reads a clock or starts a goroutine or timer; each is told the instant. A new function is Pending for
// [Options].CreateDelay and an update InProgress for UpdateDelay, which are 0 by default: the answer of the call says
// Pending or InProgress, as AWS's does, and the next call finds the function Active. [Registry.Settle] says when
// something is due.
//
// # Concurrency
//
// Reserved and provisioned concurrency are numbers in the books of package concurrency; the registry adds the rules
// about names, versions and aliases. Environments of provisioned concurrency are made by whoever runs the functions:
// see [Options].OnProvision.
//
// # What is not modelled
//
// There is no way to express layers, images, VPC, file systems, KMS keys, SnapStart, code signing, durable functions,
// tenant isolation or capacity providers, so none of these is stored without effect. Functions never become Inactive,
// and updates never fail. Event source mappings are package eventsource's. Whether a role may do what a setting needs
// is asked only with [Options].Roles.
package registry
