// reference-pd runs one member of the real PD, embedded etcd included, on 127.0.0.1.
//
// It prints one line that begins with READY once a leader is known, and ends at SIGINT, SIGTERM or,
// with -lifeline, when its standard input is closed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pingcap/log"
	"github.com/tikv/pd/pkg/schedule/schedulers"
	"github.com/tikv/pd/pkg/utils/logutil"
	"github.com/tikv/pd/pkg/utils/typeutil"
	"github.com/tikv/pd/pkg/versioninfo"
	"github.com/tikv/pd/server"
	"github.com/tikv/pd/server/api"
	"github.com/tikv/pd/server/apiv2"
	"github.com/tikv/pd/server/config"
	"go.etcd.io/etcd/embed"

	_ "github.com/tikv/pd/pkg/mcs/resourcemanager/server/install"
	_ "github.com/tikv/pd/pkg/mcs/tso/server/install"
)

const patience = 30 * time.Second

type options struct {
	name, dataDir, initialCluster, version, logLevel string
	port, peerPort                                   int
	maxReplicas                                      uint64
	lifeline                                         bool
}

func readOptions() options {
	var o options
	flag.StringVar(&o.name, "name", "pd1", "name of this member")
	flag.IntVar(&o.port, "port", 2379, "port for clients")
	flag.IntVar(&o.peerPort, "peer-port", 2380, "port for the other members")
	flag.StringVar(&o.dataDir, "data-dir", "", "folder for its data (required)")
	flag.StringVar(&o.initialCluster, "initial-cluster", "", "all members, as NAME=http://127.0.0.1:PEERPORT,... (empty: this one alone)")
	flag.StringVar(&o.version, "version", "v8.1.0", "the release that it says it is")
	flag.Uint64Var(&o.maxReplicas, "max-replicas", 3, "peers of a region")
	flag.StringVar(&o.logLevel, "log-level", "error", "log level")
	flag.BoolVar(&o.lifeline, "lifeline", false, "end when standard input is closed")
	flag.Parse()
	return o
}

// configuration is PD's own, made quick to elect: three members on one machine lose no messages.
func configuration(o options) (*config.Config, error) {
	cfg := config.NewConfig()
	cfg.Name = o.name
	cfg.DataDir = o.dataDir
	cfg.ClientUrls = fmt.Sprintf("http://127.0.0.1:%d", o.port)
	cfg.AdvertiseClientUrls = cfg.ClientUrls
	cfg.PeerUrls = fmt.Sprintf("http://127.0.0.1:%d", o.peerPort)
	cfg.AdvertisePeerUrls = cfg.PeerUrls
	cfg.InitialCluster = o.initialCluster
	if cfg.InitialCluster == "" {
		cfg.InitialCluster = o.name + "=" + cfg.PeerUrls
	}
	cfg.InitialClusterState = embed.ClusterStateFlagNew
	cfg.LeaderLease = 3
	cfg.TSOSaveInterval = typeutil.NewDuration(time.Second)
	cfg.TickInterval = typeutil.NewDuration(100 * time.Millisecond)
	cfg.ElectionInterval = typeutil.NewDuration(time.Second)
	cfg.LeaderPriorityCheckInterval = typeutil.NewDuration(100 * time.Millisecond)
	cfg.Replication.MaxReplicas = o.maxReplicas
	cfg.Log.Level = o.logLevel
	cfg.Log.File.Filename = o.dataDir + ".log" // nobody reads standard output after the first line
	cfg.PDServerCfg.DashboardAddress = "none"
	if err := cfg.Adjust(nil, false); err != nil {
		return nil, err
	}
	if err := logutil.SetupLogger(cfg.Log, &cfg.Logger, &cfg.LogProps, cfg.Security.RedactInfoLog); err != nil {
		return nil, err
	}
	log.ReplaceGlobals(cfg.Logger, cfg.LogProps)
	return cfg, nil
}

// awaitLeader returns when a leader is known, in a cluster of one when this member is it.
func awaitLeader(svr *server.Server, alone bool) error {
	for start := time.Now(); time.Since(start) < patience; time.Sleep(10 * time.Millisecond) {
		if svr.GetLeader() != nil && (!alone || svr.GetMember().IsLeader()) {
			return nil
		}
	}
	return fmt.Errorf("no leader after %v", patience)
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

func run(o options) error {
	if o.dataDir == "" {
		return errors.New("-data-dir is required")
	}
	versioninfo.PDReleaseVersion = o.version
	schedulers.Register() // PD reads its configuration with these
	cfg, err := configuration(o)
	if err != nil {
		return err
	}
	server.CheckAndGetPDVersion()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	svr, err := server.CreateServer(ctx, cfg, nil, api.NewHandler, apiv2.NewV2Handler)
	if err != nil {
		return err
	}
	if err := svr.Run(); err != nil {
		return err
	}
	defer svr.Close()
	if err := awaitLeader(svr, o.initialCluster == ""); err != nil {
		return err
	}
	fmt.Printf("READY pd=127.0.0.1:%d name=%s cluster=%d leader=%s\n", o.port, o.name, svr.ClusterID(), svr.GetLeader().GetName())
	awaitEnd(o.lifeline)
	cancel()
	return nil
}

func main() {
	if err := run(readOptions()); err != nil {
		fmt.Fprintln(os.Stderr, "reference-pd:", err)
		os.Exit(1)
	}
}
