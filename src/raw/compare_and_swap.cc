// Compare-and-swap: never sent again, because a second copy would find what the first one wrote and say
// "not swapped". After a lost answer the key is read once: that may prove success, never failure.
#include <utility>

#include "raw/raw_kv.h"
#include "raw/raw_requests.h"

namespace tikv::raw {

Task<CasResult> RawKv::compare_and_swap(core::Operation& operation, CallContext context, CasCall call) {
  co_await ok(sender_.stores().require(operation, region::Feature::raw_compare_and_swap));
  CompareAndSwap request(false);
  prepare(request, context, sender_.codec());
  request.message.key = sender_.codec().key(call.key);
  request.message.value = call.value;
  request.message.delete_ = call.remove;
  request.message.previous_not_exist = !call.expected;
  if (call.expected) request.message.previous_value = *call.expected;
  request.message.ttl = static_cast<std::uint64_t>(context.ttl.count());
  const Result<region::RegionPtr> answered = co_await sender_.send(operation, call.key, request);
  if (!answered) {
    if (!request.doubt.raised()) co_return answered.error();
    Result<CasResult> seen = co_await look_after_loss(operation, context, std::move(call), answered.error());
    if (seen) request.doubt.settle();
    co_return std::move(seen);
  }
  CasResult result;
  result.swapped = request.answer.succeed;
  if (!request.answer.previous_not_exist) result.previous = std::move(request.answer.previous_value);
  if (result.swapped) note_accepted(context.ttl);
  co_return std::move(result);
}

Task<CasResult> RawKv::compare_and_delete(core::Operation& operation, CallContext context, CasCall call) {
  co_await ok(sender_.stores().require(operation, region::Feature::raw_compare_and_delete));
  co_return co_await compare_and_swap(operation, context, std::move(call));
}

Task<CasResult> RawKv::look_after_loss(core::Operation& operation, CallContext context, CasCall call, Error lost) {
  if (operation.interrupted()) co_return std::move(lost);
  Result<std::optional<std::string>> value = co_await get(operation, context, call.key);
  if (!value) co_return std::move(lost);
  CasResult result;
  if (call.unique_value && *value == call.value) {
    result.swapped = true;
    result.previous = std::move(call.expected);
    co_return std::move(result);
  }
  std::string found = "was absent";
  if (*value) found = !call.remove && *value == call.value ? "held the new value" : "held another value";
  ValueSeen seen;
  seen.value = *std::move(value);
  const Error told(lost.kind(), lost.summary() + "; read afterwards, the key " + found);
  co_return operation.tell(told).with_value_seen(std::move(seen));
}

}  // namespace tikv::raw
