package main

import (
	"os"
	"path/filepath"

	"github.com/pingcap/badger"
	badgeroptions "github.com/pingcap/badger/options"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/config"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/lockstore"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv/mvcc"
)

// engine is what all stores share: there is no Raft, so nothing is replicated and nothing is lost.
type engine struct {
	folder    string
	bundle    *mvcc.DBBundle
	config    *config.Config
	safePoint *tikv.SafePoint
}

// openEngine opens unistore's engine for a small cluster that is thrown away.
func openEngine(folder string) (*engine, error) {
	safePoint := &tikv.SafePoint{}
	conf := config.DefaultConf
	conf.Engine.DBPath = folder
	conf.Server.Raft = false

	o := badger.DefaultOptions
	o.ManagedTxns = true
	o.Dir = filepath.Join(folder, "kv")
	o.ValueDir = o.Dir
	o.ValueThreshold = 0
	o.NumCompactors = 1
	o.ValueLogWriteOptions.WriteBufferSize = 4 << 20
	o.ValueLogFileSize = 16 << 20
	o.ValueLogMaxNumFiles = 3
	o.MaxMemTableSize = 12 << 20
	o.TableBuilderOptions.MaxTableSize = 8 << 20
	o.TableBuilderOptions.CompressionPerLevel = make([]badgeroptions.CompressionType, 7)
	o.TableBuilderOptions.SuRFStartLevel = 8
	o.NumMemtables = 3
	o.NumLevelZeroTables = 4
	o.NumLevelZeroTablesStall = 8
	o.LevelOneSize = 512 << 20
	o.SyncWrites = false
	o.VolatileMode = true
	o.CompactL0WhenClose = false
	o.CompactionFilterFactory = safePoint.CreateCompactionFilter
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	db, err := badger.Open(o)
	if err != nil {
		return nil, err
	}
	bundle := &mvcc.DBBundle{DB: db, LockStore: lockstore.NewMemStore(8 << 20)}
	return &engine{folder: folder, bundle: bundle, config: &conf, safePoint: safePoint}, nil
}
