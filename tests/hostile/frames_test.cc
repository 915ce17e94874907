// A peer that lies below the messages: HTTP/2 frames and headers without end.

#include "hostile/memory_meter.h"
#include "support/rpc/transport_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::rpc {
namespace {

using hostile::MemoryMeter;
using sim::RecordedCall;
using sim::RecordedStream;
using sim::ScriptedServer;
using sim::ServerCall;
using sim::ServerEvent;
using sim::TransportFixture;
using std::chrono::seconds;

constexpr std::size_t mebibyte = std::size_t{1} << 20;

std::string frame(unsigned char type, unsigned char flags, std::uint32_t stream, const std::string& body = {}) {
  std::string bytes;
  for (const std::size_t part : {body.size() >> 16, body.size() >> 8, body.size()}) bytes += static_cast<char>(part);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(stream >> shift);
  return bytes + body;
}

std::string many(const std::string& piece, int times) {
  std::string bytes;
  bytes.reserve(piece.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) bytes += piece;
  return bytes;
}

/// A call to a peer that sends `bytes` once the request is there: it ends by its deadline, and the memory
/// beside the bytes themselves is small.
UnaryAnswer answer_to_flood(const std::string& bytes) {
  TransportFixture net;
  net.serve([&](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event != ServerEvent::end) return;
    server.send_headers(call.id);
    server.flush();
    server.link().loop().post([&server, &bytes] { server.link().answer(bytes); });
  });
  const MemoryMeter meter;
  const UnaryAnswer answer = net.call_and_wait("x", net.start(seconds(2)));
  EXPECT_FALSE(answer.status.ok());
  EXPECT_LE(answer.status.message.size(), 2048U);
  EXPECT_LE(meter.peak(), 3 * bytes.size() + 8 * mebibyte);  // the simulated link holds the bytes twice itself
  return answer;
}

TEST(HostilePeer, AFloodOfPingsEndsTheConnection) {
  EXPECT_EQ(answer_to_flood(many(frame(6, 0, 0, "12345678"), 100'000)).status.failure, Failure::protocol);
}

TEST(HostilePeer, AFloodOfSettingsEndsTheConnection) {
  EXPECT_EQ(answer_to_flood(many(frame(4, 0, 0), 100'000)).status.failure, Failure::protocol);
}

TEST(HostilePeer, AFloodOfEmptyDataIsWaitedOutUntilTheDeadline) {
  EXPECT_EQ(answer_to_flood(many(frame(0, 0, 1), 100'000)).status.code, StatusCode::deadline_exceeded);
}

TEST(HostilePeer, AnAnswerToARequestThatWasNeverSentEndsTheConnection) {
  EXPECT_EQ(answer_to_flood(frame(0, 0, 77, "hello")).status.failure, Failure::protocol);
}

TEST(HostilePeer, GoawaysWithoutEndAreShownOnce) {
  std::string body(8, '\0');
  body[3] = 1;
  body += "\x1b[2J\n" + std::string(8000, 'x');
  answer_to_flood(many(frame(7, 0, 0, body), 1000));
}

TEST(HostilePeer, InformationalHeadersWithoutEndAreWaitedOutUntilTheDeadline) {
  TransportFixture net;
  net.serve([&](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event != ServerEvent::end) return;
    for (int i = 0; i < 20'000; ++i) server.send_informational(call.id, "103");
  });
  const MemoryMeter meter;
  EXPECT_EQ(net.call_and_wait("x", net.start(seconds(2))).status.code, StatusCode::deadline_exceeded);
  EXPECT_LE(meter.peak(), 16 * mebibyte);
}

TEST(HostilePeer, EmptyMessagesByTheMillionAreNotPiledUp) {
  TransportFixture net;
  net.serve([&](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event != ServerEvent::headers) return;
    server.send_headers(call.id);
    server.flush();
    server.link().loop().post([&server] {
      server.link().answer(many(frame(0, 0, 1, many(std::string(5, '\0'), 3000)), 1000));  // 15 MB
    });
  });
  struct Counter final : StreamHandler {
    void on_message(std::string) override { ++messages; }
    void on_end(StreamEnd) override { ended = true; }
    std::size_t messages = 0;
    bool ended = false;
  } counter;
  const std::unique_ptr<Stream> stream = net.transport->stream(net.start(), counter);
  stream->send("x");
  MemoryMeter meter;
  bool begun = false;
  net.wait_for([&] {
    if (!begun && counter.messages > 0) meter.begin();
    begun = begun || counter.messages > 0;
    return counter.messages == 3'000'000 || counter.ended;
  });
  EXPECT_EQ(counter.messages, 3'000'000U);
  hostile::tell_memory("EmptyMessagesByTheMillionAreNotPiledUp", 15 * mebibyte, meter.peak());
  EXPECT_LE(meter.peak(), 8 * mebibyte);
}

}  // namespace
}  // namespace tikv::rpc
