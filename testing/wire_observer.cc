#include "testing/wire_observer.h"

#include <algorithm>
#include <utility>

#include "testing/message_view.h"
#include "testing/region_error_name.h"

namespace tikv::testing {

void WireObserver::on_event(const NetworkEvent& event) {
  if (event.kind == NetworkEvent::Kind::left) {
    for (CommandSeen& command : commands_in(event.method, event.bytes)) {
      if (!command.writes) continue;
      waiting_[{event.exchange, command.id}] = writes_.size();
      writes_.push_back({std::string(event.client), event.at, std::move(command.keys), false});
    }
  } else if (event.kind == NetworkEvent::Kind::received && event.status == rpc::StatusCode::ok) {
    for (const AnswerSeen& answer : answers_in(event.method, event.bytes)) {
      if (answer.region_error) ++region_errors_[std::string(region_error_name(*answer.region_error))];
      const auto asked = waiting_.find({event.exchange, answer.id});
      if (asked == waiting_.end() || answer.empty) continue;
      writes_[asked->second].settled = !answer.region_error || !leaves_doubt(*answer.region_error);
      waiting_.erase(asked);
    }
  }
}

bool WireObserver::in_doubt(std::string_view client, const std::vector<std::string>& keys, core::Time begin,
                            core::Time end) const {
  return std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
    if (write.settled || write.client != client || write.left < begin || write.left > end) return false;
    return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
      return std::find(write.keys.begin(), write.keys.end(), key) != write.keys.end();
    });
  });
}

std::uint64_t WireObserver::region_errors(std::string_view name) const {
  const auto found = region_errors_.find(name);
  return found == region_errors_.end() ? 0 : found->second;
}

}  // namespace tikv::testing
