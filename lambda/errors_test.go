package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func ExampleError() {
	err := fmt.Errorf("calling the shop: %w", RateExceeded("ReservedFunctionConcurrentInvocationLimitExceeded"))
	fmt.Println(errors.Is(err, ErrTooManyRequests), errors.Is(err, ErrResourceNotFound))
	var e *Error
	if errors.As(err, &e) {
		fmt.Println(e.StatusCode, e.Reason)
		fmt.Printf("%s\n", e.Body())
	}
	// Output:
	// true false
	// 429 ReservedFunctionConcurrentInvocationLimitExceeded
	// {"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}
}

func ExampleError_WriteHTTP() {
	w := httptest.NewRecorder()
	Identity{}.InvokeNotFound("orders", "").WriteHTTP(w)
	fmt.Println(w.Code, w.Header().Get("x-amzn-ErrorType"))
	fmt.Println(w.Body)
	// Output:
	// 404 ResourceNotFoundException
	// {"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:orders:$LATEST"}
}

// Which exception has which status and key, written out once more by status, as AWS's model lists them. M is a
// capital Message, m a small one, and - stands for a body without Type.
func TestExceptionTable(t *testing.T) {
	const model = `
400 m InvalidParameterValueException InvalidRequestContentException PolicyLengthExceededException CodeStorageExceededException
400 m- ValidationException
400 M NoPublishedVersionException RecursiveInvocationException SnapStartException ResourceInUseException CodeVerificationFailedException InvalidCodeSignatureException
403 M- AccessDeniedException
403 M EFSMountFailureException S3FilesMountFailureException
404 M ResourceNotFoundException CodeSigningConfigNotFoundException
404 m ProvisionedConcurrencyConfigNotFoundException
408 M SnapStartTimeoutException EFSMountTimeoutException EFSMountConnectivityException S3FilesMountTimeoutException S3FilesMountConnectivityException
409 m ResourceConflictException
409 M SnapStartNotReadyException DurableExecutionAlreadyStartedException
410 M EFSIOException
412 m PreconditionFailedException
413 m RequestTooLargeException SerializedRequestEntityTooLargeException
413 M- RequestEntityTooLargeException
415 m UnsupportedMediaTypeException
429 m TooManyRequestsException
500 M ServiceException
502 M EC2AccessDeniedException EC2ThrottledException EC2UnexpectedException ENILimitReachedException InvalidRuntimeException InvalidSecurityGroupIDException InvalidSubnetIDException InvalidZipFileException KMSAccessDeniedException KMSDisabledException KMSInvalidStateException KMSNotFoundException SubnetIPAddressLimitReachedException
502 m ResourceNotReadyException`
	listed := 0
	for line := range strings.SplitSeq(strings.TrimSpace(model), "\n") {
		fields := strings.Fields(line)
		for _, code := range fields[2:] {
			listed++
			t.Run(code, func(t *testing.T) {
				require.Contains(t, exceptions, code)
				e := NewError(code, "text")
				require.Equal(t, fields[0], fmt.Sprint(e.StatusCode))
				wantType := map[bool]string{false: "User", true: "Service"}[e.StatusCode >= 500]
				if strings.HasSuffix(fields[1], "-") {
					wantType = ""
				}
				require.Equal(t, wantType, e.Type)
				key := map[byte]string{'m': "message", 'M': "Message"}[fields[1][0]]
				var body map[string]string
				require.NoError(t, json.Unmarshal(e.Body(), &body))
				require.Equal(t, "text", body[key])
				_, hasType := body["Type"]
				require.Equal(t, wantType != "", hasType)
			})
		}
	}
	require.Len(t, exceptions, listed)
	require.Equal(t, &Error{Code: "UnheardOfException", StatusCode: 400, Type: "User", Message: "x"}, NewError("UnheardOfException", "x"))
	require.Equal(t, `{"Type":"User","message":"x"}`, string(NewError("UnheardOfException", "x").Body()))
}

// Every sentinel is an exception that exists, and matches its own errors only.
func TestIs(t *testing.T) {
	sentinels := []error{
		ErrAccessDenied, ErrCodeSigningConfigNotFound, ErrCodeStorageExceeded, ErrCodeVerificationFailed,
		ErrInvalidCodeSignature, ErrInvalidParameterValue, ErrInvalidRequestContent, ErrPolicyLengthExceeded,
		ErrPreconditionFailed, ErrProvisionedConcurrencyConfigNotFound, ErrRecursiveInvocation,
		ErrRequestEntityTooLarge, ErrRequestTooLarge, ErrResourceConflict, ErrResourceInUse, ErrResourceNotFound,
		ErrResourceNotReady, ErrService, ErrTooManyRequests, ErrUnsupportedMediaType, ErrValidation,
	}
	for i, sentinel := range sentinels {
		code := string(sentinel.(kind))
		require.Contains(t, exceptions, code)
		err := error(NewError(code, "text"))
		for j, other := range sentinels {
			require.Equal(t, i == j, errors.Is(err, other), "%v is %v", err, other)
		}
		require.Equal(t, "lambda: "+code, sentinel.Error())
	}
	require.False(t, errors.Is(NewError("ServiceException", ""), errors.New("lambda: ServiceException")))
	require.Equal(t, "lambda: ServiceException", NewError("ServiceException", "").Error())
	require.Equal(t, "lambda: ServiceException: oh", NewError("ServiceException", "oh").Error())
}

