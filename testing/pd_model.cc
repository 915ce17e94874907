#include "testing/pd_model.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <type_traits>
#include <utility>

#include "pd/pd_calls.h"

namespace tikv::testing {

namespace {

constexpr std::int64_t logical_limit = std::int64_t{1} << 18;

template <class Request, class Response>
Answer unary(PdModel& pd, std::string_view method, std::string_view bytes,
             rpc::Status (PdModel::*method_of_pd)(const Request&, Response&) const) {
  Request request;
  if (!wire::decode(bytes, request)) return malformed(method);
  Response response;
  Answer answer;
  answer.status = (pd.*method_of_pd)(request, response);
  if (answer.status.ok()) answer.message = wire::encode(response);
  return answer;
}

void set_error(pdpb::ResponseHeader& header, pdpb::ErrorType type, std::string why) {
  header.error = {.type = type, .message = std::move(why)};
}

void fill(const Keyspace& keyspace, keyspacepb::KeyspaceMeta& meta) {
  meta.id = keyspace.id;
  meta.name = keyspace.name;
  meta.state = keyspacepb::KeyspaceState::enabled;
}

class TsoStream final : public StreamServer {
 public:
  TsoStream(PdModel& pd, std::uint64_t member, StreamClient& client)
      : pd_(pd), member_(member), incarnation_(pd.members().member(member)->incarnation), client_(client) {}

  void message(std::string_view bytes) override {
    if (ended_ || !alive()) return;
    Answer answer = pd_.members().leader() == member_ ? pd_.tso(bytes) : not_leader();
    if (answer.status.ok()) return client_.on_message(std::move(answer.message));
    ended_ = true;
    client_.on_end(std::move(answer.status));
  }
  void half_close() override {
    if (alive() && !std::exchange(ended_, true)) client_.on_end({});
  }

 private:
  static Answer not_leader() {
    return refuse(rpc::StatusCode::unknown,
                  "[PD:tso:ErrGenerateTimestamp]generate timestamp failed, requested pd is not leader of cluster");
  }
  [[nodiscard]] bool alive() const {
    const PdMember& member = *pd_.members().member(member_);
    return member.running && member.incarnation == incarnation_;
  }

