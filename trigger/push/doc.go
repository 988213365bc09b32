// Package push is the services that call functions with events and have no package of their own: CloudWatch Logs,
// Cognito, CloudFormation, Lex, Alexa, SES, IoT, CodeCommit, Config and Secrets Manager. What sets them apart is one
// table, [Producers]: who calls, how, for how long, how often, and with what a resource policy can know them by. Each
// then has a type of its own, that makes the event as the service makes it and treats the answer as the service does.
//
//	pool, err := push.NewUserPool("us-east-1_abc", push.Options{Invoker: svc})
//	err = pool.SetTrigger(push.PreSignUp, "check-signup")
//	response, err := pool.Trigger(ctx, push.UserPoolEvent{TriggerSource: "PreSignUp_SignUp", UserName: "ann", Request: request})
//
// Events are written by hand where aws-lambda-go has no type or one that marshals into something else: Lex V2, Alexa,
// IoT, ServiceToken of custom resources, times of CodeCommit.
//
// # Calls
//
// A synchronous producer waits for the function, as long as it does on AWS, and its own attempts follow each other at
// once. An asynchronous one hands the event over; only CloudWatch Logs tries again when Lambda refuses it. Each call
// carries the producer's principal and source for the function's resource policy, and is traced as Pushed or PushFailed.
//
// # What is not modelled
//
// The services themselves: users, mail, repositories, secrets, stacks and conversations are what the caller says they
// are. Cognito's custom senders, Lex's streaming, CloudFormation's rollbacks, CloudWatch Logs' destinations other than
// functions and filter patterns other than terms (JSON, space-delimited, regular expressions) are refused or not
// offered.
package push
