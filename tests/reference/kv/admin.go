package main

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/util/codec"
)

// serveAdmin lets tests change the cluster, by HTTP. What cannot be done is answered with 409.
//
//	GET  /regions                     one line a region: id leader-store version conf-version start end stores
//	POST /split?key=HEX[&encoded=1]  cuts at that key; encoded: as regions of transactions and of API version 2 have it
//	POST /merge?from=ID&into=ID       neighbours
//	POST /transfer?region=ID&store=ID
//	POST /down?store=ID[&leaders=keep]
//	POST /up?store=ID
func (c *cluster) serveAdmin(address string) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /regions", c.adminRegions)
	mux.HandleFunc("POST /split", c.adminSplit)
	for name, change := range map[string]func(*http.Request) bool{
		"merge":    func(r *http.Request) bool { return c.merge(number(r, "from"), number(r, "into")) },
		"transfer": func(r *http.Request) bool { return c.transfer(number(r, "region"), number(r, "store")) },
		"down":     func(r *http.Request) bool { return c.stopStore(number(r, "store"), r.FormValue("leaders") == "keep") },
		"up":       func(r *http.Request) bool { return c.startStore(number(r, "store")) },
	} {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			if !change(r) {
				http.Error(w, name+" is not possible", http.StatusConflict)
			}
		})
	}
	go func() { _ = http.Serve(listener, mux) }()
	return listener.Addr().String(), nil
}

func number(r *http.Request, name string) uint64 {
	value, _ := strconv.ParseUint(r.FormValue(name), 10, 64)
	return value
}

func (c *cluster) adminRegions(w http.ResponseWriter, _ *http.Request) {
	for _, r := range c.inOrder() {
		var stores []string
		for _, peer := range r.meta.Peers {
			stores = append(stores, strconv.FormatUint(peer.StoreId, 10))
		}
		fmt.Fprintf(w, "%d %d %d %d '%x' '%x' %s\n", r.meta.Id, r.leader.StoreId, r.meta.RegionEpoch.Version,
			r.meta.RegionEpoch.ConfVer, r.meta.StartKey, r.meta.EndKey, strings.Join(stores, ","))
	}
}

func (c *cluster) adminSplit(w http.ResponseWriter, r *http.Request) {
	key, err := hex.DecodeString(r.FormValue("key"))
	if err != nil || len(key) == 0 {
		http.Error(w, "the key is not hexadecimal, or empty", http.StatusBadRequest)
		return
	}
	if r.FormValue("encoded") != "" {
		key = codec.EncodeBytes(nil, key)
	}
	if _, err := c.split(c.find(key).meta.Id, [][]byte{key}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
