package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// service is a Service with one function.
func service(handler any) *invoke.Service {
	svc := invoke.New(invoke.Options{})
	if err := svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(handler)); err != nil {
		panic(err)
	}
	return svc
}

// The table of the services, with how they call.
func ExampleProducers() {
	for _, p := range push.Producers() {
		who := strings.Join(p.Principals, ", ")
		if who == "" {
			who = "a role"
		}
		fmt.Printf("%-18s %-15s %s\n", p.Name, p.InvocationType, who)
	}
	// Output:
	// CloudWatch Logs    Event           logs.<region>.amazonaws.com, logs.amazonaws.com
	// Cognito user pool  RequestResponse cognito-idp.amazonaws.com
	// Cognito Sync       RequestResponse cognito-sync.amazonaws.com
	// SES                Event           ses.amazonaws.com
	// IoT rule           Event           iot.amazonaws.com
	// CodeCommit         Event           codecommit.amazonaws.com
	// Config             Event           config.amazonaws.com
	// CloudFormation     Event           a role
	// Lex V1             RequestResponse lex.amazonaws.com
	// Lex V2             RequestResponse lexv2.amazonaws.com
	// Alexa skill        RequestResponse alexa-appkit.amazon.com
	// Alexa smart home   RequestResponse alexa-connectedhome.amazon.com
	// Secrets Manager    RequestResponse secretsmanager.amazonaws.com
}

// Only the lines with ERROR reach the function.
func ExampleLogGroup() {
	svc := service(func(_ context.Context, e events.CloudwatchLogsEvent) error {
		data, err := e.AWSLogs.Parse()
		for _, l := range data.LogEvents {
			fmt.Println(data.LogGroup, data.LogStream, l.Message)
		}
		return err
	})
	defer svc.Close()
	ctx := context.Background()
	group, err := push.NewLogGroup("/app", push.Options{Invoker: svc})
	if err == nil {
		err = group.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: "errors", FilterPattern: "ERROR", Function: "f"})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	group.PutLogEvents("web-1", push.LogEvent{Message: "INFO up"}, push.LogEvent{Message: "ERROR disk full"})
	fmt.Println(svc.Wait(ctx))
	// Output:
	// /app web-1 ERROR disk full
	// <nil>
}

// A sign-up that the function does not like.
func ExampleUserPool() {
	svc := service(func(_ context.Context, e events.CognitoEventUserPoolsPreSignup) (events.CognitoEventUserPoolsPreSignup, error) {
		if e.UserName == "root" {
			return e, errors.New("choose another name")
		}
		e.Response.AutoConfirmUser = true
		return e, nil
	})
	defer svc.Close()
	pool, err := push.NewUserPool("us-east-1_abc", push.Options{Invoker: svc})
	if err == nil {
		err = pool.SetTrigger(push.PreSignUp, "f")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"ann", "root"} {
		response, err := pool.Trigger(context.Background(), push.UserPoolEvent{TriggerSource: "PreSignUp_SignUp", UserName: name})
		fmt.Println(string(response), err)
	}
	// Output:
	// {"autoConfirmUser":true,"autoVerifyEmail":false,"autoVerifyPhone":false} <nil>
	//  UserLambdaValidationException: PreSignUp failed with error choose another name.
}

// A mail that the function stops.
func ExampleReceiptRule() {
	svc := service(func(_ context.Context, e events.SimpleEmailEvent) (events.SimpleEmailDisposition, error) {
		if e.Records[0].SES.Receipt.SpamVerdict.Status == "FAIL" {
			return events.SimpleEmailDisposition{Disposition: events.SimpleEmailStopRuleSet}, nil
		}
		return events.SimpleEmailDisposition{Disposition: events.SimpleEmailContinue}, nil
	})
	defer svc.Close()
	rule, err := push.NewReceiptRule("f", invoke.RequestResponse, push.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rule.Receive(context.Background(), push.Mail{SpamVerdict: "FAIL"}))
	// Output: STOP_RULE_SET <nil>
}

