package apigateway

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/iam"
)

const yes = `"policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}`

func TestReadStatement(t *testing.T) {
	said, ok := readStatement([]byte(`{"principalId":"me",` + yes + `,"context":{"b":true,"a":"x","n":1e2,"z":null},"usageIdentifierKey":"k","more":{}}`))
	require.True(t, ok)
	require.Equal(t, "me", said.principal)
	require.Equal(t, "k", said.usageKey)
	require.Equal(t, pairs{{Name: "a", Value: "x"}, {Name: "b", Value: "true"}, {Name: "n", Value: "1e2"}}, said.values)
	require.Equal(t, `{"a":"x","b":"true","n":"1e2","principalId":"me","integrationLatency":0}`, string(said.restJSON()))
	require.Equal(t, `{"lambda":{"b":true,"a":"x","n":1e2,"z":null}}`, string(said.http2JSON()))
	require.Equal(t, `{"principalId":"me","b":true,"a":"x","n":1e2,"z":null}`, string(said.http1JSON()))
	require.Equal(t, iam.Allowed, said.verdict("arn:aws:execute-api:us-east-1:123456789012:a/s/GET/"))

	for _, mistake := range []string{
		``, `null`, `"x"`, `[]`, `{}`, `{"principalId":"me"}`, `{` + yes + `}`, `{"principalId":"",` + yes + `}`, `{"principalId":1,` + yes + `}`,
		`{"principalId":"me","policyDocument":{}}x`, `{"principalId":"me","policyDocument":"x"}`, `{"principalId":"me",` + yes + `,"context":"x"}`,
		`{"principalId":"me",` + yes + `,"context":{"a":[]}}`, `{"principalId":"me",` + yes + `,"context":[]}`,
	} {
		_, ok := readStatement([]byte(mistake))
		require.False(t, ok, mistake)
	}
}

func TestReadSimple(t *testing.T) {
	for text, want := range map[string]iam.Decision{
		`{"isAuthorized":true}`: iam.Allowed, `{"isAuthorized":false}`: iam.ImplicitDeny, `{"isAuthorized":true,"context":null}`: iam.Allowed,
		`{"isAuthorized":true,"isAuthorized":false}`: iam.ImplicitDeny,
	} {
		said, ok := readSimple([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, said.verdict("arn:aws:execute-api:us-east-1:123456789012:a/s/GET/"), text)
		require.Equal(t, `{}`, string(said.http1JSON()))
	}
	for _, mistake := range []string{`{}`, `true`, `{"isAuthorized":"true"}`, `{"isAuthorized":true,"context":[]}`, `{"isAuthorized":true`} {
		_, ok := readSimple([]byte(mistake))
		require.False(t, ok, mistake)
	}
}

// FuzzStatement: whatever an authorizer returns is read or refused, and what is read is shown as JSON.
func FuzzStatement(f *testing.F) {
	f.Add([]byte(`{"principalId":"me",` + yes + `,"context":{"a\u00e9":"x","n":-1}}`))
	f.Add([]byte(`{"isAuthorized":true,"context":{"a":[{}]}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, read := range []func([]byte) (*statement, bool){readStatement, readSimple} {
			said, ok := read(payload)
			if !ok {
				continue
			}
			for _, shown := range [][]byte{said.restJSON(), said.http1JSON(), said.http2JSON()} {
				require.True(t, json.Valid(shown), "%s", shown)
			}
			said.verdict("arn:aws:execute-api:us-east-1:123456789012:a/s/GET/")
		}
	})
}
