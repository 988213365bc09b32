package apigateway

import "github.com/lambdakit/lambdakit/lambda"

// Stage is one deployment of an API.
type Stage struct {
	// Name is the first part of the paths under which the API is asked: letters, digits, _ and -. An HTTP API may also
	// have a stage by the name $default, which is no part of paths.
	Name string
	// Variables are the stage variables that functions see.
	Variables map[string]string
	// Throttle limits the stage's requests; nil for none.
	Throttle *Throttle

	_ struct{}
}

// stage is a Stage as requests need it.
type stage struct {
	name      string
	arn       string // of what is below it, up to its slash
	variables pairs
	throttle  *bucket
}

// readStages reads the stages of an API; special is a name that is allowed beside the usual ones.
func readStages(list []Stage, special, apiID string, id lambda.Identity) (map[string]*stage, error) {
	stages := make(map[string]*stage, len(list))
	for i := range list {
		s := &list[i]
		setting := "stage " + s.Name
		switch {
		case s.Name == "" || s.Name != special && !isStageName(s.Name):
			return nil, misconfigured(setting, "the name must be of letters, digits, _ and -")
		case stages[s.Name] != nil:
			return nil, misconfigured(setting, "is there twice")
		}
		throttle, err := newBucket(setting, s.Throttle)
		if err != nil {
			return nil, err
		}
		stages[s.Name] = &stage{
			name: s.Name, arn: id.ARN("execute-api", apiID+"/"+s.Name+"/"), variables: sortedPairs(s.Variables), throttle: throttle,
		}
	}
	return stages, nil
}

// methodARN is arn:aws:execute-api:region:account:api/stage/METHOD/path.
func (s *stage) methodARN(method, path string) string { return s.arn + method + path }

func isStageName(name string) bool {
	return isPart(name, "-_")
}
