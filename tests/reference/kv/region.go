package main

import (
	"sync"

	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	"github.com/pingcap/tidb/pkg/util/codec"
)

// region is one immutable version of a region; unistore asks it for its bounds and latches.
type region struct {
	cluster *cluster
	meta    *metapb.Region
	leader  *metapb.Peer
	term    uint64
	size    int64
	start   []byte // the bounds, decoded
	end     []byte
}

// decoded is the user's key for a bound: bounds of transactional regions are encoded.
func decoded(bound []byte) []byte {
	if len(bound) == 0 {
		return nil
	}
	if rest, key, err := codec.DecodeBytes(bound, nil); err == nil && len(rest) == 0 {
		return key
	}
	return bound
}

func newRegion(c *cluster, meta *metapb.Region, leader *metapb.Peer, term uint64) *region {
	r := &region{cluster: c, meta: meta, leader: leader, term: term, start: decoded(meta.StartKey), end: decoded(meta.EndKey)}
	if len(r.end) == 0 {
		r.end = tikv.InternalKeyPrefix
	}
	return r
}

func (r *region) Meta() *metapb.Region           { return r.meta }
func (r *region) Diff() *int64                   { return &r.size }
func (r *region) RawStart() []byte               { return r.start }
func (r *region) RawEnd() []byte                 { return r.end }
func (r *region) AcquireLatches(hashes []uint64) { r.cluster.latches.AcquireLatches(hashes) }
func (r *region) ReleaseLatches(hashes []uint64) { r.cluster.latches.ReleaseLatches(hashes) }

func (r *region) peerOn(storeID uint64) *metapb.Peer {
	for _, peer := range r.meta.Peers {
		if peer.StoreId == storeID {
			return peer
		}
	}
	return nil
}

// latches let one transactional command at a time touch a key.
type latches struct {
	mu   sync.Mutex
	free *sync.Cond
	held map[uint64]bool
}

func newLatches() *latches {
	l := &latches{held: map[uint64]bool{}}
	l.free = sync.NewCond(&l.mu)
	return l
}

// AcquireLatches waits for them in the order given, which is the same for all.
func (l *latches) AcquireLatches(hashes []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, hash := range hashes {
		for l.held[hash] {
			l.free.Wait()
		}
		l.held[hash] = true
	}
}

// ReleaseLatches gives them back.
func (l *latches) ReleaseLatches(hashes []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, hash := range hashes {
		delete(l.held, hash)
	}
	l.free.Broadcast()
}
