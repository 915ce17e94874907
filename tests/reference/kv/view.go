package main

import (
	"bytes"
	"errors"

	"github.com/pingcap/kvproto/pkg/errorpb"
	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	"github.com/pingcap/tidb/pkg/util/codec"
)

// view is the region manager that unistore asks for one store.
type view struct {
	cluster *cluster
	storeID uint64
	address string
}

var errNoSuchStore = errors.New("no such store")

func (v *view) GetStoreIDByAddr(address string) (uint64, error) {
	for _, s := range v.cluster.stores {
		if s.address == address {
			return s.id, nil
		}
	}
	return 0, errNoSuchStore
}

func (v *view) GetStoreAddrByStoreID(id uint64) (string, error) {
	if s := v.cluster.stores[id]; s != nil {
		return s.address, nil
	}
	return "", errNoSuchStore
}

func (v *view) wrongStore(ctx *kvrpcpb.Context) *errorpb.Error {
	if p := ctx.GetPeer(); p != nil && p.StoreId != v.storeID {
		return &errorpb.Error{Message: "store not match",
			StoreNotMatch: &errorpb.StoreNotMatch{RequestStoreId: p.StoreId, ActualStoreId: v.storeID}}
	}
	return nil
}

func (v *view) GetStoreInfoFromCtx(ctx *kvrpcpb.Context) (string, uint64, *errorpb.Error) {
	if e := v.wrongStore(ctx); e != nil {
		return "", 0, e
	}
	return v.address, v.storeID, nil
}

func (v *view) GetRegionFromCtx(ctx *kvrpcpb.Context) (tikv.RegionCtx, *errorpb.Error) {
	r, e := v.region(ctx)
	if e != nil {
		return nil, e // not r: a nil *region would be an interface that is not nil
	}
	return r, nil
}

// region is the one that a request names, checked as a store of TiKV does: store, region, leader, epoch.
func (v *view) region(ctx *kvrpcpb.Context) (*region, *errorpb.Error) {
	if e := v.wrongStore(ctx); e != nil {
		return nil, e
	}
	r := v.cluster.region(ctx.GetRegionId())
	if r == nil || r.peerOn(v.storeID) == nil {
		return nil, &errorpb.Error{Message: "region not found",
			RegionNotFound: &errorpb.RegionNotFound{RegionId: ctx.GetRegionId()}}
	}
	if r.leader.StoreId != v.storeID && !ctx.GetReplicaRead() && !ctx.GetStaleRead() {
		return nil, &errorpb.Error{Message: "not leader",
			NotLeader: &errorpb.NotLeader{RegionId: r.meta.Id, Leader: r.leader}}
	}
	has, wants := r.meta.RegionEpoch, ctx.GetRegionEpoch()
	if has.GetConfVer() != wants.GetConfVer() || has.GetVersion() != wants.GetVersion() {
		return nil, v.epochNotMatch(r)
	}
	return r, nil
}

// epochNotMatch names the region as it is now, and its neighbour on the left, as TiKV does.
func (v *view) epochNotMatch(r *region) *errorpb.Error {
	current := []*metapb.Region{r.meta}
	if len(r.meta.StartKey) > 0 {
		for _, other := range v.cluster.inOrder() {
			if bytes.Equal(other.meta.EndKey, r.meta.StartKey) {
				current = append(current, other.meta)
			}
		}
	}
	return &errorpb.Error{Message: "epoch not match", EpochNotMatch: &errorpb.EpochNotMatch{CurrentRegions: current}}
}

func (v *view) Close() error { return nil }

// SplitRegion serves the command of that name.
func (v *view) SplitRegion(request *kvrpcpb.SplitRegionRequest) *kvrpcpb.SplitRegionResponse {
	r, e := v.region(request.Context)
	if e != nil {
		return &kvrpcpb.SplitRegionResponse{RegionError: e}
	}
	keys := request.SplitKeys
	if len(request.SplitKey) > 0 {
		keys = append(keys, request.SplitKey)
	}
	bounds := make([][]byte, 0, len(keys))
	for _, key := range keys {
		if !request.IsRawKv || request.Context.GetApiVersion() == kvrpcpb.APIVersion_V2 {
			key = codec.EncodeBytes(nil, key)
		}
		bounds = append(bounds, key)
	}
	parts, err := v.cluster.split(r.meta.Id, bounds)
	if err != nil {
		return &kvrpcpb.SplitRegionResponse{RegionError: &errorpb.Error{Message: err.Error()}}
	}
	reply := &kvrpcpb.SplitRegionResponse{}
	for _, part := range parts {
		reply.Regions = append(reply.Regions, part.meta)
	}
	if len(parts) > 1 {
		reply.Left, reply.Right = parts[0].meta, parts[1].meta
	}
	return reply
}
