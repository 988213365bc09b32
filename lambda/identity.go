package lambda

// The identity of functions that are given none.
const (
	DefaultAccount   = "123456789012"
	DefaultRegion    = "us-east-1"
	DefaultPartition = "aws"
)

// Identity is where functions live. An empty field stands for its default, so the zero value is usable:
// account 123456789012 in us-east-1, partition aws.
type Identity struct {
	Account   string // 12 digits
	Region    string // such as eu-west-1
	Partition string // aws, aws-cn, aws-us-gov, …
}

// WithDefaults is id with its empty fields filled.
func (id Identity) WithDefaults() Identity {
	if id.Account == "" {
		id.Account = DefaultAccount
	}
	if id.Region == "" {
		id.Region = DefaultRegion
	}
	if id.Partition == "" {
		id.Partition = DefaultPartition
	}
	return id
}

// ARN is the ARN of one of this account's resources in this Region:
// arn:partition:service:region:account:resource.
func (id Identity) ARN(service, resource string) string {
	id = id.WithDefaults()
	return "arn:" + id.Partition + ":" + service + ":" + id.Region + ":" + id.Account + ":" + resource
}

// FunctionARN is the function's ARN, ending in the qualifier unless that is "". It allocates the string only.
func (id Identity) FunctionARN(name, qualifier string) string {
	id = id.WithDefaults()
	if qualifier == "" {
		return "arn:" + id.Partition + ":lambda:" + id.Region + ":" + id.Account + ":function:" + name
	}
	return "arn:" + id.Partition + ":lambda:" + id.Region + ":" + id.Account + ":function:" + name + ":" + qualifier
}

// EventSourceMappingARN is the ARN of the event source mapping with that UUID.
func (id Identity) EventSourceMappingARN(uuid string) string {
	return id.ARN("lambda", "event-source-mapping:"+uuid)
}
