package push

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

// IdentityPool is a Cognito identity pool as far as its Sync trigger goes: a function that may change the records of a
// dataset while they are synchronised. It is safe for concurrent use.
type IdentityPool struct {
	id, function string
	line         *line
}

// DatasetRecord is one record that is synchronised.
type DatasetRecord struct {
	OldValue string `json:"oldValue"`
	NewValue string `json:"newValue"`
	Op       string `json:"op"` // replace or remove
}

// NewIdentityPool makes an identity pool with that id, such as us-east-1:…, whose Sync trigger is a function.
func NewIdentityPool(id, function string, o Options) (*IdentityPool, error) {
	l, err := newLine(cognitoSync, o.Identity.ARN("cognito-identity", "identitypool/"+id), &o)
	if err != nil {
		return nil, err
	}
	arn, err := l.functionARN(function)
	if err != nil {
		return nil, err
	}
	return &IdentityPool{id: id, function: arn, line: l}, nil
}

// ARN is the pool's ARN.
func (p *IdentityPool) ARN() string { return p.line.source }

// Synchronize calls the function for a dataset of an identity and returns the records as it wants them. The error is
// Lambda's, the function's as a *[lambda.FunctionError], or [ErrInvalidLambdaResponse] for an answer that is no event.
func (p *IdentityPool) Synchronize(ctx context.Context, identity, dataset string, records map[string]DatasetRecord) (map[string]DatasetRecord, error) {
	o, list := &object{}, &object{}
	o.text("datasetName", dataset).text("eventType", "SyncTrigger").text("region", p.line.identity.Region)
	o.text("identityId", identity)
	for _, name := range slices.Sorted(maps.Keys(records)) {
		r := records[name]
		list.raw(name, (&object{}).text("newValue", r.NewValue).text("oldValue", r.OldValue).text("op", r.Op).end())
	}
	event := o.raw("datasetRecords", list.end()).text("identityPoolId", p.id).number("version", 2).end()
	answer, err := p.line.call(ctx, p.function, event)
	if err != nil {
		return nil, err
	}
	var back struct{ DatasetRecords map[string]DatasetRecord }
	if json.Unmarshal(answer, &back) != nil || back.DatasetRecords == nil {
		return nil, ErrInvalidLambdaResponse.because("Unrecognizable lambda output")
	}
	return back.DatasetRecords, nil
}
