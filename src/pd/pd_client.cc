#include "pd/pd_client.h"

#include <algorithm>
#include <utility>

#include "core/backoff.h"
#include "rpc/unary_call.h"

namespace tikv::pd {

namespace {

constexpr std::string_view get_members = "/pdpb.PD/GetMembers";
constexpr std::string_view get_region = "/pdpb.PD/GetRegion";
constexpr std::string_view get_region_by_id = "/pdpb.PD/GetRegionByID";
constexpr std::string_view scan_regions_method = "/pdpb.PD/ScanRegions";
constexpr std::string_view get_store = "/pdpb.PD/GetStore";
constexpr std::string_view get_all_stores = "/pdpb.PD/GetAllStores";

Error unreachable(std::string_view address, const rpc::Status& status) {
  const std::string text = "PD at " + std::string(address) + " did not answer: " + std::string(to_string(status.code)) +
                           (status.message.empty() ? "" : ": " + status.message);
  switch (status.failure) {
    case rpc::Failure::protocol:
      return {ErrorKind::protocol_error, text};
    case rpc::Failure::answer_too_large:
      return {ErrorKind::answer_too_large, text};
    case rpc::Failure::closed:
      return {ErrorKind::client_closed, text};
    default:
      break;
  }
  if (status.code == rpc::StatusCode::unimplemented) return {ErrorKind::unsupported, text};
  return {ErrorKind::unavailable, text};
}

/// Another try may help: PD was not there, or its leader moved.
bool worth_another_try(const Error& error) { return error.kind() == ErrorKind::unavailable; }

RegionInfo region_info(wire::metapb::Region region, wire::metapb::Peer leader,
                       const google::protobuf::RepeatedPtrField<wire::pdpb::PeerStats>& down) {
  RegionInfo info;
  info.meta = std::move(region);
  info.leader = std::move(leader);
  for (const auto& peer : down) info.down_peers.push_back(peer.peer().id());
  return info;
}

}  // namespace

PdClient::PdClient(core::Loop& loop, rpc::Transport& transport, PdOptions options)
    : loop_(loop),
      transport_(transport),
      options_(std::move(options)),
      members_(options_.addresses, options_.cluster_id),
      oracle_(loop, transport, options_.attempt_timeout) {}

Task<rpc::UnaryAnswer> PdClient::ask(core::Operation& operation, std::string address, std::string_view method,
                                     std::string request) {
  const core::Time began = loop_.now();
  rpc::CallStart start;
  start.address = address;
  start.method = method;
  start.deadline = std::min(operation.deadline(), saturating_add(began, options_.attempt_timeout));
  rpc::UnaryAnswer answer = co_await rpc::UnaryCall(operation, transport_, std::move(start), std::move(request));
  if (!answer.status.ok()) {
    Attempt attempt;
    attempt.address = "PD " + address;
    attempt.delivery = answer.delivery;
    attempt.outcome = std::string(method.substr(method.rfind('/') + 1)) + " " +
                      std::string(to_string(answer.status.code)) + " " + answer.status.message;
    attempt.started = core::to_microseconds(operation.elapsed() - (loop_.now() - began));
    attempt.took = core::to_microseconds(loop_.now() - began);
    operation.record(std::move(attempt));
    if (operation.logs(LogLevel::info)) {
      operation.log(LogLevel::info, "PD at " + address + " failed: " + answer.status.message);
    }
  }
  co_return std::move(answer);
}

Task<void> PdClient::discover(core::Operation& operation) {
  const std::vector<std::string> candidates = members_.candidates();
  Error last(ErrorKind::unavailable, "no address of PD is known");
  for (const std::string& address : candidates) {
    rpc::UnaryAnswer answer =
        co_await ok(ask(operation, address, get_members, wire::pdpb::GetMembersRequest().SerializeAsString()));
    if (operation.interrupted()) co_return operation.interruption_error("looking for the leader of PD");
    if (!answer.status.ok()) {
      last = unreachable(address, answer.status);
      continue;
    }
    wire::pdpb::GetMembersResponse members;
    if (!members.ParseFromString(answer.message)) {
      last = Error(ErrorKind::protocol_error, "PD at " + address + " sent an answer that cannot be parsed");
      continue;
    }
    Result<void> learned = members_.learn(address, members);
    if (learned) co_return {};
    last = learned.error();
    if (last.kind() == ErrorKind::cluster_id_mismatch) break;
  }
  co_return last;
}

Task<void> PdClient::find_leader(core::Operation& operation) {
  core::BackoffHistory backoff;
  while (members_.leader().empty()) {
    std::function<Task<void>()> fly = [this, &operation] { return discover(operation); };
    Result<void> found = co_await discovery_.run(operation, std::move(fly), "looking for the leader of PD");
    if (found) continue;
    if (operation.interrupted()) co_return found;
    if (!worth_another_try(found.error())) co_return operation.tell(found.error());
    operation.note_obstacle(found.error().message());
    const core::Duration pause = backoff.next(core::BackoffKind::pd_rpc, loop_);
    const bool rested = co_await core::Sleep(operation, pause);
    if (!rested) co_return operation.interruption_error("looking for the leader of PD");
  }
  co_return {};
}

Task<void> PdClient::connect(core::Operation& operation) { return find_leader(operation); }

/// Repeats a unary call to PD until its leader answers; `timestamp` below does the same over the stream.
template <class Request, class Response>
Task<Response> PdClient::call(core::Operation& operation, std::string_view method, Request request) {
  core::BackoffHistory backoff;
  for (;;) {
    co_await ok(find_leader(operation));
    request.mutable_header()->set_cluster_id(members_.cluster_id());
    const std::string leader = members_.leader();
    rpc::UnaryAnswer answer = co_await ok(ask(operation, leader, method, request.SerializeAsString()));
    if (operation.interrupted()) {
      co_return operation.interruption_error("waiting for PD at " + leader + " to answer " + std::string(method));
    }
    Error failure(ErrorKind::unavailable, std::string());
    if (answer.status.ok()) {
      Response response;
      if (!response.ParseFromString(answer.message)) {
        co_return operation.tell(Error(ErrorKind::protocol_error, "PD at " + leader + " sent an answer to " +
                                                                      std::string(method) + " that cannot be parsed"));
      }
      if (!response.header().has_error() || response.header().error().type() == wire::pdpb::OK) {
        co_return std::move(response);
      }
      failure = Error(ErrorKind::unavailable, "PD at " + leader + " says: " + response.header().error().message());
    } else {
      failure = unreachable(leader, answer.status);
      if (!worth_another_try(failure)) co_return operation.tell(failure);
    }
    // Whatever it was, the next try first asks who leads.
    members_.forget_leader();
    operation.note_obstacle(failure.message());
    if (answer.delivery == Delivery::refused) continue;
    const core::Duration pause = backoff.next(core::BackoffKind::pd_rpc, loop_);
    const bool rested = co_await core::Sleep(operation, pause);
    if (!rested) co_return operation.interruption_error("waiting to ask PD again");
  }
}

Task<RegionInfo> PdClient::region_by_key(core::Operation& operation, std::string key) {
  wire::pdpb::GetRegionRequest request;
  request.set_region_key(std::move(key));
  auto response = co_await ok(
      call<wire::pdpb::GetRegionRequest, wire::pdpb::GetRegionResponse>(operation, get_region, std::move(request)));
  co_return region_info(std::move(*response.mutable_region()), std::move(*response.mutable_leader()),
                        response.down_peers());
}

Task<RegionInfo> PdClient::region_by_id(core::Operation& operation, std::uint64_t id) {
  wire::pdpb::GetRegionByIDRequest request;
  request.set_region_id(id);
  auto response = co_await ok(call<wire::pdpb::GetRegionByIDRequest, wire::pdpb::GetRegionResponse>(
      operation, get_region_by_id, std::move(request)));
  co_return region_info(std::move(*response.mutable_region()), std::move(*response.mutable_leader()),
                        response.down_peers());
}

Task<std::vector<RegionInfo>> PdClient::scan_regions(core::Operation& operation, std::string start, std::string end,
                                                     std::int32_t limit) {
  wire::pdpb::ScanRegionsRequest request;
  request.set_start_key(std::move(start));
  request.set_end_key(std::move(end));
  request.set_limit(limit);
  auto response = co_await ok(call<wire::pdpb::ScanRegionsRequest, wire::pdpb::ScanRegionsResponse>(
      operation, scan_regions_method, std::move(request)));
  std::vector<RegionInfo> regions;
  for (auto& region : *response.mutable_regions()) {
    regions.push_back(
        region_info(std::move(*region.mutable_region()), std::move(*region.mutable_leader()), region.down_peers()));
  }
  co_return std::move(regions);
}

Task<wire::metapb::Store> PdClient::store(core::Operation& operation, std::uint64_t id) {
  wire::pdpb::GetStoreRequest request;
  request.set_store_id(id);
  auto response = co_await ok(
      call<wire::pdpb::GetStoreRequest, wire::pdpb::GetStoreResponse>(operation, get_store, std::move(request)));
  co_return std::move(*response.mutable_store());
}

Task<std::vector<wire::metapb::Store>> PdClient::stores(core::Operation& operation) {
  wire::pdpb::GetAllStoresRequest request;
  auto response = co_await ok(call<wire::pdpb::GetAllStoresRequest, wire::pdpb::GetAllStoresResponse>(
      operation, get_all_stores, std::move(request)));
  std::vector<wire::metapb::Store> all;
  for (auto& store : *response.mutable_stores()) all.push_back(std::move(store));
  co_return std::move(all);
}

Task<std::uint64_t> PdClient::timestamp(core::Operation& operation) {
  core::BackoffHistory backoff;
  for (;;) {
    co_await ok(find_leader(operation));
    TimestampOracle::Waiter waiter(operation);
    oracle_.request(waiter, members_.leader(), members_.cluster_id());
    auto& timestamp_reply = waiter.reply();  // g++ 12 would copy the awaiter out of the call
    std::optional<Result<std::uint64_t>> reply = co_await timestamp_reply;
    if (!reply) co_return operation.interruption_error("waiting for a timestamp from PD at " + members_.leader());
    if (*reply) co_return **reply;
    if (!worth_another_try(reply->error())) co_return operation.tell(reply->error());
    members_.forget_leader();
    operation.note_obstacle(reply->error().message());
    const core::Duration pause = backoff.next(core::BackoffKind::pd_rpc, loop_);
    const bool rested = co_await core::Sleep(operation, pause);
    if (!rested) co_return operation.interruption_error("waiting to ask PD for a timestamp again");
  }
}

}  // namespace tikv::pd
