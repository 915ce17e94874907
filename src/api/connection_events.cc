#include "api/connection_events.h"

namespace tikv {
inline namespace v0 {
namespace detail {

void ConnectionEvents::on_opened(std::string_view address, core::Duration took) {
  book_.note_reached(address);
  if (!events_.wanted()) return;
  core::EventFields fields;
  fields.add("address", address).add("duration", took);
  events_.tell(Event::connection_opened, LogLevel::debug, fields);
}

void ConnectionEvents::on_ended(std::string_view address, std::string_view reason, bool opened, core::Duration lasted) {
  if (!events_.wanted()) return;
  core::EventFields fields;
  fields.add("address", address).add("reason", reason).add("duration", lasted);
  events_.tell(opened ? Event::connection_lost : Event::connection_failed, LogLevel::debug, fields);
}

}  // namespace detail
}  // namespace v0
}  // namespace tikv
