#include "testing/wire_observer.h"

#include <algorithm>
#include <utility>

#include "testing/message_view.h"
#include "testing/region_error_name.h"

namespace tikv::testing {

void WireObserver::on_event(const NetworkEvent& event) {
  switch (event.kind) {
    case NetworkEvent::Kind::sent:
      if (event.stream) note_write(event);
      break;
    case NetworkEvent::Kind::left:
      note_write(event);
      break;
    case NetworkEvent::Kind::arrived:
      note_arrival(event);
      break;
    case NetworkEvent::Kind::received:
      if (event.status == rpc::StatusCode::ok) note_answers(event);
      break;
    case NetworkEvent::Kind::ended: {
      // What was still staged when its stream ended is certain not to have been sent.
      auto each = waiting_.lower_bound({event.exchange, 0});
      for (; each != waiting_.end() && each->first.first == event.exchange; ++each) {
        Write& write = writes_[each->second];
        if (!write.left) write.settled = std::min(write.settled, event.at);
      }
      break;
    }
    default:
      break;
  }
}

void WireObserver::note_write(const NetworkEvent& event) {
  const bool left = event.kind == NetworkEvent::Kind::left;
  for (CommandSeen& command : commands_in(event.method, event.bytes)) {
    if (!command.writes) continue;
    const auto [place, fresh] = waiting_.try_emplace({event.exchange, command.id}, writes_.size());
    if (!fresh) {
      writes_[place->second].left = writes_[place->second].left || left;
      continue;
    }
    Write& write = writes_.emplace_back();
    write.client = event.client;
    write.sent = event.at;
    write.left = left;
    write.keys = std::move(command.keys);
    write.range_end = std::move(command.range_end);
  }
}

void WireObserver::note_arrival(const NetworkEvent& event) {
  for (const CommandSeen& command : commands_in(event.method, event.bytes)) {
    const auto place = waiting_.find({event.exchange, command.id});
    if (place != waiting_.end()) writes_[place->second].arrived = true;
  }
}

void WireObserver::note_answers(const NetworkEvent& event) {
  for (const AnswerSeen& answer : answers_in(event.method, event.bytes)) {
    if (answer.region_error) ++region_errors_[std::string(region_error_name(*answer.region_error))];
    const auto asked = waiting_.find({event.exchange, answer.id});
    if (asked == waiting_.end() || answer.empty) continue;
    if (!answer.region_error || !leaves_doubt(*answer.region_error)) writes_[asked->second].settled = event.at;
    writes_[asked->second].succeeded = !answer.region_error && answer.error.empty();
    waiting_.erase(asked);
  }
}

bool WireObserver::in_doubt(std::string_view client, const Concerns& concerns, core::Time begin, core::Time end) const {
  return std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
    return write.doubtful(client, begin, end) && std::any_of(write.keys.begin(), write.keys.end(), concerns);
  });
}

bool WireObserver::told_of_success(std::string_view client, std::string_view key, core::Time begin,
                                   core::Time end) const {
  return std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
    if (write.client != client || !write.succeeded || write.sent < begin || write.settled > end) return false;
    if (!write.range_end) return std::find(write.keys.begin(), write.keys.end(), key) != write.keys.end();
    return write.keys.front() <= key && (write.range_end->empty() || key < *write.range_end);
  });
}

std::size_t WireObserver::lost_copies(std::string_view client, std::string_view key, core::Time begin,
                                      core::Time end) const {
  return static_cast<std::size_t>(std::count_if(writes_.begin(), writes_.end(), [&](const Write& write) {
    return write.arrived && write.doubtful(client, begin, end) &&
           std::find(write.keys.begin(), write.keys.end(), key) != write.keys.end();
  }));
}

std::uint64_t WireObserver::region_errors(std::string_view name) const {
  const auto found = region_errors_.find(name);
  return found == region_errors_.end() ? 0 : found->second;
}

}  // namespace tikv::testing