  PdModel& pd_;
  std::uint64_t member_;
  std::uint64_t incarnation_;
  StreamClient& client_;
  bool ended_ = false;
};

/// What every member answers; for the rest a client must go to the one that leads.
bool served_by_all(std::string_view method) {
  return method == "/pdpb.PD/GetMembers" || method == "/pdpb.PD/GetClusterInfo";
}

}  // namespace

PdModel::PdModel(core::Loop& loop, RegionMap& regions, const Options& options)
    : loop_(loop),
      regions_(regions),
      cluster_id_(options.cluster_id),
      members_(options.members),
      version_("v" + options.version),
      abilities_(abilities_of(options.version)),
      keyspaces_(options.keyspaces) {}

bool PdModel::knows(std::string_view method) const {
  if (method == "/pdpb.PD/GetClusterInfo") return abilities_.cluster_info;
  if (method == "/pdpb.PD/BatchScanRegions") return abilities_.batch_scan_regions;
  if (method == "/keyspacepb.Keyspace/LoadKeyspace") return abilities_.keyspaces;
  if (method == "/keyspacepb.Keyspace/GetAllKeyspaces") return abilities_.all_keyspaces;
  return true;
}

rpc::Status PdModel::check(const std::optional<pdpb::RequestHeader>& header) const {
  const std::uint64_t named = header ? header->cluster_id : 0;
  if (named == cluster_id_) return {};
  return {rpc::StatusCode::failed_precondition,
          "mismatch cluster id, need " + std::to_string(cluster_id_) + " but got " + std::to_string(named)};
}

Answer PdModel::call(std::uint64_t member, std::string_view method, std::string_view request) {
  if (!members_.running(member)) return refuse(rpc::StatusCode::unavailable, "the member of PD is stopped");
  if (!knows(method)) return unknown_method(method);
  const auto with = [&](auto served) {
    if (member != members_.leader() && !served_by_all(method)) {
      return refuse(rpc::StatusCode::unavailable, "not leader");
    }
    return unary(*this, method, request, served);
  };
  Answer answer = unknown_method(method);
  pd::calls::AllUnary::find([&](auto call) { return call.method == method; },
                            [&](auto call) {
                              using Request = typename decltype(call)::Request;
                              using Response = typename decltype(call)::Answer;
                              using Serve = rpc::Status (PdModel::*)(const Request&, Response&) const;
                              if constexpr (std::is_same_v<decltype(call), pd::calls::GetPrevRegion>) {
                                answer = with(static_cast<Serve>(&PdModel::serve_previous));
                              } else {
                                answer = with(static_cast<Serve>(&PdModel::serve));
                              }
                            });
  return answer;
}

std::unique_ptr<StreamServer> PdModel::stream(std::uint64_t member, std::string_view method, StreamClient& client) {
  if (method == pd::calls::Tso::method && members_.running(member))
    return std::make_unique<TsoStream>(*this, member, client);
  return nullptr;
}

// Timestamps never go back, whatever the wall clock does. When the logical part of a millisecond is
// used up, the next millisecond is taken in advance.
std::uint64_t PdModel::allocate_timestamps(std::uint32_t count) {
  const auto wall =
      (std::chrono::floor<std::chrono::milliseconds>(loop_.wall_now()).time_since_epoch() - clock_back_).count();
  if (wall > physical_) {
    physical_ = wall;
    logical_ = 0;
  }
  if (logical_ + count >= logical_limit) {
    ++physical_;
    logical_ = 0;
  }
  logical_ += count;
  return (static_cast<std::uint64_t>(physical_) << 18) + static_cast<std::uint64_t>(logical_);
}

Answer PdModel::tso(std::string_view bytes) {
  pdpb::TsoRequest request;
  if (!wire::decode(bytes, request)) return malformed(pd::calls::Tso::method);
  if (rpc::Status refused = check(request.header); !refused.ok()) return {std::move(refused), {}};
  if (request.count == 0 || request.count >= logical_limit) {
    return refuse(rpc::StatusCode::unknown, "cannot give " + std::to_string(request.count) + " timestamps at once");
  }
  const std::uint64_t last = allocate_timestamps(request.count);
  pdpb::TsoResponse response;
  response.header = {.cluster_id = cluster_id_};
  response.count = request.count;
  response.timestamp = {.physical = static_cast<std::int64_t>(last >> 18),
                        .logical = static_cast<std::int64_t>(last & (logical_limit - 1))};
  return {{}, wire::encode(response)};
}

// Members are asked for by clients that do not know the cluster yet: no check of its id.
rpc::Status PdModel::serve(const pdpb::GetMembersRequest&, pdpb::GetMembersResponse& response) const {
  response.header = {.cluster_id = cluster_id_};
  for (const PdMember& known : members_.all()) {
    pdpb::Member* member = &response.members.emplace_back();
    member->name = known.name;
    member->member_id = known.id;
    for (const std::string& told : known.advertised) member->client_urls.push_back("http://" + told);
    if (known.advertised.empty()) member->client_urls.push_back("http://" + known.address);
    member->peer_urls.push_back("http://" + known.address);
    member->binary_version = version_;
    if (known.id != members_.leader()) continue;
    response.leader = *member;
    response.etcd_leader = *member;
  }
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetClusterInfoRequest&, pdpb::GetClusterInfoResponse& response) const {
  response.header = {.cluster_id = cluster_id_};
  response.service_modes.push_back(pdpb::ServiceMode::pd_svc_mode);
  return {};
}

metapb::Store PdModel::described(const StoreState& store) const {
  metapb::Store meta = store.meta;
  if (!abilities_.node_state) meta.node_state = {};
  return meta;
}

rpc::Status PdModel::serve(const pdpb::GetStoreRequest& request, pdpb::GetStoreResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  const StoreState* store = regions_.store(request.store_id);
  if (store == nullptr) {
    return {rpc::StatusCode::unknown, "invalid store ID " + std::to_string(request.store_id) + ", not found"};
  }
  response.store = described(*store);
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetAllStoresRequest& request, pdpb::GetAllStoresResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  for (const auto& [id, store] : regions_.stores()) {
    if (request.exclude_tombstone_stores && store.meta.state == metapb::StoreState::tombstone) continue;
    response.stores.emplace_back() = described(store);
  }
  return {};
}

void PdModel::fill_down_peers(const RegionState& region, std::vector<pdpb::PeerStats>& down) const {
  for (const metapb::Peer& peer : region.meta.peers) {
    const StoreState* store = view().store(peer.store_id);
    if (store != nullptr && store->running && !region.down_stores.contains(peer.store_id)) continue;
    down.push_back({.peer = peer, .down_seconds = 60});
  }
}

template <class Response>
void PdModel::describe(const RegionState* region, bool buckets, Response& response) const {
  if (region == nullptr) return;
  response.region = region->meta;
  if (const metapb::Peer* leader = region->leader()) response.leader = *leader;
  fill_down_peers(*region, response.down_peers);
  if (buckets && abilities_.buckets && !region->buckets.keys.empty()) response.buckets = region->buckets;
}

rpc::Status PdModel::serve(const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  describe(&view().region_of(request.region_key), request.need_buckets, response);
  return {};
}

rpc::Status PdModel::serve_previous(const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  describe(view().region_before(request.region_key), request.need_buckets, response);
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetRegionByIDRequest& request, pdpb::GetRegionResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  describe(view().region(request.region_id), request.need_buckets, response);
  return {};
}

rpc::Status PdModel::serve(const pdpb::ScanRegionsRequest& request, pdpb::ScanRegionsResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  const std::size_t limit = request.limit <= 0 ? 0 : static_cast<std::size_t>(request.limit);
  for (const RegionState* region : view().scan(request.start_key, request.end_key, limit)) {
    response.region_metas.emplace_back() = region->meta;
    metapb::Peer* leader = &response.leaders.emplace_back();  // an empty peer where nobody leads
    if (region->leader() != nullptr) *leader = *region->leader();
    describe(region, false, response.regions.emplace_back());
  }
  return {};
}

rpc::Status PdModel::serve(const pdpb::BatchScanRegionsRequest& request,
                           pdpb::BatchScanRegionsResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  std::string_view reached;
  for (const pdpb::KeyRange& range : request.ranges) {
    if (range.start_key < reached || (!range.end_key.empty() && range.end_key < range.start_key)) {
      set_error(wire::ensure(response.header), pdpb::ErrorType::unknown, "the ranges are not in order");
      return {};
    }
    reached = range.end_key;
  }
  const std::size_t limit = request.limit <= 0 ? 0 : static_cast<std::size_t>(request.limit);
  std::set<std::uint64_t> seen;
  for (const pdpb::KeyRange& range : request.ranges) {
    for (const RegionState* region : view().scan(range.start_key, range.end_key, 0)) {
      if (limit != 0 && seen.size() == limit) return {};
      if (seen.insert(region->meta.id).second) describe(region, request.need_buckets, response.regions.emplace_back());
    }
  }
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetGCSafePointRequest& request, pdpb::GetGCSafePointResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  response.safe_point = 0;  // nothing was ever collected
  return {};
}

rpc::Status PdModel::serve(const keyspacepb::LoadKeyspaceRequest& request,
                           keyspacepb::LoadKeyspaceResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  const auto found = std::ranges::find(keyspaces_, request.name, &Keyspace::name);
  if (found == keyspaces_.end()) {
    set_error(wire::ensure(response.header), pdpb::ErrorType::entry_not_found,
              "[PD:keyspace:ErrKeyspaceNotFound]keyspace does not exist");
    return {};
  }
  fill(*found, wire::ensure(response.keyspace));
  return {};
}

rpc::Status PdModel::serve(const keyspacepb::GetAllKeyspacesRequest& request,
                           keyspacepb::GetAllKeyspacesResponse& response) const {
  if (rpc::Status refused = check(request.header); !refused.ok()) return refused;
  response.header = {.cluster_id = cluster_id_};
  for (const Keyspace& keyspace : keyspaces_) {
    if (keyspace.id < request.start_id) continue;
    fill(keyspace, response.keyspaces.emplace_back());
    if (static_cast<std::uint32_t>(response.keyspaces.size()) == request.limit) break;
  }
  return {};
}

}  // namespace tikv::testing
