#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/operation.h"
#include "region/sender.h"
#include "region/sharding.h"
#include "tikv/key_range.h"
#include "tikv/task.h"

namespace tikv::raw {

/// What each raw call means, in requests to regions. Arguments are checked by the callers.
class RawKv {
 public:
  RawKv(region::Sender& sender, std::size_t max_parallel_regions)
      : sender_(sender), max_parallel_regions_(max_parallel_regions) {}

  Task<std::optional<std::string>> get(core::Operation& operation, std::string key);
  Task<std::vector<KeyValue>> batch_get(core::Operation& operation, std::vector<std::string> keys);
  Task<void> put(core::Operation& operation, std::string key, std::string value, bool resend);
  Task<void> batch_put(core::Operation& operation, std::vector<KeyValue> pairs, bool resend);
  Task<void> delete_key(core::Operation& operation, std::string key, bool resend);
  Task<std::vector<KeyValue>> scan(core::Operation& operation, KeyRange range, std::size_t limit, bool key_only);

 private:
  [[nodiscard]] region::ShardLimits limits() const noexcept;

  region::Sender& sender_;
  std::size_t max_parallel_regions_;
};

}  // namespace tikv::raw
