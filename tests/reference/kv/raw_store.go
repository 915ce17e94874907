package main

import (
	"bytes"
	"sync"
	"time"

	"github.com/google/btree"
)

// rawPair is a key of a column family with its value.
type rawPair struct {
	family  string
	key     []byte
	value   []byte
	expires time.Time // zero: never
}

func (p *rawPair) isLive() bool { return p.expires.IsZero() || p.expires.After(time.Now()) }

// rawStore holds all raw pairs. Its callers hold mu.
type rawStore struct {
	mu   sync.RWMutex
	tree *btree.BTreeG[*rawPair]
}

func newRawStore() *rawStore {
	return &rawStore{tree: btree.NewG(32, func(a, b *rawPair) bool {
		if a.family != b.family {
			return a.family < b.family
		}
		return bytes.Compare(a.key, b.key) < 0
	})}
}

func familyOf(name string) string {
	if name == "" {
		return "default"
	}
	return name
}

func (s *rawStore) get(family string, key []byte) *rawPair {
	if pair, found := s.tree.Get(&rawPair{family: familyOf(family), key: key}); found && pair.isLive() {
		return pair
	}
	return nil
}

func (s *rawStore) put(family string, key, value []byte, ttl uint64) {
	pair := &rawPair{family: familyOf(family), key: bytes.Clone(key), value: append([]byte{}, value...)}
	if ttl > 0 {
		pair.expires = time.Now().Add(time.Duration(ttl) * time.Second)
	}
	s.tree.ReplaceOrInsert(pair)
}

func (s *rawStore) delete(family string, key []byte) {
	s.tree.Delete(&rawPair{family: familyOf(family), key: key})
}

// scan visits [start, end) until visit returns false, downwards if reverse; an empty end is open.
func (s *rawStore) scan(family string, start, end []byte, reverse bool, visit func(*rawPair) bool) {
	family = familyOf(family)
	isBelow := func(p *rawPair) bool { return len(end) == 0 || bytes.Compare(p.key, end) < 0 }
	if !reverse {
		s.tree.AscendGreaterOrEqual(&rawPair{family: family, key: start}, func(p *rawPair) bool {
			return p.family == family && isBelow(p) && (!p.isLive() || visit(p))
		})
		return
	}
	from := &rawPair{family: family, key: end}
	if len(end) == 0 {
		from = &rawPair{family: family + "\x00"} // above all keys of the family
	}
	s.tree.DescendLessOrEqual(from, func(p *rawPair) bool {
		if p.family != family || bytes.Compare(p.key, start) < 0 {
			return false
		}
		return !isBelow(p) || !p.isLive() || visit(p)
	})
}

func (s *rawStore) deleteRange(family string, start, end []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*rawPair
	s.scan(family, start, end, false, func(p *rawPair) bool {
		found = append(found, p)
		return true
	})
	for _, pair := range found {
		s.tree.Delete(pair)
	}
}
