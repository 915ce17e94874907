#include <utility>

#include "api/client_core.h"
#include "api/or_out_of_memory.h"
#include "api/scanner_core.h"
#include "tikv/async.h"

namespace tikv {
inline namespace v0 {

Result<AsyncRawClient> AsyncRawClient::connect(std::string_view url) {
  return detail::or_out_of_memory([&]() -> Result<AsyncRawClient> {
    const Result<ClientOptions> options = ClientOptions::parse(url);
    if (!options) return options.error();
    return connect(*options);
  });
}

Result<AsyncRawClient> AsyncRawClient::connect(const ClientOptions& options) {
  return detail::or_out_of_memory([&]() -> Result<AsyncRawClient> {
    Result<detail::World> world = detail::make_world(options);
    if (!world) return world.error();
    AsyncRawClient client(std::make_shared<detail::ClientCore>(options, *std::move(world)));
    if (Result<void> met = client.core_->connect(); !met) return met.error();
    return client;
  });
}

AsyncRawClient& AsyncRawClient::operator=(AsyncRawClient&& other) noexcept {
  if (this != &other) {
    detail::ClientCore::release(std::move(core_));
    core_ = std::move(other.core_);
  }
  return *this;
}

AsyncRawClient::~AsyncRawClient() { detail::ClientCore::release(std::move(core_)); }

AsyncScanner AsyncRawClient::scanner(KeyRange range, ScannerOptions options) const {
  return detail::ScannerAccess::make(core_, std::move(range), options);
}

void AsyncRawClient::close(std::chrono::milliseconds patience) const {
  if (core_) core_->close(patience);
}
std::uint64_t AsyncRawClient::cluster_id() const { return core_ ? core_->cluster_id() : 0; }

}  // namespace v0
}  // namespace tikv
