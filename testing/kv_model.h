#pragma once

#include <memory>
#include <string_view>

#include "testing/batch_stream.h"
#include "testing/command_service.h"
#include "testing/model.h"
#include "testing/region_map.h"

namespace tikv::testing {

/// What all stores of a cluster do with a call: decode it, serve it, encode the answer. A batch of
/// commands is served through the same methods as single calls.
class KvModel {
 public:
  KvModel(core::Loop& loop, CommandService& commands, OneShots& later, bool health_feedback);

  void call(StoreState& store, std::string_view method, std::string_view request, const Reply& reply);
  /// Null for a method that is not a stream of a store's.
  [[nodiscard]] std::unique_ptr<StreamServer> stream(StoreState& store, std::string_view method, StreamClient& client);

 private:
  BatchContext context_;
};

}  // namespace tikv::testing
