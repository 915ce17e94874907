#include <algorithm>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "testing/message_view.h"
#include "testing/simulation.h"
#include "tikv/testing.h"
#include "tikv/version.h"

namespace tikv::testing {

namespace {

constexpr std::size_t lines_of_log = 10'000;

Fate fate_of(Fault fault) {
  using Travel = Fate::Travel;
  using Seen = Fate::Seen;
  switch (fault) {
    case Fault::cannot_connect:
      return {Travel::cannot_connect, Seen::answer, {}, {}};
    case Fault::refused:
      return {Travel::refused, Seen::answer, {}, {}};
    case Fault::request_lost:
      return {Travel::lost, Seen::reset, {}, {}};
    case Fault::answer_lost:
      return {Travel::delivered, Seen::reset, {}, {}};
    case Fault::request_late:
      return {Travel::late, Seen::reset, {}, std::chrono::seconds(10)};
    case Fault::silence:
      return {Travel::lost, Seen::silence, {}, {}};
  }
  return {};
}

bool fits(Requests requests, const MessageSeen& message) {
  if (message.to_client || message.opens) return false;
  const bool placement = message.method.find("/pdpb.") == 0;
  if (requests == Requests::any || placement) return requests == Requests::any || requests == Requests::placement;
  if (requests == Requests::placement) return false;
  bool writes = false;
  for (const CommandSeen& command : commands_in(message.method, message.bytes)) writes = writes || command.writes;
  return writes == (requests == Requests::writes);
}

/// Faults that wait for a request that they fit.
class WaitingFaults final : public FaultPlan {
 public:
  Fate fate(const MessageSeen& message) override {
    for (auto next = waiting.begin(); next != waiting.end(); ++next) {
      if (!fits(next->second, message)) continue;
      Fate met = fate_of(next->first);
      // A stream is refused as a whole or not at all; one message of it can only fail to leave.
      if (message.stream && met.travel == Fate::Travel::refused) met.travel = Fate::Travel::not_sent;
      waiting.erase(next);
      return met;
    }
    return {};
  }

  std::deque<std::pair<Fault, Requests>> waiting;
};

Result<void> outcome(const std::string& refused) {
  if (refused.empty()) return {};
  return Error(ErrorKind::invalid_argument, refused);
}

StorageApi storage_api(ApiVersion version) {
  if (version == ApiVersion::v2) return StorageApi::v2;
  return version == ApiVersion::v1 ? StorageApi::v1 : StorageApi::v1ttl;
}

/// With a setup that cannot be, a cluster that can: it gives no clients.
SimulationOptions options_of(const ClusterSetup& setup, std::string& problem) {
  SimulationOptions options;
  options.seed = setup.seed;
  options.cluster.stores = setup.stores == 0 ? 1 : setup.stores;
  options.cluster.regions = setup.regions == 0 ? 1 : setup.regions;
  options.cluster.version = version_named(setup.version).value_or(options.cluster.version);
  options.cluster.api = storage_api(setup.api_version);
  options.cluster.keyspaces = setup.keyspaces;
  options.lines_kept = lines_of_log;
  problem = version_named(setup.version) ? problem_of(options.cluster)
                                         : "'" + std::string(setup.version) + "' is no version of TiKV";
  if (!problem.empty()) options.cluster = {};
  return options;
}

}  // namespace

struct Cluster::Parts {
  explicit Parts(const ClusterSetup& setup) : api(setup.api_version), simulation(options_of(setup, problem)) {
    simulation.network().set_plan(&faults);
  }
  ~Parts() {
    for (const auto& client : simulation.clients()) client->core()->close(std::chrono::milliseconds(0));
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  /// A user's key as the cluster has it.
  [[nodiscard]] std::string stored(std::string_view key) { return simulation.cluster().stored_key(key); }

  WaitingFaults faults;
  std::string problem;  // of the setup
  ApiVersion api;
  Simulation simulation;
};

namespace {

/// The client's public functions are in libtikv.so, too. In a program that has both libraries, the first one of
/// them that the linker was told of serves all its callers: of one version they are the same.
const ClusterSetup& checked(const ClusterSetup& setup) {
  if (std::string_view(library_version()) == TIKV_VERSION) return setup;
  throw std::logic_error(std::string("libtikv_testing of version ") + TIKV_VERSION + " meets libtikv of version " +
                         library_version() + " in this program; use both of one version");
}

}  // namespace

Cluster::Cluster(const ClusterSetup& setup) : parts_(std::make_unique<Parts>(checked(setup))) {}

Cluster::~Cluster() = default;

ClientOptions Cluster::client_options() const {
  ClientOptions options = parts_->simulation.client_options();
  options.api_version = parts_->api;
  return options;
}

Result<AsyncRawClient> Cluster::async_raw_client() { return async_raw_client(client_options()); }

Result<RawClient> Cluster::raw_client() { return raw_client(client_options()); }

Result<AsyncRawClient> Cluster::async_raw_client(const ClientOptions& options) {
  if (!parts_->problem.empty()) return Error(ErrorKind::invalid_argument, parts_->problem);
  Simulation& simulation = parts_->simulation;
  SimClient& client = simulation.add_client(options);
  if (Result<void> met = client.core()->connect(); !met) {
    simulation.remove_client(client);
    return met.error();
  }
  return client.release();
}

Result<RawClient> Cluster::raw_client(const ClientOptions& options) {
  Result<AsyncRawClient> client = async_raw_client(options);
  if (!client) return client.error();
  return detail::ClientAccess::blocking(*std::move(client));
}

std::vector<std::uint64_t> Cluster::stores() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, store] : parts_->simulation.cluster().regions().stores()) ids.push_back(id);
  return ids;
}

std::uint64_t Cluster::leader_of(std::string_view key) const {
  return parts_->simulation.cluster().regions().region_of(parts_->stored(key)).leader_store;
}

Result<void> Cluster::split(std::string_view key) { return outcome(parts_->simulation.split(parts_->stored(key))); }

Result<void> Cluster::move_leader(std::string_view key, std::uint64_t store) {
  const std::uint64_t region = parts_->simulation.cluster().regions().region_of(parts_->stored(key)).meta.id;
  return outcome(parts_->simulation.move_leader(region, store));
}

Result<void> Cluster::stop_store(std::uint64_t store) { return outcome(parts_->simulation.stop_store(store)); }

Result<void> Cluster::start_store(std::uint64_t store, std::string_view address) {
  return outcome(parts_->simulation.start_store(store, std::string(address)));
}

void Cluster::fail_next(Fault fault, Requests requests, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) parts_->faults.waiting.emplace_back(fault, requests);
}

void Cluster::clear_faults() { parts_->faults.waiting.clear(); }

std::size_t Cluster::faults_left() const { return parts_->faults.waiting.size(); }

void Cluster::advance(std::chrono::milliseconds span) {
  constexpr core::Duration a_century = std::chrono::hours(24) * 36525;  // at the end of time no timer fires
  parts_->simulation.loop().run_for(std::min(core::saturating_duration(span), a_century));
}

std::chrono::microseconds Cluster::elapsed() const {
  return core::to_microseconds(parts_->simulation.loop().now().time_since_epoch());
}

std::string Cluster::log() const { return parts_->simulation.timeline().text(); }

}  // namespace tikv::testing
