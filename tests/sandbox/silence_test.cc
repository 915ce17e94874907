// Connections that die without a word and processes that freeze, on real sockets: the client reaches a
// sandbox through proxies that stop carrying bytes and keep their connections.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/client_core.h"
#include "core/thread_loop.h"
#include "rpc/asio_connector.h"
#include "rpc/asio_poller.h"
#include "rpc/grpc_transport.h"
#include "sandbox/running_sandbox.h"
#include "support/net/forwarding_proxy.h"

namespace tikv {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::RunningSandbox;
using testing_support::ForwardingProxy;

/// A proxy in front of each address that is connected to.
class Proxies {
 public:
  std::string in_front_of(const std::string& address) {
    std::unique_ptr<ForwardingProxy>& proxy = proxies_[address];
    if (!proxy) proxy = std::make_unique<ForwardingProxy>(address);
    return proxy->address();
  }
  void for_all(const std::function<void(ForwardingProxy&)>& work) {
    for (const auto& [address, proxy] : proxies_) work(*proxy);
  }
  ForwardingProxy& of(const std::string& address) { return *proxies_.at(address); }

 private:
  std::map<std::string, std::unique_ptr<ForwardingProxy>, std::less<>> proxies_;
};

class ProxiedConnector final : public rpc::Connector {
 public:
  ProxiedConnector(std::unique_ptr<rpc::Connector> below, Proxies& proxies)
      : below_(std::move(below)), proxies_(proxies) {}
  [[nodiscard]] std::unique_ptr<rpc::ByteStream> connect(std::string_view address) override {
    return below_->connect(proxies_.in_front_of(std::string(address)));
  }
  [[nodiscard]] std::string_view scheme() const noexcept override { return below_->scheme(); }

 private:
  std::unique_ptr<rpc::Connector> below_;
  Proxies& proxies_;
};

class SandboxSilenceTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(sandbox.pd().empty()); }

  /// A client behind proxies of its own.
  Result<RawClient> connect(Proxies& proxies, bool atomic = false) {
    ClientOptions options;
    options.pd_addresses = {sandbox.pd()};
    options.atomic = atomic;
    options.observer = silent_observer();
    detail::World world;
    auto poller = std::make_unique<rpc::AsioPoller>();
    const rpc::AsioPoller& sockets = *poller;
    auto loop = std::make_unique<core::ThreadLoop>(std::move(poller));
    auto below = std::make_unique<rpc::AsioConnector>(*loop, sockets);
    world.connector = std::make_unique<ProxiedConnector>(std::move(below), proxies);
    world.transport = rpc::make_grpc_transport(*loop, *world.connector, {});
    world.stop_loop = [running = loop.get()] { running->stop(); };
    world.loop = std::move(loop);
    const auto core = std::make_shared<detail::ClientCore>(options, std::move(world));
    RawClient client = detail::ClientAccess::blocking(detail::ClientAccess::wrap(core));
    if (Result<void> met = core->connect(); !met) return met.error();
    return client;
  }
  void command(const std::vector<std::string>& words) {
    const auto ended = sandbox.control(words);
    EXPECT_EQ(ended.code, 0) << words.front() << ": " << ended.output;
  }
  /// Reads `key` again and again, with a second for each; `change` happens after two. How long after it reads
  /// still failed.
  milliseconds outage(const RawClient& client, const char* name, const char* key,
                      const std::vector<std::string>& change) {
    steady_clock::time_point changed;
    std::thread elsewhere([&] {
      std::this_thread::sleep_for(2s);
      changed = steady_clock::now();
      command(change);
    });
    int failed = 0;
    ReadOptions short_call;
    short_call.timeout = 1s;
    while (!client.get(key, short_call)) ++failed;
    const auto ended = steady_clock::now();
    elsewhere.join();
    const auto lasted = std::chrono::duration_cast<milliseconds>(ended - changed);
    std::cout << "  " << name << ": " << failed << " reads failed, over " << lasted.count() << " ms after another led"
              << std::endl;
    return lasted;
  }
  template <class Call>
  static milliseconds timed(const char* name, Call call) {
    const auto begin = steady_clock::now();
    const auto result = call();
    const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
    EXPECT_TRUE(result) << name << ": " << result.error();
    std::cout << "  " << name << ": " << took.count() << " ms" << std::endl;
    return took;
  }

  RunningSandbox sandbox{{"--pd-members", "3"}};
};

