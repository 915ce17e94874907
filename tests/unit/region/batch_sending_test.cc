// When requests leave, with whom, and which never ride.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/region/batch_fixture.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using BatchSendingTest = BatchFixture;

TEST_F(BatchSendingTest, LoneRequestLeavesAtOnce) {
  RecordedCall call;
  get(call);
  const core::Time before = loop.now();
  loop.run_ready();
  EXPECT_EQ(loop.now(), before);
  ASSERT_THAT(transport.streams, SizeIs(1));
  EXPECT_EQ(stream().address, "store:1");
  ASSERT_THAT(stream().messages, SizeIs(1));
  EXPECT_EQ(stream().messages[0].requests[0].raw_get->key, "key");
  stream().answer({stream().id()}, "hello");
  EXPECT_EQ(call.told, 1);
  EXPECT_EQ(value_of(call), "hello");
  EXPECT_EQ(call.answer->delivery, Delivery::answered);
}

TEST_F(BatchSendingTest, RequestsOfOneTurnLeaveTogether) {
  std::vector<RecordedCall> calls(64);
  get_all(calls);
  ASSERT_THAT(stream().messages, SizeIs(1));
  EXPECT_EQ(stream().messages[0].requests.size(), 64);
  EXPECT_EQ(batch->stats().messages, 1u);
  EXPECT_EQ(batch->stats().requests, 64u);
}

TEST_F(BatchSendingTest, WhatQueuesBehindABusySocketLeavesTogetherAtMost128AMessage) {
  transport.busy = true;
  RecordedCall first;
  get(first);
  loop.run_ready();
  std::vector<RecordedCall> calls(300);
  for (RecordedCall& each : calls) {
    get(each);
    loop.run_ready();  // each in a turn of its own
  }
  ASSERT_THAT(stream().messages, SizeIs(1));
  stream().drain();
  ASSERT_THAT(stream().messages, SizeIs(4));
  EXPECT_EQ(stream().messages[1].requests.size(), 128);
  EXPECT_EQ(stream().messages[2].requests.size(), 128);
  EXPECT_EQ(stream().messages[3].requests.size(), 44);
}

TEST_F(BatchSendingTest, BodiesCloseAMessageAndWhatIsStagedIsBounded) {
  BatchOptions options;
  options.max_message_bytes = 1000;
  restart(options);
  transport.busy = true;
  std::vector<RecordedCall> calls(10);
  for (RecordedCall& each : calls) get(each, std::string(600, 'k'));
  loop.run_ready();
  ASSERT_THAT(stream().messages, SizeIs(1));
  EXPECT_EQ(stream().messages[0].requests.size(), 2);
  stream().drain();
  EXPECT_THAT(stream().messages, SizeIs(2));
}

TEST_F(BatchSendingTest, IdsAreNeverUsedTwiceNotEvenOnAnotherStream) {
  std::vector<RecordedCall> calls(3);
  get_all(calls);
  const std::uint64_t last = stream().id(2);
  EXPECT_LT(stream().id(0), stream().id(1));
  EXPECT_LT(stream().id(1), last);
  stream().end(lost());
  std::vector<RecordedCall> more(2);
  get_all(more);
  ASSERT_THAT(transport.streams, SizeIs(2));
  EXPECT_GT(stream(1).id(0), last);
}

TEST_F(BatchSendingTest, CommandsThatMustNotRideGoAlone) {
  for (const char* method : {"/tikvpb.Tikv/RawCompareAndSwap", "/tikvpb.Tikv/RawGetKeyTTL", "/tikvpb.Tikv/RawChecksum",
                             "/tikvpb.Tikv/Import", "/tikvpb.Tikv/KvPrewrite", "/pdpb.PD/GetRegion"}) {
    RecordedCall call;
    get(call, "key", start(method));
    loop.run_ready();
    ASSERT_FALSE(transport.calls.empty()) << method;
    EXPECT_EQ(transport.calls.back().start.method, method);
    EXPECT_FALSE(transport.calls.back().start.bulk);
    EXPECT_EQ(transport.calls.back().request, get_of("key"));
  }
  EXPECT_THAT(transport.streams, SizeIs(0));
}

