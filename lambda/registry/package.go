package registry

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// checkCode refuses a function without code, and a deployment package that is too large, no zip archive, or too large
// once it is unzipped. No package is fine: the function is only Go code.
func checkCode(code lambda.Code, pkg []byte) error {
	if code == nil {
		return noCode()
	}
	if pkg == nil {
		return nil
	}
	if len(pkg) > lambda.MaxZippedPackage {
		return lambda.NewError("RequestEntityTooLargeException",
			"Zipped size must be smaller than "+strconv.Itoa(lambda.MaxZippedPackage)+" bytes")
	}
	archive, err := zip.NewReader(bytes.NewReader(pkg), int64(len(pkg)))
	if err != nil {
		return lambda.InvalidParameterValue("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	var size uint64
	for _, file := range archive.File {
		size += min(file.UncompressedSize64, lambda.MaxUnzippedPackage+1) // a sum that cannot overflow
	}
	if size > lambda.MaxUnzippedPackage {
		return lambda.InvalidParameterValue("Unzipped size must be smaller than " + strconv.Itoa(lambda.MaxUnzippedPackage) + " bytes")
	}
	return nil
}

// noCode is the 400 of a function without code.
func noCode() error {
	return lambda.InvalidParameterValue("Please provide a source for function code.")
}

// codeHash is CodeSha256: of the package's bytes if there are any. Code that is only Go code has no bytes; it is shown
// a hash that differs from deploy to deploy.
func (r *Registry) codeHash(name string, pkg []byte) string {
	if pkg == nil {
		pkg = []byte(name + "\x00" + r.draw("code"))
	}
	return packageHash(pkg)
}

// packageHash is the SHA-256 of bytes in Base64.
func packageHash(pkg []byte) string {
	sum := sha256.Sum256(pkg)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// checkArchitecture checks the form of an architecture that may be absent.
func checkArchitecture(architecture string) error {
	var found validation.Findings
	if architecture != "" && architecture != "x86_64" && architecture != "arm64" {
		found.Add(validation.List([]string{architecture}), "architectures",
			validation.Members(validation.Enum("x86_64", "arm64"), validation.NotNull))
	}
	return lambda.ValidationError(found.Text())
}
