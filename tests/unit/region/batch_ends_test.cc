// What becomes of the entries when a stream, a store or the client goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/region/batch_fixture.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using BatchEndsTest = BatchFixture;

const rpc::Status unknown_method{rpc::StatusCode::unimplemented, "unknown method", rpc::Failure::none};

TEST_F(BatchEndsTest, BrokenStreamFailsEveryEntryWithItsOwnDeliveryBeforeAnythingReconnects) {
  transport.busy = true;
  std::vector<RecordedCall> calls(3);
  get(calls[0]);
  loop.run_ready();
  stream().drain();  // with the kernel
  get(calls[1]);
  loop.run_ready();  // staged in the transport
  get(calls[2]);
  loop.run_ready();  // queued here
  ASSERT_THAT(stream().messages, SizeIs(2));
  std::vector<int> order;
  std::vector<RecordedCall> again(3);
  for (std::size_t i = 0; i < 3; ++i) {
    calls[i].then = [&, i] {
      order.push_back(static_cast<int>(i));
      EXPECT_THAT(transport.streams, SizeIs(1)) << "reconnected before all were told";
      get(again[i]);
    };
  }
  stream().end(lost());
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
  EXPECT_EQ(calls[0].answer->delivery, Delivery::maybe_processed);
  EXPECT_EQ(calls[1].answer->delivery, Delivery::not_sent);
  EXPECT_EQ(calls[2].answer->delivery, Delivery::not_sent);
  for (const RecordedCall& each : calls) {
    EXPECT_EQ(each.answer->status.code, rpc::StatusCode::unavailable);
    EXPECT_EQ(each.answer->status.failure, rpc::Failure::connection_lost);
    EXPECT_EQ(each.answer->status.message, "it broke");
  }
  loop.run_ready();
  ASSERT_THAT(transport.streams, SizeIs(2));
  EXPECT_EQ(stream(1).messages.at(0).requests.size(), 3);
}

TEST_F(BatchEndsTest, RefusedStreamRefusesItsEntries) {
  RecordedCall call;
  get(call);
  loop.run_ready();
  stream().refused = true;
  stream().end({rpc::StatusCode::unavailable, "REFUSED_STREAM", rpc::Failure::none});
  EXPECT_EQ(call.answer->delivery, Delivery::refused);
}

TEST_F(BatchEndsTest, StreamThatEndsWellLeavesItsEntriesInDoubt) {
  RecordedCall call;
  get(call);
  loop.run_ready();
  stream().end({});
  ASSERT_EQ(call.told, 1);
  EXPECT_EQ(call.answer->status.code, rpc::StatusCode::unavailable);
  EXPECT_EQ(call.answer->delivery, Delivery::maybe_processed);
  EXPECT_THAT(call.answer->status.message, HasSubstr("store:1 ended the BatchCommands stream"));
}

TEST_F(BatchEndsTest, WhoIsToldOfTheEndMayCancelTheOthers) {
  std::vector<RecordedCall> calls(3);
  get_all(calls);
  calls[0].then = [&] {
    for (RecordedCall& each : calls) each.call.reset();
  };
  stream().end(lost());
  EXPECT_EQ(calls[0].told, 1);
  EXPECT_EQ(calls[1].told + calls[2].told, 0);
}

TEST_F(BatchEndsTest, StoreWithoutBatchCommandsIsCalledOneByOne) {
  transport.busy = true;
  RecordedCall sent;
  get(sent, "sent");
  loop.run_ready();
  stream().released = 1;
  RecordedCall queued;
  get(queued, "queued");
  loop.run_ready();
  stream().end(unknown_method);
  EXPECT_EQ(sent.told + queued.told, 0);
  ASSERT_THAT(transport.calls, SizeIs(2));
  EXPECT_EQ(transport.calls[0].request, get_of("sent"));
  EXPECT_EQ(transport.calls[0].start.address, "store:1");
  EXPECT_EQ(transport.calls[0].start.method, "/tikvpb.Tikv/RawGet");
  EXPECT_EQ(transport.calls[0].start.deadline, loop.now() + 20s);
  EXPECT_EQ(transport.calls[1].request, get_of("queued"));
  EXPECT_EQ(sent.call->delivery(), Delivery::refused);  // the call's word
  rpc::UnaryAnswer answer;
  answer.delivery = Delivery::answered;
  transport.calls[0].handler->on_answer(answer);
  EXPECT_EQ(sent.told, 1);

  RecordedCall later;
  get(later, "later");
  loop.run_ready();
  EXPECT_THAT(transport.calls, SizeIs(3));
  EXPECT_THAT(transport.streams, SizeIs(1));
  batch->forget("store:1");
  RecordedCall after;
  get(after);
  loop.run_ready();
  EXPECT_THAT(transport.streams, SizeIs(2));
}

