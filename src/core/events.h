#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/time.h"
#include "tikv/observer.h"

namespace tikv::core {

/// Which operation, region and store a record is about, as far as it is about any.
struct EventPlace {
  std::uint64_t operation_id = 0;
  std::string_view operation;
  std::uint64_t region = 0;
  std::uint64_t store = 0;
};

/// The fields of one event. Views: what they show lives longer.
class EventFields {
 public:
  EventFields& add(std::string_view name, LogValue value) {
    if (count_ < fields_.size()) fields_[count_++] = LogField{name, value};
    return *this;
  }
  EventFields& add(std::string_view name, Duration value) { return add(name, LogValue(to_microseconds(value))); }
  [[nodiscard]] std::span<const LogField> all() const noexcept { return {fields_.data(), count_}; }

 private:
  std::array<LogField, 16> fields_{};
  std::size_t count_ = 0;
};

/// Where a layer tells what happens in it. Made of nothing, it tells nobody.
class Events {
 public:
  Events() = default;
  /// `observer` lives longer. May keys be told?
  Events(Observer& observer, bool keys) noexcept : observer_(&observer), keys_(keys) {}

  /// Is it worth building? Ask before anything that costs.
  [[nodiscard]] bool wanted(LogLevel level = LogLevel::debug) const noexcept {
    return observer_ != nullptr && level >= observer_->log_level();
  }
  /// May keys be told?
  [[nodiscard]] bool keys() const noexcept { return keys_; }

  /// Tells it if it is wanted. Without a message it is made of the name and the fields.
  void tell(Event event, LogLevel level, const EventFields& fields, const EventPlace& place = {},
            std::string_view message = {}) const;

 private:
  Observer* observer_ = nullptr;
  bool keys_ = false;
};

/// A key as it may be told: printable ASCII as it is, all else as `\xNN`, cut after 64 bytes.
[[nodiscard]] std::string escaped_key(std::string_view key);

/// Which of many slow operations are told.
class SlowWatch {
 public:
  void set_threshold(Duration threshold) noexcept { threshold_ = threshold; }
  [[nodiscard]] Duration threshold() const noexcept { return threshold_; }
  /// May one more be told now?
  [[nodiscard]] bool admit(Time now) noexcept;
  /// How many were not since the last that was.
  [[nodiscard]] std::uint64_t take_left_out() noexcept { return std::exchange(left_out_, 0); }

 private:
  static constexpr std::uint32_t most_in_window = 10;
  static constexpr Duration window = std::chrono::seconds(10);

  Duration threshold_ = Duration::max();
  Time window_began_{};
  std::uint32_t told_in_window_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace tikv::core
