// A placement driver that is another one than before: of another cluster in one answer, or with a clock
// that went back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "pd/pd_client.h"
#include "support/edited_transport.h"
#include "testing/simulation.h"

namespace tikv::pd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::uint64_t other_cluster = 4711;

testing::SimulationOptions with_keyspaces() {
  testing::SimulationOptions options;
  options.cluster.api = testing::StorageApi::v2;
  options.cluster.keyspaces = {"mine"};
  return options;
}

/// A client whose answers to `method` can be changed on their way.
class SecondParty : public ::testing::Test {
 protected:
  using Ask = std::function<Task<void>(core::Operation&)>;

  void SetUp() override {
    detail::World world;
    world.loop = simulation.shared_loop();
    world.transport = std::make_unique<test::EditedTransport>(
        simulation.network().transport("client"),
        [this](std::string_view, std::string_view asked_method, rpc::UnaryAnswer& answer) {
          if (answer.status.ok()) change(asked_method, answer.message);
        },
        [this](std::string_view, std::string_view asked_method, std::string& message) {
          change(asked_method, message);
        });
    world.stop_loop = [] {};
    ClientOptions options = simulation.client_options();
    options.api_version = ApiVersion::v2;
    client_core = std::make_shared<detail::ClientCore>(options, std::move(world));
    client.emplace(detail::ClientAccess::wrap(client_core));
    ASSERT_TRUE(client_core->connect());
  }
  void change(std::string_view asked_method, std::string& message) {
    if (asked_method != method || !edit) return;
    ++answers;
    edit(message);
  }
  /// Every answer to `wanted` is of another cluster from now on.
  template <class Response>
  void make_foreign(std::string_view wanted) {
    method = wanted;
    edit = [](std::string& message) {
      Response response;
      ASSERT_TRUE(wire::decode(message, response));
      wire::ensure(response.header).cluster_id = other_cluster;
      message = wire::encode(response);
    };
    answers = 0;
  }
  [[nodiscard]] PdClient& pd() { return client_core->pd(); }
  template <class T>
  static Task<void> void_of(Task<T> task) {
    co_await ok(std::move(task));
    co_return {};
  }
  static Task<void> in_operation(detail::ClientCore& of, Ask ask) {
    core::OperationStart start;
    start.name = "test";
    start.timeout = seconds(20);
    core::Operation operation(of.loop(), of.observer(), of.operations(), std::move(start));
    co_return co_await ask(operation);
  }
  Result<void> run(Ask ask) { return client->run(in_operation(*client_core, std::move(ask))); }

  void expect_refused(const Ask& ask) {
    const Result<void> asked = run(ask);
    ASSERT_FALSE(asked) << method;
    EXPECT_EQ(asked.error().kind(), ErrorKind::cluster_id_mismatch) << method << ": " << asked.error();
    EXPECT_THAT(asked.error().message(),
                AllOf(HasSubstr("PD at pd1:2379"), HasSubstr("4711"), HasSubstr("check that all PD addresses"),
                      HasSubstr(std::to_string(simulation.cluster().cluster_id()))));
    EXPECT_EQ(answers, 1) << method << " is never repeated";
    edit = nullptr;
    EXPECT_TRUE(run(ask)) << method << ": the next call asks anew";
  }

  testing::Simulation simulation{with_keyspaces()};
  std::string_view method;
  std::function<void(std::string&)> edit;
  int answers = 0;
  std::shared_ptr<detail::ClientCore> client_core;
  std::optional<AsyncRawClient> client;
};

TEST_F(SecondParty, EveryAnswerOfPdIsLookedAtForItsCluster) {
  make_foreign<wire::pdpb::GetRegionResponse>("/pdpb.PD/GetRegion");
  expect_refused([this](core::Operation& operation) { return void_of(pd().region_by_key(operation, "key")); });
  make_foreign<wire::pdpb::GetRegionResponse>("/pdpb.PD/GetRegionByID");
  expect_refused([this](core::Operation& operation) { return void_of(pd().region_by_id(operation, 7)); });
  make_foreign<wire::pdpb::ScanRegionsResponse>("/pdpb.PD/ScanRegions");
  expect_refused([this](core::Operation& operation) { return void_of(pd().scan_regions(operation, "", "", 3)); });
  make_foreign<wire::pdpb::GetStoreResponse>("/pdpb.PD/GetStore");
  expect_refused([this](core::Operation& operation) { return void_of(pd().store(operation, 1)); });
  make_foreign<wire::pdpb::GetAllStoresResponse>("/pdpb.PD/GetAllStores");
  expect_refused([this](core::Operation& operation) { return void_of(pd().stores(operation)); });
  make_foreign<wire::keyspacepb::LoadKeyspaceResponse>("/keyspacepb.Keyspace/LoadKeyspace");
  expect_refused([this](core::Operation& operation) { return void_of(pd().keyspace(operation, "mine")); });
  make_foreign<wire::pdpb::TsoResponse>("/pdpb.PD/Tso");
  expect_refused([this](core::Operation& operation) { return void_of(pd().timestamp(operation)); });
}

TEST_F(SecondParty, APutGoesNowhereWhenPdIsOfAnotherCluster) {
  make_foreign<wire::pdpb::GetRegionResponse>("/pdpb.PD/GetRegion");
  const Result<void> put = client->run(client->put("key", "1"));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::cluster_id_mismatch);
  EXPECT_FALSE(put.error().undetermined());
  make_foreign<wire::pdpb::GetStoreResponse>("/pdpb.PD/GetStore");
  const Result<void> second = client->run(client->put("key", "1"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::cluster_id_mismatch);
}