// It may have run them nevertheless: what may not be done twice goes by the rules for lost answers.
TEST_F(BatchEndsTest, SentWritesAreNotRepeatedForAStoreThatSaysItKnowsNoBatchCommands) {
  transport.busy = true;
  std::vector<RecordedCall> writes(4);
  const std::string_view methods[] = {"/tikvpb.Tikv/RawPut", "/tikvpb.Tikv/RawBatchPut", "/tikvpb.Tikv/RawDeleteRange"};
  for (std::size_t i = 0; i < 3; ++i) writes[i].call = batch->unary(start(methods[i]), "", writes[i]);
  RecordedCall read;
  read.call = batch->unary(start("/tikvpb.Tikv/RawScan"), "", read);
  loop.run_ready();
  stream().released = 1;
  writes[3].call = batch->unary(start("/tikvpb.Tikv/RawPut"), "", writes[3]);
  loop.run_ready();
  stream().end(unknown_method);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(writes[i].told, 1) << i;
    EXPECT_EQ(writes[i].answer->delivery, Delivery::maybe_processed) << i;
    EXPECT_EQ(writes[i].answer->status.failure, rpc::Failure::shared_stream) << i;
  }
  EXPECT_EQ(read.told + writes[3].told, 0);
  ASSERT_THAT(transport.calls, SizeIs(2));
  EXPECT_EQ(transport.calls[0].start.method, "/tikvpb.Tikv/RawScan");
  EXPECT_EQ(transport.calls[1].start.method, "/tikvpb.Tikv/RawPut") << "that one was never sent";
}

TEST_F(BatchEndsTest, ThoseWhoShareAStreamWhosePeerBreaksTheRulesGetAnotherTry) {
  for (const rpc::Failure failure : {rpc::Failure::protocol, rpc::Failure::answer_too_large}) {
    RecordedCall call;
    get(call);
    loop.run_ready();
    transport.streams.back()->end({rpc::StatusCode::internal, "what nonsense", failure});
    ASSERT_EQ(call.told, 1);
    EXPECT_EQ(call.answer->status.failure, rpc::Failure::shared_stream);
    EXPECT_EQ(call.answer->status.message, "what nonsense");
  }
}

TEST_F(BatchEndsTest, ThoseWhoWaitForRoomAtAStoreWithoutBatchCommandsGoToo) {
  BatchOptions options;
  options.max_bytes_in_flight = 100;
  restart(options);
  std::vector<RecordedCall> calls(3);
  for (RecordedCall& each : calls) get(each, std::string(80, 'k'));
  loop.run_ready();
  stream().end(unknown_method);
  EXPECT_THAT(transport.calls, SizeIs(3));
  loop.run_ready();
  EXPECT_THAT(transport.streams, SizeIs(1));
}

TEST_F(BatchEndsTest, StoreThatHasAnsweredOnAStreamKnowsBatchCommands) {
  std::vector<RecordedCall> calls(2);
  get_all(calls);
  stream().answer({stream().id(0)});
  stream().end(unknown_method);
  ASSERT_EQ(calls[1].told, 1);
  EXPECT_EQ(calls[1].answer->status.code, rpc::StatusCode::unimplemented);
  EXPECT_EQ(calls[1].answer->status.failure, rpc::Failure::shared_stream) << "it proves nothing of what was sent";
  EXPECT_EQ(calls[1].answer->delivery, Delivery::maybe_processed);
  EXPECT_THAT(transport.calls, SizeIs(0));
}

TEST_F(BatchEndsTest, ForgottenStoreGetsANewStreamAndTheOldOneFinishes) {
  std::vector<RecordedCall> calls(2);
  get_all(calls);
  RecordedCall queued;
  get(queued, "queued");
  batch->forget("store:1");
  EXPECT_THAT(transport.forgotten, ElementsAre("store:1"));
  loop.run_ready();
  ASSERT_THAT(transport.streams, SizeIs(2));
  EXPECT_EQ(stream(1).messages.at(0).requests[0].raw_get->key, "queued");
  stream(0).answer({stream(0).id(0)}, "old");
  EXPECT_EQ(value_of(calls[0]), "old");
  EXPECT_FALSE(stream(0).finished);
  stream(0).answer({stream(0).id(1)}, "last");
  EXPECT_TRUE(stream(0).finished);
  stream(0).end({});
  stream(1).answer({stream(1).id()}, "new");
  EXPECT_EQ(value_of(queued), "new");
  batch->forget("nobody:1");
}

TEST_F(BatchEndsTest, StoreThatIsGoingAwayGetsNothingNew) {
  transport.busy = true;
  RecordedCall staged;
  RecordedCall queued;
  get(staged);
  loop.run_ready();
  get(queued, "queued");
  loop.run_ready();
  transport.busy = false;
  stream().handler->on_going_away();
  loop.run_ready();
  ASSERT_THAT(transport.streams, SizeIs(2));
  EXPECT_EQ(stream(1).messages.at(0).requests[0].raw_get->key, "queued");
  stream(0).drain();
  stream(0).answer({stream(0).id()}, "served to the end");
  EXPECT_EQ(value_of(staged), "served to the end");
  EXPECT_TRUE(stream(0).finished);
}

