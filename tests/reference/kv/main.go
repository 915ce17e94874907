// reference-kv runs several stores that speak TiKV's protocol, each on a port of its own on
// 127.0.0.1, over one engine (TiDB's unistore), and joins them to a PD as TiKV does: it bootstraps
// the cluster, reports stores and regions, splits with ids of PD, does what PD's schedulers ask for.
//
// It prints one line that begins with READY once PD knows all of it, and ends at SIGINT, SIGTERM or,
// with -lifeline, when its standard input is closed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/pingcap/log"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/pd"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
)

const patience = 20 * time.Second

type options struct {
	pd, admin, version, dataDir, logLevel string
	stores                                int
	lifeline                              bool
}

func readOptions() options {
	var o options
	flag.StringVar(&o.pd, "pd", "127.0.0.1:2379", "members of PD, separated by commas")
	flag.IntVar(&o.stores, "stores", 3, "number of stores")
	flag.StringVar(&o.admin, "admin", "127.0.0.1:0", "where to serve the commands of admin.go")
	flag.StringVar(&o.version, "version", "8.1.0", "the release that the stores say they are")
	flag.StringVar(&o.dataDir, "data-dir", "", "folder for the engine (required)")
	flag.StringVar(&o.logLevel, "log-level", "error", "log level")
	flag.BoolVar(&o.lifeline, "lifeline", false, "end when standard input is closed")
	flag.Parse()
	return o
}

func awaitEnd(lifeline bool) {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	if lifeline {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			ends <- syscall.SIGTERM
		}()
	}
	<-ends
}

// serveStores opens the ports of all stores over one engine.
func serveStores(ctx context.Context, c *cluster, stores []*store, e *engine) error {
	physical, logical, err := c.pdc.GetTS(ctx)
	if err != nil {
		return err
	}
	e.bundle.StateTS = uint64(physical)<<18 + uint64(logical)
	c.writer = tikv.NewDBWriter(e.bundle)
	store := tikv.NewMVCCStore(e.config, e.bundle, e.folder, e.safePoint, c.writer, c.pdc)
	store.DeadlockDetectSvr.ChangeRole(tikv.Leader)
	store.StartDeadlockDetection(false)
	inner := tikv.NewStandAlongInnerServer(e.bundle)
	for _, s := range stores {
		manager := &view{cluster: c, storeID: s.id, address: s.address}
		s.service = newStoreServer(tikv.NewServer(manager, store, inner), c, manager)
		s.pdc.SetRegionHeartbeatResponseHandler(c.obey)
		s.serve(s.listener)
	}
	return nil
}

// awaitPD returns when PD knows the region with all its peers.
func awaitPD(ctx context.Context, c *cluster, id uint64, peers int) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		got, err := c.pdc.GetRegionByID(ctx, id)
		if err == nil && got.Leader.GetId() != 0 && len(got.Meta.GetPeers()) == peers {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PD does not know the region after %v: %v, %w", patience, got, err)
		}
	}
}

func describe(stores []*store) string {
	var words []string
	for _, s := range stores {
		words = append(words, fmt.Sprintf("%d@%s", s.id, s.address))
	}
	sort.Strings(words)
	return strings.Join(words, ",")
}

func makeStores(ctx context.Context, o options) ([]*store, error) {
	var stores []*store
	for i := 0; i < o.stores; i++ {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		pdc, err := pd.NewClient(strings.Split(o.pd, ","), fmt.Sprintf("reference-kv-%d", i+1))
		if err != nil {
			return nil, err
		}
		id, err := pdc.AllocID(ctx)
		if err != nil {
			return nil, err
		}
		stores = append(stores, newStore(id, listener, pdc, o.version))
	}
	return stores, nil
}

func run(o options) error {
	if o.dataDir == "" || o.stores < 1 {
		return errors.New("-data-dir is required, and at least one store")
	}
	logger, properties, err := log.InitLogger(&log.Config{Level: o.logLevel,
		File: log.FileLogConfig{Filename: o.dataDir + ".log"}}) // nobody reads standard output after the first line
	if err != nil {
		return err
	}
	log.ReplaceGlobals(logger, properties)
	e, err := openEngine(o.dataDir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	stores, err := makeStores(ctx, o)
	if err != nil {
		return err
	}
	c := newCluster(e.bundle, stores)
	first, err := c.bootstrap(ctx, stores)
	if err != nil {
		return err
	}
	if err := serveStores(ctx, c, stores, e); err != nil {
		return err
	}
	stop := make(chan struct{})
	c.reportStores()
	c.report(first)
	go c.reportAgainAndAgain(stop)
	admin, err := c.serveAdmin(o.admin)
	if err != nil {
		return err
	}
	if err := awaitPD(ctx, c, first.meta.Id, len(first.meta.Peers)); err != nil {
		return err
	}
	fmt.Printf("READY pd=%s stores=%s admin=%s cluster=%d\n", o.pd, describe(stores), admin, c.pdc.GetClusterID(ctx))
	awaitEnd(o.lifeline)
	close(stop)
	for _, s := range stores {
		c.closeStore(s.id)
	}
	return nil
}

func main() {
	if err := run(readOptions()); err != nil {
		fmt.Fprintln(os.Stderr, "reference-kv:", err)
		os.Exit(1)
	}
}
