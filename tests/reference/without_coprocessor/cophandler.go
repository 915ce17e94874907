// Package cophandler takes the place of unistore's package of that name, which alone brings in
// TiDB's expression engine: half of what there is to compile. There is no coprocessor and no MPP.
package cophandler

import (
	"context"
	"errors"

	"github.com/pingcap/kvproto/pkg/coprocessor"
	"github.com/pingcap/kvproto/pkg/mpp"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/client"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/lockstore"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv/dbreader"
	"github.com/pingcap/tipb/go-tipb"
)

var errLeftOut = errors.New("this build has no coprocessor")

// MPPCtx has the fields that unistore's server sets.
type MPPCtx struct {
	RPCClient   client.Client
	StoreAddr   string
	TaskHandler *MPPTaskHandler
	Ctx         context.Context
}

// MPPTaskHandler has the fields that unistore's server sets.
type MPPTaskHandler struct {
	TunnelSet map[int64]*ExchangerTunnel
	Meta      *mpp.TaskMeta
	RPCClient client.Client
	Err       error
}

// ExchangerTunnel carries nothing.
type ExchangerTunnel struct{}

// HandleEstablishConn refuses.
func (*MPPTaskHandler) HandleEstablishConn(context.Context, *mpp.EstablishMPPConnectionRequest) (*ExchangerTunnel, error) {
	return nil, errLeftOut
}

// RecvChunk refuses.
func (*ExchangerTunnel) RecvChunk() (*tipb.Chunk, error) { return nil, errLeftOut }

// HandleCopRequest refuses.
func HandleCopRequest(*dbreader.DBReader, *lockstore.MemStore, *coprocessor.Request) *coprocessor.Response {
	return &coprocessor.Response{OtherError: errLeftOut.Error()}
}

// HandleCopRequestWithMPPCtx refuses.
func HandleCopRequestWithMPPCtx(*dbreader.DBReader, *lockstore.MemStore, *coprocessor.Request, *MPPCtx) *coprocessor.Response {
	return &coprocessor.Response{OtherError: errLeftOut.Error()}
}
