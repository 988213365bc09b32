package iam

import (
	"fmt"

	"pgregory.net/rapid"
)

// The generators draw from few values, so that statements often match.

var (
	actionPatterns = []string{"*", "sqs:*", "sqs:SendMessage", "SQS:send*", "sns:Publish", "lambda:InvokeFunction", "sqs:?endMessage"}
	actionNames    = []string{"sqs:SendMessage", "sqs:ReceiveMessage", "sns:Publish", "lambda:InvokeFunction"}
	arnPatterns    = []string{"*", "arn:aws:sqs:*:*:*", "arn:aws:sqs:us-east-1:111122223333:a", "arn:aws:s?s:us-east-1:111122223333:?", "arn:aws:s3:::b/*"}
	arnNames       = []string{"arn:aws:sqs:us-east-1:111122223333:a", "arn:aws:sns:us-east-1:111122223333:b", "arn:aws:s3:::b/k:v", "arn:aws:s3:::b"}
	awsPrincipals  = []string{"*", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/p/r", "arn:aws:iam::444455556666:user/u"}
	services       = []string{"s3.amazonaws.com", "logs.us-east-1.amazonaws.com", "logs.amazonaws.com"}
	askers         = []string{"*", "111122223333", "arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::444455556666:user/u",
		"arn:aws:iam::111122223333:role/p/r", "s3.amazonaws.com", "logs.us-east-1.amazonaws.com", "logs.eu-west-1.amazonaws.com"}
	contextKeys = []string{"aws:SourceArn", "aws:SourceAccount", "lambda:InvokedViaFunctionUrl"}
	texts_      = []string{"arn:aws:s3:::b", "arn:aws:s3:::c", "111122223333", "true", "false", "TRUE"}
)

func drawPolicy(t *rapid.T, ofResource bool) *Policy {
	p := &Policy{Version: rapid.SampledFrom([]string{"", "2012-10-17", "2008-10-17"}).Draw(t, "version"),
		ID: rapid.StringN(0, 3, -1).Draw(t, "id")}
	for i := range rapid.IntRange(1, 4).Draw(t, "statements") {
		s := drawStatement(t, ofResource)
		if rapid.Bool().Draw(t, "named") {
			s.Sid = fmt.Sprint("s<", i)
		}
		p.Statements = append(p.Statements, s)
	}
	return p
}

func drawStatement(t *rapid.T, ofResource bool) Statement {
	s := Statement{Effect: rapid.SampledFrom([]Effect{Allow, Allow, Deny}).Draw(t, "effect")}
	list := func(from []string, label string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(from), 1, 3).Draw(t, label)
	}
	if rapid.IntRange(0, 3).Draw(t, "not action") == 0 {
		s.NotAction = list(actionPatterns, "NotAction")
	} else {
		s.Action = list(actionPatterns, "Action")
	}
	switch rapid.IntRange(0, 4).Draw(t, "resource form") {
	case 0:
		s.NotResource = list(arnPatterns, "NotResource")
	case 1:
		if ofResource {
			break
		}
		fallthrough
	default:
		s.Resource = list(arnPatterns, "Resource")
	}
	if ofResource {
		s.Principal = drawPrincipal(t)
	}
	s.Condition = drawConditions(t)
	return s
}

func drawPrincipal(t *rapid.T) *Principal {
	switch rapid.IntRange(0, 3).Draw(t, "principal form") {
	case 0:
		return &Principal{Everybody: true}
	case 1:
		return &Principal{Service: rapid.SliceOfN(rapid.SampledFrom(services), 1, 2).Draw(t, "Service")}
	case 2:
		return &Principal{AWS: rapid.SliceOfN(rapid.SampledFrom(awsPrincipals), 1, 3).Draw(t, "AWS")}
	}
	return &Principal{
		AWS:     []string{rapid.SampledFrom(awsPrincipals).Draw(t, "AWS")},
		Service: []string{rapid.SampledFrom(services).Draw(t, "Service")},
	}
}

func drawConditions(t *rapid.T) (list []Condition) {
	for _, key := range contextKeys {
		if rapid.IntRange(0, 2).Draw(t, "condition") > 0 {
			continue
		}
		o := rapid.SampledFrom([]Operator{StringEquals, StringLike, ArnEquals, ArnLike, Bool}).Draw(t, "operator")
		from := []string{"arn:aws:s3:::b", "arn:aws:s3:::?", "1111*", "true", "*"}
		switch {
		case o.onARNs():
			from = []string{"arn:aws:s3:::b", "arn:aws:s3:::*", "arn:*:*:::?", "*"}
		case o == Bool:
			from = []string{"true", "False"}
		}
		list = append(list, Condition{Operator: o, Key: key, Values: rapid.SliceOfN(rapid.SampledFrom(from), 1, 2).Draw(t, "values")})
	}
	return list
}

func drawRequest(t *rapid.T) *Request {
	r := &Request{
		Principal: rapid.SampledFrom(askers).Draw(t, "who"),
		Action:    rapid.SampledFrom(actionNames).Draw(t, "action"),
		Resource:  rapid.SampledFrom(arnNames).Draw(t, "arn"),
	}
	for _, key := range []string{"AWS:SourceArn", "aws:sourceaccount", "lambda:InvokedViaFunctionUrl"} {
		if rapid.Bool().Draw(t, "has key") {
			r.Context = append(r.Context, ContextKey{key, rapid.SampledFrom(texts_).Draw(t, "value")})
		}
	}
	return r
}
