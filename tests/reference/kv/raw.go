package main

import (
	"bytes"
	"context"
	"time"

	"github.com/pingcap/kvproto/pkg/errorpb"
	"github.com/pingcap/kvproto/pkg/kvrpcpb"
)

// The raw API. All of it is our own, because unistore answers raw commands with empty replies: a
// client that passes here has not met TiKV's raw rules.

// bounds of a region, as raw requests of that API version name keys.
func bounds(ctx *kvrpcpb.Context, r *region) (start, end []byte) {
	if ctx.GetApiVersion() != kvrpcpb.APIVersion_V2 {
		return r.meta.StartKey, r.meta.EndKey
	}
	if len(r.meta.EndKey) == 0 {
		return r.start, nil
	}
	return r.start, r.end
}

func (s *storeServer) rawRegion(ctx *kvrpcpb.Context, keys ...[]byte) (*region, *errorpb.Error) {
	r, e := s.view.region(ctx)
	if e != nil {
		return nil, e
	}
	start, end := bounds(ctx, r)
	for _, key := range keys {
		if bytes.Compare(key, start) < 0 || (len(end) > 0 && bytes.Compare(key, end) >= 0) {
			return nil, &errorpb.Error{Message: "key not in region", KeyNotInRegion: &errorpb.KeyNotInRegion{
				Key: key, RegionId: r.meta.Id, StartKey: r.meta.StartKey, EndKey: r.meta.EndKey}}
		}
	}
	return r, nil
}

func (s *storeServer) RawGet(_ context.Context, q *kvrpcpb.RawGetRequest) (*kvrpcpb.RawGetResponse, error) {
	if _, e := s.rawRegion(q.Context, q.Key); e != nil {
		return &kvrpcpb.RawGetResponse{RegionError: e}, nil
	}
	raw := s.cluster.raw
	raw.mu.RLock()
	defer raw.mu.RUnlock()
	if pair := raw.get(q.Cf, q.Key); pair != nil {
		return &kvrpcpb.RawGetResponse{Value: pair.value}, nil
	}
	return &kvrpcpb.RawGetResponse{NotFound: true}, nil
}

func (s *storeServer) RawBatchGet(_ context.Context, q *kvrpcpb.RawBatchGetRequest) (*kvrpcpb.RawBatchGetResponse, error) {
	if _, e := s.rawRegion(q.Context, q.Keys...); e != nil {
		return &kvrpcpb.RawBatchGetResponse{RegionError: e}, nil
	}
	raw := s.cluster.raw
	raw.mu.RLock()
	defer raw.mu.RUnlock()
	reply := &kvrpcpb.RawBatchGetResponse{}
	for _, key := range q.Keys {
		if pair := raw.get(q.Cf, key); pair != nil {
			reply.Pairs = append(reply.Pairs, &kvrpcpb.KvPair{Key: key, Value: pair.value})
		}
	}
	return reply, nil
}

func (s *storeServer) RawPut(_ context.Context, q *kvrpcpb.RawPutRequest) (*kvrpcpb.RawPutResponse, error) {
	if _, e := s.rawRegion(q.Context, q.Key); e != nil {
		return &kvrpcpb.RawPutResponse{RegionError: e}, nil
	}
	raw := s.cluster.raw
	raw.mu.Lock()
	defer raw.mu.Unlock()
	raw.put(q.Cf, q.Key, q.Value, q.Ttl)
	return &kvrpcpb.RawPutResponse{}, nil
}

// ttlOf is the TTL of the i-th pair: one for all, or one for each.
func ttlOf(q *kvrpcpb.RawBatchPutRequest, i int) uint64 {
	switch len(q.Ttls) {
	case 0:
		return q.Ttl
	case 1:
		return q.Ttls[0]
	}
	return q.Ttls[i]
}

