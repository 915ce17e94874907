#pragma once

/// @file
/// `Observer`: where the library tells what it does.

#include <cstdint>
#include <memory>
#include <string_view>

namespace tikv {
inline namespace v0 {

/// How much a log line matters.
enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// The name of a level: `"warning"`.
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// One thing that happened. The views live as long as the call of `Observer::log`.
struct LogRecord {
  LogLevel level = LogLevel::info;
  /// What happened, one line without a line break. Keys and values of users are never in it.
  std::string_view message;
  /// The operation it belongs to, unique in this client; 0 if it belongs to none.
  std::uint64_t operation_id = 0;
  /// Name of the operation, such as `raw_get`; empty if it belongs to none.
  std::string_view operation;
  /// Region and store concerned; 0 if none.
  std::uint64_t region_id = 0;
  std::uint64_t store_id = 0;
  /// Number of the attempt, from 1; 0 if it is not about an attempt.
  std::uint32_t attempt = 0;
};

/// Receives what a client has to tell. Derive from it and hand it to `ClientOptions::observer`.
///
/// @par Thread safety
/// Called on the thread that runs the client's loop at that moment, one call at a time for one
/// client. One observer shared by several clients is called from several threads.
/// @par Cost
/// The loop waits for it: do not block in it and make no blocking call of the client.
/// @par Errors
/// Must not throw.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// The least level that is worth building a record for. Asked before each record.
  [[nodiscard]] virtual LogLevel log_level() const noexcept = 0;
  /// Something happened.
  virtual void log(const LogRecord& record) = 0;
};

/// The default: warnings and errors, one line each, to standard error:
/// `tikv: warning: op=7 raw_get region=12 store=3 attempt=2: not leader, asking store 5`.
[[nodiscard]] std::shared_ptr<Observer> stderr_observer(LogLevel least = LogLevel::warning);

/// Tells nobody.
[[nodiscard]] std::shared_ptr<Observer> silent_observer();

}  // namespace v0
}  // namespace tikv
