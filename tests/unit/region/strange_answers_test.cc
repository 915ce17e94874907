// Answers that no healthy server gives: bytes that are no message, outcomes told in words alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/edited_transport.h"
#include "testing/simulation.h"
#include "wire/kvrpcpb.h"
#include "wire/pdpb.h"

namespace tikv::region {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

testing::SimulationOptions three_members() {
  testing::SimulationOptions options;
  options.cluster.pd_members = 3;
  return options;
}

class StrangeAnswersTest : public ::testing::Test {
 protected:
  void make_client(ClientOptions options) {
    options.streams_per_store = edit_message ? 1 : 0;  // every call by itself, or none
    detail::World world;
    world.loop = simulation.shared_loop();
    world.transport = std::make_unique<test::EditedTransport>(
        simulation.network().transport("client"),
        [this](std::string_view address, std::string_view method, rpc::UnaryAnswer& answer) {
          if (edit) edit(address, method, answer);
        },
        edit_message);
    world.stop_loop = [] {};
    core = std::make_shared<detail::ClientCore>(options, std::move(world));
    client.emplace(detail::ClientAccess::wrap(core));
  }
  void connect() {
    make_client(simulation.client_options());
    ASSERT_TRUE(core->connect());
  }
  /// The next answer to `method` says this in its `error`, although the request was served or not.
  template <class Response>
  void say_once(std::string_view wanted, std::string words) {
    edit = [this, wanted, words = std::move(words)](std::string_view, std::string_view method,
                                                    rpc::UnaryAnswer& answer) {
      if (method != wanted || words_said++ > 0) return;
      Response response;
      response.error = words;
      answer.message = wire::encode(response);
    };
  }

  testing::Simulation simulation{three_members()};
  /// A scan of everything whose next answer is changed like this; the error it ends with.
  Error scan_of(std::function<void(wire::kvrpcpb::RawScanResponse&)> change, bool reverse = false) {
    edit = [this, change = std::move(change)](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
      if (method != "/tikvpb.Tikv/RawScan") return;
      ++words_said;
      wire::kvrpcpb::RawScanResponse response;
      EXPECT_TRUE(wire::decode(answer.message, response));
      change(response);
      answer.message = wire::encode(response);
    };
    const KeyRange range = KeyRange::half_open("b", "y");
    const auto scanned = client->run(reverse ? client->reverse_scan(range) : client->scan(range));
    EXPECT_FALSE(scanned);
    return scanned ? Error(ErrorKind::cancelled, "it succeeded") : scanned.error();
  }

  test::EditedTransport::Edit edit;
  test::EditedTransport::EditMessage edit_message;
  int words_said = 0;
  std::shared_ptr<detail::ClientCore> core;
  std::optional<AsyncRawClient> client;
};

TEST_F(StrangeAnswersTest, OneMemberThatAnswersRubbishIsNoMatterWhileAnotherAnswers) {
  edit = [](std::string_view address, std::string_view, rpc::UnaryAnswer& answer) {
    if (address == "pd3:2379") answer.message = "\xff\xff rubbish";
  };
  connect();
  EXPECT_TRUE(client->run(client->put("key", "value")));
  ASSERT_EQ(simulation.cluster().pd().members().transfer_leader(2), "");
  EXPECT_TRUE(client->run(client->refresh(KeyRange::all())));
  EXPECT_EQ(client->run(client->get("key")).value(), "value");
}

TEST_F(StrangeAnswersTest, RubbishFromAllMembersIsAnErrorThatSaysSo) {
  edit = [](std::string_view, std::string_view, rpc::UnaryAnswer& answer) { answer.message = "\xff\xff rubbish"; };
  make_client(simulation.client_options());
  const Result<void> met = core->connect();
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().kind(), ErrorKind::protocol_error);
  EXPECT_THAT(met.error().message(), HasSubstr("cannot be parsed"));
}

TEST_F(StrangeAnswersTest, WhoSharedAQuestionToPdHearsItsFailureAsItsOwn) {
  connect();
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method == "/pdpb.PD/GetRegion") answer.status.code = rpc::StatusCode::unavailable;
    if (method != "/pdpb.PD/GetMembers") return;
    wire::pdpb::GetMembersResponse members;
    ASSERT_TRUE(wire::decode(answer.message, members));
    wire::ensure(members.header).cluster_id = 42;  // its data was replaced
    answer.message = wire::encode(members);
  };
  std::optional<Result<std::optional<std::string>>> got;
  std::optional<Result<void>> put;
  client->spawn<std::optional<std::string>>(client->get("one"), [&](auto result) { got.emplace(std::move(result)); });
  client->spawn<void>(client->put("other", "1"), [&](auto result) { put.emplace(std::move(result)); });
  simulation.loop().run_for(seconds(1));
  ASSERT_TRUE(got && put);
  EXPECT_EQ(got->error().kind(), ErrorKind::cluster_id_mismatch);
  EXPECT_EQ(put->error().kind(), ErrorKind::cluster_id_mismatch);
  EXPECT_THAT(got->error().message(), HasSubstr("raw_get (operation 2): "));
  EXPECT_THAT(put->error().message(), HasSubstr("raw_put (operation 3): "));
  EXPECT_FALSE(got->error().attempts().empty()) << "the first one asked";
  EXPECT_TRUE(put->error().attempts().empty()) << "and the other one waited for it";
  EXPECT_FALSE(put->error().undetermined());
}

