#include "tikv/observer.h"

#include <cstdio>
#include <string>

#include "core/printable.h"

namespace tikv {
inline namespace v0 {

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "unknown";
}

std::string_view to_string(Event event) noexcept {
  switch (event) {
    case Event::message:
      return "message";
    case Event::operation_ended:
      return "operation_ended";
    case Event::operation_slow:
      return "operation_slow";
    case Event::connection_opened:
      return "connection_opened";
    case Event::connection_lost:
      return "connection_lost";
    case Event::connection_failed:
      return "connection_failed";
    case Event::address_unreachable:
      return "address_unreachable";
    case Event::pd_leader_changed:
      return "pd_leader_changed";
    case Event::pd_members_changed:
      return "pd_members_changed";
    case Event::region_loaded:
      return "region_loaded";
    case Event::region_replaced:
      return "region_replaced";
    case Event::region_forgotten:
      return "region_forgotten";
    case Event::store_moved:
      return "store_moved";
    case Event::paused:
      return "paused";
  }
  return "unknown";
}

std::string to_string(const LogValue& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  char text[48];
  const auto* duration = std::get_if<std::chrono::microseconds>(&value);
  std::snprintf(text, sizeof text, "%.6f s", std::chrono::duration<double>(*duration).count());
  return text;
}

const LogValue* LogRecord::field(std::string_view name) const noexcept {
  for (const LogField& each : fields) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

namespace {

std::string format(const LogRecord& record) {
  std::string line = "tikv: ";
  line.append(to_string(record.level)).append(":");
  if (record.operation_id != 0) {
    line.append(" op=").append(std::to_string(record.operation_id)).append(" ").append(record.operation);
  }
  if (record.region_id != 0) line.append(" region=").append(std::to_string(record.region_id));
  if (record.store_id != 0) line.append(" store=").append(std::to_string(record.store_id));
  if (record.attempt != 0) line.append(" attempt=").append(std::to_string(record.attempt));
  if (record.operation_id != 0) line.append(":");
  line.append(" ").append(core::printable(record.message, core::limits::message)).append("\n");
  return line;
}

class StderrObserver final : public Observer {
 public:
  explicit StderrObserver(LogLevel least) : least_(least) {}
  [[nodiscard]] LogLevel log_level() const noexcept override { return least_; }
  void log(const LogRecord& record) override {
    if (record.level < least_) return;
    const std::string line = format(record);
    std::fwrite(line.data(), 1, line.size(), stderr);  // one call, so that lines of threads do not mix
  }

 private:
  LogLevel least_;
};

class SilentObserver final : public Observer {
 public:
  [[nodiscard]] LogLevel log_level() const noexcept override { return static_cast<LogLevel>(0xff); }
  void log(const LogRecord& /*record*/) override {}
};

}  // namespace

std::shared_ptr<Observer> stderr_observer(LogLevel least) { return std::make_shared<StderrObserver>(least); }
std::shared_ptr<Observer> silent_observer() { return std::make_shared<SilentObserver>(); }

}  // namespace v0
}  // namespace tikv
