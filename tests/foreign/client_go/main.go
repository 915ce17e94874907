// foreign-go lets tests drive client-go's raw client by lines of words; README.md in the folder above has the words.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/pingcap/log"
	"github.com/tikv/client-go/v2/rawkv"
)

const verbs = "get batch_get put put_ttl batch_put batch_put_ttl delete batch_delete delete_range scan scan_keys " +
	"reverse_scan reverse_scan_keys ttl cas atomic_put atomic_delete checksum column_families"

type adapter struct {
	plain, atomic *rawkv.Client
}

func bytesOf(word string) []byte {
	if word == "-" {
		return []byte{}
	}
	decoded, err := hex.DecodeString(word)
	if err != nil {
		panic(err)
	}
	return decoded
}

func wordOf(value []byte) string {
	switch {
	case value == nil:
		return "none"
	case len(value) == 0:
		return "-"
	}
	return hex.EncodeToString(value)
}

func numberOf(word string) uint64 {
	number, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		panic(err)
	}
	return number
}

func allBytesOf(words []string) [][]byte {
	var all [][]byte
	for _, word := range words {
		all = append(all, bytesOf(word))
	}
	return all
}

func pairsOf(words []string) (keys, values [][]byte) {
	for pair := range slices.Chunk(words, 2) {
		keys = append(keys, bytesOf(pair[0]))
		values = append(values, bytesOf(pair[1]))
	}
	return keys, values
}

func pairWords(keys, values [][]byte) []string {
	var words []string
	for i, key := range keys {
		if values[i] != nil {
			words = append(words, wordOf(key), wordOf(values[i]))
		}
	}
	return words
}

func keyWords(keys [][]byte) []string {
	var words []string
	for _, key := range keys {
		words = append(words, wordOf(key))
	}
	return words
}

func (a *adapter) write(ctx context.Context, verb string, words []string, family rawkv.RawOption) error {
	switch verb {
	case "put":
		return a.plain.Put(ctx, bytesOf(words[0]), bytesOf(words[1]), family)
	case "atomic_put":
		return a.atomic.Put(ctx, bytesOf(words[0]), bytesOf(words[1]), family)
	case "put_ttl":
		return a.plain.PutWithTTL(ctx, bytesOf(words[0]), bytesOf(words[1]), numberOf(words[2]), family)
	case "batch_put":
		keys, values := pairsOf(words)
		return a.plain.BatchPut(ctx, keys, values, family)
	case "batch_put_ttl":
		keys, values := pairsOf(words[1:])
		return a.plain.BatchPutWithTTL(ctx, keys, values, slices.Repeat([]uint64{numberOf(words[0])}, len(keys)), family)
	case "delete":
		return a.plain.Delete(ctx, bytesOf(words[0]), family)
	case "atomic_delete":
		return a.atomic.Delete(ctx, bytesOf(words[0]), family)
	case "batch_delete":
		return a.plain.BatchDelete(ctx, allBytesOf(words), family)
	case "delete_range":
		return a.plain.DeleteRange(ctx, bytesOf(words[0]), bytesOf(words[1]), family)
	}
	return errors.New("there is no verb " + verb)
}

func (a *adapter) scan(ctx context.Context, verb string, words []string, family rawkv.RawOption) ([]string, error) {
	options := []rawkv.RawOption{family}
	if strings.HasSuffix(verb, "_keys") {
		options = append(options, rawkv.ScanKeyOnly())
	}
	low, high, limit := bytesOf(words[0]), bytesOf(words[1]), int(numberOf(words[2]))
	var keys, values [][]byte
	var err error
	if strings.HasPrefix(verb, "reverse") {
		keys, values, err = a.plain.ReverseScan(ctx, high, low, limit, options...)
	} else {
		keys, values, err = a.plain.Scan(ctx, low, high, limit, options...)
	}
	if strings.HasSuffix(verb, "_keys") {
		return keyWords(keys), err
	}
	return pairWords(keys, values), err
}

func (a *adapter) compareAndSwap(ctx context.Context, words []string, family rawkv.RawOption) ([]string, error) {
	var previous []byte
	if words[1] != "none" {
		previous = bytesOf(words[1])
	}
	found, swapped, err := a.atomic.CompareAndSwap(ctx, bytesOf(words[0]), previous, bytesOf(words[2]), family)
	if swapped {
		return []string{"swapped", wordOf(found)}, err
	}
	return []string{"kept", wordOf(found)}, err
}

func (a *adapter) do(ctx context.Context, words []string) ([]string, error) {
	family := rawkv.SetColumnFamily("")
	if strings.HasPrefix(words[0], "@") {
		family, words = rawkv.SetColumnFamily(words[0][1:]), words[1:]
	}
	verb, words := words[0], words[1:]
	switch verb {
	case "get":
		value, err := a.plain.Get(ctx, bytesOf(words[0]), family)
		return []string{wordOf(value)}, err
	case "batch_get":
		keys := allBytesOf(words)
		values, err := a.plain.BatchGet(ctx, keys, family)
		if err != nil {
			return nil, err
		}
		return pairWords(keys, values), nil
	case "scan", "scan_keys", "reverse_scan", "reverse_scan_keys":
		return a.scan(ctx, verb, words, family)
	case "ttl":
		ttl, err := a.plain.GetKeyTTL(ctx, bytesOf(words[0]), family)
		if ttl == nil {
			return []string{"none"}, err
		}
		return []string{strconv.FormatUint(*ttl, 10)}, err
	case "cas":
		return a.compareAndSwap(ctx, words, family)
	case "checksum":
		sum, err := a.plain.Checksum(ctx, bytesOf(words[0]), bytesOf(words[1]), family)
		return []string{fmt.Sprint(sum.Crc64Xor), fmt.Sprint(sum.TotalKvs), fmt.Sprint(sum.TotalBytes)}, err
	}
	return nil, a.write(ctx, verb, words, family)
}

func connect(ctx context.Context, pd, version, keyspace string) (*rawkv.Client, error) {
	options := []rawkv.ClientOpt{}
	switch version {
	case "1":
		options = append(options, rawkv.WithAPIVersion(kvrpcpb.APIVersion_V1))
	case "1ttl":
		options = append(options, rawkv.WithAPIVersion(kvrpcpb.APIVersion_V1TTL))
	case "2":
		options = append(options, rawkv.WithAPIVersion(kvrpcpb.APIVersion_V2), rawkv.WithKeyspace(keyspace))
	default:
		return nil, errors.New("there is no API version " + version)
	}
	return rawkv.NewClientWithOpts(ctx, strings.Split(pd, ","), options...)
}

func run(pd, version, keyspace string) error {
	logger, properties, err := log.InitLogger(&log.Config{Level: "fatal"})
	if err != nil {
		return err
	}
	log.ReplaceGlobals(logger, properties)
	ctx := context.Background()
	var a adapter
	if a.plain, err = connect(ctx, pd, version, keyspace); err != nil {
		return err
	}
	if a.atomic, err = connect(ctx, pd, version, keyspace); err != nil {
		return err
	}
	a.atomic.SetAtomicForCAS(true)
	fmt.Println("ready " + verbs)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		answer, err := a.do(ctx, strings.Fields(lines.Text()))
		if err != nil {
			fmt.Println("failed " + strings.ReplaceAll(err.Error(), "\n", " "))
			continue
		}
		fmt.Println(strings.Join(append([]string{"ok"}, answer...), " "))
	}
	return lines.Err()
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: foreign-go PD API-VERSION KEYSPACE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "foreign-go:", err)
		os.Exit(1)
	}
}
