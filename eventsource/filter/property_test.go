package filter

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestMain raises the number of cases from rapid's 100. With LAMBDAKIT_LONG set, a million verdicts are compared with the
// model's; see [long].
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f != nil && f.Value.String() == f.DefValue && os.Getenv("RAPID_CHECKS") == "" {
		_ = f.Value.Set("1000")
	}
	os.Exit(m.Run())
}

// scene is a few patterns and events that have to do with each other.
type scene struct {
	patterns []string
	objects  []jsonObject
	events   [][]byte
}

func genScene(t *rapid.T, genEvent func(*rapid.T) jsonObject) scene {
	var s scene
	var leaves modelEvent
	for range 4 {
		object := genEvent(t)
		s.objects = append(s.objects, object)
		s.events = append(s.events, []byte(encode(t, object)))
		leaves.flatten(nil, object, map[int]int{})
	}
	for range 1 + below(t, 3) {
		s.patterns = append(s.patterns, genPattern(t, leaves.leaves))
	}
	return s
}

// genPlain and genArrays are the two event generators.
func genPlain(t *rapid.T) jsonObject  { return genObject(t, 3) }
func genArrays(t *rapid.T) jsonObject { return genUsers(t, 2) }

func forScenes(t *testing.T, check func(t *rapid.T, s scene, set *Set)) {
	for name, genEvent := range map[string]func(*rapid.T) jsonObject{"plain": genPlain, "arrays": genArrays} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			s := genScene(t, genEvent)
			set, err := Compile(s.patterns...)
			if _, modelErr := compileModel(s.patterns); (err == nil) != (modelErr == nil) {
				t.Fatalf("%q: %v, the model: %v", s.patterns, err, modelErr)
			}
			if err == nil {
				check(t, s, set)
			}
		}))
	}
}

func compileModel(patterns []string) ([]modelRule, error) {
	var rules []modelRule
	for _, p := range patterns {
		r, err := modelCompile(p)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r...)
	}
	return rules, nil
}

// long lets a test check that many scenes per generator if LAMBDAKIT_LONG is set. A scene has four verdicts.
func long(t *testing.T, checks string) {
	f := flag.Lookup("rapid.checks")
	if os.Getenv("LAMBDAKIT_LONG") == "" || f == nil {
		return
	}
	before := f.Value.String()
	require.NoError(t, f.Value.Set(checks))
	t.Cleanup(func() { _ = f.Value.Set(before) })
}

func TestProperties_matchesTheModel(t *testing.T) {
	long(t, "130000") // of which some scenes have no pattern that compiles
	matches, verdicts := 0, 0
	forScenes(t, func(t *rapid.T, s scene, set *Set) {
		rules, _ := compileModel(s.patterns)
		for _, event := range s.events {
			before := bytes.Clone(event)
			got, want := set.Match(event), modelMatch(rules, event)
			if got != want {
				t.Fatalf("%s\nmatches %s: %v, the model: %v", strings.Join(s.patterns, "\n"), event, got, want)
			}
			if !bytes.Equal(before, event) {
				t.Fatalf("event %s became %s", before, event)
			}
			verdicts++
			if got {
				matches++
			}
		}
	})
	t.Logf("%d of %d verdicts are matches", matches, verdicts)
	require.True(t, os.Getenv("LAMBDAKIT_LONG") == "" || verdicts >= 1_000_000)
	require.Greater(t, matches*10, verdicts, "the generators should make more matches")
	require.Less(t, matches*10, verdicts*9, "the generators should make fewer matches")
}

