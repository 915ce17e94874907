package main

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/pingcap/kvproto/pkg/eraftpb"
	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/kvproto/pkg/pdpb"
	"github.com/pingcap/log"
	"go.uber.org/zap"
)

// split cuts a region at these bounds. The ids come from PD; the last part keeps the region's id.
func (c *cluster) split(id uint64, bounds [][]byte) ([]*region, error) {
	c.changing.Lock()
	defer c.changing.Unlock()
	r := c.region(id)
	if r == nil {
		return nil, errors.New("no such region")
	}
	slices.SortFunc(bounds, bytes.Compare)
	bounds = slices.CompactFunc(bounds, bytes.Equal)
	bounds = slices.DeleteFunc(bounds, func(k []byte) bool { return !contains(r.meta, k) || bytes.Equal(k, r.meta.StartKey) })
	if len(bounds) == 0 {
		return []*region{r}, nil
	}
	ask, err := c.pdc.AskBatchSplit(context.Background(), r.meta, len(bounds))
	if err != nil {
		return nil, err
	}
	parts := c.parts(r, bounds, ask.Ids)
	var metas []*metapb.Region
	c.mu.Lock()
	for _, part := range parts {
		c.regions[part.meta.Id] = part
		metas = append(metas, part.meta)
	}
	c.mu.Unlock()
	for _, part := range slices.Backward(parts) {
		c.report(part)
	}
	if err := c.pdc.ReportBatchSplit(context.Background(), metas); err != nil {
		log.Warn("PD was not told of a split", zap.Error(err))
	}
	return parts, nil
}

func (c *cluster) parts(r *region, bounds [][]byte, ids []*pdpb.SplitID) []*region {
	epoch := metapb.RegionEpoch{ConfVer: r.meta.RegionEpoch.ConfVer, Version: r.meta.RegionEpoch.Version + uint64(len(bounds))}
	var parts []*region
	start := r.meta.StartKey
	for i, bound := range bounds {
		its := epoch
		meta := &metapb.Region{Id: ids[i].NewRegionId, StartKey: start, EndKey: bound, RegionEpoch: &its}
		var leader *metapb.Peer
		for j, peer := range r.meta.Peers {
			added := &metapb.Peer{Id: ids[i].NewPeerIds[j], StoreId: peer.StoreId, Role: peer.Role}
			meta.Peers = append(meta.Peers, added)
			if peer.Id == r.leader.Id {
				leader = added
			}
		}
		parts = append(parts, newRegion(c, meta, leader, r.term))
		start = bound
	}
	last := &metapb.Region{Id: r.meta.Id, StartKey: start, EndKey: r.meta.EndKey, Peers: r.meta.Peers, RegionEpoch: &epoch}
	return append(parts, newRegion(c, last, r.leader, r.term))
}

// merge makes a region part of its neighbour.
func (c *cluster) merge(from, into uint64) bool {
	c.changing.Lock()
	defer c.changing.Unlock()
	a, b := c.region(from), c.region(into)
	if a == nil || b == nil {
		return false
	}
	meta := copied(b.meta)
	meta.RegionEpoch.Version = max(a.meta.RegionEpoch.Version, b.meta.RegionEpoch.Version) + 1
	switch {
	case len(a.meta.EndKey) > 0 && bytes.Equal(a.meta.EndKey, b.meta.StartKey):
		meta.StartKey = a.meta.StartKey
	case len(b.meta.EndKey) > 0 && bytes.Equal(b.meta.EndKey, a.meta.StartKey):
		meta.EndKey = a.meta.EndKey
	default:
		return false
	}
	merged := newRegion(c, meta, b.leader, b.term)
	c.mu.Lock()
	delete(c.regions, from)
	c.regions[into] = merged
	c.mu.Unlock()
	c.report(merged)
	return true
}

