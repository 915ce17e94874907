#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/backend.h"

namespace tikv::scenarios {

/// What one scenario works with: keys of its own, clients, and a cluster that it may upset.
class Stage {
 public:
  Stage(Backend& backend, std::string_view scenario) : backend_(backend), prefix_(std::string(scenario) + "/") {}

  [[nodiscard]] Backend& backend() noexcept { return backend_; }

  /// A key of this scenario.
  [[nodiscard]] std::string key(std::string_view name) const { return prefix_ + std::string(name); }
  [[nodiscard]] std::vector<std::string> keys(const std::vector<std::string>& names) const;
  /// Keys `a0000`, `a0001`, …, with values of their own.
  [[nodiscard]] std::vector<KeyValue> pairs(std::size_t count, std::string_view letter = "a") const;
  /// All keys of this scenario.
  [[nodiscard]] KeyRange all() const { return KeyRange::prefix(prefix_); }
  [[nodiscard]] KeyRange range(std::string_view start, std::string_view end) const {
    return KeyRange::half_open(key(start), key(end));
  }

  /// A client that has met the cluster; the same one each time.
  [[nodiscard]] RawClient& client() { return cached(client_, {}); }
  /// One in atomic mode.
  [[nodiscard]] RawClient& atomic() {
    ClientWish wish;
    wish.atomic = true;
    return cached(atomic_, wish);
  }
  /// A new one.
  [[nodiscard]] RawClient connect(const ClientWish& wish = {}) { return backend_.connect(wish).value(); }

  void split(std::string_view name) { done(backend_.split(key(name))); }
  void move_leader(std::string_view name) { done(backend_.move_leader(key(name))); }
  [[nodiscard]] std::string stop_leader(std::string_view name) {
    std::string store;
    done(backend_.stop_leader(key(name), store));
    return store;
  }
  void start_store(const std::string& store) { done(backend_.start_store(store)); }
  void pass(std::chrono::milliseconds span) { backend_.pass(span); }

 private:
  RawClient& cached(std::optional<RawClient>& client, const ClientWish& wish) {
    if (!client) client.emplace(connect(wish));
    return *client;
  }
  static void done(const std::string& problem) { EXPECT_EQ(problem, ""); }

  Backend& backend_;
  std::string prefix_;
  std::optional<RawClient> client_;
  std::optional<RawClient> atomic_;
};

/// One thing that users do, and what must come of it.
struct Scenario {
  std::string_view name;
  std::vector<Need> needs;
  void (*play)(Stage& stage);
};

// The tables.
[[nodiscard]] std::vector<Scenario> single_key_scenarios();
[[nodiscard]] std::vector<Scenario> batch_scenarios();
[[nodiscard]] std::vector<Scenario> scan_scenarios();
[[nodiscard]] std::vector<Scenario> scanner_scenarios();
[[nodiscard]] std::vector<Scenario> range_scenarios();
[[nodiscard]] std::vector<Scenario> ttl_scenarios();
[[nodiscard]] std::vector<Scenario> compare_and_swap_scenarios();
[[nodiscard]] std::vector<Scenario> cluster_scenarios();
[[nodiscard]] std::vector<Scenario> option_scenarios();

/// What a client must say where the cluster lacks something: tried in place of each scenario that needs it.
void expect_refused(Stage& stage, Need need);

// Short forms for the tables.
inline void must(const Result<void>& result) { ASSERT_TRUE(result.has_value()) << result.error(); }
template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << result.error();
  return result ? std::move(*result) : T{};
}
inline std::vector<std::string> keys_of(const std::vector<KeyValue>& pairs) {
  std::vector<std::string> keys;
  for (const KeyValue& pair : pairs) keys.push_back(pair.key);
  return keys;
}

}  // namespace tikv::scenarios
