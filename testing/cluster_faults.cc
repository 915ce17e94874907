// The nodes of a cluster come and go.
#include <string>
#include <utility>

#include "testing/cluster_model.h"

namespace tikv::testing {

void ClusterModel::tell_stopped(Node node) const {
  if (stopped_) stopped_(node);
}

void ClusterModel::elect_later() {
  later_.after(options_.election_delay, [this, waiting = regions_.leaderless()] { regions_.elect(waiting); });
}

std::string ClusterModel::stop_store(std::uint64_t store) {
  if (std::string why = regions_.stop_store(store); !why.empty()) return why;
  tell_stopped(Node::of_store(store));
  elect_later();
  return {};
}

std::string ClusterModel::start_store(std::uint64_t store, const std::string& address) {
  if (std::string why = regions_.start_store(store); !why.empty()) return why;
  if (!address.empty()) set_store_address(store, address);
  elect_later();
  return {};
}

std::string ClusterModel::swap_addresses(std::uint64_t one, std::uint64_t other) {
  StoreState* first = regions_.store(one);
  StoreState* second = regions_.store(other);
  if (first == nullptr || second == nullptr || first == second) return "two stores are needed";
  for (StoreState* store : {first, second}) {
    ++store->incarnation;
    tell_stopped(Node::of_store(store->meta.id));
  }
  std::swap(first->meta.address, second->meta.address);
  return {};
}

std::string ClusterModel::set_store_version(std::uint64_t store, const std::string& version) {
  StoreState* changed = regions_.store(store);
  if (changed == nullptr) return "no such store";
  changed->set_version(version);
  return {};
}

std::string ClusterModel::set_store_state(std::uint64_t store, metapb::StoreState state) {
  StoreState* changed = regions_.store(store);
  if (changed == nullptr) return "no such store";
  if (state == metapb::StoreState::tombstone && changed->running) stop_store(store);
  changed->meta.state = state;
  changed->meta.node_state = state == metapb::StoreState::up        ? metapb::NodeState::serving
                             : state == metapb::StoreState::offline ? metapb::NodeState::removing
                                                                    : metapb::NodeState::removed;
  return {};
}

StoreBehaviour* ClusterModel::behaviour(std::uint64_t store) {
  StoreState* found = regions_.store(store);
  return found == nullptr ? nullptr : &found->behaviour;
}

std::string ClusterModel::stop_pd(std::uint64_t member) {
  if (std::string why = pd_.members().stop(member); !why.empty()) return why;
  tell_stopped(Node::pd(member));
  later_.after(options_.election_delay, [this] { pd_.members().elect(); });
  return {};
}

std::string ClusterModel::start_pd(std::uint64_t member, const std::string& address) {
  if (std::string why = pd_.members().start(member); !why.empty()) return why;
  if (!address.empty()) pd_.members().set_address(member, address);
  later_.after(options_.election_delay, [this] { pd_.members().elect(); });
  return {};
}

}  // namespace tikv::testing
