// Which answer reaches whom, and what is no answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/region/batch_fixture.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using BatchAnswersTest = BatchFixture;

TEST_F(BatchAnswersTest, AnswersAreMatchedByIdInAnyOrderAndGrouping) {
  std::vector<RecordedCall> calls(3);
  get_all(calls);
  stream().answer({stream().id(2)}, "two");
  EXPECT_EQ(calls[0].told + calls[1].told, 0);
  wire::tikvpb::BatchCommandsResponse both;
  both.request_ids.push_back(stream().id(1));
  wire::ensure(both.responses.emplace_back().raw_get).value = "one";
  both.request_ids.push_back(stream().id(0));
  wire::ensure(both.responses.emplace_back().raw_get).value = "zero";
  stream().say(both);
  EXPECT_EQ(value_of(calls[0]), "zero");
  EXPECT_EQ(value_of(calls[1]), "one");
  EXPECT_EQ(value_of(calls[2]), "two");
}

TEST_F(BatchAnswersTest, LateAnswerOfACancelledEntryReachesNobody) {
  RecordedCall first;
  get(first);
  loop.run_ready();
  const std::uint64_t id = stream().id();
  first.call.reset();
  RecordedCall second;
  get(second);
  loop.run_ready();
  stream().answer({id}, "late");
  EXPECT_EQ(first.told, 0);
  EXPECT_EQ(second.told, 0);
  EXPECT_EQ(batch->stats().unknown_answers, 1u);
  stream().answer({stream().id()}, "mine");
  EXPECT_EQ(value_of(second), "mine");
}

TEST_F(BatchAnswersTest, SecondAnswerToOneRequestIsDropped) {
  RecordedCall call;
  get(call);
  loop.run_ready();
  stream().answer({stream().id(), stream().id()}, "first");
  stream().answer({stream().id()}, "second");
  EXPECT_EQ(call.told, 1);
  EXPECT_EQ(value_of(call), "first");
  EXPECT_EQ(batch->stats().unknown_answers, 2u);
}

TEST_F(BatchAnswersTest, AnswerOnAnotherStreamReachesNobody) {
  BatchOptions options;
  options.streams_per_store = 2;
  restart(options);
  std::vector<RecordedCall> calls(2);
  get_all(calls);
  stream(1).answer({stream(0).id()}, "lost its way");
  EXPECT_EQ(calls[0].told + calls[1].told, 0);
}

TEST_F(BatchAnswersTest, EmptyAnswerIsNeverASuccess) {
  std::vector<RecordedCall> calls(2);
  get_all(calls);
  wire::tikvpb::BatchCommandsResponse response;
  response.request_ids.push_back(stream().id(0));
  response.responses.emplace_back();
  stream().say(response);
  ASSERT_EQ(calls[0].told, 1);
  EXPECT_EQ(calls[0].answer->status.code, rpc::StatusCode::internal);
  EXPECT_EQ(calls[0].answer->status.failure, rpc::Failure::none) << "another try may do better";
  EXPECT_EQ(calls[0].answer->delivery, Delivery::maybe_processed);
  EXPECT_THAT(calls[0].answer->status.message, HasSubstr("store:1 answered RawGet with nothing"));
  EXPECT_EQ(calls[1].told, 0);
  EXPECT_TRUE(stream().alive());
  EXPECT_EQ(batch->stats().empty_answers, 1u);
}

TEST_F(BatchAnswersTest, CommandThatGotAnEmptyAnswerGoesAloneFromThenOn) {
  RecordedCall call;
  get(call);
  loop.run_ready();
  wire::tikvpb::BatchCommandsResponse response;
  response.request_ids.push_back(stream().id());
  response.responses.emplace_back();
  stream().say(response);
  RecordedCall again;
  get(again);
  EXPECT_THAT(transport.calls, SizeIs(1));
  RecordedCall other;
  other.call = batch->unary(start("/tikvpb.Tikv/RawPut"), "", other);
  loop.run_ready();
  EXPECT_THAT(transport.calls, SizeIs(1));
  EXPECT_THAT(stream().messages, SizeIs(2));
  batch->forget("store:1");
  RecordedCall after;
  get(after);
  EXPECT_THAT(transport.calls, SizeIs(1));
}

TEST_F(BatchAnswersTest, AnswerToAnotherCommandIsNoSuccess) {
  RecordedCall call;
  get(call);
  loop.run_ready();
  wire::tikvpb::BatchCommandsResponse response;
  response.request_ids.push_back(stream().id());
  response.responses.emplace_back().raw_put.emplace();
  stream().say(response);
  ASSERT_EQ(call.told, 1);
  EXPECT_EQ(call.answer->status.failure, rpc::Failure::protocol);
  EXPECT_THAT(call.answer->status.message, HasSubstr("another command"));
}

TEST_F(BatchAnswersTest, MessageThatMakesNoSenseFailsAllAndEndsTheStream) {
  transport.busy = true;
  RecordedCall sent;
  RecordedCall queued;
  get(sent);
  loop.run_ready();
  stream().released = 1;
  get(queued);
  loop.run_ready();
  stream().handler->on_message("\x0a\xff");
  ASSERT_EQ(sent.told, 1);
  EXPECT_EQ(sent.answer->status.failure, rpc::Failure::shared_stream) << "whose fault it is nobody knows";
  EXPECT_EQ(sent.answer->delivery, Delivery::maybe_processed);
  ASSERT_EQ(queued.told, 1);
  EXPECT_EQ(queued.answer->delivery, Delivery::not_sent);
  EXPECT_FALSE(stream().alive());
  RecordedCall next;
  get(next);
  loop.run_ready();
  EXPECT_THAT(transport.streams, SizeIs(2));
}

