package main

import (
	"bytes"
	"context"
	"hash/crc64"
	"math"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// rawScan is what a scan asks of one region.
type rawScan struct {
	ctx        *kvrpcpb.Context
	family     string
	start, end []byte // as the request has them: a reverse scan starts at the upper one
	limit      uint32
	keyOnly    bool
	reverse    bool
}

func (s *storeServer) scanRegion(r *region, scan rawScan) (pairs []*kvrpcpb.KvPair) {
	low, high := scan.start, scan.end
	if scan.reverse {
		low, high = high, low
	}
	start, end := bounds(scan.ctx, r)
	if bytes.Compare(low, start) < 0 {
		low = start
	}
	if len(end) > 0 && (len(high) == 0 || bytes.Compare(high, end) > 0) {
		high = end
	}
	if scan.limit == 0 {
		return nil
	}
	s.cluster.raw.scan(scan.family, low, high, scan.reverse, func(p *rawPair) bool {
		pair := &kvrpcpb.KvPair{Key: p.key}
		if !scan.keyOnly {
			pair.Value = p.value
		}
		pairs = append(pairs, pair)
		return len(pairs) < int(scan.limit)
	})
	return pairs
}

func (s *storeServer) RawScan(_ context.Context, q *kvrpcpb.RawScanRequest) (*kvrpcpb.RawScanResponse, error) {
	r, e := s.rawRegion(q.Context)
	if e != nil {
		return &kvrpcpb.RawScanResponse{RegionError: e}, nil
	}
	s.cluster.raw.mu.RLock()
	defer s.cluster.raw.mu.RUnlock()
	return &kvrpcpb.RawScanResponse{Kvs: s.scanRegion(r, rawScan{ctx: q.Context, family: q.Cf, start: q.StartKey, end: q.EndKey,
		limit: q.Limit, keyOnly: q.KeyOnly, reverse: q.Reverse})}, nil
}

func (s *storeServer) RawBatchScan(_ context.Context, q *kvrpcpb.RawBatchScanRequest) (*kvrpcpb.RawBatchScanResponse, error) {
	r, e := s.rawRegion(q.Context)
	if e != nil {
		return &kvrpcpb.RawBatchScanResponse{RegionError: e}, nil
	}
	s.cluster.raw.mu.RLock()
	defer s.cluster.raw.mu.RUnlock()
	reply := &kvrpcpb.RawBatchScanResponse{}
	for i, wanted := range q.Ranges {
		end := wanted.EndKey
		if !q.Reverse && len(end) == 0 && i+1 < len(q.Ranges) { // then a range ends where the next begins
			end = q.Ranges[i+1].StartKey
		}
		reply.Kvs = append(reply.Kvs, s.scanRegion(r, rawScan{ctx: q.Context, family: q.Cf, start: wanted.StartKey, end: end,
			limit: q.EachLimit, keyOnly: q.KeyOnly, reverse: q.Reverse})...)
	}
	return reply, nil
}

func (s *storeServer) RawDeleteRange(_ context.Context, q *kvrpcpb.RawDeleteRangeRequest) (*kvrpcpb.RawDeleteRangeResponse, error) {
	r, e := s.rawRegion(q.Context, q.StartKey)
	if e != nil {
		return &kvrpcpb.RawDeleteRangeResponse{RegionError: e}, nil
	}
	end := q.EndKey
	if _, bound := bounds(q.Context, r); len(bound) > 0 && (len(end) == 0 || bytes.Compare(end, bound) > 0) {
		end = bound
	}
	s.cluster.raw.deleteRange(q.Cf, q.StartKey, end)
	return &kvrpcpb.RawDeleteRangeResponse{}, nil
}

var checksumTable = crc64.MakeTable(crc64.ECMA)

// RawCoprocessor: unistore panics, and has no plug-ins anyway.
func (s *storeServer) RawCoprocessor(_ context.Context, _ *kvrpcpb.RawCoprocessorRequest) (*kvrpcpb.RawCoprocessorResponse, error) {
	return nil, status.Error(codes.Unimplemented, "there are no raw coprocessors here")
}

func (s *storeServer) RawChecksum(_ context.Context, q *kvrpcpb.RawChecksumRequest) (*kvrpcpb.RawChecksumResponse, error) {
	r, e := s.rawRegion(q.Context)
	if e != nil {
		return &kvrpcpb.RawChecksumResponse{RegionError: e}, nil
	}
	s.cluster.raw.mu.RLock()
	defer s.cluster.raw.mu.RUnlock()
	reply := &kvrpcpb.RawChecksumResponse{}
	for _, wanted := range q.Ranges {
		scan := rawScan{ctx: q.Context, start: wanted.StartKey, end: wanted.EndKey, limit: math.MaxUint32}
		for _, pair := range s.scanRegion(r, scan) {
			reply.Checksum ^= crc64.Update(crc64.Checksum(pair.Key, checksumTable), checksumTable, pair.Value)
			reply.TotalKvs++
			reply.TotalBytes += uint64(len(pair.Key) + len(pair.Value))
		}
	}
	return reply, nil
}
