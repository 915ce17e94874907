package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/kvproto/pkg/pdpb"
	"github.com/pingcap/log"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/pd"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv/mvcc"
	"go.uber.org/zap"
)

const (
	firstTerm   = 6 // what TiKV's first leader has
	mostPeers   = 3
	reportEvery = time.Second // TiKV: stores 10 s, regions 60 s
)

// cluster is what all stores know: the regions, and the engine below them.
type cluster struct {
	mu       sync.RWMutex
	regions  map[uint64]*region
	changing sync.Mutex // one change of the regions at a time
	stores   map[uint64]*store
	down     sync.Map // ids of stores that are closed
	latches  *latches
	bundle   *mvcc.DBBundle
	writer   mvcc.DBWriter
	pdc      pd.Client
	raw      *rawStore
}

func newCluster(bundle *mvcc.DBBundle, stores []*store) *cluster {
	c := &cluster{regions: map[uint64]*region{}, stores: map[uint64]*store{}, latches: newLatches(), bundle: bundle,
		pdc: stores[0].pdc, raw: newRawStore()}
	for _, s := range stores {
		c.stores[s.id] = s
	}
	return c
}

// bootstrap makes the first region and tells PD of all stores. PD wants one peer at first and learns
// of the others by the first report of the region.
func (c *cluster) bootstrap(ctx context.Context, stores []*store) (*region, error) {
	if done, err := c.pdc.IsBootstrapped(ctx); err != nil || done {
		return nil, fmt.Errorf("PD must be fresh: bootstrapped %v, error %v", done, err)
	}
	var ids [1 + mostPeers]uint64
	for i := range ids {
		id, err := c.pdc.AllocID(ctx)
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	meta := &metapb.Region{Id: ids[0], RegionEpoch: &metapb.RegionEpoch{ConfVer: 1, Version: 1},
		Peers: []*metapb.Peer{{Id: ids[1], StoreId: stores[0].id}}}
	reply, err := c.pdc.Bootstrap(ctx, stores[0].meta, meta)
	if err != nil {
		return nil, err
	}
	if e := reply.GetHeader().GetError(); e != nil {
		return nil, fmt.Errorf("bootstrap: %v", e)
	}
	for i, s := range stores {
		if err := s.pdc.PutStore(ctx, s.meta); err != nil {
			return nil, err
		}
		if i > 0 && i < mostPeers {
			meta.Peers = append(meta.Peers, &metapb.Peer{Id: ids[1+i], StoreId: s.id})
			meta.RegionEpoch.ConfVer++
		}
	}
	first := newRegion(c, meta, meta.Peers[0], firstTerm)
	c.regions[meta.Id] = first
	return first, nil
}

func (c *cluster) region(id uint64) *region {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.regions[id]
}

func (c *cluster) inOrder() []*region {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := make([]*region, 0, len(c.regions))
	for _, r := range c.regions {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *region) int { return bytes.Compare(a.meta.StartKey, b.meta.StartKey) })
	return all
}

func contains(meta *metapb.Region, bound []byte) bool {
	return bytes.Compare(bound, meta.StartKey) >= 0 && (len(meta.EndKey) == 0 || bytes.Compare(bound, meta.EndKey) < 0)
}

func (c *cluster) find(bound []byte) *region {
	for _, r := range c.inOrder() {
		if contains(r.meta, bound) {
			return r
		}
	}
	return nil
}

func (c *cluster) isDown(storeID uint64) bool {
	_, down := c.down.Load(storeID)
	return down
}

// closeStore closes the store's port and every connection to it.
func (c *cluster) closeStore(id uint64) bool {
	s := c.stores[id]
	if s == nil {
		return false
	}
	c.down.Store(id, true)
	return s.close()
}

// stopStore also moves what the store leads to other stores, as an election does, unless told not to.
func (c *cluster) stopStore(id uint64, keepLeaders bool) bool {
	if !c.closeStore(id) {
		return false
	}
	for _, r := range c.inOrder() {
		if r.leader.StoreId != id || keepLeaders {
			continue
		}
		for _, peer := range r.meta.Peers {
			if c.transfer(r.meta.Id, peer.StoreId) {
				break
			}
		}
	}
	return true
}

// startStore opens a stopped store again, on the same port.
func (c *cluster) startStore(id uint64) bool {
	s := c.stores[id]
	if s == nil || !s.open() {
		return false
	}
	c.down.Delete(id)
	return true
}

// report tells PD of a region.
func (c *cluster) report(r *region) {
	s := c.stores[r.leader.StoreId]
	if s == nil {
		return
	}
	now := uint64(time.Now().Unix())
	s.pdc.ReportRegion(&pdpb.RegionHeartbeatRequest{Region: r.meta, Leader: r.leader, Term: r.term,
		ApproximateSize: 10, ApproximateKeys: 100, Interval: &pdpb.TimeInterval{StartTimestamp: now - 2, EndTimestamp: now}})
}

// reportStores tells PD of all stores that run.
func (c *cluster) reportStores() {
	regions := map[uint64]uint32{}
	for _, r := range c.inOrder() {
		for _, peer := range r.meta.Peers {
			regions[peer.StoreId]++
		}
	}
	now := uint64(time.Now().Unix())
	for _, s := range c.stores {
		if c.isDown(s.id) {
			continue
		}
		err := s.pdc.StoreHeartbeat(context.Background(), &pdpb.StoreStats{StoreId: s.id,
			Capacity: 100 << 30, Available: 90 << 30, UsedSize: 1 << 20, RegionCount: regions[s.id],
			StartTime: uint32(s.startedAt().Unix()), SlowScore: 1,
			Interval: &pdpb.TimeInterval{StartTimestamp: now - 3, EndTimestamp: now}})
		if err != nil {
			log.Warn("PD was not told of a store", zap.Error(err))
		}
	}
}

func (c *cluster) reportAgainAndAgain(stop chan struct{}) {
	ticker := time.NewTicker(reportEvery)
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		c.reportStores()
		for _, r := range c.inOrder() {
			c.report(r)
		}
	}
}
