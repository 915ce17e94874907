#pragma once

#include <string_view>

#include "core/events.h"
#include "pd/address_book.h"
#include "rpc/transport.h"

namespace tikv {
inline namespace v0 {
namespace detail {

/// Tells the observer of connections, and remembers what was ever reached.
class ConnectionEvents final : public rpc::ConnectionListener {
 public:
  ConnectionEvents(core::Events events, pd::AddressBook& book) : events_(events), book_(book) {}
  void on_opened(std::string_view address, core::Duration took) override;
  void on_ended(std::string_view address, std::string_view reason, bool opened, core::Duration lasted) override;

 private:
  core::Events events_;
  pd::AddressBook& book_;
};

}  // namespace detail
}  // namespace v0
}  // namespace tikv
