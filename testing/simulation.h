#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/client_core.h"
#include "testing/cluster_model.h"
#include "testing/network.h"
#include "testing/node_loop.h"
#include "testing/request_check.h"
#include "testing/schedule.h"
#include "testing/sim_loop.h"
#include "testing/timeline.h"
#include "tikv/async.h"

namespace tikv::testing {

struct SimulationOptions {
  std::uint64_t seed = 1;
  ClusterOptions cluster{};
  /// Lines of the timeline to keep; 0: only its hash.
  std::size_t lines_kept = 0;
  /// Told of a request of our own client that sets less or more than its kind; null: the process ends.
  RequestCheck::Complain complain{};
};

/// A real client in a simulation: only its loop and its transport are not real.
class SimClient {
 public:
  SimClient(std::string name, std::shared_ptr<NodeLoop> loop, Network& network, const ClientOptions& options);
  ~SimClient();
  SimClient(const SimClient&) = delete;
  SimClient& operator=(const SimClient&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] NodeLoop& loop() { return *loop_; }
  [[nodiscard]] const std::shared_ptr<detail::ClientCore>& core() const { return core_; }
  [[nodiscard]] AsyncRawClient& raw() { return *raw_; }
  /// Gives the client away, as a user's object would be moved.
  [[nodiscard]] AsyncRawClient release() { return std::move(*raw_); }

 private:
  std::string name_;
  std::shared_ptr<NodeLoop> loop_;
  std::shared_ptr<detail::ClientCore> core_;
  std::optional<AsyncRawClient> raw_;
};

/// A cluster, a network and any number of clients, on one thread in virtual time. Everything that
/// happens follows from the seed and the program.
class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] SimLoop& loop() { return *loop_; }
  [[nodiscard]] const std::shared_ptr<SimLoop>& shared_loop() const { return loop_; }
  [[nodiscard]] ClusterModel& cluster() { return *cluster_; }
  [[nodiscard]] Network& network() { return *network_; }
  [[nodiscard]] Timeline& timeline() { return timeline_; }

  /// Options with the address of PD and an observer that says nothing.
  [[nodiscard]] ClientOptions client_options() const;
  /// A client that has not met the cluster yet. Lives as long as the simulation, or until it is removed.
  SimClient& add_client(const ClientOptions& options);
  void remove_client(const SimClient& client);
  [[nodiscard]] const std::vector<std::unique_ptr<SimClient>>& clients() const { return clients_; }

  /// Changes of the cluster, noted in the timeline.
  /// They answer an empty text, or why nothing happened.
  std::string split(const std::string& key);
  std::string merge(std::uint64_t source, std::uint64_t target);
  std::string move_leader(std::uint64_t region, std::uint64_t store);
  std::string stop_store(std::uint64_t store);
  std::string start_store(std::uint64_t store, const std::string& address = {});
  std::string swap_addresses(std::uint64_t one, std::uint64_t other);
  /// Does something later. What is still to come when the simulation ends never happens.
  void later(core::Duration wait, std::function<void()> work) { later_.after(wait, std::move(work)); }

 private:
  std::string noted(const std::string& what, std::string refused);

  std::uint64_t seed_;
  std::shared_ptr<SimLoop> loop_;
  std::unique_ptr<ClusterModel> cluster_;
  std::unique_ptr<Network> network_;
  Timeline timeline_;
  RequestCheck requests_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  std::size_t next_client_ = 1;
  Schedule later_;
};

}  // namespace tikv::testing
