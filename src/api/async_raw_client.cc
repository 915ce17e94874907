#include <utility>

#include "api/argument_checks.h"
#include "api/client_core.h"
#include "tikv/async.h"

namespace tikv {
inline namespace v0 {

namespace {

using Core = std::shared_ptr<detail::ClientCore>;
using detail::CallLimits;

Result<void> admit(const Core& core, const CallLimits& limits) {
  if (!core) return Error(ErrorKind::client_closed, "this client was moved away");
  return core->admit(limits);
}

// The verbs' coroutines own copies of all that they need: a task may run long after its arguments died.

Task<std::optional<std::string>> get_task(Core core, std::string key, CallLimits limits) {
  if (Result<void> can = admit(core, limits); !can) co_return can.error();
  if (Result<void> fine = api::check_key(key); !fine) co_return fine.error().with_context("raw_get");
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start("raw_get", limits));
  co_return co_await core->raw().get(operation, std::move(key));
}

Task<std::vector<KeyValue>> batch_get_task(Core core, std::vector<std::string> keys, CallLimits limits) {
  if (Result<void> can = admit(core, limits); !can) co_return can.error();
  if (Result<void> fine = api::check_keys(keys); !fine) co_return fine.error().with_context("raw_batch_get");
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start("raw_batch_get", limits));
  co_return co_await core->raw().batch_get(operation, std::move(keys));
}

Task<void> put_task(Core core, std::string key, std::string value, CallLimits limits, bool resend) {
  if (Result<void> can = admit(core, limits); !can) co_return can.error();
  Result<void> fine = api::check_key(key);
  if (fine) fine = api::check_value(key, value);
  if (!fine) co_return fine.error().with_context("raw_put");
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start("raw_put", limits));
  co_return co_await core->raw().put(operation, std::move(key), std::move(value), resend);
}

Task<void> batch_put_task(Core core, std::vector<KeyValue> pairs, CallLimits limits, bool resend) {
  if (Result<void> can = admit(core, limits); !can) co_return can.error();
  if (Result<void> fine = api::check_pairs(pairs); !fine) co_return fine.error().with_context("raw_batch_put");
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start("raw_batch_put", limits));
  co_return co_await core->raw().batch_put(operation, std::move(pairs), resend);
}

Task<void> delete_task(Core core, std::string key, CallLimits limits, bool resend) {
  if (Result<void> can = admit(core, limits); !can) co_return can.error();
  if (Result<void> fine = api::check_key(key); !fine) co_return fine.error().with_context("raw_delete");
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start("raw_delete", limits));
  co_return co_await core->raw().delete_key(operation, std::move(key), resend);
}

Task<std::vector<KeyValue>> scan_task(Core core, KeyRange range, CallLimits limits, std::size_t limit, bool key_only) {
  if (Result<void> can = admit(core, limits); !can) co_return can.error();
  if (limit == 0) co_return Error(ErrorKind::invalid_argument, "raw_scan: the limit is 0; ask for at least one pair");
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start("raw_scan", limits));
  co_return co_await core->raw().scan(operation, std::move(range), limit, key_only);
}

Task<void> refresh_task(Core core, KeyRange range, CallLimits limits) {
  if (Result<void> can = admit(core, limits); !can) co_return can.error();
  core::Operation operation(core->loop(), core->observer(), core->operations(), core->start("refresh", limits));
  if (range.empty()) co_return {};
  co_return co_await core->sender().loader().refresh(operation, range.start(), range.end());
}

}  // namespace

Result<AsyncRawClient> AsyncRawClient::connect(std::string_view url) {
  const Result<ClientOptions> options = ClientOptions::parse(url);
  if (!options) return options.error();
  return connect(*options);
}

Result<AsyncRawClient> AsyncRawClient::connect(const ClientOptions& options) {
  Result<detail::World> world = detail::make_world(options);
  if (!world) return world.error();
  AsyncRawClient client(std::make_shared<detail::ClientCore>(options, *std::move(world)));
  if (Result<void> met = client.core_->connect(); !met) return met.error();
  return client;
}

AsyncRawClient& AsyncRawClient::operator=(AsyncRawClient&& other) noexcept {
  if (this != &other) {
    detail::ClientCore::release(std::move(core_));
    core_ = std::move(other.core_);
  }
  return *this;
}

AsyncRawClient::~AsyncRawClient() { detail::ClientCore::release(std::move(core_)); }

Task<std::optional<std::string>> AsyncRawClient::get(std::string_view key, ReadOptions options) const {
  return get_task(core_, std::string(key), CallLimits(options));
}
Task<std::vector<KeyValue>> AsyncRawClient::batch_get(std::vector<std::string> keys, ReadOptions options) const {
  return batch_get_task(core_, std::move(keys), CallLimits(options));
}
Task<void> AsyncRawClient::put(std::string_view key, std::string_view value, WriteOptions options) const {
  return put_task(core_, std::string(key), std::string(value), CallLimits(options), options.resend);
}
Task<void> AsyncRawClient::batch_put(std::vector<KeyValue> pairs, WriteOptions options) const {
  return batch_put_task(core_, std::move(pairs), CallLimits(options), options.resend);
}
Task<void> AsyncRawClient::delete_key(std::string_view key, WriteOptions options) const {
  return delete_task(core_, std::string(key), CallLimits(options), options.resend);
}
Task<std::vector<KeyValue>> AsyncRawClient::scan(KeyRange range, ScanOptions options) const {
  return scan_task(core_, std::move(range), CallLimits(options), options.limit, options.key_only);
}

Task<void> AsyncRawClient::refresh(KeyRange range, ReadOptions options) const {
  return refresh_task(core_, std::move(range), CallLimits(options));
}

void AsyncRawClient::close(std::chrono::milliseconds patience) const {
  if (core_) core_->close(patience);
}
std::uint64_t AsyncRawClient::cluster_id() const { return core_ ? core_->cluster_id() : 0; }

}  // namespace v0
}  // namespace tikv
