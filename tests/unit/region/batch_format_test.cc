#include "region/batch_format.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <random>

#include "judge/tikvpb.pb.h"

namespace tikv::region {
namespace {

namespace tikvpb = judge::tikvpb;

struct Named {
  const char* method;
  std::uint32_t number;
};

TEST(BatchFormatTest, CommandsThatMayRideAreThoseOfTheProtocol) {
  using Request = tikvpb::BatchCommandsRequest::Request;
  const Named riding[] = {
      {"RawGet", Request::kRawGet},
      {"RawBatchGet", Request::kRawBatchGet},
      {"RawPut", Request::kRawPut},
      {"RawBatchPut", Request::kRawBatchPut},
      {"RawDelete", Request::kRawDelete},
      {"RawBatchDelete", Request::kRawBatchDelete},
      {"RawScan", Request::kRawScan},
      {"RawDeleteRange", Request::kRawDeleteRange},
      {"RawBatchScan", Request::kRawBatchScan},
  };
  for (const Named& each : riding) {
    EXPECT_EQ(batch_command_of(std::string("/tikvpb.Tikv/") + each.method), each.number) << each.method;
    EXPECT_EQ(batch_command_name(each.number), each.method);
  }
}

TEST(BatchFormatTest, OthersNeverRide) {
  for (const char* method : {"RawCompareAndSwap", "RawGetKeyTTL", "RawChecksum", "BatchCommands", "Empty", "Import",
                             "KvGet", "RawGe", "RawGetX", "", "rawget"}) {
    EXPECT_EQ(batch_command_of(std::string("/tikvpb.Tikv/") + method), 0u) << method;
  }
  EXPECT_EQ(batch_command_of("/pdpb.PD/RawGet"), 0u);
  EXPECT_EQ(batch_command_of("RawGet"), 0u);
  EXPECT_EQ(batch_command_of(""), 0u);
  EXPECT_EQ(batch_command_name(4), "");  // Import: TiKV dies of it
}

TEST(BatchFormatTest, ProtobufReadsWhatIsWritten) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 16'000U, 20'000U, 3'000'000U}) {
    judge::kvrpcpb::RawPutRequest put;
    put.set_key("key");
    put.set_value(std::string(size, 'v'));
    judge::kvrpcpb::RawGetRequest get;
    get.set_key("other");
    const std::string put_bytes = put.SerializeAsString();
    const std::string get_bytes = get.SerializeAsString();
    const std::string message = encode_batch({{7, 15, put_bytes}, {1ULL << 40, 13, get_bytes}, {300, 13, ""}});

    tikvpb::BatchCommandsRequest read;
    ASSERT_TRUE(read.ParseFromString(message)) << size;
    ASSERT_EQ(read.requests_size(), 3);
    EXPECT_EQ(read.requests(0).rawput().value(), put.value());
    EXPECT_EQ(read.requests(1).rawget().key(), "other");
    EXPECT_TRUE(read.requests(2).has_rawget());
    EXPECT_THAT(read.request_ids(), ::testing::ElementsAre(7, 1ULL << 40, 300));
    EXPECT_EQ(read.SerializeAsString(), message);  // byte for byte what protobuf writes
  }
}

tikvpb::BatchCommandsResponse answers_of_protobuf() {
  tikvpb::BatchCommandsResponse response;
  response.add_responses()->mutable_rawget()->set_value("value");
  response.add_request_ids(5);
  response.add_responses()->mutable_rawput();
  response.add_request_ids(1ULL << 63);
  response.add_responses();
  response.add_request_ids(0);
  response.set_transport_layer_load(81);
  response.mutable_health_feedback()->set_store_id(3);
  response.mutable_health_feedback()->set_feedback_seq_no(9);
  response.mutable_health_feedback()->set_slow_score(42);
  return response;
}

TEST(BatchFormatTest, ReadsWhatProtobufWrites) {
  const tikvpb::BatchCommandsResponse response = answers_of_protobuf();
  std::vector<BatchedAnswer> answers;
  BatchFeedback feedback;
  const std::string message = response.SerializeAsString();
  ASSERT_TRUE(decode_batch(message, answers, feedback));
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0].id, 5u);
  EXPECT_EQ(answers[0].command, 13u);
  EXPECT_EQ(answers[0].body, response.responses(0).rawget().SerializeAsString());
  EXPECT_EQ(answers[1].id, 1ULL << 63);
  EXPECT_EQ(answers[1].command, 15u);
  EXPECT_EQ(answers[1].body, "");
  EXPECT_EQ(answers[2].id, 0u);
  EXPECT_EQ(answers[2].command, 0u);
  EXPECT_EQ(feedback.transport_load, 81u);
  EXPECT_TRUE(feedback.has_health);
  EXPECT_EQ(feedback.store_id, 3u);
  EXPECT_EQ(feedback.sequence, 9u);
  EXPECT_EQ(feedback.slow_score, 42);
}

TEST(BatchFormatTest, IdsMayComeUnpackedAndFirst) {
  // ids 5 and 300 one by one, then an answer each: RawGet with nothing in it, RawPut with nothing
  const std::string message("\x10\x05\x10\xac\x02\x0a\x02\x6a\x00\x0a\x02\x7a\x00", 13);
  tikvpb::BatchCommandsResponse peer;
  ASSERT_TRUE(peer.ParseFromString(message));
  std::vector<BatchedAnswer> answers;
  BatchFeedback feedback;
  ASSERT_TRUE(decode_batch(message, answers, feedback));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].id, 5u);
  EXPECT_EQ(answers[0].command, 13u);
  EXPECT_EQ(answers[1].id, 300u);
  EXPECT_EQ(answers[1].command, 15u);
  EXPECT_FALSE(feedback.has_health);
}

