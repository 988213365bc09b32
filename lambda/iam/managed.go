package iam

import "strings"

// The ARNs of the managed policies that are modelled, as [Role].ManagedPolicies takes them; another partition's do as
// well. What they allow they allow on every resource.
const (
	AWSLambdaBasicExecutionRole              = managedPrefix + "service-role/AWSLambdaBasicExecutionRole"
	AWSLambdaDynamoDBExecutionRole           = managedPrefix + "service-role/AWSLambdaDynamoDBExecutionRole"
	AWSLambdaKinesisExecutionRole            = managedPrefix + "service-role/AWSLambdaKinesisExecutionRole"
	AWSLambdaSQSQueueExecutionRole           = managedPrefix + "service-role/AWSLambdaSQSQueueExecutionRole"
	AWSLambdaVPCAccessExecutionRole          = managedPrefix + "service-role/AWSLambdaVPCAccessExecutionRole"
	AWSLambdaMSKExecutionRole                = managedPrefix + "service-role/AWSLambdaMSKExecutionRole"
	AWSLambdaBasicDurableExecutionRolePolicy = managedPrefix + "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
	AWSXRayDaemonWriteAccess                 = managedPrefix + "AWSXRayDaemonWriteAccess"
)

const managedPrefix = "arn:aws:iam::aws:policy/"

// logs are the actions that all execution roles of AWS have.
const logs = "logs: CreateLogGroup CreateLogStream PutLogEvents"

// managedActions are the services and their actions, by the policy's ARN.
var managedActions = map[string][]string{
	AWSLambdaBasicExecutionRole:    {logs},
	AWSLambdaDynamoDBExecutionRole: {logs, "dynamodb: DescribeStream GetRecords GetShardIterator ListStreams"},
	AWSLambdaKinesisExecutionRole: {logs,
		"kinesis: DescribeStream DescribeStreamSummary GetRecords GetShardIterator ListShards ListStreams SubscribeToShard"},
	AWSLambdaSQSQueueExecutionRole: {logs, "sqs: ReceiveMessage DeleteMessage GetQueueAttributes"},
	AWSLambdaVPCAccessExecutionRole: {logs, "ec2: CreateNetworkInterface DescribeNetworkInterfaces DescribeSubnets " +
		"DeleteNetworkInterface AssignPrivateIpAddresses UnassignPrivateIpAddresses"},
	AWSLambdaMSKExecutionRole: {logs, "kafka: DescribeCluster DescribeClusterV2 GetBootstrapBrokers",
		"ec2: CreateNetworkInterface DescribeNetworkInterfaces DeleteNetworkInterface DescribeVpcs DescribeSubnets DescribeSecurityGroups"},
	AWSLambdaBasicDurableExecutionRolePolicy: {logs, "lambda: CheckpointDurableExecution GetDurableExecutionState"},
	AWSXRayDaemonWriteAccess: {
		"xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets GetSamplingStatisticSummaries"},
}

// ManagedPolicy is AWS's managed policy with that ARN, in the version of 2026, as a new value; false for one that is not
// modelled.
func ManagedPolicy(arn string) (*Policy, bool) {
	parts, ok := splitARN(arn)
	services, known := managedActions[managedPrefix+strings.TrimPrefix(parts[arnResource], "policy/")]
	if !ok || !known || parts[arnService] != "iam" || parts[arnAccount] != "aws" {
		return nil, false
	}
	s := Statement{Effect: Allow, Resource: []string{"*"}}
	for _, actions := range services {
		words := strings.Fields(actions)
		for _, action := range words[1:] {
			s.Action = append(s.Action, words[0]+action)
		}
	}
	return &Policy{Version: version, Statements: []Statement{s}}, true
}
