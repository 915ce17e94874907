#include "testing/raw_runner.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "testing/change.h"
#include "testing/raw_coprocessor.h"

namespace tikv::testing {

namespace {

void take(RawOperation& operation, const std::optional<std::string>& value) {
  if (!value) return;
  KeyValue pair;
  pair.key = operation.pairs.front().key;
  pair.value = *value;
  operation.result.push_back(std::move(pair));
}

template <class Failure>
void take_failed_keys(RawOperation& operation, const Failure& error) {
  if constexpr (requires { error.key_failures(); }) {
    for (const auto& failure : error.key_failures()) operation.failed_keys.push_back(failure.key);
  }
}

void take(RawOperation& operation, const std::vector<KeyValue>& pairs) { operation.result = pairs; }
void take(RawOperation& operation, const std::vector<std::vector<KeyValue>>& lists) { operation.lists = lists; }
void take(RawOperation& operation, const CasResult& swap) { operation.swap = swap; }
void take(RawOperation& operation, const std::optional<KeyTtl>& left) { operation.left = left; }
void take(RawOperation& operation, const RangeChecksum& sum) { operation.sum = sum; }

void take(RawOperation& operation, const std::vector<CoprocessorAnswer>& answers) {
  for (const CoprocessorAnswer& answer : answers) operation.counted += std::stoull(answer.data);
}

std::string no_data(const CoprocessorRegion& /*region*/, const std::vector<KeyRange>& /*ranges*/) { return {}; }

Task<std::vector<KeyValue>> read_to_the_end(AsyncScanner scanner) {
  std::vector<KeyValue> all;
  for (;;) {
    std::vector<KeyValue> page = co_await ok(scanner.next_page());
    if (page.empty()) break;
    std::move(page.begin(), page.end(), std::back_inserter(all));
  }
  co_return std::move(all);
}

Task<void> put_batch(const AsyncRawClient& raw, const RawOperation& operation, WriteOptions options) {
  if (operation.ttl == 0) return raw.batch_put(operation.pairs, options);
  std::vector<KeyValueTtl> pairs;
  for (std::size_t i = 0; i < operation.pairs.size(); ++i) {
    KeyValueTtl pair;
    pair.key = operation.pairs[i].key;
    pair.value = operation.pairs[i].value;
    pair.ttl = std::chrono::seconds(operation.ttl_of(i));
    pairs.push_back(std::move(pair));
  }
  options.ttl = {};
  return raw.batch_put_with_ttl(std::move(pairs), options);
}

}  // namespace

RawRunner::RawRunner(Simulation& simulation) : simulation_(simulation) {
  simulation_.network().add_listener(wire_);
  simulation_.cluster().on_change([this](const Change& change) {
    if (change.family != RawStore::Family::default_) return;
    RawTruth::Value value;
    if (change.value) value = std::string(*change.value);
    const bool for_ever = change.expires == core::WallTime::max();
    const core::Duration left = for_ever ? core::Duration{} : change.expires - simulation_.loop().wall_now();
    truth_.apply(change.at, change.key, std::move(value), for_ever ? core::never : change.at + left);
  });
}

RawRunner::~RawRunner() { simulation_.cluster().on_change(nullptr); }

void RawRunner::note_end(RawOperation& operation, RawOperation::Outcome outcome) {
  operation.outcome = outcome;
  operation.ended = simulation_.loop().now();
  simulation_.timeline().note(operation.client, describe(operation));
}

template <class T>
void RawRunner::launch(Place running, Task<T> task) {
  const std::size_t place = (*running)->place;
  auto done = [this, place](Result<T> result, const std::exception_ptr&) {
    RawOperation& operation = history_[place];
    if (result) {
      if constexpr (!std::is_void_v<T>) take(operation, *result);
      return note_end(operation, RawOperation::Outcome::success);
    }
    operation.error = result.error().message();
    operation.value_seen = result.error().value_seen();
    take_failed_keys(operation, result.error());
    note_end(operation,
             result.error().undetermined() ? RawOperation::Outcome::undetermined : RawOperation::Outcome::failed);
  };
  (*running)->root = std::make_unique<detail::Root<T>>(std::move(task), std::move(done));
  (*running)->root->start([this, running] { running_.erase(running); });
}

void RawRunner::launch_kind(const AsyncRawClient& raw, Place running) {
  RawOperation& operation = history_[(*running)->place];
  operation.began = simulation_.loop().now();
  simulation_.timeline().note(operation.client, "starts " + describe(operation));
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(operation.timeout);
  CancelScope* const scope = &(*running)->scope;
  const ReadOptions read{.timeout = timeout, .cancel = scope};
  const WriteOptions write{.timeout = timeout,
                           .cancel = scope,
                           .resend = operation.resend ? Resend::by_default : Resend::never,
                           .ttl = std::chrono::seconds(operation.puts() ? operation.ttl : 0)};
  if (operation.ranged()) return launch_ranged(raw, running);
  switch (operation.kind) {
    case RawOperation::Kind::get:
      return launch(running, raw.get(operation.pairs.front().key, read));
    case RawOperation::Kind::put:
      return launch(running, raw.put(operation.pairs.front().key, operation.pairs.front().value, write));
    case RawOperation::Kind::delete_key:
      return launch(running, raw.delete_key(operation.pairs.front().key, write));
    case RawOperation::Kind::batch_put:
      return launch(running, put_batch(raw, operation, write));
    case RawOperation::Kind::batch_get:
      return launch(running, raw.batch_get(operation.keys(), read));
    case RawOperation::Kind::batch_delete:
      return launch(running, raw.batch_delete(operation.keys(), write));
    case RawOperation::Kind::get_key_ttl:
      return launch(running, raw.get_key_ttl(operation.pairs.front().key, read));
    case RawOperation::Kind::compare_and_swap:
      return launch_swap(raw, running);
    default:
      break;
  }
}

void RawRunner::launch_swap(const AsyncRawClient& raw, Place running) {
  const RawOperation& operation = history_[(*running)->place];
  const CasOptions options{.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(operation.timeout),
                           .cancel = &(*running)->scope,
                           .ttl = std::chrono::seconds(operation.ttl),
                           .unique_value = operation.unique};
  const KeyValue& pair = operation.pairs.front();
  std::optional<std::string_view> expected;
  if (operation.expected) expected = *operation.expected;
  launch(running, raw.compare_and_swap(pair.key, expected, pair.value, options));
}

void RawRunner::launch_ranged(const AsyncRawClient& raw, Place running) {
  const RawOperation& operation = history_[(*running)->place];
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(operation.timeout);
  CancelScope* const scope = &(*running)->scope;
  const ScanOptions scan{.limit = operation.limit, .timeout = timeout, .cancel = scope};
  switch (operation.kind) {
    case RawOperation::Kind::delete_range: {
      const Resend resend = operation.resend ? Resend::by_default : Resend::never;
      return launch(running,
                    raw.delete_range(operation.range(), {.timeout = timeout, .cancel = scope, .resend = resend}));
    }
    case RawOperation::Kind::reverse_scan:
      return launch(running, raw.reverse_scan(operation.range(), scan));
    case RawOperation::Kind::batch_scan:
      return launch(running, raw.batch_scan(operation.parts(), scan));
    case RawOperation::Kind::checksum:
      return launch(running, raw.checksum(operation.range(), {.timeout = timeout, .cancel = scope}));
    case RawOperation::Kind::coprocessor: {
      const Resend resend = operation.resend ? Resend::always : Resend::never;
      const CoprocessorOptions options{.timeout = timeout, .cancel = scope, .resend = resend};
      return launch(running, raw.coprocessor(plugin_name, "*", operation.parts(), no_data, options));
    }
    case RawOperation::Kind::scanner: {
      const ScannerOptions pages{
          .page_size = operation.page, .limit = operation.limit, .timeout = timeout, .cancel = scope};
      return launch(running, read_to_the_end(raw.scanner(operation.range(), pages)));
    }
    default:
      return launch(running, raw.scan(operation.range(), scan));
  }
}

void RawRunner::start(SimClient& client, RawOperation operation) {
  operation.client = client.name();
  operation.number = history_.size();
  operation.began = simulation_.loop().now();
  history_.push_back(std::move(operation));
  auto fresh = std::make_unique<Running>();
  fresh->place = history_.size() - 1;
  const auto running = running_.insert(running_.end(), std::move(fresh));
  simulation_.loop().post([this, &client, place = (*running)->place] {
    for (auto each = running_.begin(); each != running_.end(); ++each) {
      if ((*each)->place == place) return launch_kind(client.raw(), each);
    }
  });
}

RawRunner::Place RawRunner::running_at(std::size_t back) {
  for (auto each = running_.begin(); each != running_.end(); ++each) {
    if ((*each)->place + 1 + back == history_.size()) return each;
  }
  return running_.end();
}

void RawRunner::cancel(std::size_t back) {
  const auto found = running_at(back);
  if (found == running_.end()) return;
  simulation_.timeline().note("user", "cancels " + describe(history_[(*found)->place]));
  (*found)->scope.cancel();
}

void RawRunner::drop(std::size_t back) {
  const auto found = running_at(back);
  if (found == running_.end()) return;
  RawOperation& operation = history_[(*found)->place];
  const std::unique_ptr<Running> dropped = std::move(*found);
  running_.erase(found);
  note_end(operation, RawOperation::Outcome::dropped);
}

std::vector<std::string> RawRunner::check() const {
  std::vector<std::string> findings;
  const InDoubt in_doubt = [this](const RawOperation& operation) {
    const std::vector<std::string> keys = operation.keys();
    const WireObserver::Concerns concerns = [&](const std::string& key) {
      // A request about a range is known by its start.
      return operation.ranged() ? operation.range().contains(key)
                                : std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    return wire_.in_doubt(operation.client, concerns, operation.began, operation.ended);
  };
  for (const RawOperation& operation : history_) {
    for (const std::string& finding : testing::check(operation, truth_, in_doubt)) {
      findings.push_back(describe(operation) + ": " + finding);
    }
  }
  return findings;
}

}  // namespace tikv::testing
