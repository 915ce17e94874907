#pragma once

/// @file
/// `Observer`: where the library tells what it does.

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tikv {
inline namespace v0 {

/// How much a log line matters.
enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// The name of a level: `"warning"`.
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// What a record tells of. All but `message` bring fields; the names of a kind's fields are stable, more
/// may come. Those in parentheses are there only if there is something to say.
enum class Event : std::uint8_t {
  /// Something in words.
  message,
  /// A call has ended, however it did. Exactly one for each call that began. Fields: `result` (`ok`, the
  /// name of an `ErrorKind`, or `abandoned`: its task was destroyed), (`undetermined`), `duration`,
  /// `attempts` (requests sent to stores), `failed_attempts` (those that brought no answer, and those to
  /// PD), `regions`, `stores` (different ones that were asked), `bytes_sent`, `bytes_received` (of requests
  /// and answers, without the protocol's own), (`paused`), (`key`: the first one, with
  /// `ClientOptions::log_keys`). Level `debug`.
  operation_ended,
  /// A call took longer than `ClientOptions::slow_operation`. Fields: `result`, `duration`, (`paused`),
  /// (`placement`: waiting for PD), (`slowest_answer`, `region`, `store`: of all answers), (`left_out`: calls
  /// as slow that were not told); the message is the whole story. Level `warning`, ten in ten seconds.
  operation_slow,
  /// A connection can be used. Fields: `address`, `duration` (to make it). Level `debug`.
  connection_opened,
  /// A connection has ended. Fields: `address`, `reason`, `duration` (that it served). Level `debug`.
  connection_lost,
  /// A connection could not be made. Fields: `address`, `reason`, `duration` (of the try). Level `debug`.
  connection_failed,
  /// Nothing was ever reached at an address that PD told. The message says what to do. Fields: `address`,
  /// `reason`, (`store`), `told_by`. Once for each address and store. Level `warning`.
  address_unreachable,
  /// PD is asked at another address from now on: it has another leader, or the client did not know one.
  /// Fields: `address`, (`before`), `told_by`. Level `debug`.
  pd_leader_changed,
  /// PD consists of other members than before. Fields: `members` (addresses, with commas). Level `debug`.
  pd_members_changed,
  /// A region that was not known. Fields: `region`, `version`, `conf_version`, `store` (of its leader),
  /// (`start`, `end`: with `ClientOptions::log_keys`). Level `debug`.
  region_loaded,
  /// A region took the place of an older version of itself, or of others. Fields: as `region_loaded`, and
  /// `before` (the ids that went), `reason`. Level `debug`.
  region_replaced,
  /// A region will be asked for anew. Fields: as `region_loaded`, and `reason`. Level `debug`.
  region_forgotten,
  /// The address of a store that was not known, or that has changed. Fields: `store`, `address`, (`before`). Level
  /// `debug`.
  store_moved,
  /// A call waits before its next try. Fields: `kind` (such as `server_busy`), `duration` (that it
  /// will wait), `reason`. Level `debug`.
  paused,
};

/// The name of an event: `"operation_ended"`.
[[nodiscard]] std::string_view to_string(Event event) noexcept;

/// The value of a field.
using LogValue = std::variant<bool, std::uint64_t, std::chrono::microseconds, std::string_view>;

/// As it stands in a message: `true`, `12`, `0.250000 s`, text as it is.
[[nodiscard]] std::string to_string(const LogValue& value);

/// One detail of a record: a name in lower case, and a value.
struct LogField {
  std::string_view name;
  LogValue value;
};

/// One thing that happened. The views live as long as the call of `Observer::log`.
struct LogRecord {
  LogLevel level = LogLevel::info;
  /// What happened, one line without a line break, made of the fields. Keys of users are in it only with
  /// `ClientOptions::log_keys`; values never are.
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
  /// What it tells of, for programs.
  Event event = Event::message;
  /// The details, for programs; what `message` says in words.
  std::span<const LogField> fields;

  /// The value of a field; null if there is none of that name.
  [[nodiscard]] const LogValue* field(std::string_view name) const noexcept;
};

/// Receives what a client has to tell. Derive from it and hand it to `ClientOptions::observer`.
///
/// @par Thread safety
/// Called on the thread that runs the client's loop at that moment, one call at a time for one
/// client. One observer shared by several clients is called from several threads.
/// @par Cost
/// The loop waits for it: do not block in it and make no blocking call of the client. What is below
/// `log_level()` is not even built: `debug` costs about a microsecond for each call, `info` nothing
/// while all goes well.
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
