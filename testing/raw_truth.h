#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace tikv::testing {

/// What each key held at each moment, as the stores applied it.
class RawTruth {
 public:
  using Value = std::optional<std::string>;  ///< none: the key had no value
  struct Applied {
    core::Time at{};
    Value value;
    core::Time expires = core::never;
  };

  /// In the order of time.
  void apply(core::Time at, std::string_view key, Value value, core::Time expires = core::never);

  /// Did the key hold this at some moment from `begin` to `end`, both included?
  [[nodiscard]] bool held(std::string_view key, const Value& value, core::Time begin, core::Time end) const;
  /// The same for "some value, whichever".
  [[nodiscard]] bool held_something(std::string_view key, core::Time begin, core::Time end) const;
  /// Was this written from `begin` to `end`?
  [[nodiscard]] bool applied(std::string_view key, const Value& value, core::Time begin, core::Time end) const;
  /// The first write of this from `begin` to `end`; null if there is none.
  [[nodiscard]] const Applied* first_applied(std::string_view key, const Value& value, core::Time begin,
                                             core::Time end) const;
  /// What the key held just before that write was applied.
  [[nodiscard]] Value before(std::string_view key, const Applied& write) const;
  /// What the key holds at a moment, with all that was applied at it.
  [[nodiscard]] Value at(std::string_view key, core::Time moment) const;
  /// Did nothing change the key from `begin` to `end`, both included?
  [[nodiscard]] bool constant(std::string_view key, core::Time begin, core::Time end) const;
  /// How often was this written?
  [[nodiscard]] std::size_t times_applied(std::string_view key, const Value& value) const;
  /// Every key that was ever written, in order.
  [[nodiscard]] const std::map<std::string, std::vector<Applied>, std::less<>>& keys() const { return keys_; }

 private:
  std::map<std::string, std::vector<Applied>, std::less<>> keys_;
};

}  // namespace tikv::testing