TEST_F(StrangeAnswersTest, AStaleCommandToldInWordsIsTriedAgain) {
  connect();
  say_once<wire::kvrpcpb::RawPutResponse>("/tikvpb.Tikv/RawPut", "RaftServer: stale command");
  EXPECT_TRUE(client->run(client->put("key", "1")));
  EXPECT_EQ(words_said, 2);
  EXPECT_EQ(client->run(client->get("key")).value(), "1");
}

TEST_F(StrangeAnswersTest, AStaleCommandToldInWordsLeavesAWriteInDoubtThatMayNotBeResent) {
  connect();
  say_once<wire::kvrpcpb::RawPutResponse>("/tikvpb.Tikv/RawPut", "RaftServer: stale command");
  const auto put = client->run(client->put("key", "1", {.resend = Resend::never}));
  ASSERT_FALSE(put);
  EXPECT_EQ(words_said, 1);
  EXPECT_TRUE(put.error().undetermined());
  EXPECT_THAT(put.error().message(), HasSubstr("stale command"));
}

TEST_F(StrangeAnswersTest, ARefusalInOtherWordsIsFinalAndCertain) {
  connect();
  say_once<wire::kvrpcpb::RawPutResponse>("/tikvpb.Tikv/RawPut", "the moon is in the wrong quarter");
  const auto put = client->run(client->put("key", "1"));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::server_error);
  EXPECT_FALSE(put.error().undetermined());
  EXPECT_THAT(put.error().message(), HasSubstr("the moon is in the wrong quarter"));
}

TEST_F(StrangeAnswersTest, AnAnswerOfAStoreThatIsNoMessageLeavesAWriteInDoubt) {
  connect();
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method.starts_with("/tikvpb.")) answer.message = "\xff\xff rubbish";
  };
  const auto put = client->run(client->put("key", "1"));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::protocol_error);
  EXPECT_TRUE(put.error().undetermined());
  const auto got = client->run(client->get("key"));
  EXPECT_EQ(got.error().kind(), ErrorKind::protocol_error);
  EXPECT_FALSE(got.error().undetermined());
}

void add(wire::kvrpcpb::RawScanResponse& response, const std::string& key) {
  response.kvs.emplace_back().key = key;
  response.kvs.rbegin()->value = "value";
}

TEST_F(StrangeAnswersTest, AScanThatGetsMorePairsThanItAskedForSaysSo) {
  connect();
  const Error error = scan_of([](auto& response) {
    for (int i = 0; i < 5000; ++i) add(response, "k" + std::to_string(100'000 + i));
  });
  EXPECT_EQ(error.kind(), ErrorKind::protocol_error);
  EXPECT_THAT(error.message(), HasSubstr("pairs and sent 5000"));
  EXPECT_EQ(words_said, 1);
}

TEST_F(StrangeAnswersTest, AScanThatGetsKeysOutsideItsRangeOrOutOfOrderSaysSo) {
  connect();
  for (const bool reverse : {false, true}) {
    for (const char* const key : {"a", "y", "z"}) {
      const Error error = scan_of([key](auto& response) { add(response, key); }, reverse);
      EXPECT_EQ(error.kind(), ErrorKind::protocol_error);
      EXPECT_THAT(error.message(), HasSubstr("outside the range"));
    }
    const Error error = scan_of(
        [](auto& response) {
          for (const char* const key : {"k", "k"}) add(response, key);
        },
        reverse);
    EXPECT_THAT(error.message(), HasSubstr("out of order"));
  }
}

// An answer that makes no sense is nobody's own: each may ask again, alone.
TEST_F(StrangeAnswersTest, WhoSharesAStreamWithRubbishAsksAgainAlone) {
  int spoilt = 0;
  edit_message = [&spoilt](std::string_view, std::string_view method, std::string& message) {
    if (!method.ends_with("BatchCommands") || spoilt == 0) return;
    --spoilt;
    message = "\xff\xff rubbish";
  };
  connect();
  ASSERT_TRUE(client->run(client->put("one", "1")));
  std::vector<Task<std::optional<std::string>>> gets;
  for (int i = 0; i < 5; ++i) gets.push_back(client->get("one"));
  std::vector<Task<void>> puts;
  for (int i = 0; i < 5; ++i) puts.push_back(client->put("two", "2"));
  std::vector<Task<void>> once;
  once.push_back(client->put("three", "3", {.resend = Resend::never}));
  spoilt = 1;
  std::optional<Result<std::vector<Result<void>>>> put;
  std::optional<Result<std::vector<Result<void>>>> put_once;
  client->spawn<std::vector<Result<void>>>(gather(std::move(puts)),
                                           [&](auto result) { put.emplace(std::move(result)); });
  client->spawn<std::vector<Result<void>>>(gather(std::move(once)),
                                           [&](auto result) { put_once.emplace(std::move(result)); });
  const auto got = client->run(gather(std::move(gets)));
  simulation.loop().run_for(seconds(1));
  EXPECT_EQ(spoilt, 0);
  for (const auto& each : got.value()) EXPECT_TRUE(each && *each == "1");
  ASSERT_TRUE(put && put_once);
  for (const auto& each : put->value()) EXPECT_TRUE(each);
  const Result<void>& only_once = put_once->value().front();
  ASSERT_FALSE(only_once);
  EXPECT_TRUE(only_once.error().undetermined());
  EXPECT_EQ(only_once.error().kind(), ErrorKind::protocol_error);
}

}  // namespace
}  // namespace tikv::region
