#include "testing/kv_model.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "region/store_calls.h"

namespace tikv::testing {

namespace {

template <class Call>
Answer unary(CommandService& commands, StoreState& store, std::string_view bytes) {
  typename Call::Request request;
  if (!wire::decode(bytes, request)) return malformed(Call::method);
  if (rpc::Status foreign = commands.check_cluster(store, request, false); !foreign.ok()) return {foreign, {}};
  typename Call::Answer response;
  if (rpc::Status status = commands.serve(store, Call::name, request, response); !status.ok()) {
    return {std::move(status), {}};
  }
  return {{}, wire::encode(response)};
}

/// What a version must have to know a method; null: all do.
bool Abilities::*ability_for(std::string_view name) {
  if (name == "RawCompareAndSwap") return &Abilities::compare_and_swap;
  if (name == "RawCoprocessor") return &Abilities::raw_coprocessor;
  if (name == "RawChecksum") return &Abilities::checksum;
  return nullptr;
}

struct Unary {
  Answer (*serve)(CommandService&, StoreState&, std::string_view);
  bool Abilities::*needs = nullptr;
};

const std::unordered_map<std::string_view, Unary>& unary_methods() {
  static const std::unordered_map<std::string_view, Unary> methods = [] {
    std::unordered_map<std::string_view, Unary> all;
    region::calls::All::for_each([&](auto call) {
      all.insert({call.method, {unary<decltype(call)>, ability_for(call.name)}});
    });
    return all;
  }();
  return methods;
}

/// A process of a store, which is gone when the store has stopped or started anew.
class Incarnation {
 public:
  explicit Incarnation(const StoreState& store) : store_(store), number_(store.incarnation) {}
  [[nodiscard]] bool alive() const { return store_.running && store_.incarnation == number_; }

 private:
  const StoreState& store_;
  std::uint64_t number_;
};

void serve(BatchContext& context, StoreState& store, const Unary& method, std::string_view request,
           const Reply& reply) {
  const Incarnation process(store);
  Answer answer = method.serve(context.commands, store, request);
  if (!process.alive()) return reply(refuse(rpc::StatusCode::unavailable, "the store died of the request"));
  const core::Duration wait = answer_delay(context.loop, store.behaviour);
  if (wait <= core::Duration::zero()) return reply(std::move(answer));
  context.later.after(wait, [process, reply, answer = std::move(answer)] {
    if (process.alive()) reply(answer);
  });
}

}  // namespace

KvModel::KvModel(core::Loop& loop, CommandService& commands, OneShots& later, bool health_feedback)
    : context_{loop, commands, later, health_feedback} {}

void KvModel::call(StoreState& store, std::string_view method, std::string_view request, const Reply& reply) {
  const auto found = unary_methods().find(method);
  if (found == unary_methods().end()) return reply(unknown_method(method));
  if (found->second.needs != nullptr && !(store.abilities.*found->second.needs)) return reply(unknown_method(method));
  if (store.behaviour.apply_delay <= core::Duration::zero())
    return serve(context_, store, found->second, request, reply);
  context_.later.after(store.behaviour.apply_delay, [this, &store, process = Incarnation(store), &known = found->second,
                                                     request = std::string(request), reply] {
    if (process.alive()) serve(context_, store, known, request, reply);
  });
}

std::unique_ptr<StreamServer> KvModel::stream(StoreState& store, std::string_view method, StreamClient& client) {
  if (method == "/tikvpb.Tikv/BatchCommands") return std::make_unique<BatchStream>(context_, store, client);
  return nullptr;
}

}  // namespace tikv::testing
