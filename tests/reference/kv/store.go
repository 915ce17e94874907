package main

import (
	"context"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/pingcap/kvproto/pkg/deadlock"
	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/kvproto/pkg/tikvpb"
	"github.com/pingcap/log"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/pd"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// store is one store: a port, and a place in PD.
type store struct {
	id       uint64
	address  string
	meta     *metapb.Store
	pdc      pd.Client
	service  *storeServer
	listener net.Listener // the first one

	mu      sync.Mutex
	started time.Time
	server  *grpc.Server // nil while the store is down
}

func newStore(id uint64, listener net.Listener, pdc pd.Client, version string) *store {
	s := &store{id: id, address: listener.Addr().String(), pdc: pdc, listener: listener, started: time.Now()}
	s.meta = &metapb.Store{Id: id, Address: s.address, StatusAddress: s.address, Version: version,
		State: metapb.StoreState_Up, StartTimestamp: s.started.Unix(), NodeState: metapb.NodeState_Serving}
	return s
}

// serve opens the store's services on its port.
func (s *store) serve(listener net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serveLocked(listener)
}

func (s *store) serveLocked(listener net.Listener) {
	s.server = grpc.NewServer(grpc.UnaryInterceptor(panicsAreErrors), grpc.StreamInterceptor(panicsOfStreamsAreErrors),
		grpc.MaxRecvMsgSize(64<<20), grpc.MaxSendMsgSize(256<<20),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}))
	tikvpb.RegisterTikvServer(s.server, s.service)
	deadlock.RegisterDeadlockServer(s.server, s.service.Server)
	healthy := health.NewServer()
	healthy.SetServingStatus("", grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(s.server, healthy)
	server := s.server
	go func() { _ = server.Serve(listener) }()
}

// close closes the port and breaks every connection, as a crash does.
func (s *store) close() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return false
	}
	s.server.Stop()
	s.server = nil
	return true
}

// open listens on the same port again.
func (s *store) open() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return false
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		log.Error("the store's port cannot be opened again", zap.Error(err))
		return false
	}
	s.started = time.Now()
	s.serveLocked(listener)
	return true
}

func (s *store) startedAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

// panicsAreErrors: several commands of unistore panic, which must not end all stores.
func panicsAreErrors(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (reply any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "panic in %s: %v", info.FullMethod, p)
			log.Error("panic", zap.String("method", info.FullMethod), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		}
	}()
	return handle(ctx, request)
}

func panicsOfStreamsAreErrors(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "panic in %s: %v", info.FullMethod, p)
		}
	}()
	return handle(service, stream)
}
