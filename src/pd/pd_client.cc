#include "pd/pd_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "core/pause.h"
#include "core/printable.h"
#include "pd/member_survey.h"
#include "pd/pd_calls.h"
#include "pd/pd_errors.h"
#include "rpc/unary_call.h"

namespace tikv::pd {

namespace {

// No more often are all members asked who leads because one of them keeps silent.
constexpr core::Duration least_survey_distance = std::chrono::milliseconds(200);
// A leader that has answered nothing for so long may lead no more.
constexpr core::Duration longest_unanswered = std::chrono::seconds(1);

/// Questions to PD can be asked again, of whoever leads then.
class LeaveTheSilent final : public rpc::Patience {
 public:
  bool leaves(Delivery /*delivery*/) override { return true; }
};

/// A region out of any message that describes one: all use the same names.
template <class Described>
RegionInfo region_info(Described& described) {
  RegionInfo info;
  if (described.region) info.meta = *std::move(described.region);
  if (described.leader) info.leader = *described.leader;
  for (const wire::pdpb::PeerStats& down : described.down_peers) {
    if (down.peer) info.down_peers.push_back(down.peer->id);
  }
  if (described.buckets) info.buckets = *std::move(described.buckets);
  return info;
}

}  // namespace

PdClient::PdClient(core::Loop& loop, rpc::Transport& transport, PdOptions options)
    : loop_(loop),
      transport_(transport),
      options_(std::move(options)),
      members_(options_.addresses, options_.cluster_id, options_.map),
      oracle_(loop, transport, options_.attempt_timeout) {}

/// The one loop that repeats calls to PD: finds the leader, asks it, and looks for it again.
template <class T, class Attempt>
Task<T> PdClient::ask_leader(core::Operation& operation, Attempt attempt) {
  core::Backoff backoff;
  for (std::uint32_t failures = 1;; ++failures) {
    Result<Answer<T>> answer = co_await try_leader<T>(operation, attempt);
    if (answer && answer->result) co_return std::move(answer->result);
    const Error failure = answer ? answer->result.error() : answer.error();
    if (operation.interrupted()) co_return operation.interrupted_by(failure, "waiting for PD");
    // The next call looks for PD anew; this one may not, lest it go to whoever took PD's place.
    if (failure.kind() == ErrorKind::cluster_id_mismatch) members_.forget_leader();
    if (!worth_another_try(failure)) co_return operation.tell(failure);
    // Whatever it was, the next try first asks who leads, be it the next operation's.
    members_.forget_leader();
    if (!operation.may_try_again(failures)) co_return operation.tell(failure);
    operation.note_obstacle(failure.summary());
    // Certainly nothing was done, and the leader may just have moved. Who refuses again means it.
    if (answer && answer->refused && failures <= core::limits::retries_at_once) continue;
    co_await ok(core::pause(operation, backoff, core::BackoffKind::pd_rpc, failure));
  }
}

template <class T, class Attempt>
Task<PdClient::Answer<T>> PdClient::try_leader(core::Operation& operation, const Attempt& attempt) {
  doubt_leader();
  if (members_.leader().empty()) {
    std::function<Task<void>()> fly = [this, &operation] { return discover(operation); };
    co_await ok(discovery_.run(operation, std::move(fly), "looking for the leader of PD"));
    // Whoever waited for it may find it forgotten again.
    if (members_.leader().empty()) co_return Error(ErrorKind::unavailable, "PD has lost its leader again");
  }
  const std::string leader = members_.leader();
  Result<Answer<T>> answer = co_await attempt(leader);
  const bool failed = answer && !answer->result && worth_another_try(answer->result.error());
  if (failed && !operation.interrupted()) members_.note_failed(leader);
  co_return std::move(answer);
}

Task<void> PdClient::discover(core::Operation& operation) {
  MemberSurvey survey(operation, transport_, members_, options_.attempt_timeout);
  Result<void> found = co_await survey;
  surveyed_at_ = loop_.now();
  unanswered_since_ = core::never;
  if (found) tell_changes();
  co_return found;
}

void PdClient::doubt_leader() {
  if (!transport_.any_silent() || members_.leader().empty()) return;
  if (loop_.now() - surveyed_at_ < least_survey_distance) return;
  if (transport_.silent(members_.leader())) members_.forget_leader();
}

// Calls that end by their own deadline, one after the other, see together what none of them could.
void PdClient::note_outcome(core::Time began, bool answered) {
  if (answered) {
    unanswered_since_ = core::never;
    return;
  }
  unanswered_since_ = std::min(unanswered_since_, began);
  if (loop_.now() - unanswered_since_ < longest_unanswered) return;
  unanswered_since_ = core::never;
  members_.forget_leader();
}

void PdClient::tell_changes() {
  if (!events_.wanted()) return;
  if (const std::string& leader = members_.leader(); leader != told_leader_) {
    core::EventFields fields;
    fields.add("address", std::string_view(leader));
    if (!told_leader_.empty()) fields.add("before", std::string_view(told_leader_));
    fields.add("told_by", std::string_view(members_.told_by()));
    events_.tell(Event::pd_leader_changed, LogLevel::debug, fields);
    told_leader_ = leader;
  }
  if (std::string members = members_.in_words(); members != told_members_) {
    core::EventFields fields;
    fields.add("members", std::string_view(members));
    events_.tell(Event::pd_members_changed, LogLevel::debug, fields);
    told_members_ = std::move(members);
  }
}

Task<void> PdClient::connect(core::Operation& operation) {
  return ask_leader<void>(operation, [](const std::string& /*leader*/) -> Task<Answer<void>> {
    Answer<void> found;
    found.result = {};
    co_return std::move(found);
  });
}

template <class Call>
Task<PdClient::Answer<typename Call::Answer>> PdClient::call_once(core::Operation& operation, std::string leader,
                                                                  typename Call::Request request) {
  const core::Time began = loop_.now();
  request.header = {.cluster_id = members_.cluster_id()};
  rpc::CallStart start;
  start.address = leader;
  start.method = Call::method;
  // A PD that is silent must not use up the caller's deadline.
  start.deadline = std::min(operation.deadline(), saturating_add(began, options_.attempt_timeout));
  LeaveTheSilent patience;
  rpc::UnaryAnswer answer =
      co_await rpc::UnaryCall(operation, transport_, std::move(start), wire::encode(request), &patience);
  note_outcome(began, answer.delivery == Delivery::answered);
  Answer<typename Call::Answer> result;
  if (!answer.status.ok()) {
    record_failure(operation, leader, Call::method, answer, began);
    if (answer.delivery == Delivery::not_sent) {
      members_.addresses().explain_failure(operation, leader, answer.status.message);
    }
    result.refused = answer.delivery == Delivery::refused;
    result.result = unreachable(leader, answer.status);
    co_return std::move(result);
  }
  typename Call::Answer response;
  if (!decode(answer.message, response)) {
    result.result = unreadable(leader, Call::method);
  } else if (Result<void> ours = check_header(leader, response.header, members_.cluster_id()); !ours) {
    result.result = ours.error();
  } else if (const std::optional<Error> refused = refusal(leader, response.header)) {
    result.result = *refused;
  } else {
    result.result = std::move(response);
  }
  co_return std::move(result);
}

template <class Call>
Task<typename Call::Answer> PdClient::call(core::Operation& operation, typename Call::Request request) {
  return ask_leader<typename Call::Answer>(operation,
                                           [this, &operation, request = std::move(request)](std::string leader) {
                                             return call_once<Call>(operation, std::move(leader), request);
                                           });
}

Task<RegionInfo> PdClient::region_by_key(core::Operation& operation, std::string key) {
  wire::pdpb::GetRegionRequest request;
  request.region_key = std::move(key);
  request.need_buckets = true;
  auto response = co_await ok(call<calls::GetRegion>(operation, std::move(request)));
  co_return region_info(response);
}

Task<RegionInfo> PdClient::region_by_id(core::Operation& operation, std::uint64_t id) {
  wire::pdpb::GetRegionByIDRequest request;
  request.region_id = id;
  request.need_buckets = true;
  auto response = co_await ok(call<calls::GetRegionByID>(operation, std::move(request)));
  co_return region_info(response);
}

Task<std::vector<RegionInfo>> PdClient::scan_regions(core::Operation& operation, std::string start, std::string end,
                                                     std::int32_t limit) {
  wire::pdpb::ScanRegionsRequest request;
  request.start_key = std::move(start);
  request.end_key = std::move(end);
  request.limit = limit;
  auto response = co_await ok(call<calls::ScanRegions>(operation, std::move(request)));
  std::vector<RegionInfo> regions;
  for (wire::pdpb::Region& region : response.regions) {
    if (regions.size() == static_cast<std::size_t>(limit)) break;
    regions.push_back(region_info(region));
  }
  co_return std::move(regions);
}

Task<wire::metapb::Store> PdClient::store(core::Operation& operation, std::uint64_t id) {
  wire::pdpb::GetStoreRequest request;
  request.store_id = id;
  auto response = co_await ok(call<calls::GetStore>(operation, std::move(request)));
  if (!response.store) co_return wire::metapb::Store();
  co_return *std::move(response.store);
}

Task<std::vector<wire::metapb::Store>> PdClient::stores(core::Operation& operation) {
  wire::pdpb::GetAllStoresRequest request;
  auto response = co_await ok(call<calls::GetAllStores>(operation, std::move(request)));
  if (response.stores.size() > core::limits::stores) {
    co_return operation.tell(Error(ErrorKind::protocol_error,
                                   "PD tells of " + std::to_string(response.stores.size()) + " stores, more than the " +
                                       std::to_string(core::limits::stores) + " that a cluster may have"));
  }
  co_return std::move(response.stores);
}

Task<wire::keyspacepb::KeyspaceMeta> PdClient::keyspace(core::Operation& operation, std::string name) {
  wire::keyspacepb::LoadKeyspaceRequest request;
  request.name = name;
  auto response = co_await ok(call<calls::LoadKeyspace>(operation, std::move(request)));
  // Its id goes into every key: that of another one would be another one's data.
  const wire::keyspacepb::KeyspaceMeta found =
      response.keyspace ? *std::move(response.keyspace) : wire::keyspacepb::KeyspaceMeta();
  if (found.name != name || found.id > core::limits::keyspace_id) {
    co_return operation.tell(Error(ErrorKind::protocol_error, "PD was asked for the keyspace " + core::quoted(name) +
                                                                  " and told of " + core::quoted(found.name) +
                                                                  " with the id " + std::to_string(found.id)));
  }
  co_return found;
}

Task<PdClient::Answer<std::uint64_t>> PdClient::timestamp_once(core::Operation& operation, std::string leader) {
  const core::Time began = loop_.now();
  TimestampOracle::Waiter waiter(operation);
  oracle_.request(waiter, leader, members_.cluster_id());
  auto& timestamp_reply = waiter.reply();  // g++ 12 would copy the awaiter out of the call
  std::optional<Result<std::uint64_t>> reply = co_await timestamp_reply;
  Answer<std::uint64_t> answer;
  note_outcome(began, reply && *reply);
  if (reply) {
    answer.result = *std::move(reply);
  } else {
    answer.result = Error(ErrorKind::unavailable, "no timestamp came from PD at " + leader);
  }
  co_return std::move(answer);
}

Task<std::uint64_t> PdClient::timestamp(core::Operation& operation) {
  return ask_leader<std::uint64_t>(
      operation, [this, &operation](std::string leader) { return timestamp_once(operation, std::move(leader)); });
}

}  // namespace tikv::pd
