#include <thread>

#include "reference/reference_cluster.h"
#include "scenarios/backend_options.h"

namespace tikv::scenarios {

namespace {

/// The real PD and unistore. Its raw half is our own: for raw calls it proves the wire, grpc-go, PD,
/// routing and leader moves, not the raw rules.
class Reference final : public Backend {
 public:
  [[nodiscard]] std::string name() const override { return "reference cluster"; }
  [[nodiscard]] ApiVersion api() const override { return ApiVersion::v1ttl; }
  [[nodiscard]] std::string lacks(Need need) const override {
    if (need == Need::compare_and_delete) return "no release of TiKV has it";
    if (need == Need::keyspaces) return "they are of API 2, and unistore keeps raw data as API 1 does";
    if (need == Need::api_checks) return "unistore does not look at it";
    if (need == Need::coprocessor) return "unistore serves no raw coprocessor";
    return {};
  }
  [[nodiscard]] Result<RawClient> connect(const ClientWish& wish) override {
    if (!cluster_.failure().empty()) return Error(ErrorKind::internal, cluster_.failure());
    const Result<ClientOptions> options = ClientOptions::parse(cluster_.pd());
    if (!options) return options.error();
    return RawClient::connect(fulfil(wish, api(), *options));
  }

  std::string split(const std::string& key) override { return cluster_.split(key) ? "" : "it was not split"; }
  std::string move_leader(const std::string& key) override {
    const test::ReferenceRegion region = cluster_.region_of(key);
    for (const std::uint64_t store : region.stores) {
      if (store != region.leader && cluster_.transfer_leader(region.id, store)) return {};
    }
    return "no store took the region over";
  }
  std::string stop_leader(const std::string& key, std::string& store) override {
    const std::uint64_t leader = cluster_.region_of(key).leader;
    store = std::to_string(leader);
    return cluster_.stop_store(leader) ? "" : "it was not stopped";
  }
  std::string start_store(const std::string& store) override {
    return cluster_.start_store(std::stoull(store)) ? "" : "it was not started";
  }
  void pass(std::chrono::milliseconds span) override { std::this_thread::sleep_for(span); }

 private:
  test::ReferenceCluster cluster_;
};

}  // namespace

std::unique_ptr<Backend> make_reference() {
  if (!test::ReferenceCluster::available()) return nullptr;
  return std::make_unique<Reference>();
}

}  // namespace tikv::scenarios
