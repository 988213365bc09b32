package iam

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManagedPolicy has the table of managed policies: what each allows beyond the logs.
func TestManagedPolicy(t *testing.T) {
	logs := "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"
	for _, row := range []struct {
		arn, actions string
		logs         bool
	}{
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "", true},
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole",
			"dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams", true},
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole", "kinesis:DescribeStream kinesis:DescribeStreamSummary " +
			"kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard", true},
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
			"sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes", true},
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole", "ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces " +
			"ec2:DescribeSubnets ec2:DeleteNetworkInterface ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses", true},
		{"arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess", "xray:PutTraceSegments xray:PutTelemetryRecords " +
			"xray:GetSamplingRules xray:GetSamplingTargets xray:GetSamplingStatisticSummaries", false},
		{"arn:aws-cn:iam::aws:policy/service-role/AWSLambdaMSKExecutionRole", "kafka:DescribeCluster kafka:DescribeClusterV2 " +
			"kafka:GetBootstrapBrokers ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DeleteNetworkInterface " +
			"ec2:DescribeVpcs ec2:DescribeSubnets ec2:DescribeSecurityGroups", true},
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy",
			"lambda:CheckpointDurableExecution lambda:GetDurableExecutionState", true},
	} {
		t.Run(row.arn, func(t *testing.T) {
			p, ok := ManagedPolicy(row.arn)
			require.True(t, ok)
			require.NoError(t, checkIdentityPolicy(p))
			want := strings.Fields(row.actions)
			if row.logs {
				want = append(strings.Fields(logs), want...)
			}
			require.Len(t, p.Statements, 1)
			require.Equal(t, want, p.Statements[0].Action)
			require.Equal(t, []string{"*"}, p.Statements[0].Resource)
			d, _ := Evaluate(&Request{Action: "sqs:ChangeMessageVisibility", Resource: queueARN}, p)
			require.Equal(t, ImplicitDeny, d)
			p.Statements[0].Action[0] = "changed"
			again, _ := ManagedPolicy(row.arn)
			require.False(t, slices.Contains(again.Statements[0].Action, "changed"))
		})
	}
}

func TestManagedPolicy_unknown(t *testing.T) {
	for _, arn := range []string{
		"", "AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
		"arn:aws:iam::123456789012:policy/service-role/AWSLambdaBasicExecutionRole",
		"arn:aws:s3::aws:policy/service-role/AWSLambdaBasicExecutionRole",
	} {
		_, ok := ManagedPolicy(arn)
		require.False(t, ok, arn)
	}
}