TEST(BatchFormatTest, FieldsThatNobodyKnowsAreSkipped) {
  tikvpb::BatchCommandsResponse response;
  response.add_responses()->mutable_rawget()->set_value("v");
  response.add_request_ids(1);
  const std::string unknown(
      "\xa0\x06\x01\xa2\x06\x02hi\xa5\x06\x01\x02\x03\x04\xa1\x06\x01\x02\x03\x04\x05\x06\x07\x08", 24);
  std::vector<BatchedAnswer> answers;
  BatchFeedback feedback;
  const std::string message = unknown + response.SerializeAsString() + unknown;
  ASSERT_TRUE(decode_batch(message, answers, feedback));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command, 13u);
}

TEST(BatchFormatTest, AnswerOfTwoKindsIsOfNone) {
  // one Response with RawGet and RawPut in it
  const std::string message("\x0a\x04\x6a\x00\x7a\x00\x12\x01\x07", 9);
  std::vector<BatchedAnswer> answers;
  BatchFeedback feedback;
  ASSERT_TRUE(decode_batch(message, answers, feedback));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 7u);
  EXPECT_EQ(answers[0].command, 0u);
}

TEST(BatchFormatTest, AnswersAndIdsMustPairUp) {
  std::vector<BatchedAnswer> answers;
  BatchFeedback feedback;
  tikvpb::BatchCommandsResponse response = answers_of_protobuf();
  response.add_request_ids(77);
  EXPECT_FALSE(decode_batch(response.SerializeAsString(), answers, feedback));
  response.add_responses();
  EXPECT_TRUE(decode_batch(response.SerializeAsString(), answers, feedback));
  response.add_responses();
  EXPECT_FALSE(decode_batch(response.SerializeAsString(), answers, feedback));
  EXPECT_TRUE(decode_batch("", answers, feedback));
  EXPECT_TRUE(answers.empty());
}

TEST(BatchFormatTest, MessageOfNothingButIdsDoesNotFillTheMemory) {
  std::string message("\x12\x80\x80\x80\x02", 5);  // 4 MiB of ids, packed
  message.append(std::size_t{4} << 20, '\x01');
  std::vector<BatchedAnswer> answers;
  BatchFeedback feedback;
  EXPECT_FALSE(decode_batch(message, answers, feedback));
  EXPECT_LE(answers.size(), std::size_t{1} << 20);
}

TEST(BatchFormatTest, CutOffMessagesAreRefusedOrShorter) {
  const std::string whole = answers_of_protobuf().SerializeAsString();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string message = whole.substr(0, size);
    std::vector<BatchedAnswer> answers;
    BatchFeedback feedback;
    const bool understood = decode_batch(message, answers, feedback);
    tikvpb::BatchCommandsResponse peer;
    const bool peer_understood = peer.ParseFromString(message) && peer.responses_size() == peer.request_ids_size();
    EXPECT_EQ(understood, peer_understood) << size;
  }
}

/// Whatever protobuf takes for a message of pairs, so do we, and find the same in it.
void expect_same_as_protobuf(const std::string& message) {
  std::vector<BatchedAnswer> answers;
  BatchFeedback feedback;
  const bool understood = decode_batch(message, answers, feedback);
  tikvpb::BatchCommandsResponse peer;
  if (!peer.ParseFromString(message) || peer.responses_size() != peer.request_ids_size()) return;
  if (!understood) {
    // Groups are the one thing that protobuf skips and we do not.
    EXPECT_THAT(message,
                ::testing::ContainsRegex("[\x03\x0b\x13\x1b\x23\x2b\x33\x3b\x43\x4b\x53\x5b\x63\x6b\x73\x7b]"));
    return;
  }
  ASSERT_EQ(answers.size(), static_cast<std::size_t>(peer.responses_size()));
  for (int i = 0; i < peer.responses_size(); ++i) {
    const BatchedAnswer& answer = answers[static_cast<std::size_t>(i)];
    EXPECT_EQ(answer.id, peer.request_ids(i));
    if (answer.command != 0 && !batch_command_name(answer.command).empty()) {
      EXPECT_EQ(static_cast<std::uint32_t>(peer.responses(i).cmd_case()), answer.command);
    }
  }
}

TEST(BatchFormatTest, RandomAndDamagedMessagesNeverCrash) {
  const google::protobuf::LogSilencer quiet;
  std::mt19937 random(20261124);
  const std::string whole = answers_of_protobuf().SerializeAsString();
  for (int round = 0; round < 20'000; ++round) {
    std::string message = round % 2 == 0 ? whole : std::string(random() % 40, '\0');
    const std::size_t damages = round % 2 == 0 ? 1 + random() % 3 : message.size();
    for (std::size_t i = 0; i < damages && !message.empty(); ++i) {
      message[random() % message.size()] = static_cast<char>(random() % 256);
    }
    expect_same_as_protobuf(message);
  }
}

}  // namespace
}  // namespace tikv::region
