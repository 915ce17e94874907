#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "testing/simulation.h"

namespace tikv::test {

/// What becomes of one call: the ways that tests name.
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

/// A unary call, a message of commands, or the opening of another stream.
struct CallSeen {
  std::string_view address;
  std::string_view method;
  std::uint64_t number;  ///< of all calls, from 0
};

/// The name of a fate, for the names of tests.
inline std::string to_string(Fate fate) {
  static constexpr const char* names[] = {"Deliver",    "NotSent",     "Refused", "CannotConnect", "LostRequest",
                                          "LostAnswer", "Unavailable", "Silence", "SilentAnswer"};
  return names[static_cast<std::size_t>(fate)];
}

/// A plan of faults as a function, that counts calls.
class CallFaults final : public testing::FaultPlan {
 public:
  testing::Fate fate(const testing::MessageSeen& message) override {
    // The opening of a stream, or a message of commands on one, counts as a call; answers do not.
    const bool commands = message.method == "/tikvpb.Tikv/BatchCommands";
    if (message.to_client || (message.stream && message.opens == commands)) return {};
    ++calls_by_method[std::string(message.method)];
    const CallSeen seen{message.address, message.method, calls++};
    return spelled_out(decide ? decide(seen) : Fate::deliver);
  }

  /// Decides the fate of each call; null: all are delivered.
  std::function<Fate(const CallSeen&)> decide;
  std::uint64_t calls = 0;
  std::map<std::string, std::uint64_t, std::less<>> calls_by_method;

 private:
  static testing::Fate spelled_out(Fate short_form) {
    using Travel = testing::Fate::Travel;
    using Seen = testing::Fate::Seen;
    static const testing::Fate table[] = {
        {},
        {Travel::not_sent, Seen::answer, {}, {}},
        {Travel::refused, Seen::answer, {}, {}},
        {Travel::cannot_connect, Seen::answer, {}, {}},
        {Travel::lost, Seen::reset, {}, {}},
        {Travel::delivered, Seen::reset, {}, {}},
        {Travel::delivered, Seen::status, rpc::StatusCode::unavailable, {}},
        {Travel::lost, Seen::silence, {}, {}},
        {Travel::delivered, Seen::silence, {}, {}},
    };
    return table[static_cast<std::size_t>(short_form)];
  }
};

/// A cluster and a client of it in virtual time, on one thread.
class SimulatedClient {
 public:
  explicit SimulatedClient(const testing::ClusterOptions& cluster_options = {}, std::uint64_t seed = 1)
      : simulation({.seed = seed, .cluster = cluster_options}),
        loop(&simulation.loop()),
        cluster(simulation.cluster()),
        options(simulation.client_options()) {
    simulation.network().set_plan(&faults);
    simulation.network().set_latency({std::chrono::microseconds(100), std::chrono::microseconds(100)});
  }

  /// Makes the client and meets the cluster.
  Result<void> connect() {
    testing::SimClient& made = simulation.add_client(options);
    core = made.core();
    client.emplace(made.release());
    return core->connect();
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return client->run(std::move(task));
  }
  /// Calls and streams that are open.
  [[nodiscard]] std::size_t alive() { return simulation.network().open_calls() + simulation.network().open_streams(); }

  CallFaults faults;
  testing::Simulation simulation;
  testing::SimLoop* loop;
  testing::ClusterModel& cluster;
  ClientOptions options;
  std::shared_ptr<detail::ClientCore> core;
  std::optional<AsyncRawClient> client;
};

}  // namespace tikv::test