TEST_F(BatchEndsTest, FinishedStreamWhosePeerDoesNotEndIsDropped) {
  RecordedCall call;
  get(call);
  loop.run_ready();
  stream().answer({stream().id()});
  batch->forget("store:1");
  EXPECT_TRUE(stream().finished);
  loop.run_for(9s);
  EXPECT_TRUE(stream().alive());
  loop.run_for(2s);
  EXPECT_FALSE(stream().alive());
  EXPECT_EQ(loop.pending(), 0u);
}

TEST_F(BatchEndsTest, UnusedStreamIsFinishedAndABusyOneIsNot) {
  RecordedCall call;
  rpc::CallStart endless = start();
  endless.deadline = core::never;
  get(call, "key", endless);
  loop.run_for(10min);
  EXPECT_FALSE(stream().finished);
  stream().answer({stream().id()});
  loop.run_for(3min);
  EXPECT_TRUE(stream().finished);
  stream().end({});
  EXPECT_EQ(loop.pending(), 0u);
  RecordedCall next;
  get(next);
  loop.run_ready();
  EXPECT_THAT(transport.streams, SizeIs(2));
}

TEST_F(BatchEndsTest, StreamInUseNowAndThenStays) {
  for (int i = 0; i < 10; ++i) {
    RecordedCall call;
    get(call);
    loop.run_ready();
    stream().answer({stream().id()});
    loop.run_for(1min);
  }
  EXPECT_THAT(transport.streams, SizeIs(1));
  EXPECT_FALSE(stream().finished);
}

TEST_F(BatchEndsTest, CloseTellsEverybodyOnceInALaterTurn) {
  BatchOptions options;
  options.max_bytes_in_flight = 100;
  restart(options);
  std::vector<RecordedCall> calls(3);
  get(calls[0], std::string(60, 'a'));
  loop.run_ready();
  get(calls[1], "queued");
  get(calls[2], std::string(60, 'c'));  // waits for room
  batch->close();
  for (const RecordedCall& each : calls) EXPECT_EQ(each.told, 0);
  EXPECT_FALSE(stream().alive());
  loop.run_ready();
  for (const RecordedCall& each : calls) {
    ASSERT_EQ(each.told, 1);
    EXPECT_EQ(each.answer->status.failure, rpc::Failure::closed);
  }
  EXPECT_EQ(calls[0].answer->delivery, Delivery::maybe_processed);
  EXPECT_EQ(calls[1].answer->delivery, Delivery::not_sent);
  EXPECT_EQ(calls[2].answer->delivery, Delivery::not_sent);
  RecordedCall late;
  get(late);
  loop.run_ready();
  ASSERT_EQ(late.told, 1);
  EXPECT_EQ(late.answer->status.failure, rpc::Failure::closed);
  EXPECT_EQ(late.answer->delivery, Delivery::not_sent);
  EXPECT_EQ(loop.pending(), 0u);
}

TEST_F(BatchEndsTest, CallsMayOutliveTheClientOrDieBeforeTheyAreTold) {
  std::vector<RecordedCall> calls(3);
  get_all(calls);
  get(calls[2], "queued");
  batch.reset();
  EXPECT_EQ(calls[0].call->delivery(), Delivery::maybe_processed);
  calls[1].call.reset();
  loop.run_ready();
  EXPECT_EQ(calls[0].told, 1);
  EXPECT_EQ(calls[1].told, 0);
  EXPECT_EQ(calls[2].told, 1);
  EXPECT_EQ(calls[0].answer->status.failure, rpc::Failure::closed);
}

TEST_F(BatchEndsTest, ClientMayBeDestroyedByWhoIsAnswered) {
  std::vector<RecordedCall> calls(3);
  get_all(calls);
  const std::uint64_t ids[] = {stream().id(0), stream().id(1), stream().id(2)};
  calls[0].then = [&] { batch.reset(); };
  stream().answer({ids[0], ids[1], ids[2]});
  EXPECT_EQ(value_of(calls[0]), "value");
  loop.run_ready();
  EXPECT_EQ(calls[1].told, 1);
  EXPECT_EQ(calls[2].answer->status.failure, rpc::Failure::closed);
  EXPECT_FALSE(stream().alive());
}

TEST_F(BatchEndsTest, ClientMayBeDestroyedByWhoIsToldOfTheEnd) {
  std::vector<RecordedCall> calls(3);
  get_all(calls);
  calls[0].then = [&] { batch.reset(); };
  stream().end(lost());
  loop.run_ready();
  for (const RecordedCall& each : calls) EXPECT_EQ(each.told, 1);
}

TEST_F(BatchEndsTest, ClientMayBeDestroyedByWhoRunsOutOfTime) {
  std::vector<RecordedCall> calls(2);
  get_all(calls);
  calls[0].then = [&] { batch.reset(); };
  loop.run_for(20s);
  loop.run_ready();
  EXPECT_EQ(calls[0].answer->status.code, rpc::StatusCode::deadline_exceeded);
  EXPECT_EQ(calls[1].told, 1);
}

}  // namespace
}  // namespace tikv::region
