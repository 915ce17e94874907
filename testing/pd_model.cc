#include "testing/pd_model.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace tikv::testing {

namespace {

constexpr std::int64_t logical_limit = std::int64_t{1} << 18;

template <class Request, class Response>
Answer unary(PdModel& pd, std::string_view method, std::string_view bytes,
             rpc::Status (PdModel::*method_of_pd)(const Request&, Response&) const) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return malformed(method);
  Response response;
  Answer answer;
  answer.status = (pd.*method_of_pd)(request, response);
  if (answer.status.ok()) answer.message = response.SerializeAsString();
  return answer;
}

void set_error(pdpb::ResponseHeader& header, pdpb::ErrorType type, std::string why) {
  header.mutable_error()->set_type(type);
  header.mutable_error()->set_message(std::move(why));
}

void fill(const Keyspace& keyspace, keyspacepb::KeyspaceMeta& meta) {
  meta.set_id(keyspace.id);
  meta.set_name(keyspace.name);
  meta.set_state(keyspacepb::ENABLED);
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

rpc::Status PdModel::check(const pdpb::RequestHeader& header) const {
  if (header.cluster_id() == cluster_id_) return {};
  return {rpc::StatusCode::failed_precondition, "mismatch cluster id, need " + std::to_string(cluster_id_) +
                                                    " but got " + std::to_string(header.cluster_id())};
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
  using Get = rpc::Status (PdModel::*)(const pdpb::GetRegionRequest&, pdpb::GetRegionResponse&) const;
#define TIKV_TESTING_PD_CALL(package, service, name, response)                                                 \
  if (method == "/" #package "." #service "/" #name) {                                                         \
    using Serve = rpc::Status (PdModel::*)(const package::name##Request&, package::response##Response&) const; \
    return with(static_cast<Serve>(&PdModel::serve));                                                          \
  }
  TIKV_TESTING_PD_CALL(pdpb, PD, GetMembers, GetMembers)
  TIKV_TESTING_PD_CALL(pdpb, PD, GetClusterInfo, GetClusterInfo)
  TIKV_TESTING_PD_CALL(pdpb, PD, GetStore, GetStore)
  TIKV_TESTING_PD_CALL(pdpb, PD, GetAllStores, GetAllStores)
  TIKV_TESTING_PD_CALL(pdpb, PD, GetRegion, GetRegion)
  TIKV_TESTING_PD_CALL(pdpb, PD, GetRegionByID, GetRegion)
  TIKV_TESTING_PD_CALL(pdpb, PD, ScanRegions, ScanRegions)
  TIKV_TESTING_PD_CALL(pdpb, PD, BatchScanRegions, BatchScanRegions)
  TIKV_TESTING_PD_CALL(pdpb, PD, GetGCSafePoint, GetGCSafePoint)
  TIKV_TESTING_PD_CALL(keyspacepb, Keyspace, LoadKeyspace, LoadKeyspace)
  TIKV_TESTING_PD_CALL(keyspacepb, Keyspace, GetAllKeyspaces, GetAllKeyspaces)
#undef TIKV_TESTING_PD_CALL
  if (method == "/pdpb.PD/GetPrevRegion") return with(static_cast<Get>(&PdModel::serve_previous));
  return unknown_method(method);
}

std::unique_ptr<StreamServer> PdModel::stream(std::uint64_t member, std::string_view method, StreamClient& client) {
  if (method == "/pdpb.PD/Tso" && members_.running(member)) return std::make_unique<TsoStream>(*this, member, client);
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
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return malformed("/pdpb.PD/Tso");
  if (rpc::Status refused = check(request.header()); !refused.ok()) return {std::move(refused), {}};
  if (request.count() == 0 || request.count() >= logical_limit) {
    return refuse(rpc::StatusCode::unknown, "cannot give " + std::to_string(request.count()) + " timestamps at once");
  }
  const std::uint64_t last = allocate_timestamps(request.count());
  pdpb::TsoResponse response;
  response.mutable_header()->set_cluster_id(cluster_id_);
  response.set_count(request.count());
  response.mutable_timestamp()->set_physical(static_cast<std::int64_t>(last >> 18));
  response.mutable_timestamp()->set_logical(static_cast<std::int64_t>(last & (logical_limit - 1)));
  return {{}, response.SerializeAsString()};
}

// Members are asked for by clients that do not know the cluster yet: no check of its id.
rpc::Status PdModel::serve(const pdpb::GetMembersRequest&, pdpb::GetMembersResponse& response) const {
  response.mutable_header()->set_cluster_id(cluster_id_);
  for (const PdMember& known : members_.all()) {
    pdpb::Member* member = response.add_members();
    member->set_name(known.name);
    member->set_member_id(known.id);
    for (const std::string& told : known.advertised) member->add_client_urls("http://" + told);
    if (known.advertised.empty()) member->add_client_urls("http://" + known.address);
    member->add_peer_urls("http://" + known.address);
    member->set_binary_version(version_);
    if (known.id != members_.leader()) continue;
    *response.mutable_leader() = *member;
    *response.mutable_etcd_leader() = *member;
  }
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetClusterInfoRequest&, pdpb::GetClusterInfoResponse& response) const {
  response.mutable_header()->set_cluster_id(cluster_id_);
  response.add_servicemodes(pdpb::PD_SVC_MODE);
  return {};
}

metapb::Store PdModel::described(const StoreState& store) const {
  metapb::Store meta = store.meta;
  if (!abilities_.node_state) meta.clear_node_state();
  return meta;
}

rpc::Status PdModel::serve(const pdpb::GetStoreRequest& request, pdpb::GetStoreResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  const StoreState* store = regions_.store(request.store_id());
  if (store == nullptr) {
    return {rpc::StatusCode::unknown, "invalid store ID " + std::to_string(request.store_id()) + ", not found"};
  }
  *response.mutable_store() = described(*store);
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetAllStoresRequest& request, pdpb::GetAllStoresResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  for (const auto& [id, store] : regions_.stores()) {
    if (request.exclude_tombstone_stores() && store.meta.state() == metapb::Tombstone) continue;
    *response.add_stores() = described(store);
  }
  return {};
}

void PdModel::fill_down_peers(const RegionState& region,
                              google::protobuf::RepeatedPtrField<pdpb::PeerStats>& down) const {
  for (const metapb::Peer& peer : region.meta.peers()) {
    const StoreState* store = view().store(peer.store_id());
    if (store != nullptr && store->running && !region.down_stores.contains(peer.store_id())) continue;
    pdpb::PeerStats* stats = down.Add();
    *stats->mutable_peer() = peer;
    stats->set_down_seconds(60);
  }
}

template <class Response>
void PdModel::describe(const RegionState* region, bool buckets, Response& response) const {
  if (region == nullptr) return;
  *response.mutable_region() = region->meta;
  if (const metapb::Peer* leader = region->leader()) *response.mutable_leader() = *leader;
  fill_down_peers(*region, *response.mutable_down_peers());
  if (buckets && abilities_.buckets && region->buckets.keys_size() != 0) *response.mutable_buckets() = region->buckets;
}

rpc::Status PdModel::serve(const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  describe(&view().region_of(request.region_key()), request.need_buckets(), response);
  return {};
}

rpc::Status PdModel::serve_previous(const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  describe(view().region_before(request.region_key()), request.need_buckets(), response);
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetRegionByIDRequest& request, pdpb::GetRegionResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  describe(view().region(request.region_id()), request.need_buckets(), response);
  return {};
}

rpc::Status PdModel::serve(const pdpb::ScanRegionsRequest& request, pdpb::ScanRegionsResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  const std::size_t limit = request.limit() <= 0 ? 0 : static_cast<std::size_t>(request.limit());
  for (const RegionState* region : view().scan(request.start_key(), request.end_key(), limit)) {
    *response.add_region_metas() = region->meta;
    metapb::Peer* leader = response.add_leaders();  // an empty peer where nobody leads
    if (region->leader() != nullptr) *leader = *region->leader();
    describe(region, false, *response.add_regions());
  }
  return {};
}

rpc::Status PdModel::serve(const pdpb::BatchScanRegionsRequest& request,
                           pdpb::BatchScanRegionsResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  std::string_view reached;
  for (const pdpb::KeyRange& range : request.ranges()) {
    if (range.start_key() < reached || (!range.end_key().empty() && range.end_key() < range.start_key())) {
      set_error(*response.mutable_header(), pdpb::UNKNOWN, "the ranges are not in order");
      return {};
    }
    reached = range.end_key();
  }
  const std::size_t limit = request.limit() <= 0 ? 0 : static_cast<std::size_t>(request.limit());
  std::set<std::uint64_t> seen;
  for (const pdpb::KeyRange& range : request.ranges()) {
    for (const RegionState* region : view().scan(range.start_key(), range.end_key(), 0)) {
      if (limit != 0 && seen.size() == limit) return {};
      if (seen.insert(region->meta.id()).second) describe(region, request.need_buckets(), *response.add_regions());
    }
  }
  return {};
}

rpc::Status PdModel::serve(const pdpb::GetGCSafePointRequest& request, pdpb::GetGCSafePointResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  response.set_safe_point(0);  // nothing was ever collected
  return {};
}

rpc::Status PdModel::serve(const keyspacepb::LoadKeyspaceRequest& request,
                           keyspacepb::LoadKeyspaceResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  const auto found = std::ranges::find(keyspaces_, request.name(), &Keyspace::name);
  if (found == keyspaces_.end()) {
    set_error(*response.mutable_header(), pdpb::ENTRY_NOT_FOUND,
              "[PD:keyspace:ErrKeyspaceNotFound]keyspace does not exist");
    return {};
  }
  fill(*found, *response.mutable_keyspace());
  return {};
}

rpc::Status PdModel::serve(const keyspacepb::GetAllKeyspacesRequest& request,
                           keyspacepb::GetAllKeyspacesResponse& response) const {
  if (rpc::Status refused = check(request.header()); !refused.ok()) return refused;
  response.mutable_header()->set_cluster_id(cluster_id_);
  for (const Keyspace& keyspace : keyspaces_) {
    if (keyspace.id < request.start_id()) continue;
    fill(keyspace, *response.add_keyspaces());
    if (static_cast<std::uint32_t>(response.keyspaces_size()) == request.limit()) break;
  }
  return {};
}

}  // namespace tikv::testing