// A custom resource whose function answers at its ResponseURL.
func ExampleStack() {
	var stack *push.Stack
	svc := service(func(_ context.Context, e map[string]any) error {
		fmt.Println(e["RequestType"], e["ResourceProperties"].(map[string]any)["Count"])
		answer, err := json.Marshal(map[string]any{
			"Status": "SUCCESS", "PhysicalResourceId": "table-1", "StackId": e["StackId"], "RequestId": e["RequestId"],
			"LogicalResourceId": e["LogicalResourceId"],
		})
		if err != nil {
			return err
		}
		return stack.Respond(e["ResponseURL"].(string), answer)
	})
	defer svc.Close()
	stack, err := push.NewStack("app", "", push.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := stack.Create(context.Background(), push.CustomResource{
		LogicalID: "Table", Type: "Custom::Table", ServiceToken: "f", ServiceTimeout: time.Minute, Properties: map[string]any{"Count": 7},
	})
	fmt.Println(got.PhysicalResourceID, err)
	// Output:
	// Create 7
	// table-1 <nil>
}

// A rotation that a step ends.
func ExampleSecret() {
	svc := service(func(_ context.Context, e events.SecretsManagerSecretRotationEvent) error {
		fmt.Println(e.Step)
		if e.Step == "testSecret" {
			return errors.New("the new password does not work")
		}
		return nil
	})
	defer svc.Close()
	ctx := context.Background()
	secret, err := push.NewSecret(ctx, "db", "f", push.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = secret.RotateSecret(ctx, "")
	var ended *push.RotationError
	fmt.Println(errors.As(err, &ended) && ended.Step == "testSecret")
	// Output:
	// createSecret
	// setSecret
	// testSecret
	// true
}

// The function gets what the SQL made of a message, and nothing around it.
func ExampleTopicRule() {
	svc := service(func(_ context.Context, e struct{ Celsius float64 }) error {
		fmt.Println(e.Celsius)
		return nil
	})
	defer svc.Close()
	ctx := context.Background()
	rule, err := push.NewTopicRule("temperature", "f", push.Options{Invoker: svc})
	if err == nil {
		err = rule.Publish(ctx, []byte(`{"celsius":21.5}`))
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = svc.Wait(ctx)
	// Output: 21.5
}

// A chat bot's question to its function.
func ExampleLexBot() {
	svc := service(func(_ context.Context, e events.LexEvent) (events.LexResponse, error) {
		return events.LexResponse{DialogAction: events.LexDialogAction{Type: "ElicitSlot", SlotToElicit: "colour", IntentName: e.CurrentIntent.Name}}, nil
	})
	defer svc.Close()
	bot, err := push.NewLexBot(push.LexBotName{Name: "shop"}, "OrderFlowers", "f", push.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := bot.Turn(context.Background(), push.LexTurn{InvocationSource: push.DialogCodeHook, InputTranscript: "two roses"})
	fmt.Println(string(answer), err)
	// Output: {"sessionAttributes":null,"dialogAction":{"type":"ElicitSlot","intentName":"OrderFlowers","slotToElicit":"colour"}} <nil>
}

// The same for a bot of the second version, whose event aws-lambda-go has no type for.
func ExampleLexV2Bot() {
	svc := service(func(_ context.Context, e struct{ InputTranscript string }) (map[string]any, error) {
		fmt.Println(e.InputTranscript)
		return map[string]any{"sessionState": map[string]any{"dialogAction": map[string]any{"type": "Delegate"}}}, nil
	})
	defer svc.Close()
	bot, err := push.NewLexV2Bot(push.LexV2BotName{ID: "BOT", AliasID: "ALIAS", LocaleID: "en_US"}, "f", push.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := bot.Turn(context.Background(), push.LexV2Turn{InvocationSource: push.DialogCodeHook, InputTranscript: "two roses"})
	fmt.Println(string(answer), err)
	// Output:
	// two roses
	// {"sessionState":{"dialogAction":{"type":"Delegate"}}} <nil>
}

// A skill that is launched.
func ExampleSkill() {
	svc := service(func(_ context.Context, e map[string]any) (map[string]any, error) {
		fmt.Println(e["request"].(map[string]any)["type"])
		return map[string]any{"version": "1.0", "response": map[string]any{"shouldEndSession": true}}, nil
	})
	defer svc.Close()
	skill, err := push.NewSkill("amzn1.ask.skill.1", "f", push.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	response, err := skill.Ask(context.Background(), push.SkillRequest{Type: "LaunchRequest", UserID: "ann"})
	fmt.Println(string(response), err)
	// Output:
	// LaunchRequest
	// {"shouldEndSession":true} <nil>
}

// Who has pushed what.
func ExampleRepository() {
	svc := service(func(_ context.Context, e events.CodeCommitEvent) error {
		fmt.Println(e.Records[0].CodeCommit.References[0].Ref, e.Records[0].UserIdentityARN)
		return nil
	})
	defer svc.Close()
	ctx := context.Background()
	repository, err := push.NewRepository("shop", "on-push", "f", "", push.Options{Invoker: svc})
	if err == nil {
		err = repository.Push(ctx, "arn:aws:iam::123456789012:user/ann", push.Reference{Commit: "c1", Ref: "refs/heads/main"})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = svc.Wait(ctx)
	// Output: refs/heads/main arn:aws:iam::123456789012:user/ann
}

// What Config wants to have evaluated.
func ExampleConfigRule() {
	svc := service(func(_ context.Context, e events.ConfigEvent) error {
		fmt.Println(e.ConfigRuleName, e.InvokingEvent, e.RuleParameters)
		return nil
	})
	defer svc.Close()
	ctx := context.Background()
	rule, err := push.NewConfigRule("encrypted", "f", "arn:aws:iam::123456789012:role/config", nil, push.Options{Invoker: svc})
	if err == nil {
		_, err = rule.Evaluate(ctx, map[string]string{"messageType": "ScheduledNotification"}, false)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = svc.Wait(ctx)
	// Output: encrypted {"messageType":"ScheduledNotification"} {}
}

// Records that the function changes on their way.
func ExampleIdentityPool() {
	svc := service(func(_ context.Context, e events.CognitoEvent) (events.CognitoEvent, error) {
		r := e.DatasetRecords["name"]
		r.NewValue = strings.ToUpper(r.NewValue)
		e.DatasetRecords["name"] = r
		return e, nil
	})
	defer svc.Close()
	pool, err := push.NewIdentityPool("us-east-1:1", "f", push.Options{Invoker: svc})
	if err != nil {
		fmt.Println(err)
		return
	}
	records, err := pool.Synchronize(context.Background(), "me", "profile", map[string]push.DatasetRecord{"name": {NewValue: "ann", Op: "replace"}})
	fmt.Println(records["name"].NewValue, err)
	// Output: ANN <nil>
}