TEST_F(BatchSendingTest, LargeRequestsAndThoseThatAskForItGoOverTheBulkConnection) {
  RecordedCall small;
  RecordedCall large;
  RecordedCall asks;
  small.call = batch->unary(start(), std::string(std::size_t{64} << 10, 's'), small);
  EXPECT_THAT(transport.calls, SizeIs(0));
  large.call = batch->unary(start(), std::string((std::size_t{64} << 10) + 1, 'l'), large);
  rpc::CallStart bulk = start();
  bulk.bulk = true;
  asks.call = batch->unary(bulk, get_of("key"), asks);
  ASSERT_THAT(transport.calls, SizeIs(2));
  EXPECT_TRUE(transport.calls[0].start.bulk);
  EXPECT_TRUE(transport.calls[1].start.bulk);
  EXPECT_EQ(batch->stats().alone, 2u);
}

TEST_F(BatchSendingTest, CallWithMetadataOfItsOwnGoesAlone) {
  RecordedCall call;
  rpc::CallStart how = start();
  how.metadata = {{"x-forward", "elsewhere"}};
  get(call, "key", how);
  EXPECT_THAT(transport.calls, SizeIs(1));
}

TEST_F(BatchSendingTest, StoresHaveStreamsOfTheirOwn) {
  RecordedCall first;
  RecordedCall second;
  get(first);
  rpc::CallStart elsewhere = start();
  elsewhere.address = "store:2";
  get(second, "key", elsewhere);
  loop.run_ready();
  ASSERT_THAT(transport.streams, SizeIs(2));
  EXPECT_EQ(stream(0).address, "store:1");
  EXPECT_EQ(stream(1).address, "store:2");
}

TEST_F(BatchSendingTest, SeveralStreamsTakeTurns) {
  BatchOptions options;
  options.streams_per_store = 3;
  restart(options);
  std::vector<RecordedCall> calls(7);
  get_all(calls);
  ASSERT_THAT(transport.streams, SizeIs(3));
  EXPECT_EQ(stream(0).messages[0].requests.size(), 3);
  EXPECT_EQ(stream(1).messages[0].requests.size(), 2);
  EXPECT_EQ(stream(2).messages[0].requests.size(), 2);
}

TEST_F(BatchSendingTest, WithoutStreamsEveryRequestGoesAlone) {
  BatchOptions options;
  options.streams_per_store = 0;
  restart(options);
  RecordedCall call;
  get(call);
  loop.run_ready();
  EXPECT_THAT(transport.calls, SizeIs(1));
  EXPECT_THAT(transport.streams, SizeIs(0));
}

TEST_F(BatchSendingTest, CancelledWhileQueuedNeverLeaves) {
  std::vector<RecordedCall> calls(3);
  for (RecordedCall& each : calls) get(each, std::to_string(&each - calls.data()));
  calls[1].call.reset();
  loop.run_ready();
  ASSERT_EQ(stream().messages[0].requests.size(), 2);
  EXPECT_EQ(stream().messages[0].requests[0].raw_get->key, "0");
  EXPECT_EQ(stream().messages[0].requests[1].raw_get->key, "2");
}

TEST_F(BatchSendingTest, TurnThatIsCancelledWhollyOpensNothing) {
  {
    RecordedCall call;
    get(call);
  }
  loop.run_ready();
  EXPECT_THAT(transport.streams, SizeIs(0));
}

TEST_F(BatchSendingTest, RequestOutOfTimeNeverLeaves) {
  RecordedCall call;
  rpc::CallStart how = start();
  how.deadline = loop.now();
  get(call, "key", how);
  RecordedCall other;
  get(other, "other");
  loop.run_ready();
  ASSERT_THAT(stream().messages, SizeIs(1));
  EXPECT_EQ(stream().messages[0].requests.size(), 1);
  ASSERT_EQ(call.told, 1);
  EXPECT_EQ(call.answer->status.code, rpc::StatusCode::deadline_exceeded);
  EXPECT_EQ(call.answer->delivery, Delivery::not_sent);
}

