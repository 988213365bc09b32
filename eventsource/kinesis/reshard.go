package kinesis

import (
	"slices"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// maxShardCount is the most shards that UpdateShardCount goes to.
const maxShardCount = 10_000

// split closes a shard and opens two in its place.
func (s *state) split(id, newStart string) error {
	number, ok := shardNumber(id)
	if !ok {
		return s.unknownShard(id)
	}
	if !isHashKey(newStart) {
		var f validation.Findings
		f.Pattern("newStartingHashKey", newStart, hashKeyPattern, false)
		return invalid(&f)
	}
	sh := s.find(number)
	if sh == nil {
		return s.unknownShard(shardID(number))
	}
	at, ok := parseHashKey(newStart)
	if !ok || at.compare(sh.first.next()) <= 0 || at.compare(sh.last) >= 0 {
		return ErrInvalidArgument.because("NewStartingHashKey %s used in SplitShard() on shard %s in stream %s under account %s is not"+
			" both greater than one plus the shard's StartingHashKey %s and less than the shard's EndingHashKey %s.",
			newStart, shardID(number), s.name, s.account, sh.first, sh.last)
	}
	if sh.isClosed {
		return s.alreadyClosed(sh)
	}
	s.splitOpen(sh, at)
	return nil
}

// merge closes two adjacent shards, the one with the lower hash keys first, and opens one in their place.
func (s *state) merge(id, adjacent string) error {
	var pair [2]*shard
	for i, id := range [2]string{id, adjacent} {
		number, ok := shardNumber(id)
		if !ok {
			return s.unknownShard(id)
		}
		if pair[i] = s.find(number); pair[i] == nil {
			return s.unknownShard(shardID(number))
		}
	}
	for _, sh := range pair {
		if sh.isClosed {
			return s.alreadyClosed(sh)
		}
	}
	if pair[0].last == maxHashKey || pair[0].last.next() != pair[1].first {
		return ErrInvalidArgument.because("Shards %s and %s in stream %s under account %s are not an adjacent pair of shards eligible for merging",
			shardID(pair[0].number), shardID(pair[1].number), s.name, s.account)
	}
	s.mergeOpen(pair[0], pair[1])
	return nil
}

func (s *state) alreadyClosed(sh *shard) error {
	return ErrInvalidArgument.because("Shard %s in stream %s under account %s has already been merged or split, and thus is not eligible"+
		" for merging or splitting.", shardID(sh.number), s.name, s.account)
}

// updateShardCount makes n shards of equal size out of the open ones, by splits and merges only. Going through the
// hash keys from below, it splits what reaches over the next shard's end and merges what falls short of it, as the
// service does: four shards become three by two splits and three merges.
func (s *state) updateShardCount(n int) error {
	if err := s.checkShardCount(n); err != nil {
		return err
	}
	for i, end := range uniform(n) {
		sh := s.splitBehind(s.open[i], end)
		for sh.last != end {
			sh = s.mergeOpen(sh, s.splitBehind(s.open[i+1], end))
		}
	}
	return nil
}

// splitBehind splits an open shard behind a key if it goes on there, and returns the part up to the key.
func (s *state) splitBehind(sh *shard, end hashKey) *shard {
	if sh.last.compare(end) <= 0 {
		return sh
	}
	lower, _ := s.splitOpen(sh, end.next())
	return lower
}

func (s *state) checkShardCount(n int) error {
	if n < 1 {
		var f validation.Findings
		f.Range("targetShardCount", int64(n), 1, maxShardCount)
		return invalid(&f)
	}
	current := len(s.open)
	switch {
	case n > current*2:
		return ErrInvalidArgument.because("UpdateShardCount cannot scale up over double your current open shard count."+
			" Current open shard count: %d Target shard count: %d", current, n)
	case n*2 < current:
		return ErrInvalidArgument.because("UpdateShardCount cannot scale down below half your current open shard count."+
			" Current open shard count: %d Target shard count: %d", current, n)
	case n > maxShardCount:
		return ErrInvalidArgument.because("Target shard count or number of open shards cannot be greater than %d."+
			" Current open shard count: %d, Target shard count: %d", maxShardCount, current, n)
	}
	return nil
}

// splitOpen replaces an open shard by two, the second of which begins at a key.
func (s *state) splitOpen(sh *shard, at hashKey) (lower, upper *shard) {
	began := s.childBegan(sh)
	lower = s.add(sh.first, at.previous(), began, sh.number)
	upper = s.add(at, sh.last, began, sh.number)
	s.replace([]*shard{sh}, lower, upper)
	return lower, upper
}

// mergeOpen replaces two adjacent open shards by one.
func (s *state) mergeOpen(lower, upper *shard) *shard {
	child := s.add(lower.first, upper.last, s.childBegan(lower, upper), lower.number, upper.number)
	s.replace([]*shard{lower, upper}, child)
	return child
}

// childBegan is the second in which children begin: one after the service closed the parents, and after theirs, so
// that a child's sequence numbers are greater than its parents'.
func (s *state) childBegan(parents ...*shard) int64 {
	began := s.now/1000 + 1
	for _, p := range parents {
		began = max(began, p.began+1)
	}
	return began
}

// replace closes neighbours and puts their children in their place.
func (s *state) replace(parents []*shard, children ...*shard) {
	for _, p := range parents {
		p.close(s.now)
	}
	i, _ := slices.BinarySearchFunc(s.open, parents[0], func(a, b *shard) int { return a.first.compare(b.first) })
	s.open = slices.Replace(s.open, i, i+len(parents), children...)
}
