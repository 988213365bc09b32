package apigateway

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
	variables pairs
	throttle  *bucket
}

// readStages reads the stages; special is a name that is allowed beside the usual ones.
func readStages(list []Stage, special string) (map[string]*stage, error) {
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
		stages[s.Name] = &stage{s.Name, sortedPairs(s.Variables), throttle}
	}
	return stages, nil
}

func isStageName(name string) bool {
	return isPart(name, "-_")
}
