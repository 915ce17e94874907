#include "api/client_core.h"

#include <list>
#include <new>
#include <utility>

#include "core/fork.h"

namespace tikv {
inline namespace v0 {
namespace detail {

namespace {

/// The keyspace that every cluster of API version 2 has.
constexpr std::string_view default_keyspace = "DEFAULT";

Error moved_away_error() { return {ErrorKind::client_closed, "this client was moved away"}; }

pd::PdOptions pd_options(const ClientOptions& options) {
  pd::PdOptions result;
  result.addresses = options.pd_addresses;
  result.cluster_id = options.cluster_id;
  if (Result<core::AddressMap> map = core::AddressMap::make(options.address_map)) result.map = *std::move(map);
  return result;
}

region::BatchOptions batch_options(const ClientOptions& options) {
  region::BatchOptions result;
  result.streams_per_store = options.streams_per_store;
  result.max_batch = options.max_batch_size;
  result.max_answer_size = options.max_answer_size;
  result.max_bytes_in_flight = options.max_bytes_in_flight;
  return result;
}

raw::RawOptions raw_options(const ClientOptions& options) {
  raw::RawOptions result;
  result.max_parallel_regions = options.max_parallel_regions;
  result.api_version = options.api_version;
  result.atomic = options.atomic;
  return result;
}

Result<void> check_api_version(const ClientOptions& options) {
  if (!options.keyspace.empty() && options.api_version != ApiVersion::v2) {
    return Error(ErrorKind::invalid_argument,
                 "the keyspace '" + options.keyspace + "' needs API version 2, and the client is set to API version " +
                     std::string(to_string(options.api_version)) + "; set ClientOptions::api_version to v2");
  }
  return {};
}

}  // namespace

/// A root on its way to the loop. If the loop stops before it gets there, it is told.
struct ClientCore::Submission {
  Submission() = default;
  ~Submission() { abandon(closed_error()); }
  void abandon(const Error& error) {
    if (root) std::exchange(root, nullptr)->abandon(error);
  }
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;
  std::unique_ptr<RootBase> root;
};

ClientCore::ClientCore(const ClientOptions& options, World world)
    : options_(options),
      observer_(options.observer ? options.observer : stderr_observer()),
      fork_generation_(core::fork_generation()),
      world_(std::move(world)),
      pd_(*world_.loop, *world_.transport, pd_options(options)),
      batches_(*world_.loop, *world_.transport, batch_options(options)),
      sender_(*world_.loop, batches_, pd_),
      raw_(sender_, raw_options(options)) {
  operations_.telling().slow.set_threshold(core::saturating_duration(options.slow_operation));
  operations_.telling().keys = options.log_keys;
  const core::Events events(*observer_, options.log_keys);
  pd_.set_events(events);
  sender_.set_events(events);
  connections_ = std::make_unique<ConnectionEvents>(events, pd_.addresses());
  world_.transport->set_connection_listener(connections_.get());
  batches_.set_listener([this](std::string_view address, const region::BatchFeedback& feedback) {
    const std::string news = sender_.stores().note_report(world_.loop->now(), feedback);
    if (news.empty() || observer_->log_level() > LogLevel::warning) return;
    const std::string message = news + " (" + std::string(address) + ")";
    LogRecord record;
    record.level = LogLevel::warning;
    record.message = message;
    record.store_id = feedback.store_id;
    observer_->log(record);
  });
}

ClientCore::~ClientCore() { world_.transport->set_connection_listener(nullptr); }

void ClientCore::release(std::shared_ptr<ClientCore> core) {
  if (!core) return;
  core->close(std::chrono::seconds(1));
  let_go(std::move(core));
}

void ClientCore::let_go(std::shared_ptr<ClientCore> core) {
  if (!core || core::fork_generation() == core->fork_generation_) return;
  // To destroy a socket takes it out of an epoll set that the parent still uses, and a lock may be
  // held for ever by a thread that is not here: what the child got of a client is left as it is.
  new std::shared_ptr<ClientCore>(std::move(core));
}

Result<void> ClientCore::usable() const {
  if (core::fork_generation() != fork_generation_) {
    return Error(ErrorKind::forked,
                 "this client was made before fork(), and its thread and connections stayed with the parent; make a "
                 "new client in the child");
  }
  if (closed_.load(std::memory_order_acquire)) return closed_error();
  return {};
}

Result<void> ClientCore::admit(const CallSettings& settings) const {
  if (Result<void> can = usable(); !can) return can;
  if (!world_.loop->is_current()) {
    return Error(
        ErrorKind::wrong_loop,
        "a task of this client was awaited on the loop of another one; hand it to its own client with spawn()");
  }
  if (settings.timeout.count() < 0) {
    return Error(ErrorKind::invalid_argument, "the timeout is " + std::to_string(settings.timeout.count()) +
                                                  " ms; it must be positive, or 0 for the "
                                                  "client's default");
  }
  return {};
}

core::OperationStart ClientCore::start(std::string_view name, const CallSettings& settings) {
  core::OperationStart start;
  start.name = name;
  start.id = next_operation_++;
  start.timeout = core::saturating_duration(settings.timeout.count() == 0 ? options_.timeout : settings.timeout);
  start.cancel = settings.cancel;
  start.max_attempts = settings.max_attempts;
  start.task_scope = operations_.task_scope();
  return start;
}

void ClientCore::warn(std::string_view name, std::string message) {
  if (!usable() || observer_->log_level() > LogLevel::warning) return;
  world_.loop->post([weak = weak_from_this(), name, message = std::move(message)] {
    const std::shared_ptr<ClientCore> self = weak.lock();
    if (!self) return;
    LogRecord record;
    record.level = LogLevel::warning;
    record.operation = name;
    record.message = message;
    self->observer_->log(record);
  });
}

void ClientCore::start_root(std::unique_ptr<RootBase> root, std::shared_ptr<CancelState> scope, bool spawned) {
  if (closed_.load(std::memory_order_acquire)) {
    root->abandon(closed_error());
    return;
  }
  RootBase& started = *root;
  std::function<void()> on_ended;
  try {
    const auto place = roots_.emplace(roots_.end());
    on_ended = [this, place, spawned] {
      if (spawned) world_.loop->unhold();
      roots_.erase(place);
    };
    *place = std::move(root);
  } catch (const std::bad_alloc&) {
    std::erase(roots_, nullptr);
    root->abandon(out_of_memory(false));
    return;
  }
  if (spawned) world_.loop->hold();  // nobody waits for it in run_until
  const core::TaskScope running(operations_, std::move(scope));
  started.start(std::move(on_ended));
}

std::function<void()> ClientCore::starter(std::shared_ptr<Submission> submission, std::shared_ptr<CancelState> scope,
                                          bool spawned) {
  return [self = shared_from_this(), submission = std::move(submission), scope = std::move(scope), spawned] {
    self->start_root(std::move(submission->root), scope, spawned);
  };
}

void ClientCore::submit(std::unique_ptr<RootBase> root, std::shared_ptr<CancelState> scope) {
  if (Result<void> can = usable(); !can) {
    root->abandon(can.error());
    return;
  }
  std::shared_ptr<Submission> submission;
  try {
    submission = std::make_shared<Submission>();
    submission->root = std::move(root);
    world_.loop->post(starter(submission, std::move(scope), true));
  } catch (const std::bad_alloc&) {  // it is not on the loop
    if (root) root->abandon(out_of_memory(false));
    if (submission) submission->abandon(out_of_memory(false));
  }
}

std::function<void(std::function<void()>)> ClientCore::way_back() {
  if (!world_.loop->is_current()) return nullptr;
  // Weak: the task lives as long as the client, and work that waits on the loop must not keep the loop alive.
  return [loop = world_.loop, weak = weak_from_this(), scope = operations_.task_scope()](std::function<void()> work) {
    loop->post([weak, scope, work = std::move(work)] {
      const std::shared_ptr<ClientCore> self = weak.lock();
      if (!self) return;
      const core::TaskScope running(self->operations_, scope);
      work();
    });
  };
}

Result<void> ClientCore::submit_and_wait(std::unique_ptr<RootBase> root, const std::function<bool()>& done) {
  if (Result<void> can = usable(); !can) return can;
  if (world_.loop->is_current()) {
    return Error(ErrorKind::blocking_call_on_loop,
                 "a blocking call on the thread that runs the client's loop could only wait for itself; use co_await, "
                 "or leave the loop first");
  }
  auto submission = std::make_shared<Submission>();
  submission->root = std::move(root);
  if (!world_.loop->post_and_run_until(starter(std::move(submission), nullptr, false), done)) return closed_error();
  return {};
}

Task<void> ClientCore::enter_keyspace(core::Operation& operation) {
  if (options_.api_version != ApiVersion::v2) co_return {};
  sender_.use(region::KeyCodec::raw_keyspace(0));
  const std::string name = options_.keyspace.empty() ? std::string(default_keyspace) : options_.keyspace;
  const std::string asked = "the client is set to API version 2, keyspace '" + name + "', and ";
  Result<wire::keyspacepb::KeyspaceMeta> found = co_await pd_.keyspace(operation, name);
  if (!found) {
    const ErrorKind kind = found.error().kind();
    // PD came to know of keyspaces later than stores; all keys of such a cluster are in the first one.
    const bool first_will_do = kind == ErrorKind::unsupported && options_.keyspace.empty();
    if (first_will_do) co_return {};
    if (kind == ErrorKind::unsupported) {
      co_return operation.tell(Error(kind, asked + "this PD knows of no keyspaces; upgrade the cluster"));
    }
    if (kind == ErrorKind::server_error) {
      co_return operation.tell(
          Error(ErrorKind::invalid_argument, asked + "there is none of that name: " + found.error().summary()));
    }
    co_return found.error();
  }
  if (found->state != wire::keyspacepb::KeyspaceState::enabled) {
    co_return operation.tell(Error(ErrorKind::invalid_argument, asked + "it is not enabled"));
  }
  sender_.use(region::KeyCodec::raw_keyspace(found->id));
  co_return {};
}

Task<void> ClientCore::meet(core::Operation& operation) {
  const Result<void> met = co_await pd_.connect(operation);
  if (!met) {
    // That time ran out says less than that nobody could be reached.
    const bool late = met.error().kind() == ErrorKind::deadline_exceeded;
    co_return late ? Error(ErrorKind::unavailable, met.error().message()).with_attempts(met.error().attempts())
                   : met.error();
  }
  cluster_id_.store(pd_.cluster_id());
  co_return co_await enter_keyspace(operation);
}

Result<void> ClientCore::connect() {
  if (Result<void> fine = check_api_version(options_); !fine) return fine;
  if (auto map = core::AddressMap::make(options_.address_map); !map) return map.error();
  if (options_.slow_operation.count() < 0) return Error(ErrorKind::invalid_argument, "slow_operation is negative");
  auto meet = [](ClientCore& core) -> Task<void> {
    core::OperationStart start;
    start.name = "connect";
    start.id = core.next_operation_++;
    start.timeout = core::saturating_duration(core.options_.connect_timeout);
    core::Operation operation(core.loop(), core.observer(), core.operations_, std::move(start));
    Result<void> met = co_await core.meet(operation);
    operation.note_result(met);
    co_return met;
  };
  return run_blocking(shared_from_this(), meet(*this));
}

void ClientCore::end_what_runs() {
  operations_.interrupt_all(core::Interruption::closed);
  while (!roots_.empty()) {
    const std::unique_ptr<RootBase> root = std::move(roots_.front());
    roots_.pop_front();
    root->abandon(closed_error());
  }
  batches_.close();
  world_.transport->close();
}

void ClientCore::close(std::chrono::milliseconds patience) {
  if (core::fork_generation() != fork_generation_) return;  // the parent's thread and sockets are not ours
  if (closed_.exchange(true)) return;
  try {
    end(patience);
  } catch (const std::bad_alloc&) {  // half closed, nobody would end what runs
    end_out_of_memory();
  }
}

void ClientCore::end(std::chrono::milliseconds patience) {
  core::Loop& loop = *world_.loop;
  if (loop.is_current()) {
    // We may be inside one of the tasks that must end: that happens in a later turn.
    loop.post([self = shared_from_this()] {
      self->end_what_runs();
      self->world_.stop_loop();
    });
    return;
  }
  bool patience_over = false;
  std::unique_ptr<core::Timer> timer;
  loop.post([&] {
    timer = std::make_unique<core::Timer>(loop, [&patience_over] { patience_over = true; });
    timer->set(saturating_add(loop.now(), core::saturating_duration(patience)));
  });
  loop.run_until([&] { return timer != nullptr && (roots_.empty() || patience_over); });
  bool ended = false;
  loop.post([&] {
    timer.reset();
    end_what_runs();
    ended = true;
  });
  loop.run_until([&] { return ended; });
  world_.stop_loop();
}

const Error& closed_error() noexcept {
  // Never destroyed: a client may be the last of a program's statics.
  static const Error& closed = *new Error(ErrorKind::client_closed, "the client is closed");
  return closed;
}

namespace {
// When the library is loaded: it must not need memory later.
[[maybe_unused]] const Error& made_early = closed_error();
}  // namespace

void submit(const std::shared_ptr<ClientCore>& core, std::unique_ptr<RootBase> root,
            std::shared_ptr<CancelState> scope) {
  if (core) {
    core->submit(std::move(root), std::move(scope));
  } else {
    root->abandon(moved_away_error());
  }
}

std::function<void(std::function<void()>)> way_back(const std::shared_ptr<ClientCore>& core) {
  return core ? core->way_back() : nullptr;
}

Result<void> submit_and_wait(const std::shared_ptr<ClientCore>& core, std::unique_ptr<RootBase> root,
                             const std::function<bool()>& done) {
  if (!core) return moved_away_error();
  return core->submit_and_wait(std::move(root), done);
}

}  // namespace detail
}  // namespace v0
}  // namespace tikv
