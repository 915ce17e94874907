#include "testing/timeline.h"

#include <cstdio>

#include "testing/message_view.h"

namespace tikv::testing {

namespace {

std::string time_text(core::Time at) {
  char text[32];
  std::snprintf(text, sizeof text, "%11.6f", std::chrono::duration<double>(at.time_since_epoch()).count());
  return text;
}

}  // namespace

void Timeline::on_event(const NetworkEvent& event) {
  ++events_;
  hash_.add(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  hash_.add(event.client);
  hash_.add(event.address);
  hash_.add(static_cast<std::uint64_t>(event.kind));
  hash_.add(event.exchange);
  hash_.add(static_cast<std::uint64_t>(event.status));
  hash_.add(event.bytes);
  if (lines_kept_ == 0) return;
  const bool from_client = event.kind != NetworkEvent::Kind::answered && event.kind != NetworkEvent::Kind::received;
  std::string line(event.client);
  line += from_client ? " -> " : " <- ";
  line += event.address;
  line += " " + std::string(to_string(event.kind));
  if (!event.method.empty()) line += " #" + std::to_string(event.exchange);
  if (!event.bytes.empty()) {
    line += " " + describe_message(event.method, from_client, event.bytes);
  } else {
    line += " " + std::string(event.method.substr(event.method.find_last_of('/') + 1));
  }
  if (event.kind == NetworkEvent::Kind::ended) line += " " + std::string(rpc::to_string(event.status));
  if (event.fate != Fate{} &&
      (event.kind == NetworkEvent::Kind::sent || event.kind == NetworkEvent::Kind::left ||
       event.kind == NetworkEvent::Kind::answered || event.kind == NetworkEvent::Kind::opened)) {
    line += "  ** message " + std::to_string(event.message) + ": " + to_string(event.fate);
  }
  add_line(event.at, line);
}

void Timeline::note(std::string_view node, std::string_view what) {
  ++events_;
  hash_.add(static_cast<std::uint64_t>(loop_.now().time_since_epoch().count()));
  hash_.add(node);
  hash_.add(what);
  if (lines_kept_ != 0) add_line(loop_.now(), std::string(node) + " " + std::string(what));
}

void Timeline::add_line(core::Time at, const std::string& what) {
  lines_.push_back(time_text(at) + " " + what);
  if (lines_.size() > lines_kept_) {
    lines_.pop_front();
    ++dropped_;
  }
}

std::string Timeline::text() const {
  std::string text;
  if (dropped_ > 0) text = "... " + std::to_string(dropped_) + " earlier lines\n";
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

}  // namespace tikv::testing