TEST_F(BatchAnswersTest, MoreAnswersThanIdsMakeNoSense) {
  RecordedCall call;
  get(call);
  loop.run_ready();
  wire::tikvpb::BatchCommandsResponse response;
  response.request_ids.push_back(stream().id());
  wire::ensure(response.responses.emplace_back().raw_get).value = "whose?";
  wire::ensure(response.responses.emplace_back().raw_get).value = "whose?";
  stream().say(response);
  ASSERT_EQ(call.told, 1);
  EXPECT_EQ(call.answer->status.failure, rpc::Failure::shared_stream);
}

TEST_F(BatchAnswersTest, DeadlineOfOneEntryLeavesTheStreamAndTheOthersAlone) {
  RecordedCall patient;
  RecordedCall hasty;
  get(patient);
  rpc::CallStart how = start();
  how.deadline = loop.now() + 10ms;
  get(hasty, "key", how);
  loop.run_ready();
  loop.run_for(10ms);
  ASSERT_EQ(hasty.told, 1);
  EXPECT_EQ(hasty.answer->status.code, rpc::StatusCode::deadline_exceeded);
  EXPECT_EQ(hasty.answer->delivery, Delivery::maybe_processed);
  EXPECT_THAT(hasty.answer->status.message, HasSubstr("waiting for the answer of store:1"));
  EXPECT_TRUE(stream().alive());
  EXPECT_FALSE(stream().finished);
  stream().answer({stream().id(1)}, "too late");
  stream().answer({stream().id(0)}, "in time");
  EXPECT_EQ(hasty.told, 1);
  EXPECT_EQ(value_of(patient), "in time");
}

TEST_F(BatchAnswersTest, DeadlineInTheQueueSaysSoAndNothingWasSent) {
  transport.busy = true;
  RecordedCall first;
  get(first);
  loop.run_ready();
  RecordedCall queued;
  rpc::CallStart how = start();
  how.deadline = loop.now() + 10ms;
  get(queued, "key", how);
  loop.run_for(10ms);
  ASSERT_EQ(queued.told, 1);
  EXPECT_EQ(queued.answer->delivery, Delivery::not_sent);
  EXPECT_THAT(queued.answer->status.message, HasSubstr("stream to store:1 to take the request"));
  stream().drain();
  EXPECT_THAT(stream().messages, SizeIs(1));
}

TEST_F(BatchAnswersTest, HandlerMayDestroyItsCallAndOthersAndStartNewOnes) {
  std::vector<RecordedCall> calls(3);
  RecordedCall next;
  get_all(calls);
  calls[0].then = [&] {
    calls[0].call.reset();
    calls[1].call.reset();
    get(next, "next");
  };
  stream().answer({stream().id(0), stream().id(1), stream().id(2)});
  EXPECT_EQ(calls[0].told, 1);
  EXPECT_EQ(calls[1].told, 0);
  EXPECT_EQ(calls[2].told, 1);
  loop.run_ready();
  ASSERT_THAT(stream().messages, SizeIs(2));
  EXPECT_EQ(stream().messages[1].requests[0].raw_get->key, "next");
}

TEST_F(BatchAnswersTest, FeedbackOfTheStoreIsHandedOn) {
  std::vector<std::pair<std::string, BatchFeedback>> told;
  batch->set_listener(
      [&](std::string_view address, const BatchFeedback& feedback) { told.emplace_back(address, feedback); });
  RecordedCall call;
  get(call);
  loop.run_ready();
  stream().answer({});
  EXPECT_THAT(told, SizeIs(0));
  wire::tikvpb::BatchCommandsResponse response;
  wire::ensure(response.health_feedback).store_id = 4;
  wire::ensure(response.health_feedback).slow_score = 80;
  response.transport_layer_load = 250;
  stream().say(response);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].first, "store:1");
  EXPECT_EQ(told[0].second.store_id, 4u);
  EXPECT_EQ(told[0].second.slow_score, 80);
  EXPECT_EQ(told[0].second.transport_load, 250u);
}

TEST_F(BatchAnswersTest, StreamExpectsAnswersOnlyWhileSomebodyWaits) {
  std::vector<RecordedCall> calls(2);
  get_all(calls);
  EXPECT_TRUE(stream().expects_answer);
  stream().answer({stream().id(0)});
  EXPECT_TRUE(stream().expects_answer);
  calls[1].call.reset();
  EXPECT_FALSE(stream().expects_answer);
  RecordedCall next;
  get(next);
  loop.run_ready();
  EXPECT_TRUE(stream().expects_answer);
}

TEST_F(BatchAnswersTest, ThousandsInFlightGetTheirOwnAnswersInAnyOrderAndThoseThatLeaveGetNone) {
  std::vector<RecordedCall> calls(10'000);
  for (std::size_t i = 0; i < calls.size(); ++i) get(calls[i], std::to_string(i));
  loop.run_ready();
  std::vector<std::pair<std::uint64_t, std::string>> asked;
  for (const auto& message : stream().messages) {
    for (std::size_t i = 0; i < message.requests.size(); ++i) {
      asked.emplace_back(message.request_ids[i], message.requests[i].raw_get->key);
    }
  }
  ASSERT_THAT(asked, SizeIs(calls.size()));
  for (std::size_t i = 0; i < calls.size(); i += 3) calls[i].call.reset();
  std::reverse(asked.begin(), asked.end());
  for (const auto& [id, key] : asked) stream().answer({id}, "value of " + key);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_EQ(calls[i].told, i % 3 == 0 ? 0 : 1) << i;
    if (calls[i].told == 1) {
      ASSERT_EQ(value_of(calls[i]), "value of " + std::to_string(i));
    }
  }
}

}  // namespace
}  // namespace tikv::region
