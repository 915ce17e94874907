#include "api/client_core.h"
#include "scenarios/backend_options.h"
#include "testing/simulation.h"

namespace tikv::scenarios {

namespace {

class Simulator final : public Backend {
 public:
  explicit Simulator(const std::string& api) : api_name_(api), simulation_(options_for(api_named(api))) {}
  ~Simulator() override {
    for (const auto& client : simulation_.clients()) client->core()->close(std::chrono::milliseconds(0));
  }

  [[nodiscard]] std::string name() const override { return "simulator, API " + api_name_; }
  [[nodiscard]] ApiVersion api() const override { return api_named(api_name_); }
  [[nodiscard]] std::string lacks(Need need) const override { return lacks_by_api(api(), need); }
  [[nodiscard]] Result<RawClient> connect(const ClientWish& wish) override {
    testing::SimClient& client = simulation_.add_client(fulfil(wish, api(), simulation_.client_options()));
    if (Result<void> met = client.core()->connect(); !met) return met.error();
    return detail::ClientAccess::blocking(client.release());
  }

  std::string split(const std::string& key) override {
    return simulation_.split(simulation_.cluster().stored_key(key));
  }
  std::string move_leader(const std::string& key) override {
    const testing::RegionState& region = region_of(key);
    for (const auto& peer : region.meta.peers) {
      if (peer.store_id != region.leader_store) return simulation_.move_leader(region.meta.id, peer.store_id);
    }
    return "the region has one peer only";
  }
  std::string stop_leader(const std::string& key, std::string& store) override {
    store = std::to_string(region_of(key).leader_store);
    return simulation_.stop_store(region_of(key).leader_store);
  }
  std::string start_store(const std::string& store) override { return simulation_.start_store(std::stoull(store)); }
  void pass(std::chrono::milliseconds span) override { simulation_.loop().run_for(span); }

 private:
  static testing::SimulationOptions options_for(ApiVersion api) {
    testing::SimulationOptions options;
    options.cluster.regions = 4;
    options.cluster.api = api == ApiVersion::v2      ? testing::StorageApi::v2
                          : api == ApiVersion::v1ttl ? testing::StorageApi::v1ttl
                                                     : testing::StorageApi::v1;
    if (api == ApiVersion::v2) options.cluster.keyspaces = {"other"};
    return options;
  }
  [[nodiscard]] const testing::RegionState& region_of(const std::string& key) {
    testing::ClusterModel& cluster = simulation_.cluster();
    return cluster.regions().region_of(cluster.stored_key(key));
  }

  std::string api_name_;
  testing::Simulation simulation_;
};

}  // namespace

std::unique_ptr<Backend> make_simulator(const std::string& api) { return std::make_unique<Simulator>(api); }

}  // namespace tikv::scenarios
