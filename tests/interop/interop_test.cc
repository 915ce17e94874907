#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "interop/messages.pb.h"
#include "interop_client.h"
#include "interop_server.h"

// gRPC's interoperability tests (grpc/doc/interop-test-descriptions.md), their names and sizes, with
// our transport as the client and grpc-go as the server.

namespace tikv::interop {
namespace {

using rpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::string_view empty_call = "/grpc.testing.TestService/EmptyCall";
constexpr std::string_view unary_call = "/grpc.testing.TestService/UnaryCall";
constexpr std::string_view streaming_input_call = "/grpc.testing.TestService/StreamingInputCall";
constexpr std::string_view streaming_output_call = "/grpc.testing.TestService/StreamingOutputCall";
constexpr std::string_view full_duplex_call = "/grpc.testing.TestService/FullDuplexCall";

const std::vector<int> request_sizes = {27'182, 8, 1'828, 45'904};
const std::vector<int> response_sizes = {31'415, 9, 2'653, 58'979};

enum class Wire { plain, tls };

class InteropTest : public testing::TestWithParam<Wire> {
 protected:
  void SetUp() override {
    if (!InteropServer::available()) GTEST_SKIP() << "the interop server is not built: no Go here";
    server_ = std::make_unique<InteropServer>();
    connect({});
  }
  void connect(const rpc::TransportOptions& options) {
    client_.reset();
    if (GetParam() == Wire::plain) {
      client_ = std::make_unique<InteropClient>(server_->plain(), options);
    } else {
      client_ = std::make_unique<InteropClient>(server_->encrypted(), options, tls());
    }
  }
  [[nodiscard]] rpc::TlsOptions tls() const {
    rpc::TlsOptions options;
    options.ca_file = server_->certificates().ca();
    return options;
  }

  template <class Message>
  static Message parse(const std::string& bytes) {
    Message message;
    EXPECT_TRUE(message.ParseFromString(bytes));
    return message;
  }
  static std::string ping(int request_size, int response_size) {
    StreamingOutputCallRequest request;
    request.mutable_payload()->set_body(std::string(static_cast<std::size_t>(request_size), '\0'));
    request.add_response_parameters()->set_size(response_size);
    return request.SerializeAsString();
  }
  static int body_size(const std::string& answer) {
    return static_cast<int>(parse<StreamingOutputCallResponse>(answer).payload().body().size());
  }

  std::unique_ptr<InteropServer> server_;
  std::unique_ptr<InteropClient> client_;
};

TEST_P(InteropTest, EmptyUnary) {
  const auto answer = client_->unary(client_->start(empty_call), "");
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(answer.delivery, Delivery::answered);
  EXPECT_EQ(answer.message, "");
}

TEST_P(InteropTest, LargeUnary) {
  SimpleRequest request;
  request.set_response_size(314'159);
  request.mutable_payload()->set_body(std::string(271'828, '\0'));
  const auto answer = client_->unary(client_->start(unary_call), request.SerializeAsString());
  ASSERT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(parse<SimpleResponse>(answer.message).payload().body(), std::string(314'159, '\0'));
}

TEST_P(InteropTest, ClientStreaming) {
  StreamTalk talk;
  client_->open(talk, client_->start(streaming_input_call));
  client_->run([&] {
    for (const int size : request_sizes) {
      StreamingInputCallRequest request;
      request.mutable_payload()->set_body(std::string(static_cast<std::size_t>(size), '\0'));
      talk.stream->send(request.SerializeAsString());
    }
    talk.stream->finish_sending();
  });
  const auto end = client_->wait_for_end(talk);
  ASSERT_TRUE(end.status.ok()) << end.status.message;
  ASSERT_EQ(talk.messages.size(), 1U);
  EXPECT_EQ(parse<StreamingInputCallResponse>(talk.messages[0]).aggregated_payload_size(), 74'922);
}

TEST_P(InteropTest, ServerStreaming) {
  StreamingOutputCallRequest request;
  for (const int size : response_sizes) request.add_response_parameters()->set_size(size);
  StreamTalk talk;
  client_->open(talk, client_->start(streaming_output_call));
  client_->run([&] {
    talk.stream->send(request.SerializeAsString());
    talk.stream->finish_sending();
  });
  const auto end = client_->wait_for_end(talk);
  ASSERT_TRUE(end.status.ok()) << end.status.message;
  std::vector<int> sizes;
  for (const std::string& message : talk.messages) sizes.push_back(body_size(message));
  EXPECT_EQ(sizes, response_sizes);
}

TEST_P(InteropTest, PingPong) {
  StreamTalk talk;
  client_->open(talk, client_->start(full_duplex_call));
  for (std::size_t i = 0; i < request_sizes.size(); ++i) {
    client_->run([&] { talk.stream->send(ping(request_sizes[i], response_sizes[i])); });
    client_->wait([&] { return talk.count == i + 1 || talk.end; });
    ASSERT_FALSE(talk.end) << talk.end->status.message;
    EXPECT_EQ(body_size(talk.messages[i]), response_sizes[i]);
  }
  client_->run([&] { talk.stream->finish_sending(); });
  const auto end = client_->wait_for_end(talk);
  EXPECT_TRUE(end.status.ok()) << end.status.message;
  EXPECT_EQ(talk.count, 4U);
}

TEST_P(InteropTest, EmptyStream) {
  StreamTalk talk;
  client_->open(talk, client_->start(full_duplex_call));
  client_->run([&] { talk.stream->finish_sending(); });
  const auto end = client_->wait_for_end(talk);
  EXPECT_TRUE(end.status.ok()) << end.status.message;
  EXPECT_EQ(talk.count, 0U);
}

TEST_P(InteropTest, CancelAfterBegin) {
  StreamTalk talk;
  client_->open(talk, client_->start(streaming_input_call));
  client_->run([&] { talk.stream->cancel(); });
  EXPECT_EQ(client_->wait_for_end(talk).status.code, StatusCode::cancelled);
}

TEST_P(InteropTest, CancelAfterFirstResponse) {
  StreamTalk talk;
  talk.then = [&] { talk.stream->cancel(); };
  client_->open(talk, client_->start(full_duplex_call));
  client_->run([&] { talk.stream->send(ping(27'182, 31'415)); });
  EXPECT_EQ(client_->wait_for_end(talk).status.code, StatusCode::cancelled);
  EXPECT_EQ(talk.count, 1U);
  const auto answer = client_->unary(client_->start(empty_call), "");  // the connection lives on
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
}

TEST_P(InteropTest, TimeoutOnSleepingServer) {
  (void)client_->unary(client_->start(empty_call), "");  // connects: the timeout is for the server's sleep
  StreamingOutputCallRequest request;
  request.mutable_payload()->set_body(std::string(27'182, '\0'));
  ResponseParameters* late = request.add_response_parameters();
  late->set_size(1);
  late->set_interval_us(2'000'000);
  StreamTalk talk;
  client_->open(talk, client_->start(full_duplex_call, {}, std::chrono::milliseconds(1)));
  client_->run([&] {
    if (!talk.end) talk.stream->send(request.SerializeAsString());
  });
  EXPECT_EQ(client_->wait_for_end(talk).status.code, StatusCode::deadline_exceeded);
}

TEST_P(InteropTest, StatusCodeAndMessage) {
  SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message("test status message");
  const auto answer = client_->unary(client_->start(unary_call), request.SerializeAsString());
  EXPECT_EQ(answer.status.code, StatusCode::unknown);
  EXPECT_EQ(answer.status.message, "test status message");
  EXPECT_EQ(answer.status.failure, rpc::Failure::none);

  StreamingOutputCallRequest streamed;
  *streamed.mutable_response_status() = request.response_status();
  StreamTalk talk;
  client_->open(talk, client_->start(full_duplex_call));
  client_->run([&] {
    talk.stream->send(streamed.SerializeAsString());
    talk.stream->finish_sending();
  });
  const auto end = client_->wait_for_end(talk);
  EXPECT_EQ(end.status.code, StatusCode::unknown);
  EXPECT_EQ(end.status.message, "test status message");
}

TEST_P(InteropTest, SpecialStatusMessage) {
  const std::string message = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001F608\t\n";
  SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(message);
  const auto answer = client_->unary(client_->start(unary_call), request.SerializeAsString());
  EXPECT_EQ(answer.status.code, StatusCode::unknown);
  EXPECT_EQ(answer.status.message, message);
}

TEST_P(InteropTest, UnimplementedMethod) {
  const auto answer = client_->unary(client_->start("/grpc.testing.TestService/UnimplementedCall"), "");
  EXPECT_EQ(answer.status.code, StatusCode::unimplemented);
  EXPECT_EQ(answer.delivery, Delivery::answered);
}

TEST_P(InteropTest, UnimplementedService) {
  const auto answer = client_->unary(client_->start("/grpc.testing.UnimplementedService/UnimplementedCall"), "");
  EXPECT_EQ(answer.status.code, StatusCode::unimplemented);
  EXPECT_EQ(answer.delivery, Delivery::answered);
}

TEST_P(InteropTest, CustomMetadata) {
  const rpc::Metadata metadata = {{"x-grpc-test-echo-initial", "test_initial_metadata_value"},
                                  {"x-grpc-test-echo-trailing-bin", "\xab\xab\xab"}};
  SimpleRequest request;
  request.set_response_size(314'159);
  request.mutable_payload()->set_body(std::string(271'828, '\0'));
  const auto answer = client_->unary(client_->start(unary_call, metadata), request.SerializeAsString());
  ASSERT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_THAT(answer.initial, testing::Contains(Pair(metadata[0].first, metadata[0].second)));
  EXPECT_THAT(answer.trailing, testing::Contains(Pair(metadata[1].first, metadata[1].second)));

  StreamTalk talk;
  client_->open(talk, client_->start(full_duplex_call, metadata));
  client_->run([&] {
    talk.stream->send(ping(271'828, 314'159));
    talk.stream->finish_sending();
  });
  const auto end = client_->wait_for_end(talk);
  ASSERT_TRUE(end.status.ok()) << end.status.message;
  EXPECT_THAT(talk.initial, testing::Contains(Pair(metadata[0].first, metadata[0].second)));
  EXPECT_THAT(end.trailing, testing::Contains(Pair(metadata[1].first, metadata[1].second)));
}

constexpr int much = 100'000'000;

TEST_P(InteropTest, AHundredMegabytesThroughASmallWindow) {
  rpc::TransportOptions options;
  options.receive_window = 65'535;
  connect(options);
  StreamingOutputCallRequest request;
  for (int i = 0; i < 100; ++i) request.add_response_parameters()->set_size(much / 100);
  StreamTalk talk;
  talk.keeps_messages = false;
  client_->open(talk, client_->start(streaming_output_call));
  client_->run([&] {
    talk.stream->send(request.SerializeAsString());
    talk.stream->finish_sending();
  });
  const auto end = client_->wait_for_end(talk);
  ASSERT_TRUE(end.status.ok()) << end.status.message;
  EXPECT_EQ(talk.count, 100U);
  EXPECT_GT(talk.bytes, static_cast<std::size_t>(much));

  SimpleRequest whole;  // as one message, too
  whole.set_response_size(much);
  const auto answer = client_->unary(client_->start(unary_call), whole.SerializeAsString());
  ASSERT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_GT(answer.message.size(), static_cast<std::size_t>(much));
}

TEST_P(InteropTest, AHundredMegabytesSentToTheServersWindow) {
  SimpleRequest request;
  request.set_response_size(1);
  request.mutable_payload()->set_body(std::string(much, '\0'));
  rpc::TransportOptions options;
  options.max_bytes_in_flight = std::size_t{128} << 20;
  connect(options);
  const auto answer = client_->unary(client_->start(unary_call), request.SerializeAsString());
  ASSERT_TRUE(answer.status.ok()) << answer.status.message;
}

TEST_P(InteropTest, AnAnswerOverTheLimitEndsTheCallAlone) {
  rpc::TransportOptions options;
  options.max_answer_size = 100'000;
  connect(options);
  SimpleRequest request;
  request.set_response_size(100'001);
  const auto answer = client_->unary(client_->start(unary_call), request.SerializeAsString());
  EXPECT_EQ(answer.status.failure, rpc::Failure::answer_too_large);
  const auto next = client_->unary(client_->start(empty_call), "");
  EXPECT_TRUE(next.status.ok()) << next.status.message;
}

INSTANTIATE_TEST_SUITE_P(Wires, InteropTest, testing::Values(Wire::plain, Wire::tls),
                         [](const testing::TestParamInfo<Wire>& wire) {
                           return std::string(wire.param == Wire::plain ? "Plain" : "Tls");
                         });

class InteropTlsTest : public InteropTest {};

TEST_P(InteropTlsTest, AServerThatDemandsACertificateGetsOurs) {
  rpc::TlsOptions options = tls();
  options.certificate_file = server_->certificates().client().certificate;
  options.key_file = server_->certificates().client().key;
  InteropClient client(server_->certified(), {}, options);
  const auto answer = client.unary(client.start(empty_call), "");
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
}

TEST_P(InteropTlsTest, WithoutOurCertificateTheCallEndsWithTheReason) {
  InteropClient client(server_->certified(), {}, tls());
  const auto answer = client.unary(client.start(empty_call, {}, std::chrono::seconds(2)), "");
  EXPECT_FALSE(answer.status.ok());
  EXPECT_THAT(answer.status.message, HasSubstr("certificate required"));
}

TEST_P(InteropTlsTest, AnUnknownAuthorityEndsTheCallWithTheReason) {
  rpc::TlsOptions options;
  options.ca_file = server_->certificates().other_ca();
  InteropClient client(server_->encrypted(), {}, options);
  const auto answer = client.unary(client.start(empty_call, {}, std::chrono::seconds(2)), "");
  EXPECT_FALSE(answer.status.ok());
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
  EXPECT_THAT(answer.status.message, HasSubstr("unable to get local issuer certificate"));
}

TEST_P(InteropTlsTest, APlainClientAtATlsPortAndTheReverseEndWithTheReason) {
  InteropClient plain(server_->encrypted(), {});
  EXPECT_FALSE(plain.unary(plain.start(empty_call, {}, std::chrono::seconds(2)), "").status.ok());
  InteropClient encrypted(server_->plain(), {}, tls());
  const auto answer = encrypted.unary(encrypted.start(empty_call, {}, std::chrono::seconds(2)), "");
  EXPECT_FALSE(answer.status.ok());
  EXPECT_THAT(answer.status.message, HasSubstr("TLS"));
}

INSTANTIATE_TEST_SUITE_P(Wires, InteropTlsTest, testing::Values(Wire::tls),
                         [](const testing::TestParamInfo<Wire>&) { return std::string("Tls"); });

}  // namespace
}  // namespace tikv::interop
