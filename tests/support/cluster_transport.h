#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/loop.h"
#include "rpc/transport.h"
#include "testing/cluster_model.h"

namespace tikv::test {

/// What becomes of one message to a node.
enum class Fate {
  deliver,         ///< it arrives, and so does its answer
  not_sent,        ///< the connection breaks while it is still staged here
  refused,         ///< the server resets the stream without doing anything
  cannot_connect,  ///< nobody listens
  lost_request,    ///< the connection breaks; the server never saw it
  lost_answer,     ///< the server does it; the connection breaks before the answer comes
  unavailable,     ///< the server does it, and a status UNAVAILABLE comes in place of the answer
  silence,         ///< the server never saw it, and nothing ever comes
  silent_answer,   ///< the server does it, and nothing ever comes
};

/// The name of a fate, for the names of tests.
[[nodiscard]] std::string to_string(Fate fate);

/// One unary call, as a plan of faults sees it.
struct CallSeen {
  std::string_view address;
  std::string_view method;
  std::uint64_t number;  ///< of all calls of this transport, from 0
};

/// A transport that hands messages to a cluster model in virtual time, as bytes, after a while.
class ClusterTransport final : public rpc::Transport {
 public:
  ClusterTransport(core::Loop& loop, testing::ClusterModel& cluster) : loop_(loop), cluster_(cluster) {}
  ~ClusterTransport() override;

  [[nodiscard]] std::unique_ptr<rpc::Call> unary(rpc::CallStart start, std::string request,
                                                 rpc::UnaryHandler& handler) override;
  [[nodiscard]] std::unique_ptr<rpc::Stream> stream(rpc::CallStart start, rpc::StreamHandler& handler) override;
  void forget(std::string_view address) override { forgotten.emplace(address); }
  void close() override;

  /// Decides the fate of each call when it is sent; null: all are delivered.
  std::function<Fate(const CallSeen&)> fate;
  /// How long a message takes, one way.
  core::Duration latency = std::chrono::microseconds(100);
  std::uint64_t calls = 0;
  std::map<std::string, std::uint64_t, std::less<>> calls_by_method;
  std::set<std::string> forgotten;
  /// Calls and streams that are alive.
  std::size_t alive = 0;

 private:
  class SimCall;
  class SimStream;
  void after(core::Duration duration, std::function<void()> then);

  core::Loop& loop_;
  testing::ClusterModel& cluster_;
  std::set<SimCall*> open_calls_;
  std::set<SimStream*> open_streams_;
  std::list<std::unique_ptr<core::Timer>> timers_;
  bool closed_ = false;
};

}  // namespace tikv::test