func (s *storeServer) RawBatchPut(_ context.Context, q *kvrpcpb.RawBatchPutRequest) (*kvrpcpb.RawBatchPutResponse, error) {
	keys := make([][]byte, 0, len(q.Pairs))
	for _, pair := range q.Pairs {
		keys = append(keys, pair.Key)
	}
	if _, e := s.rawRegion(q.Context, keys...); e != nil {
		return &kvrpcpb.RawBatchPutResponse{RegionError: e}, nil
	}
	if n := len(q.Ttls); n > 1 && n != len(q.Pairs) {
		return &kvrpcpb.RawBatchPutResponse{Error: "as many ttls as pairs, or one, or none"}, nil
	}
	raw := s.cluster.raw
	raw.mu.Lock()
	defer raw.mu.Unlock()
	for i, pair := range q.Pairs {
		raw.put(q.Cf, pair.Key, pair.Value, ttlOf(q, i))
	}
	return &kvrpcpb.RawBatchPutResponse{}, nil
}

func (s *storeServer) RawDelete(_ context.Context, q *kvrpcpb.RawDeleteRequest) (*kvrpcpb.RawDeleteResponse, error) {
	if _, e := s.rawRegion(q.Context, q.Key); e != nil {
		return &kvrpcpb.RawDeleteResponse{RegionError: e}, nil
	}
	raw := s.cluster.raw
	raw.mu.Lock()
	defer raw.mu.Unlock()
	raw.delete(q.Cf, q.Key)
	return &kvrpcpb.RawDeleteResponse{}, nil
}

func (s *storeServer) RawBatchDelete(_ context.Context, q *kvrpcpb.RawBatchDeleteRequest) (*kvrpcpb.RawBatchDeleteResponse, error) {
	if _, e := s.rawRegion(q.Context, q.Keys...); e != nil {
		return &kvrpcpb.RawBatchDeleteResponse{RegionError: e}, nil
	}
	raw := s.cluster.raw
	raw.mu.Lock()
	defer raw.mu.Unlock()
	for _, key := range q.Keys {
		raw.delete(q.Cf, key)
	}
	return &kvrpcpb.RawBatchDeleteResponse{}, nil
}

func (s *storeServer) RawGetKeyTTL(_ context.Context, q *kvrpcpb.RawGetKeyTTLRequest) (*kvrpcpb.RawGetKeyTTLResponse, error) {
	if _, e := s.rawRegion(q.Context, q.Key); e != nil {
		return &kvrpcpb.RawGetKeyTTLResponse{RegionError: e}, nil
	}
	raw := s.cluster.raw
	raw.mu.RLock()
	defer raw.mu.RUnlock()
	pair := raw.get(q.Cf, q.Key)
	if pair == nil {
		return &kvrpcpb.RawGetKeyTTLResponse{NotFound: true}, nil
	}
	reply := &kvrpcpb.RawGetKeyTTLResponse{}
	if !pair.expires.IsZero() {
		reply.Ttl = uint64((time.Until(pair.expires) + time.Second - 1) / time.Second)
	}
	return reply, nil
}

func (s *storeServer) RawCompareAndSwap(_ context.Context, q *kvrpcpb.RawCASRequest) (*kvrpcpb.RawCASResponse, error) {
	if _, e := s.rawRegion(q.Context, q.Key); e != nil {
		return &kvrpcpb.RawCASResponse{RegionError: e}, nil
	}
	raw := s.cluster.raw
	raw.mu.Lock()
	defer raw.mu.Unlock()
	pair := raw.get(q.Cf, q.Key)
	reply := &kvrpcpb.RawCASResponse{PreviousNotExist: pair == nil}
	if pair == nil {
		reply.Succeed = q.PreviousNotExist
	} else {
		reply.PreviousValue = pair.value
		reply.Succeed = !q.PreviousNotExist && bytes.Equal(pair.value, q.PreviousValue)
	}
	if reply.Succeed {
		raw.put(q.Cf, q.Key, q.Value, q.Ttl)
	}
	return reply, nil
}
