#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "api/connection_events.h"
#include "core/loop.h"
#include "core/operation.h"
#include "pd/pd_client.h"
#include "raw/raw_kv.h"
#include "region/batch_commands.h"
#include "region/sender.h"
#include "rpc/byte_stream.h"
#include "rpc/transport.h"
#include "tikv/raw_client.h"

namespace tikv {
inline namespace v0 {
namespace detail {

/// What a client stands on: real threads and sockets, or a simulation.
struct World {
  std::shared_ptr<core::Loop> loop;
  std::unique_ptr<rpc::Connector> connector;  ///< may be null if the transport needs none
  std::unique_ptr<rpc::Transport> transport;
  /// Ends the loop after the last piece of work; from any thread, waits unless on the loop itself.
  std::function<void()> stop_loop;
};

/// Threads, sockets and TLS as the options ask for. An error if the TLS files cannot be used.
[[nodiscard]] Result<World> make_world(const ClientOptions& options);

/// The options of one call, taken while what the caller's options point to still lives.
struct CallSettings {
  template <class Options>
  explicit CallSettings(const Options& options)
      : timeout(options.timeout),
        cancel(options.cancel == nullptr ? nullptr : options.cancel->state()),
        max_attempts(options.retry.max_attempts),
        writes(
            requires { options.resend; } || requires { options.ttl; } || std::is_same_v<Options, CoprocessorOptions>) {
    context.priority = options.priority;
    if constexpr (requires { options.column_family; }) context.column_family = options.column_family;
    if constexpr (requires { options.resend; }) context.resend = options.resend;
    if constexpr (requires { options.ttl; }) context.ttl = options.ttl;
  }
  std::chrono::milliseconds timeout;
  std::shared_ptr<CancelState> cancel;
  std::uint32_t max_attempts;
  bool writes;  ///< or may do so, for all that we know
  raw::CallContext context;
};

/// What the faces of one client share. Lives until the last face and the last task are gone; after
/// `close` it only answers `client_closed`.
class ClientCore : public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(const ClientOptions& options, World world);
  ~ClientCore();
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  /// Meets the cluster. Blocks.
  Result<void> connect();
  void close(std::chrono::milliseconds patience);
  /// For the destructors of the faces: closes, and lets go.
  static void release(std::shared_ptr<ClientCore> core);
  /// For others who hold it: lets go.
  static void let_go(std::shared_ptr<ClientCore> core);

  void submit(std::unique_ptr<RootBase> root, std::shared_ptr<CancelState> scope);
  [[nodiscard]] std::function<void(std::function<void()>)> way_back();
  Result<void> submit_and_wait(std::unique_ptr<RootBase> root, const std::function<bool()>& done);

  /// May a task of this client run here and now? On the loop.
  [[nodiscard]] Result<void> admit(const CallSettings& settings) const;
  [[nodiscard]] core::OperationStart start(std::string_view name, const CallSettings& settings);

  [[nodiscard]] core::Loop& loop() noexcept { return *world_.loop; }
  /// Tells the observer of something outside of any operation, on the loop. Any thread.
  void warn(std::string_view name, std::string message);

  [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }
  [[nodiscard]] Observer& observer() noexcept { return *observer_; }
  [[nodiscard]] core::OperationList& operations() noexcept { return operations_; }
  [[nodiscard]] pd::PdClient& pd() noexcept { return pd_; }
  [[nodiscard]] raw::RawKv& raw() noexcept { return raw_; }
  [[nodiscard]] region::Sender& sender() noexcept { return sender_; }
  [[nodiscard]] std::uint64_t cluster_id() const noexcept { return cluster_id_.load(); }

 private:
  using Roots = std::list<std::unique_ptr<RootBase>>;
  struct Submission;

  [[nodiscard]] Result<void> usable() const;
  Task<void> meet(core::Operation& operation);
  /// With API version 2: finds the keyspace, and uses its keys from then on.
  Task<void> enter_keyspace(core::Operation& operation);
  void start_root(std::unique_ptr<RootBase> root, std::shared_ptr<CancelState> scope, bool spawned);
  [[nodiscard]] std::function<void()> starter(std::shared_ptr<Submission> submission,
                                              std::shared_ptr<CancelState> scope, bool spawned);
  void end(std::chrono::milliseconds patience);
  void end_what_runs();

  ClientOptions options_;
  std::shared_ptr<Observer> observer_;
  std::uint64_t fork_generation_;
  std::unique_ptr<ConnectionEvents> connections_;  // told by the transport
  World world_;
  pd::PdClient pd_;
  region::BatchCommands batches_;
  region::Sender sender_;
  raw::RawKv raw_;

  // Touched on the loop only.
  core::OperationList operations_;
  Roots roots_;
  std::uint64_t next_operation_ = 1;

  std::atomic<bool> closed_ = false;
  std::atomic<std::uint64_t> cluster_id_ = 0;
};

/// Makes faces of a core that stands on another world than the real one.
struct ClientAccess {
  static AsyncRawClient wrap(std::shared_ptr<ClientCore> core) { return AsyncRawClient(std::move(core)); }
  static RawClient blocking(AsyncRawClient client) { return RawClient(std::move(client)); }
};

}  // namespace detail
}  // namespace v0
}  // namespace tikv
