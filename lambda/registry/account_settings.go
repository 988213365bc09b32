package registry

import (
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// AccountSettings are the account's limits and usage, in their form on the wire. Usage counts what is in this
// Registry; the concurrency numbers are the whole Account's.
type AccountSettings struct {
	AccountLimit AccountLimit
	AccountUsage AccountUsage
}

// AccountLimit holds the account's quotas. Sizes are bytes.
type AccountLimit struct {
	TotalCodeSize        int64
	CodeSizeUnzipped     int64
	CodeSizeZipped       int64
	ConcurrentExecutions int
	// UnreservedConcurrentExecutions is what reservations, and provisioned concurrency of functions without one, leave
	// of ConcurrentExecutions. It is a matter of settings, not of what runs.
	UnreservedConcurrentExecutions int
}

// AccountUsage holds what is used of the quotas.
type AccountUsage struct {
	// TotalCodeSize is the sum of the packages of each function's $LATEST and of each version, in bytes.
	TotalCodeSize int64
	FunctionCount int
}

// GetAccountSettings shows the account's limits and usage.
func (r *Registry) GetAccountSettings(now time.Time) *AccountSettings {
	r.lock(now)
	defer r.unlock(now)
	books := r.account.Snapshot(now)
	configured := 0
	for i := range books.Functions {
		configured += configuredOf(&books.Functions[i])
	}
	return &AccountSettings{
		AccountLimit: AccountLimit{
			TotalCodeSize:                  lambda.MaxAccountCode,
			CodeSizeUnzipped:               lambda.MaxUnzippedPackage,
			CodeSizeZipped:                 lambda.MaxZippedPackage,
			ConcurrentExecutions:           books.Limit,
			UnreservedConcurrentExecutions: books.Limit - configured,
		},
		AccountUsage: AccountUsage{TotalCodeSize: r.codeSize(), FunctionCount: len(r.names)},
	}
}

// configuredOf is what a function's settings take out of the account: its reservation, of which provisioned
// concurrency is a part, or else its provisioned concurrency.
func configuredOf(f *concurrency.FunctionSnapshot) int {
	if f.Reserved != nil {
		return *f.Reserved
	}
	n := 0
	for i := range f.Versions {
		if p := f.Versions[i].Provisioned; p != nil {
			n += p.Requested
		}
	}
	return n
}

// codeSize is the sum of all packages. Versions that share bytes count each: AWS bills them so.
func (r *Registry) codeSize() int64 {
	var n int64
	for _, name := range r.names {
		f := r.lookup(name)
		n += int64(len(f.latest.config.Package))
		for _, v := range f.versions {
			n += int64(len(v.config.Package))
		}
	}
	return n
}

// checkStorage refuses more bytes of packages than the account may hold. It sums only when bytes are added.
func (r *Registry) checkStorage(more int) error {
	if more <= 0 || r.codeSize()+int64(more) <= lambda.MaxAccountCode {
		return nil
	}
	return lambda.NewError("CodeStorageExceededException", "Code storage limit exceeded.")
}
