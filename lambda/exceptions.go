package lambda

// exception is how one exception looks on the wire.
type exception struct {
	status  int
	capital bool // the text's key is Message, not message
	untyped bool // the body has no Type
}

// errorType is the body's Type: whose fault it is.
func (x exception) errorType() string {
	switch {
	case x.untyped:
		return ""
	case x.status >= 500:
		return "Service"
	}
	return "User"
}

// textKey is the body's key for the text. The case differs from exception to exception.
func (x exception) textKey() string {
	if x.capital {
		return "Message"
	}
	return "message"
}

// lookupException finds the exception by its name. One that Lambda's model does not have is a 400 with a small
// message, as most of the unmodelled ones are.
func lookupException(code string) exception {
	if x, ok := exceptions[code]; ok {
		return x
	}
	return exception{status: 400}
}

// exceptions is every exception of Lambda's model and the unmodelled ones seen on the wire.
var exceptions = map[string]exception{
	"CodeStorageExceededException":   {status: 400},
	"InvalidParameterValueException": {status: 400},
	"InvalidRequestContentException": {status: 400},
	"PolicyLengthExceededException":  {status: 400},
	"ValidationException":            {status: 400, untyped: true},

	"CodeVerificationFailedException": {status: 400, capital: true},
	"InvalidCodeSignatureException":   {status: 400, capital: true},
	"NoPublishedVersionException":     {status: 400, capital: true},
	"RecursiveInvocationException":    {status: 400, capital: true},
	"ResourceInUseException":          {status: 400, capital: true},
	"SnapStartException":              {status: 400, capital: true},

	"AccessDeniedException":        {status: 403, capital: true, untyped: true},
	"EFSMountFailureException":     {status: 403, capital: true},
	"S3FilesMountFailureException": {status: 403, capital: true},

	"CodeSigningConfigNotFoundException":            {status: 404, capital: true},
	"ProvisionedConcurrencyConfigNotFoundException": {status: 404},
	"ResourceNotFoundException":                     {status: 404, capital: true},

	"EFSMountConnectivityException":     {status: 408, capital: true},
	"EFSMountTimeoutException":          {status: 408, capital: true},
	"S3FilesMountConnectivityException": {status: 408, capital: true},
	"S3FilesMountTimeoutException":      {status: 408, capital: true},
	"SnapStartTimeoutException":         {status: 408, capital: true},

	"DurableExecutionAlreadyStartedException": {status: 409, capital: true},
	"ResourceConflictException":               {status: 409},
	"SnapStartNotReadyException":              {status: 409, capital: true},
	"EFSIOException":                          {status: 410, capital: true},
	"PreconditionFailedException":             {status: 412},

	"RequestEntityTooLargeException":           {status: 413, capital: true, untyped: true},
	"RequestTooLargeException":                 {status: 413},
	"SerializedRequestEntityTooLargeException": {status: 413},
	"UnsupportedMediaTypeException":            {status: 415},
	"TooManyRequestsException":                 {status: 429},

	"ServiceException": {status: 500, capital: true},

	"EC2AccessDeniedException":             {status: 502, capital: true},
	"EC2ThrottledException":                {status: 502, capital: true},
	"EC2UnexpectedException":               {status: 502, capital: true},
	"ENILimitReachedException":             {status: 502, capital: true},
	"InvalidRuntimeException":              {status: 502, capital: true},
	"InvalidSecurityGroupIDException":      {status: 502, capital: true},
	"InvalidSubnetIDException":             {status: 502, capital: true},
	"InvalidZipFileException":              {status: 502, capital: true},
	"KMSAccessDeniedException":             {status: 502, capital: true},
	"KMSDisabledException":                 {status: 502, capital: true},
	"KMSInvalidStateException":             {status: 502, capital: true},
	"KMSNotFoundException":                 {status: 502, capital: true},
	"ResourceNotReadyException":            {status: 502},
	"SubnetIPAddressLimitReachedException": {status: 502, capital: true},
}
