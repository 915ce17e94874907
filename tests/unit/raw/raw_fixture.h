#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/simulated_client.h"
#include "tikv/async.h"

namespace tikv::test {

/// A client above a cluster model of eight regions; tests change `world.options` before `connect`.
class RawFixture : public ::testing::Test {
 protected:
  explicit RawFixture(testing::ClusterOptions options = eight_regions()) : world(options) {}
  void TearDown() override {
    world.client.reset();
    EXPECT_EQ(world.alive(), 0U);
  }
  static testing::ClusterOptions eight_regions() {
    testing::ClusterOptions options;
    options.regions = 8;
    return options;
  }
  void connect() { ASSERT_TRUE(world.connect().has_value()); }
  void connect_atomic() {
    world.options.atomic = true;
    connect();
  }
  [[nodiscard]] const AsyncRawClient& client() const { return *world.client; }
  template <class T>
  Result<T> run(Task<T> task) {
    return world.run(std::move(task));
  }
  [[nodiscard]] std::uint64_t calls_of(std::string_view verb) {
    return world.faults.calls_by_method[std::string("/tikvpb.Tikv/") + std::string(verb)];
  }
  /// The next call of this verb meets `fate`.
  void fail_next(std::string_view verb, Fate fate) {
    world.faults.decide = [method = std::string("/tikvpb.Tikv/") + std::string(verb), fate,
                           met = false](const CallSeen& call) mutable {
      if (call.method != method || std::exchange(met, true)) return Fate::deliver;
      return fate;
    };
  }
  static std::vector<KeyValue> pairs(int count) {
    std::vector<KeyValue> made;
    for (int i = 0; i < count; ++i) {
      KeyValue pair;
      pair.key = std::string(1, static_cast<char>('0' + i % 75)) + std::to_string(1'000'000 + i);
      pair.value = "value " + std::to_string(i);
      made.push_back(std::move(pair));
    }
    std::sort(made.begin(), made.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    return made;
  }

  SimulatedClient world;
};

}  // namespace tikv::test