// A set is the union of its patterns, whatever their order, and a pattern more never removes a match.
func TestInvariant22And23_setIsUnion(t *testing.T) {
	forScenes(t, func(t *rapid.T, s scene, set *Set) {
		shuffled := rapid.Permutation(append(s.patterns, s.patterns[0])).Draw(t, "order")
		again, err := Compile(shuffled...)
		require.NoError(t, err)
		fewer, err := Compile(s.patterns[:len(s.patterns)-1]...)
		require.NoError(t, err)
		for _, event := range s.events {
			any := slices.ContainsFunc(s.patterns, func(p string) bool {
				one, err := Compile(p)
				require.NoError(t, err)
				return one.Match(event)
			})
			require.Equal(t, any, set.Match(event))
			require.Equal(t, any, again.Match(event))
			require.False(t, fewer.Len() > 0 && fewer.Match(event) && !any, "a pattern more removed a match")
		}
	})
}

// What a decoder does not see makes no difference: the order of members, escapes, white space, dots against nesting.
func TestProperties_spellingDoesNotCount(t *testing.T) {
	forScenes(t, func(t *rapid.T, s scene, set *Set) {
		for i, object := range s.objects {
			want := set.Match(s.events[i])
			require.Equal(t, want, set.Match([]byte(encode(nil, object))))
			respelt := respell(t, lastWins(object).(jsonObject))
			require.Equal(t, want, set.Match([]byte(encode(t, respelt))), "%q and %q", s.events[i], encode(nil, respelt))
		}
	})
}

// lastWins removes the members that later ones replace.
func lastWins(v any) any {
	switch v := v.(type) {
	case jsonObject:
		kept := jsonObject{}
		for i, m := range v {
			if !slices.ContainsFunc(v[i+1:], func(later jsonMember) bool { return later.key == m.key }) {
				kept = append(kept, jsonMember{m.key, lastWins(m.value)})
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i := range v {
			kept[i] = lastWins(v[i])
		}
		return kept
	}
	return v
}

// respell shuffles the members of objects, and writes {"a":{"b":1}} as {"a.b":1} where no other key is in the way.
func respell(t *rapid.T, object jsonObject) jsonObject {
	var members jsonObject
	for _, m := range object {
		inner, ok := m.value.(jsonObject)
		clash := slices.ContainsFunc(object, func(other jsonMember) bool {
			return strings.HasPrefix(other.key, m.key+".")
		})
		switch {
		case ok && !clash && len(inner) > 0 && chance(t, 5):
			for _, n := range respell(t, inner) {
				members = append(members, jsonMember{m.key + "." + n.key, n.value})
			}
		case ok:
			members = append(members, jsonMember{m.key, respell(t, inner)})
		default:
			members = append(members, m)
		}
	}
	if len(members) < 2 {
		return members
	}
	return rapid.Permutation(members).Draw(t, "order")
}

func TestProperties_decodedEventsMatchAlike(t *testing.T) {
	forScenes(t, func(t *rapid.T, s scene, set *Set) {
		for _, event := range s.events {
			d := json.NewDecoder(bytes.NewReader(event))
			d.UseNumber()
			var v any
			require.NoError(t, d.Decode(&v))
			require.Equal(t, set.Match(event), set.MatchValue(v), "%s", event)
			encoded, err := json.Marshal(v)
			require.NoError(t, err)
			require.Equal(t, set.Match(event), set.MatchValue(json.RawMessage(encoded)), "%s", event)
		}
	})
}

// Broken events match nothing, and nothing panics.
func TestInvariant30_brokenEventsMatchNothing(t *testing.T) {
	forScenes(t, func(t *rapid.T, s scene, set *Set) {
		r := rand.New(rand.NewPCG(1, uint64(len(s.events[0]))))
		for _, event := range s.events {
			broken := bytes.Clone(event)
			switch i := r.IntN(len(broken)); r.IntN(3) {
			case 0:
				broken = broken[:i]
			case 1:
				broken[i] = byte(r.Uint32())
			default:
				broken = slices.Insert(broken, i, `{}[]":,\0e`[r.IntN(10)])
			}
			rules, _ := compileModel(s.patterns)
			require.Equal(t, modelMatch(rules, broken), set.Match(broken), "%q", broken)
		}
	})
}