TEST_F(SecondParty, AnErrorThatNamesNoClusterIsAnErrorAsEver) {
  method = "/pdpb.PD/GetRegion";
  edit = [](std::string& message) {
    wire::pdpb::GetRegionResponse response;
    wire::ensure(wire::ensure(response.header).error).type = wire::pdpb::ErrorType::not_bootstrapped;
    wire::ensure(wire::ensure(response.header).error).message = "not bootstrapped";
    message = wire::encode(response);
  };
  simulation.later(seconds(1), [this] { edit = nullptr; });
  EXPECT_TRUE(client->run(client->put("key", "1"))) << "it passed";
  EXPECT_GT(answers, 0);
}

TEST_F(SecondParty, MembersThatDoNotKnowTheirClusterYetAreAskedAgain) {
  make_foreign<wire::pdpb::GetRegionResponse>("/pdpb.PD/GetRegion");
  ASSERT_FALSE(client->run(client->put("key", "1"))) << "the leader is forgotten";
  answers = 0;
  method = "/pdpb.PD/GetMembers";
  edit = [](std::string& message) {
    wire::pdpb::GetMembersResponse response;
    ASSERT_TRUE(wire::decode(message, response));
    wire::ensure(response.header).cluster_id = 0;
    message = wire::encode(response);
  };
  simulation.later(seconds(1), [this] { edit = nullptr; });
  EXPECT_TRUE(client->run(client->put("key", "1")));
  EXPECT_GT(answers, 1);
  EXPECT_EQ(pd().cluster_id(), simulation.cluster().cluster_id());
}

TEST_F(SecondParty, AKeyspaceThatIsNotEnabledAnyMoreIsRefused) {
  using wire::keyspacepb::KeyspaceState;
  method = "/keyspacepb.Keyspace/LoadKeyspace";
  for (const KeyspaceState state :
       {wire::keyspacepb::KeyspaceState::disabled, wire::keyspacepb::KeyspaceState::archived}) {
    edit = [state](std::string& message) {
      wire::keyspacepb::LoadKeyspaceResponse response;
      ASSERT_TRUE(wire::decode(message, response));
      wire::ensure(response.keyspace).state = state;
      message = wire::encode(response);
    };
    const Result<void> met = client_core->connect();
    ASSERT_FALSE(met);
    EXPECT_EQ(met.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(met.error().message(), HasSubstr("it is not enabled"));
  }
}

class ClockOfPd : public SecondParty {
 protected:
  Result<std::uint64_t> timestamp() {
    std::uint64_t got = 0;
    const Result<void> asked = run([this, &got](core::Operation& operation) { return store(pd(), operation, got); });
    if (!asked) return asked.error();
    return got;
  }
  static Task<void> store(PdClient& from, core::Operation& operation, std::uint64_t& into) {
    into = co_await ok(from.timestamp(operation));
    co_return {};
  }
  /// The last timestamp of each answer becomes this.
  void answer_with(std::uint64_t last) {
    method = "/pdpb.PD/Tso";
    edit = [last](std::string& message) {
      wire::pdpb::TsoResponse response;
      ASSERT_TRUE(wire::decode(message, response));
      wire::ensure(response.timestamp).physical = static_cast<std::int64_t>(last >> 18);
      wire::ensure(response.timestamp).logical = static_cast<std::int64_t>(last & 0x3FFFF);
      message = wire::encode(response);
    };
  }
  void expect_no_timestamp() {
    const Result<std::uint64_t> got = timestamp();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind(), ErrorKind::internal);
    EXPECT_THAT(got.error().message(), HasSubstr("timestamps that go back"));
  }
};

TEST_F(ClockOfPd, ATimestampIsNeverGivenTwiceNorALowerOneAfterwards) {
  const std::uint64_t first = timestamp().value();
  for (const std::uint64_t again : {first, first - 1, std::uint64_t{1}}) {
    answer_with(again);
    expect_no_timestamp();
  }
  answer_with(first + 1);
  EXPECT_EQ(timestamp().value(), first + 1);
}

TEST_F(ClockOfPd, ABatchThatBeginsBeforeTheLastTimestampIsRefusedWhole) {
  const std::uint64_t first = timestamp().value();
  answer_with(first + 2);
  std::vector<Result<void>> results;
  std::vector<std::uint64_t> got(3);
  // The first one leaves alone, the others together: their batch would begin at `first + 2` again.
  for (std::uint64_t& into : got) {
    Ask ask = [this, &into](core::Operation& operation) { return store(pd(), operation, into); };
    client->spawn<void>(in_operation(*client_core, std::move(ask)),
                        [&results](Result<void> result) { results.push_back(std::move(result)); });
  }
  simulation.loop().run_for(seconds(1));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(got[0], first + 2);
  EXPECT_TRUE(results[0]);
  EXPECT_FALSE(results[1]);
  EXPECT_FALSE(results[2]);
  EXPECT_EQ(got[1], 0U);
}

TEST_F(ClockOfPd, AClockThatWasSetBackIsNoticedUntilItHasCaughtUp) {
  const std::uint64_t first = timestamp().value();
  simulation.cluster().pd().set_clock_back(seconds(5));
  expect_no_timestamp();
  simulation.loop().run_for(seconds(6));
  EXPECT_GT(timestamp().value(), first);
}

}  // namespace
}  // namespace tikv::pd
