#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tikv/observer.h"

namespace tikv::test {

/// A record, kept.
struct KeptEvent {
  LogLevel level{};
  Event event{};
  std::uint64_t operation_id = 0;
  std::string operation;
  std::uint64_t store_id = 0;
  std::string message;
  std::map<std::string, std::string, std::less<>> fields;

  [[nodiscard]] std::string field(std::string_view name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::uint64_t number(std::string_view name) const {
    const std::string text = field(name);
    return text.empty() ? 0 : std::stoull(text);
  }
};

/// Keeps all that it hears.
class EventRecorder final : public Observer {
 public:
  explicit EventRecorder(LogLevel least = LogLevel::debug) : level(least) {}
  [[nodiscard]] LogLevel log_level() const noexcept override { return level; }
  void log(const LogRecord& record) override {
    KeptEvent kept;
    kept.level = record.level;
    kept.event = record.event;
    kept.operation_id = record.operation_id;
    kept.operation = record.operation;
    kept.store_id = record.store_id;
    kept.message = record.message;
    for (const LogField& field : record.fields) kept.fields[std::string(field.name)] = to_string(field.value);
    heard.push_back(std::move(kept));
  }
  [[nodiscard]] std::vector<KeptEvent> all(Event event) const {
    std::vector<KeptEvent> result;
    std::copy_if(heard.begin(), heard.end(), std::back_inserter(result),
                 [event](const KeptEvent& kept) { return kept.event == event; });
    return result;
  }

  LogLevel level;
  std::vector<KeptEvent> heard;
};

}  // namespace tikv::test
