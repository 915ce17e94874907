#pragma once

#include <memory>
#include <string_view>

#include "testing/model.h"
#include "testing/raw_service.h"
#include "testing/region_map.h"

namespace tikv::testing {

/// What all stores of a cluster do with a call: decode it, serve it, encode the answer. A batch of
/// commands is served through the same methods as single calls.
class KvModel {
 public:
  KvModel(RawService& raw, RegionMap& regions, bool ttl);

  void call(StoreState& store, std::string_view method, std::string_view request, const Reply& reply);
  /// Null for a method that is not a stream of a store's.
  [[nodiscard]] std::unique_ptr<StreamServer> stream(StoreState& store, std::string_view method, StreamClient& client);

  [[nodiscard]] RawService& raw() { return raw_; }

 private:
  RawService& raw_;
  RegionMap& regions_;
  bool ttl_;
};

}  // namespace tikv::testing
