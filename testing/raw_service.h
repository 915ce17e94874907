#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/loop.h"
#include "testing/change.h"
#include "testing/raw_rules.h"
#include "testing/raw_store.h"
#include "testing/region_map.h"
#include "wire/errorpb.h"
#include "wire/kvrpcpb.h"

namespace tikv::testing {

namespace errorpb = wire::errorpb;

/// The raw commands of one TiKV store, with the checks that TiKV makes before it serves one: is it
/// meant for a cluster that is set up like this one, is this the asked store, does the region's leader
/// live here, is the region as the client believes, are the keys in it.
class RawService {
 public:
  struct Hooks {
    /// Told of each region whose number of keys has grown.
    std::function<void(RegionState&)> grown;
    /// Told of a store that a request has brought down.
    std::function<void(StoreState&)> died;
  };

  RawService(core::Loop& loop, RegionMap& regions, RawStore& data, const RawRules& rules, Hooks hooks);

  /// Null: nobody is told, at no cost.
  void on_change(ChangeListener listener) { changed_ = std::move(listener); }

  void serve(StoreState& store, const kvrpcpb::RawGetRequest& request, kvrpcpb::RawGetResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawBatchGetRequest& request, kvrpcpb::RawBatchGetResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawPutRequest& request, kvrpcpb::RawPutResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawBatchPutRequest& request, kvrpcpb::RawBatchPutResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawDeleteRequest& request, kvrpcpb::RawDeleteResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawBatchDeleteRequest& request,
             kvrpcpb::RawBatchDeleteResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawDeleteRangeRequest& request,
             kvrpcpb::RawDeleteRangeResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawScanRequest& request, kvrpcpb::RawScanResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawBatchScanRequest& request, kvrpcpb::RawBatchScanResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawCASRequest& request, kvrpcpb::RawCASResponse& response);
  /// A store without TTL dies of it, once it has found nothing else to complain of.
  void serve(StoreState& store, const kvrpcpb::RawGetKeyTTLRequest& request, kvrpcpb::RawGetKeyTTLResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawChecksumRequest& request, kvrpcpb::RawChecksumResponse& response);
  void serve(StoreState& store, const kvrpcpb::RawCoprocessorRequest& request,
             kvrpcpb::RawCoprocessorResponse& response);

 private:
  /// A range as it is stored.
  struct Scan {
    std::string start;
    std::string end;
    std::uint64_t limit = 0;
    bool key_only = false;
    bool reverse = false;
  };

  /// Where a command that has passed all checks reads and writes.
  struct Place {
    StoreState* store = nullptr;
    RegionState* region = nullptr;
    RawStore::Family family = RawStore::Family::default_;

    explicit operator bool() const { return region != nullptr; }
  };

  using Pairs = std::vector<kvrpcpb::KvPair>;

  /// No place, with the error in the answer, if the store may not serve the request. With a place all
  /// keys of the request are in the region, but for those of a batch that reads; the bounds of ranges are
  /// not looked at.
  template <class Request, class Response>
  Place admit(StoreState& store, const Request& request, Response& response);

  /// What a pair adds to a raft entry, in the form in which it is stored.
  [[nodiscard]] std::size_t entry_size(std::string_view key, std::string_view value) const;
  /// False, with the error in the answer, if a key of the command is not in the region.
  template <class Request, class Response>
  [[nodiscard]] bool keys_fit(const RegionState& region, const RawCommand& command, const Request& request,
                              Response& response) const;
  [[nodiscard]] bool entry_too_large(const RegionState& region, std::size_t size, errorpb::Error& error) const;
  void put(const Place& at, std::string_view key, std::string_view value, std::uint64_t ttl);
  void erase(const Place& at, std::string_view key);
  void erase_range(const Place& at, std::string_view start, std::string_view end);
  void tell(const Place& at, std::string_view key, std::optional<std::string_view> value,
            core::WallTime expires = core::WallTime::max());
  [[nodiscard]] const RawStore::Entry* entry(const Place& at, std::string_view key) const;
  /// False, with the region error, if the scan does not start in the region.
  bool scan(const Place& at, const Scan& scan, errorpb::Error& error, Pairs& pairs);
  [[nodiscard]] core::WallTime now() const { return loop_.wall_now(); }

  core::Loop& loop_;
  RegionMap& regions_;
  RawStore& data_;
  RawRules rules_;
  Hooks hooks_;
  ChangeListener changed_;
};

}  // namespace tikv::testing
