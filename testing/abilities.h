#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tikv::testing {

/// How the stores of a cluster keep raw data (`storage.api-version` of TiKV): as it comes, with a time
/// to live, or with that and the keys of each keyspace under a prefix.
enum class StorageApi : unsigned char { v1, v1ttl, v2 };

/// As TiKV writes it: "V1", "V1ttl", "V2".
[[nodiscard]] std::string_view to_string(StorageApi version);

/// What servers of one version know. A method that they do not know they answer with Unimplemented, a
/// field they ignore: that is what gRPC and protobuf do for them.
struct Abilities {
  // Stores.
  bool compare_and_swap = false;    ///< RawCompareAndSwap
  bool raw_coprocessor = false;     ///< RawCoprocessor
  bool checksum = false;            ///< RawChecksum
  bool api_versions = false;        ///< they look at Context.api_version at all
  bool api_version_texts = false;   ///< and say which versions differ
  bool ttl_per_pair = false;        ///< RawBatchPutRequest.ttls; before that its ttl, which is ignored since
  bool large_keys = false;          ///< keys of 8 KiB instead of 4
  bool api_v2 = false;              ///< may be set up with API version 2
  bool health_feedback = false;     ///< in answers to batches
  bool mismatch_peer_id = false;    ///< the region error of that name; before that words alone
  bool cluster_ids = false;         ///< they refuse requests that name another cluster
  bool compare_and_delete = false;  ///< RawCASRequest.delete
  // The placement driver.
  bool node_state = false;          ///< Store.node_state
  bool buckets = false;             ///< GetRegionRequest.need_buckets
  bool keyspaces = false;           ///< LoadKeyspace
  bool cluster_info = false;        ///< GetClusterInfo
  bool all_keyspaces = false;       ///< GetAllKeyspaces
  bool batch_scan_regions = false;  ///< BatchScanRegions
};

/// Of a version like "6.5.3" or "v8.5.0"; a text that is no version is taken for a build of today.
[[nodiscard]] Abilities abilities_of(std::string_view version);

/// The version that is meant by "5.0", "6.1", "7.1", "8.5" (the last patch of that line), "newest", or
/// a full version. None for anything else.
[[nodiscard]] std::optional<std::string> version_named(std::string_view name);

}  // namespace tikv::testing
