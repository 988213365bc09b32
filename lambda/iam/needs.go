package iam

import "strings"

// need is one thing that an execution role must be allowed to do.
type need struct {
	action   string
	resource string // the ARN that statements are held against
	subject  string // the ARN that texts name
}

func needs(arn string, actions ...string) []need {
	list := make([]need, len(actions))
	for i, a := range actions {
		list[i] = need{a, arn, arn}
	}
	return list
}

// serviceOf is the service that an ARN names.
func serviceOf(arn string) string {
	p, _ := splitARN(arn)
	return p[arnService]
}

// sending is what it takes to send something to a queue, topic, function or bus. What has another kind of ARN, an
// embedder's own target for one, is not AWS's to let or refuse.
func sending(arn string) []need {
	switch serviceOf(arn) {
	case "sqs":
		return needs(arn, "sqs:SendMessage")
	case "sns":
		return needs(arn, "sns:Publish")
	case "lambda":
		return needs(arn, "lambda:InvokeFunction")
	case "events":
		return needs(arn, "events:PutEvents")
	}
	return nil
}

// delivering is sending, or for a bucket what it takes to put an object there. prefix is what the keys begin with.
func delivering(arn, prefix string) []need {
	if serviceOf(arn) != "s3" {
		return sending(arn)
	}
	return []need{{"s3:PutObject", arn + "/" + prefix, arn}}
}

// configuring is what Lambda demands of the role when a destination is set: of a bucket, more than it uses later.
func configuring(arn, prefix string) []need {
	list := delivering(arn, prefix)
	if serviceOf(arn) == "s3" {
		list = append(list, need{"s3:ListBucket", arn, arn})
	}
	return list
}

// reading is what it takes to read a source. A consumer of a stream is read through the stream's rights and its own.
func reading(arn string) []need {
	switch service := serviceOf(arn); service {
	case "sqs":
		return needs(arn, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
	case "kinesis", "dynamodb":
		stream, _, consumer := strings.Cut(arn, "/consumer/")
		list := needs(stream, service+":GetRecords", service+":GetShardIterator", service+":DescribeStream", service+":ListStreams")
		if consumer {
			list = append(list, needs(arn, service+":SubscribeToShard")...)
		}
		return list
	}
	return nil
}
