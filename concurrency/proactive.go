package concurrency

import "hash/fnv"

// initialisedAhead decides whether the environment just created was initialised ahead of its request. The answer is a
// function of the seed, the function's name and the number of the environment: what other functions do, and how often
// was asked, does not change it.
func (f *Function) initialisedAhead() bool {
	rules := &f.account.rules
	if rules.proactive == 0 {
		return false
	}
	h := fnv.New64a()
	h.Write([]byte(f.name))
	const bits = 53 // of a float's mantissa
	return float64(mix(rules.seed^mix(h.Sum64()+f.born))>>(64-bits))/(1<<bits) < rules.proactive
}

// mix spreads x over all 64 bits (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
