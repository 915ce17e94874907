#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hostile/memory_meter.h"
#include "support/edited_transport.h"
#include "testing/simulation.h"
#include "wire/kvrpcpb.h"
#include "wire/pdpb.h"

namespace tikv::hostile {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr std::size_t mebibyte = std::size_t{1} << 20;

/// What no text of a client may hold: it goes to logs and terminals.
[[nodiscard]] bool is_harmless(std::string_view text);
/// An error that can be shown: harmless, short, with as many attempts as are told.
void expect_presentable(const Error& error);
/// A text of so many bytes, valid UTF-8 as protobuf wants it, that would end the line, colour the terminal and turn the
/// text round.
[[nodiscard]] std::string nasty_text(std::size_t size = 200);

/// A client, in virtual time, of a cluster whose answers are changed on their way.
class HostileTest : public ::testing::Test {
 protected:
  HostileTest() : HostileTest(testing::SimulationOptions{}) {}
  explicit HostileTest(const testing::SimulationOptions& options) : simulation(without_manners(options)) {}

  /// The client, which has met the cluster while that was honest.
  void connect(std::size_t streams_per_store = 0);
  void make_client(ClientOptions options);

  /// Every answer of `method` is parsed, changed and sent instead.
  template <class Response>
  void change(std::string_view method, std::function<void(Response&)> with) {
    edit = [method, with = std::move(with)](std::string_view, std::string_view asked, rpc::UnaryAnswer& answer) {
      if (asked != method) return;
      Response response;
      ASSERT_TRUE(wire::decode(answer.message, response));
      with(response);
      answer.message = wire::encode(response);
    };
  }
  [[nodiscard]] std::uint64_t answers(std::string_view method) const {
    const auto found = answers_by_method.find(method);
    return found == answers_by_method.end() ? 0 : found->second;
  }
  template <class T>
  Result<T> run(Task<T> task) {
    const core::Time begin = simulation.loop().now();
    Result<T> result = client->run(std::move(task));
    took = std::chrono::duration_cast<milliseconds>(simulation.loop().now() - begin);
    if (!result) expect_presentable(result.error());
    return result;
  }

  /// What lies teach the client to ask for is no fault of its own.
  static testing::SimulationOptions without_manners(testing::SimulationOptions options) {
    options.complain = [](const std::string&) {};
    return options;
  }

  testing::Simulation simulation;
  test::EditedTransport::Edit edit;
  test::EditedTransport::EditMessage edit_message;
  std::map<std::string, std::uint64_t, std::less<>> answers_by_method;
  std::map<std::string, std::uint64_t, std::less<>> answers_by_address;
  milliseconds took{0};         ///< the last `run`
  MemoryMeter meter;            ///< begun anew when a changed answer is handed to the client
  std::size_t answer_size = 0;  ///< of the largest of them
  std::shared_ptr<detail::ClientCore> core;
  std::optional<AsyncRawClient> client;
};

}  // namespace tikv::hostile
