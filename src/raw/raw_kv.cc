#include "raw/raw_kv.h"

#include <utility>

#include "raw/raw_requests.h"

namespace tikv::raw {

region::ShardLimits RawKv::limits() const noexcept {
  region::ShardLimits limits;
  limits.parallel = options_.max_parallel_regions;
  return limits;
}

Task<std::optional<std::string>> RawKv::get(core::Operation& operation, CallContext context, std::string key) {
  Get request;
  prepare(request, context, sender_.codec());
  request.message.key = sender_.codec().key(key);
  co_await ok(sender_.send(operation, std::move(key), request));
  if (request.answer.not_found) co_return std::optional<std::string>();
  co_return std::optional<std::string>(std::move(request.answer.value));
}

Task<void> RawKv::put(core::Operation& operation, CallContext context, std::string key, std::string value) {
  Put request(resends(context));
  prepare(request, context, sender_.codec());
  request.message.for_cas = options_.atomic;
  request.message.ttl = static_cast<std::uint64_t>(context.ttl.count());
  request.message.key = sender_.codec().key(key);
  request.message.value = std::move(value);
  co_await ok(sender_.send(operation, std::move(key), request));
  note_accepted(context.ttl);
  co_return {};
}

Task<void> RawKv::delete_key(core::Operation& operation, CallContext context, std::string key) {
  Delete request(resends(context));
  prepare(request, context, sender_.codec());
  request.message.for_cas = options_.atomic;
  request.message.key = sender_.codec().key(key);
  co_await ok(sender_.send(operation, std::move(key), request));
  co_return {};
}

Task<std::optional<KeyTtl>> RawKv::get_key_ttl(core::Operation& operation, CallContext context, std::string key) {
  if (options_.api_version == ApiVersion::v1 && !ttl_proven_) {
    co_return operation.tell(
        Error(ErrorKind::unsupported,
              "this client does not know that the cluster keeps times to live, and a store without them would crash "
              "on the question, so it was not sent; if the stores run with storage.enable-ttl, set "
              "ClientOptions::api_version to v1ttl (in a URL: api_version=1ttl)"));
  }
  co_await ok(sender_.stores().require(operation, region::Feature::raw_ttl));
  GetKeyTtl request;
  prepare(request, context, sender_.codec());
  request.message.key = sender_.codec().key(key);
  co_await ok(sender_.send(operation, std::move(key), request));
  if (request.answer.not_found) co_return std::optional<KeyTtl>();
  KeyTtl ttl;
  if (request.answer.ttl != 0) ttl.left = core::saturating_count<std::chrono::seconds>(request.answer.ttl);
  co_return std::optional<KeyTtl>(ttl);
}

Task<void> RawKv::refresh(core::Operation& operation, KeyRange range) {
  if (range.empty()) co_return {};
  co_return co_await sender_.loader().refresh(operation, range.start(), range.end());
}

}  // namespace tikv::raw