TEST_F(BatchSendingTest, DeliveryIsRightAtEachMoment) {
  transport.busy = true;
  RecordedCall call;
  get(call);
  EXPECT_EQ(call.call->delivery(), Delivery::not_sent);  // in our queue
  loop.run_ready();
  EXPECT_EQ(call.call->delivery(), Delivery::maybe_processed);  // staged in the transport: no way back
  stream().drain();
  EXPECT_EQ(call.call->delivery(), Delivery::maybe_processed);
  stream().answer({stream().id()});
  EXPECT_EQ(call.call->delivery(), Delivery::answered);
}

class BoundedBatchTest : public BatchFixture {
 protected:
  static BatchOptions bounded() {
    BatchOptions options;
    options.max_bytes_in_flight = 1000;
    return options;
  }
  BoundedBatchTest() : BatchFixture(bounded()) {}
};

TEST_F(BoundedBatchTest, AboveTheBoundRequestsWaitInOrder) {
  std::vector<RecordedCall> calls(4);
  get(calls[0], std::string(600, 'a'));
  get(calls[1], std::string(600, 'b'));
  get(calls[2], "small");                 // would fit, but does not overtake
  get(calls[3], std::string(5000, 'd'));  // larger than the bound: goes alone
  loop.run_ready();
  ASSERT_THAT(stream().messages, SizeIs(1));
  EXPECT_EQ(stream().messages[0].requests.size(), 1);
  stream().answer({stream().id()});
  loop.run_ready();
  ASSERT_THAT(stream().messages, SizeIs(2));
  EXPECT_EQ(stream().messages[1].requests.size(), 2);
  stream().answer({stream().id(0), stream().id(1)});
  loop.run_ready();
  ASSERT_THAT(stream().messages, SizeIs(3));
  EXPECT_THAT(stream().messages[2].requests[0].raw_get->key, SizeIs(5000));
}

TEST_F(BoundedBatchTest, WhoLeavesMakesRoom) {
  RecordedCall holder;
  RecordedCall blocked;
  RecordedCall behind;
  get(holder, std::string(900, 'a'));
  get(blocked, std::string(900, 'b'));
  get(behind, std::string(50, 'c'));
  loop.run_ready();
  blocked.call.reset();  // the one behind it fits
  loop.run_ready();
  EXPECT_THAT(stream().messages, SizeIs(2));
  RecordedCall again;
  get(again, std::string(900, 'd'));
  loop.run_ready();
  EXPECT_THAT(stream().messages, SizeIs(2));
  holder.call.reset();
  loop.run_ready();
  EXPECT_THAT(stream().messages, SizeIs(3));
}

TEST_F(BoundedBatchTest, DeadlineWhileWaitingForRoomSaysSo) {
  RecordedCall holder;
  RecordedCall blocked;
  get(holder, std::string(900, 'a'));
  rpc::CallStart how = start();
  how.deadline = loop.now() + 1s;
  get(blocked, std::string(900, 'b'), how);
  loop.run_for(1s);
  ASSERT_EQ(blocked.told, 1);
  EXPECT_EQ(blocked.answer->status.code, rpc::StatusCode::deadline_exceeded);
  EXPECT_THAT(blocked.answer->status.message, HasSubstr("room under the limit of bytes in flight to store:1"));
  EXPECT_EQ(blocked.answer->delivery, Delivery::not_sent);
  EXPECT_EQ(holder.told, 0);
}

TEST_F(BoundedBatchTest, BrokenStreamMakesRoomForThoseWhoWait) {
  RecordedCall holder;
  RecordedCall blocked;
  get(holder, std::string(900, 'a'));
  get(blocked, std::string(900, 'b'));
  loop.run_ready();
  stream().end(lost());
  EXPECT_EQ(holder.told, 1);
  EXPECT_EQ(blocked.told, 0);
  loop.run_ready();
  ASSERT_THAT(transport.streams, SizeIs(2));
  EXPECT_THAT(stream(1).messages, SizeIs(1));
}

}  // namespace
}  // namespace tikv::region
