#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/simulated_client.h"

namespace tikv::test {

/// A cluster whose eight regions each hold the keys that begin with one of `letters`, and a client of
/// it that has met it.
class RoutingTest : public ::testing::Test {
 protected:
  RoutingTest() : RoutingTest(eight_regions()) {}
  explicit RoutingTest(const testing::ClusterOptions& options) : world(options) {}
  void SetUp() override { ASSERT_TRUE(world.connect().has_value()); }
  void TearDown() override {
    world.client.reset();
    world.loop->run_for(std::chrono::milliseconds(1));  // streams that end are told
    EXPECT_EQ(world.alive(), 0U);
  }

  static testing::ClusterOptions eight_regions() {
    testing::ClusterOptions options;
    options.regions = 8;
    return options;
  }
  static std::vector<std::string> letters() { return {"0", "8", "G", "O", "W", "d", "l", "t"}; }
  /// One pair in each region, or several.
  static std::vector<KeyValue> pairs_everywhere(int in_each = 1) {
    std::vector<KeyValue> pairs;
    for (const std::string& letter : letters()) {
      for (int i = 0; i < in_each; ++i) {
        pairs.emplace_back();
        pairs.back().key = letter + std::to_string(100 + i);
        pairs.back().value = "value of " + pairs.back().key;
      }
    }
    return pairs;
  }
  static std::vector<std::string> keys_of(const std::vector<KeyValue>& pairs) {
    std::vector<std::string> keys;
    for (const KeyValue& pair : pairs) keys.push_back(pair.key);
    return keys;
  }

  [[nodiscard]] const AsyncRawClient& client() const { return *world.client; }
  [[nodiscard]] testing::RegionMap& regions() { return world.cluster.regions(); }
  [[nodiscard]] std::uint64_t region_of(std::string_view key) { return regions().region_of(key).meta.id; }
  [[nodiscard]] std::uint64_t leader_of(std::string_view key) { return regions().region_of(key).leader_store; }
  /// Some store that has a peer of the region of `key`, and does not lead it.
  [[nodiscard]] std::uint64_t follower_of(std::string_view key) {
    for (const auto& peer : regions().region_of(key).meta.peers) {
      if (peer.store_id != leader_of(key)) return peer.store_id;
    }
    return 0;
  }
  [[nodiscard]] std::optional<std::string> stored(const std::string& key) {
    const auto got = world.run(client().get(key));
    return got ? *got : std::nullopt;
  }
  /// What PD was asked so far, but for its members.
  [[nodiscard]] std::uint64_t pd_questions() const {
    std::uint64_t questions = 0;
    for (const auto& [method, count] : world.faults.calls_by_method) {
      if (method.starts_with("/pdpb.PD/") && method != "/pdpb.PD/GetMembers") questions += count;
    }
    return questions;
  }
  [[nodiscard]] std::uint64_t asked(std::string_view method) const {
    const auto found = world.faults.calls_by_method.find(method);
    return found == world.faults.calls_by_method.end() ? 0 : found->second;
  }
  [[nodiscard]] std::chrono::milliseconds now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(world.loop->now().time_since_epoch());
  }

  /// Runs `work` as an operation of its own, below the public client.
  template <class T>
  Result<T> operate(std::function<Task<T>(core::Operation&)> work,
                    std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    return world.run(in_operation<T>(*world.core, std::move(work), timeout));
  }
  template <class T>
  static Task<T> in_operation(detail::ClientCore& client_core, std::function<Task<T>(core::Operation&)> work,
                              std::chrono::milliseconds timeout) {
    core::OperationStart start;
    start.name = "test";
    start.timeout = timeout;
    core::Operation operation(client_core.loop(), client_core.observer(), client_core.operations(), std::move(start));
    co_return co_await work(operation);
  }

  SimulatedClient world;
};

}  // namespace tikv::test