TEST_F(SandboxSilenceTest, FirstCallsAfterASilentDeathSucceedWithinASecond) {
  constexpr std::size_t kinds = 5;
  std::vector<Proxies> proxies(kinds);
  std::vector<RawClient> clients;
  const std::vector<std::string> keys{"0", "8", "G", "O", "W", "d", "l", "t"};
  for (Proxies& each : proxies) {
    auto client = connect(each, true);
    ASSERT_TRUE(client) << client.error();
    clients.push_back(*std::move(client));
    for (const std::string& key : keys) ASSERT_TRUE(clients.back().put(key, "old"));
  }
  std::this_thread::sleep_for(5200ms);
  for (Proxies& each : proxies) each.for_all([](ForwardingProxy& proxy) { proxy.abandon(); });
  EXPECT_LE(timed("get", [&] { return clients[0].get("G"); }), 1s);
  EXPECT_LE(timed("put", [&] { return clients[1].put("G", "new"); }), 1s);
  EXPECT_LE(timed("compare_and_swap", [&] { return clients[2].compare_and_swap("0", "old", "new"); }), 1s);
  EXPECT_LE(timed("scan", [&] { return clients[3].scan(KeyRange::all()); }), 1s);
  EXPECT_LE(timed("batch_get", [&] { return clients[4].batch_get(keys); }), 1s);
}

TEST_F(SandboxSilenceTest, ReadsOfAFrozenStoreGoOnSoonAfterItsLeadersMoved) {
  Proxies proxies;
  auto connected = connect(proxies);
  ASSERT_TRUE(connected) << connected.error();
  const RawClient client = *std::move(connected);
  ASSERT_TRUE(client.put("G", "value"));
  command({"move-leader", "@G", "1"});
  ASSERT_TRUE(client.get("G"));
  const std::string told = sandbox.control({"stores"}).output;  // the first one comes first
  const std::size_t at = told.find("127.0.0.1:");
  ASSERT_NE(at, std::string::npos) << told;
  proxies.of(told.substr(at, told.find_first_not_of("0123456789.:", at) - at)).freeze();
  EXPECT_LE(outage(client, "frozen store", "G", {"move-leader", "@G", "2"}), 2s);
}

TEST_F(SandboxSilenceTest, RegionsAreFoundSoonAfterAnotherLeadsInPlaceOfAFrozenPlacementDriver) {
  Proxies proxies;
  auto connected = connect(proxies);
  ASSERT_TRUE(connected) << connected.error();
  const RawClient client = *std::move(connected);
  ASSERT_TRUE(client.put("G", "value"));
  proxies.of(sandbox.pd()).freeze();
  // In a region that this client has not met: PD must be asked.
  EXPECT_LE(outage(client, "frozen PD", "t", {"move-pd-leader", "2"}), 2s);
}

TEST_F(SandboxSilenceTest, AFrozenClusterThatThawsIsServedAtOnce) {
  Proxies proxies;
  auto connected = connect(proxies);
  ASSERT_TRUE(connected) << connected.error();
  const RawClient client = *std::move(connected);
  ASSERT_TRUE(client.put("G", "value"));
  sandbox.process().freeze();
  std::thread thaw([&] {
    std::this_thread::sleep_for(3s);
    sandbox.process().signal(SIGCONT);
  });
  const auto begin = steady_clock::now();
  int failed = 0;
  ReadOptions short_call;
  short_call.timeout = 1s;
  while (!client.get("G", short_call)) ++failed;
  thaw.join();
  const auto lasted = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  std::cout << "  frozen cluster: " << failed << " reads failed, " << lasted.count() << " ms in all" << std::endl;
  EXPECT_LE(lasted, 5s);
  EXPECT_TRUE(client.put("G", "new"));
}

}  // namespace
}  // namespace tikv