func copied(meta *metapb.Region) *metapb.Region {
	return &metapb.Region{Id: meta.Id, StartKey: meta.StartKey, EndKey: meta.EndKey, Peers: slices.Clone(meta.Peers),
		RegionEpoch: &metapb.RegionEpoch{ConfVer: meta.RegionEpoch.ConfVer, Version: meta.RegionEpoch.Version}}
}

// change replaces a region by a copy that f changes, with the leader that f returns, and tells PD.
func (c *cluster) change(id uint64, f func(meta *metapb.Region, leader *metapb.Peer) *metapb.Peer) bool {
	c.changing.Lock()
	defer c.changing.Unlock()
	r := c.region(id)
	if r == nil {
		return false
	}
	meta := copied(r.meta)
	leader := f(meta, r.leader)
	if leader == nil {
		return false
	}
	term := r.term
	if leader.Id != r.leader.Id {
		term++
	}
	changed := newRegion(c, meta, leader, term)
	c.mu.Lock()
	c.regions[id] = changed
	c.mu.Unlock()
	c.report(changed)
	return true
}

// transfer makes the region's voter on that store its leader.
func (c *cluster) transfer(id, store uint64) bool {
	return c.change(id, func(meta *metapb.Region, _ *metapb.Peer) *metapb.Peer {
		for _, peer := range meta.Peers {
			if peer.StoreId == store && peer.Role == metapb.PeerRole_Voter && !c.isDown(store) {
				return peer
			}
		}
		return nil
	})
}

func changePeer(meta *metapb.Region, change *pdpb.ChangePeer) {
	peer := change.GetPeer()
	i := slices.IndexFunc(meta.Peers, func(other *metapb.Peer) bool { return other.StoreId == peer.GetStoreId() })
	switch change.GetChangeType() {
	case eraftpb.ConfChangeType_AddNode, eraftpb.ConfChangeType_AddLearnerNode:
		added := &metapb.Peer{Id: peer.Id, StoreId: peer.StoreId}
		if change.GetChangeType() == eraftpb.ConfChangeType_AddLearnerNode {
			added.Role = metapb.PeerRole_Learner
		}
		if i >= 0 {
			meta.Peers[i] = added
		} else {
			meta.Peers = append(meta.Peers, added)
		}
	case eraftpb.ConfChangeType_RemoveNode:
		if i < 0 {
			return
		}
		meta.Peers = slices.Delete(meta.Peers, i, i+1)
	}
	meta.RegionEpoch.ConfVer++
}

func (c *cluster) changePeers(id uint64, epoch *metapb.RegionEpoch, changes []*pdpb.ChangePeer) {
	c.change(id, func(meta *metapb.Region, leader *metapb.Peer) *metapb.Peer {
		if meta.RegionEpoch.ConfVer != epoch.GetConfVer() {
			return nil
		}
		for _, change := range changes {
			changePeer(meta, change)
		}
		if slices.ContainsFunc(meta.Peers, func(p *metapb.Peer) bool { return p.Id == leader.Id }) {
			return leader
		}
		return meta.Peers[0]
	})
}

// obey does what PD's schedulers ask for, elsewhere: PD's stream must not wait for it.
func (c *cluster) obey(order *pdpb.RegionHeartbeatResponse) {
	go func() {
		id := order.GetRegionId()
		switch {
		case order.GetTransferLeader() != nil:
			c.transfer(id, order.TransferLeader.Peer.StoreId)
		case order.GetChangePeer() != nil:
			c.changePeers(id, order.GetRegionEpoch(), []*pdpb.ChangePeer{order.ChangePeer})
		case order.GetChangePeerV2() != nil:
			c.changePeers(id, order.GetRegionEpoch(), order.ChangePeerV2.GetChanges())
		case len(order.GetSplitRegion().GetKeys()) > 0:
			_, _ = c.split(id, order.SplitRegion.Keys)
		case order.GetMerge() != nil:
			c.merge(id, order.Merge.GetTarget().GetId())
		}
	}()
}
