package main

import (
	"bytes"
	"context"
	"math"
	"reflect"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv/mvcc"
)

// storeServer is unistore's server for one store, with the commands that it lacks or that answer
// unlike TiKV. Those of transactions are in this file, all of the raw API in raw.go.
type storeServer struct {
	*tikv.Server
	cluster *cluster
	view    *view

	commands map[string]reflect.Value // BatchCommands: name of the oneof's field -> method
	replies  map[string]reflect.Type  // and -> wrapper of the reply
}

// KvGet says that there is no value, which unistore leaves out.
func (s *storeServer) KvGet(ctx context.Context, request *kvrpcpb.GetRequest) (*kvrpcpb.GetResponse, error) {
	reply, err := s.Server.KvGet(ctx, request)
	if err == nil && reply.RegionError == nil && reply.Error == nil && len(reply.Value) == 0 {
		reply.NotFound = true
	}
	return reply, err
}

// KvPessimisticLock says of each value whether it is there.
func (s *storeServer) KvPessimisticLock(ctx context.Context, request *kvrpcpb.PessimisticLockRequest) (*kvrpcpb.PessimisticLockResponse, error) {
	reply, err := s.Server.KvPessimisticLock(ctx, request)
	if err == nil && request.ReturnValues && len(reply.NotFounds) == 0 {
		for _, value := range reply.Values {
			reply.NotFounds = append(reply.NotFounds, len(value) == 0)
		}
	}
	return reply, err
}

// within cuts a range to a region; false if nothing is left.
func within(r *region, start, end []byte) ([]byte, []byte, bool) {
	if bytes.Compare(start, r.start) < 0 {
		start = r.start
	}
	if len(end) == 0 || bytes.Compare(end, r.end) > 0 {
		end = r.end
	}
	return start, end, bytes.Compare(start, end) < 0
}

// KvScan stays within the region and leaves values out when asked to.
func (s *storeServer) KvScan(ctx context.Context, request *kvrpcpb.ScanRequest) (*kvrpcpb.ScanResponse, error) {
	r, e := s.view.region(request.Context)
	if e != nil {
		return &kvrpcpb.ScanResponse{RegionError: e}, nil
	}
	low, high := &request.StartKey, &request.EndKey
	if request.Reverse {
		low, high = high, low
	}
	var some bool
	if *low, *high, some = within(r, *low, *high); !some {
		return &kvrpcpb.ScanResponse{}, nil
	}
	reply, err := s.Server.KvScan(ctx, request)
	if err == nil && request.KeyOnly {
		for _, pair := range reply.Pairs {
			pair.Value = nil
		}
	}
	return reply, err
}

// KvScanLock keeps to its range and its limit.
func (s *storeServer) KvScanLock(ctx context.Context, request *kvrpcpb.ScanLockRequest) (*kvrpcpb.ScanLockResponse, error) {
	limit := int(request.Limit)
	request.Limit = math.MaxInt32
	reply, err := s.Server.KvScanLock(ctx, request)
	if err != nil {
		return reply, err
	}
	var locks []*kvrpcpb.LockInfo
	for _, lock := range reply.Locks {
		if bytes.Compare(lock.Key, request.StartKey) < 0 || (len(request.EndKey) > 0 && bytes.Compare(lock.Key, request.EndKey) >= 0) {
			continue
		}
		if limit > 0 && len(locks) >= limit {
			break
		}
		locks = append(locks, lock)
	}
	reply.Locks = locks
	return reply, nil
}

// destroy removes versions and locks of a range.
func (c *cluster) destroy(start, end []byte) error {
	if len(end) == 0 || bytes.Compare(end, tikv.InternalKeyPrefix) > 0 {
		end = tikv.InternalKeyPrefix
	}
	if err := c.writer.DeleteRange(start, end, c.latches); err != nil {
		return err
	}
	var locked [][]byte
	locks := c.bundle.LockStore.NewIterator()
	for locks.Seek(start); locks.Valid() && bytes.Compare(locks.Key(), end) < 0; locks.Next() {
		locked = append(locked, bytes.Clone(locks.Key()))
	}
	if len(locked) == 0 {
		return nil
	}
	batch := c.writer.NewWriteBatch(1, 0, nil)
	for _, key := range locked {
		batch.PessimisticRollback(key)
	}
	return c.writer.Write(batch)
}

// UnsafeDestroyRange removes everything, raw keys too; unistore's drops whole files only.
func (s *storeServer) UnsafeDestroyRange(_ context.Context, request *kvrpcpb.UnsafeDestroyRangeRequest) (*kvrpcpb.UnsafeDestroyRangeResponse, error) {
	if err := s.cluster.destroy(request.StartKey, request.EndKey); err != nil {
		return &kvrpcpb.UnsafeDestroyRangeResponse{Error: err.Error()}, nil
	}
	s.cluster.raw.deleteRange("", request.StartKey, request.EndKey)
	return &kvrpcpb.UnsafeDestroyRangeResponse{}, nil
}

// KvDeleteRange takes an empty end for the region's; unistore's panics.
func (s *storeServer) KvDeleteRange(_ context.Context, request *kvrpcpb.DeleteRangeRequest) (*kvrpcpb.DeleteRangeResponse, error) {
	r, e := s.view.region(request.Context)
	if e != nil {
		return &kvrpcpb.DeleteRangeResponse{RegionError: e}, nil
	}
	start, end, some := within(r, request.StartKey, request.EndKey)
	if !some {
		return &kvrpcpb.DeleteRangeResponse{}, nil
	}
	if err := s.cluster.destroy(start, end); err != nil {
		return &kvrpcpb.DeleteRangeResponse{Error: err.Error()}, nil
	}
	return &kvrpcpb.DeleteRangeResponse{}, nil
}

// GetStoreSafeTS is below the oldest lock, else a new timestamp.
func (s *storeServer) GetStoreSafeTS(ctx context.Context, _ *kvrpcpb.StoreSafeTSRequest) (*kvrpcpb.StoreSafeTSResponse, error) {
	physical, logical, err := s.cluster.pdc.GetTS(ctx)
	if err != nil {
		return nil, err
	}
	safe := uint64(physical)<<18 + uint64(logical)
	locks := s.cluster.bundle.LockStore.NewIterator()
	for locks.SeekToFirst(); locks.Valid(); locks.Next() {
		if lock := mvcc.DecodeLock(locks.Value()); lock.StartTS > 0 && lock.StartTS-1 < safe {
			safe = lock.StartTS - 1
		}
	}
	return &kvrpcpb.StoreSafeTSResponse{SafeTs: safe}, nil
}