func TestBody(t *testing.T) {
	for _, row := range []struct {
		name string
		err  *Error
		want string
	}{
		{"row 12", FunctionNotFound("arn:aws:lambda:r:a:function:doesnotexist:$LATEST"), `{"Type":"User","Message":"Function not found: arn:aws:lambda:r:a:function:doesnotexist:$LATEST"}`},
		{"row 16", QualifierMismatch(), `{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}`},
		{"row 30", RateExceeded("ReservedFunctionConcurrentInvocationLimitExceeded"), `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
		{"row 32", RateExceeded("ConcurrentInvocationLimitExceeded"), `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
		{"no type", NewError("ValidationException", "1 validation error"), `{"message":"1 validation error"}`},
		{"service", NewError("ServiceException", "oh"), `{"Type":"Service","Message":"oh"}`},
		{"no text", ForeignAccount(), `{"Message":null}`},
		{"nothing is escaped that need not be", NewError("ServiceException", "<a> & 'b' \u2028 \"c\" \\ \x01\n"), "{\"Type\":\"Service\",\"Message\":\"<a> & 'b' \u2028 \\\"c\\\" \\\\ \\u0001\\n\"}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, string(row.err.Body()))
			require.True(t, json.Valid(row.err.Body()))
		})
	}
}

func TestWriteHTTP(t *testing.T) {
	e := RateExceeded("CallerRateLimitExceeded")
	e.RetryAfter = 1500 * time.Millisecond
	w := httptest.NewRecorder()
	e.WriteHTTP(w)
	require.Equal(t, 429, w.Code)
	require.Equal(t, "TooManyRequestsException", w.Header().Get("x-amzn-ErrorType"))
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "2", w.Header().Get("Retry-After"))
	require.Equal(t, string(e.Body()), w.Body.String())

	w = httptest.NewRecorder()
	(&Error{Code: "ResourceConflictException"}).WriteHTTP(w) // made by hand, without a status
	require.Equal(t, 409, w.Code)
	require.Empty(t, w.Header().Values("Retry-After"))
}

func TestTexts(t *testing.T) {
	id := Identity{Account: "111111111111", Region: "eu-west-1"}
	const arn = "arn:aws:lambda:eu-west-1:111111111111:function:f"
	for _, row := range []struct {
		name string
		err  error
		code string
		text string
	}{
		{"row 8", RequestTooLarge("InvokeFunction", MaxRequestPayload), "RequestEntityTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
		{"create too large", RequestTooLarge("CreateFunction", MaxCreateRequest), "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes for the CreateFunction operation"},
		{"row 9", EventTooLarge(1048577), "RequestEntityTooLargeException", "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"},
		{"row 12", id.InvokeNotFound("f", ""), "ResourceNotFoundException", "Function not found: " + arn + ":$LATEST"},
		{"row 13", id.InvokeNotFound("f", "nope"), "ResourceNotFoundException", "Function not found: " + arn + ":nope"},
		{"GetFunction adds nothing", FunctionNotFound(id.FunctionARN("f", "")), "ResourceNotFoundException", "Function not found: " + arn},
		{"alias", AliasNotFound(arn + ":a"), "ResourceNotFoundException", "Cannot find alias arn: " + arn + ":a"},
		{"resource", ResourceMissing(), "ResourceNotFoundException", "The resource you requested does not exist."},
		{"row 20", ForeignRegion("x", "y"), "ResourceNotFoundException", "Functions from 'x' are not reachable in this region ('y')"},
		{"row 33", FunctionInState("Pending"), "ResourceConflictException", "The operation cannot be performed at this time. The function is currently in the following state: Pending"},
		{"second update", UpdateInProgress(arn), "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: " + arn},
		{"exists", FunctionExists("f"), "ResourceConflictException", "Function already exist: f"},
		{"revision", RevisionMismatch("GetFunction/GetAlias"), "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"},
		{"role", RoleDenied(errors.New("The role may not.")), "InvalidParameterValueException", "The role may not."},
		{"forbidden", InvokeForbidden("arn:aws:iam::1:user/u", arn, "identity"), "AccessDeniedException", "User: arn:aws:iam::1:user/u is not authorized to perform: lambda:InvokeFunction on resource: " + arn + " because no identity-based policy allows the lambda:InvokeFunction action"},
		{"row 41", RecursionStopped(), "RecursiveInvocationException", "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation."},
		{"client context", ClientContextTooLarge(), "InvalidRequestContentException", "Client context must be no more than 3583 bytes of Base64-encoded data."},
		{"client context form", ClientContextInvalid(), "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."},
		{"not modelled", NotModelled("SnapStart"), "InvalidParameterValueException", "SnapStart is not modelled by lambdakit."},
	} {
		t.Run(row.name, func(t *testing.T) {
			var e *Error
			require.ErrorAs(t, row.err, &e)
			require.Equal(t, row.code, e.Code)
			require.Equal(t, row.text, e.Message)
		})
	}
	require.NoError(t, ValidationError(""))
	require.NoError(t, RoleDenied(nil))
	require.ErrorIs(t, ValidationError("x"), ErrValidation)
}
