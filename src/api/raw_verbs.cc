// The verbs of the raw API for coroutines: arguments are checked, an operation is made, and the work is
// done by `raw::RawKv`.
#include <new>
#include <utility>

#include "api/argument_checks.h"
#include "api/breath.h"
#include "api/client_core.h"
#include "raw/explain.h"
#include "tikv/async.h"

namespace tikv {
inline namespace v0 {

namespace {

using Core = std::shared_ptr<detail::ClientCore>;
using core::Operation;
using detail::CallSettings;
using raw::CallContext;
using raw::RawKv;

/// A call, before it runs.
struct Call {
  Core core;
  std::string_view name;  ///< a literal
  CallSettings settings;
  Result<void> checked;  ///< what is wrong with its arguments
};

/// One operation from its begin to its end. `verb` owns copies of all that it needs: a task may run long
/// after its arguments died.
template <class T, class Verb>
Task<T> run_call(Call call, Verb verb) {
  if (!call.core) co_return Error(ErrorKind::client_closed, "this client was moved away");
  detail::ClientCore& core = *call.core;
  if (Result<void> can = core.admit(call.settings); !can) {
    if (core.loop().is_current()) co_await detail::Breath(core.loop(), core.operations());
    co_return can.error();
  }
  Operation operation(core.loop(), core.observer(), core.operations(), core.start(call.name, call.settings));
  if (!call.checked) {
    const Error wrong = call.checked.error().with_context(call.name);
    operation.note_end(&wrong);
    co_return wrong;
  }
  if (operation.interrupted()) co_await detail::Breath(core.loop(), core.operations());
  try {
    Result<T> result = co_await verb(core.raw(), operation);
    if (!result) result = raw::explain(operation, result.error(), core.options().api_version);
    operation.note_result(result);
    co_return std::move(result);
  } catch (const std::bad_alloc&) {
    // Perhaps a request had left, or its answer was here.
    const Error no_memory = detail::out_of_memory(call.settings.writes);
    operation.note_end(&no_memory);
    co_return no_memory;
  }
}

Error invalid(std::string text) { return {ErrorKind::invalid_argument, std::move(text)}; }

ApiVersion api_of(const Core& core) { return core ? core->options().api_version : ApiVersion::v1; }

bool is_atomic(const Core& core) { return core && core->options().atomic; }

Result<void> check_write(const Core& core, std::string_view key, std::string_view value, std::chrono::seconds ttl) {
  Result<void> checked = api::check_key(api_of(core), key);
  if (checked) checked = api::check_value(api_of(core), key, value);
  return checked ? api::check_ttl(ttl) : checked;
}

Result<void> check_atomic(const Core& core) {
  if (!core || is_atomic(core)) return {};
  return invalid(
      "compare-and-swap works in atomic mode only: its stores compare under a latch that other writes do not take "
      "unless their clients are in that mode, too; set ClientOptions::atomic (in a URL: atomic=true) in every client "
      "that writes these keys");
}

Result<void> check_delete_range(const Core& core, const KeyRange& range, std::chrono::seconds ttl) {
  if (is_atomic(core)) {
    return invalid(
        "stores delete ranges without the latch that compare-and-swap takes, so in atomic mode it is refused; scan the "
        "range and use batch_delete, or use a client that is not in atomic mode while nobody swaps");
  }
  Result<void> checked = api::check_bounds(api_of(core), range);
  return checked ? api::check_no_ttl(ttl) : checked;
}

Result<void> check_limit(std::size_t limit) {
  if (limit > 0) return {};
  return invalid("the limit is 0; ask for at least one pair");
}

}  // namespace

Task<std::optional<std::string>> AsyncRawClient::get(std::string_view key, ReadOptions options) const {
  const CallSettings settings(options);
  auto verb = [context = settings.context, key = std::string(key)](RawKv& raw, Operation& operation) mutable {
    return raw.get(operation, context, std::move(key));
  };
  return run_call<std::optional<std::string>>({core_, "raw_get", settings, api::check_key(api_of(core_), key)},
                                              std::move(verb));
}

Task<std::vector<KeyValue>> AsyncRawClient::batch_get(std::vector<std::string> keys, ReadOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = api::check_keys(api_of(core_), keys);
  auto verb = [context = settings.context, keys = std::move(keys)](RawKv& raw, Operation& operation) mutable {
    return raw.batch_get(operation, context, std::move(keys));
  };
  return run_call<std::vector<KeyValue>>({core_, "raw_batch_get", settings, std::move(checked)}, std::move(verb));
}

Task<void> AsyncRawClient::put(std::string_view key, std::string_view value, WriteOptions options) const {
  const CallSettings settings(options);
  auto verb = [context = settings.context, key = std::string(key), value = std::string(value)](
                  RawKv& raw, Operation& operation) mutable {
    return raw.put(operation, context, std::move(key), std::move(value));
  };
  return run_call<void>({core_, "raw_put", settings, check_write(core_, key, value, options.ttl)}, std::move(verb));
}

Task<void> AsyncRawClient::batch_put(std::vector<KeyValue> pairs, WriteOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = api::check_pairs(api_of(core_), pairs);
  if (checked) checked = api::check_ttl(options.ttl);
  auto verb = [context = settings.context, pairs = std::move(pairs)](RawKv& raw, Operation& operation) mutable {
    return raw.batch_put(operation, context, std::move(pairs));
  };
  return run_call<void>({core_, "raw_batch_put", settings, std::move(checked)}, std::move(verb));
}

Task<void> AsyncRawClient::batch_put_with_ttl(std::vector<KeyValueTtl> pairs, WriteOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = api::check_pairs(api_of(core_), pairs);
  if (checked) checked = api::check_no_ttl(options.ttl);
  auto verb = [context = settings.context, pairs = std::move(pairs)](RawKv& raw, Operation& operation) mutable {
    return raw.batch_put_with_ttl(operation, context, std::move(pairs));
  };
  return run_call<void>({core_, "raw_batch_put", settings, std::move(checked)}, std::move(verb));
}

Task<void> AsyncRawClient::delete_key(std::string_view key, WriteOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = api::check_key(api_of(core_), key);
  if (checked) checked = api::check_no_ttl(options.ttl);
  auto verb = [context = settings.context, key = std::string(key)](RawKv& raw, Operation& operation) mutable {
    return raw.delete_key(operation, context, std::move(key));
  };
  return run_call<void>({core_, "raw_delete", settings, std::move(checked)}, std::move(verb));
}

Task<void> AsyncRawClient::batch_delete(std::vector<std::string> keys, WriteOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = api::check_keys(api_of(core_), keys);
  if (checked) checked = api::check_no_ttl(options.ttl);
  auto verb = [context = settings.context, keys = std::move(keys)](RawKv& raw, Operation& operation) mutable {
    return raw.batch_delete(operation, context, std::move(keys));
  };
  return run_call<void>({core_, "raw_batch_delete", settings, std::move(checked)}, std::move(verb));
}

Task<void> AsyncRawClient::delete_range(KeyRange range, WriteOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = check_delete_range(core_, range, options.ttl);
  auto verb = [context = settings.context, range = std::move(range)](RawKv& raw, Operation& operation) mutable {
    return raw.delete_range(operation, context, std::move(range));
  };
  return run_call<void>({core_, "raw_delete_range", settings, std::move(checked)}, std::move(verb));
}

Task<void> AsyncRawClient::delete_prefix(std::string_view prefix, WriteOptions options) const {
  const CallSettings settings(options);
  KeyRange range = KeyRange::prefix(prefix);
  Result<void> checked = check_delete_range(core_, range, options.ttl);
  if (checked && prefix.empty()) {
    checked = invalid("the prefix is empty, which means every key; who wants that says delete_range(KeyRange::all())");
  }
  auto verb = [context = settings.context, range = std::move(range)](RawKv& raw, Operation& operation) mutable {
    return raw.delete_range(operation, context, std::move(range));
  };
  return run_call<void>({core_, "raw_delete_prefix", settings, std::move(checked)}, std::move(verb));
}

Task<std::vector<KeyValue>> AsyncRawClient::scan(KeyRange range, ScanOptions options) const {
  const CallSettings settings(options);
  auto verb = [context = settings.context, limit = options.limit,
               state = raw::ScanState(range, false, options.key_only)](RawKv& raw, Operation& operation) mutable {
    return raw.scan(operation, context, std::move(state), limit);
  };
  return run_call<std::vector<KeyValue>>({core_, "raw_scan", settings, check_limit(options.limit)}, std::move(verb));
}

Task<std::vector<KeyValue>> AsyncRawClient::reverse_scan(KeyRange range, ScanOptions options) const {
  const CallSettings settings(options);
  auto verb = [context = settings.context, limit = options.limit,
               state = raw::ScanState(range, true, options.key_only)](RawKv& raw, Operation& operation) mutable {
    return raw.scan(operation, context, std::move(state), limit);
  };
  return run_call<std::vector<KeyValue>>({core_, "raw_reverse_scan", settings, check_limit(options.limit)},
                                         std::move(verb));
}

Task<std::vector<std::vector<KeyValue>>> AsyncRawClient::batch_scan(std::vector<KeyRange> ranges,
                                                                    ScanOptions options) const {
  const CallSettings settings(options);
  std::vector<raw::ScanState> scans;
  scans.reserve(ranges.size());
  for (const KeyRange& range : ranges) scans.emplace_back(range, false, options.key_only);
  auto verb = [context = settings.context, limit = options.limit, scans = std::move(scans)](
                  RawKv& raw, Operation& operation) mutable {
    return raw.batch_scan(operation, context, std::move(scans), limit);
  };
  return run_call<std::vector<std::vector<KeyValue>>>({core_, "raw_batch_scan", settings, check_limit(options.limit)},
                                                      std::move(verb));
}

Task<CasResult> AsyncRawClient::compare_and_swap(std::string_view key, std::optional<std::string_view> expected,
                                                 std::string_view value, CasOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = check_atomic(core_);
  if (checked) checked = check_write(core_, key, value, options.ttl);
  if (checked && options.unique_value && expected == value) {
    checked = invalid("unique_value promises that nobody wrote the new value before, but it is the expected one");
  }
  raw::CasCall call;
  call.key = key;
  if (expected) call.expected = std::string(*expected);
  call.value = value;
  call.unique_value = options.unique_value;
  auto verb = [context = settings.context, call = std::move(call)](RawKv& raw, Operation& operation) mutable {
    return raw.compare_and_swap(operation, context, std::move(call));
  };
  return run_call<CasResult>({core_, "raw_compare_and_swap", settings, std::move(checked)}, std::move(verb));
}

Task<CasResult> AsyncRawClient::put_if_absent(std::string_view key, std::string_view value, CasOptions options) const {
  return compare_and_swap(key, std::nullopt, value, options);
}

Task<CasResult> AsyncRawClient::compare_and_delete(std::string_view key, std::string_view expected,
                                                   CasOptions options) const {
  const CallSettings settings(options);
  Result<void> checked = check_atomic(core_);
  if (checked) checked = api::check_key(api_of(core_), key);
  if (checked) checked = api::check_no_ttl(options.ttl);
  if (checked && options.unique_value) checked = invalid("unique_value is for values that are written");
  raw::CasCall call;
  call.key = key;
  call.expected = std::string(expected);
  call.remove = true;
  auto verb = [context = settings.context, call = std::move(call)](RawKv& raw, Operation& operation) mutable {
    return raw.compare_and_delete(operation, context, std::move(call));
  };
  return run_call<CasResult>({core_, "raw_compare_and_delete", settings, std::move(checked)}, std::move(verb));
}

Task<std::optional<KeyTtl>> AsyncRawClient::get_key_ttl(std::string_view key, ReadOptions options) const {
  const CallSettings settings(options);
  auto verb = [context = settings.context, key = std::string(key)](RawKv& raw, Operation& operation) mutable {
    return raw.get_key_ttl(operation, context, std::move(key));
  };
  return run_call<std::optional<KeyTtl>>({core_, "raw_get_key_ttl", settings, api::check_key(api_of(core_), key)},
                                         std::move(verb));
}

Task<RangeChecksum> AsyncRawClient::checksum(KeyRange range, ReadOptions options) const {
  const CallSettings settings(options);
  Result<void> checked;
  if (options.column_family != ColumnFamily::default_) {
    checked = invalid("stores make checksums of the default column family only");
  }
  auto verb = [context = settings.context, range = std::move(range)](RawKv& raw, Operation& operation) mutable {
    return raw.checksum(operation, context, std::move(range));
  };
  return run_call<RangeChecksum>({core_, "raw_checksum", settings, std::move(checked)}, std::move(verb));
}

Task<std::vector<CoprocessorAnswer>> AsyncRawClient::coprocessor(std::string_view name,
                                                                 std::string_view version_requirement,
                                                                 std::vector<KeyRange> ranges, CoprocessorData data,
                                                                 CoprocessorOptions options) const {
  const CallSettings settings(options);
  Result<void> checked;
  if (name.empty()) checked = invalid("the name of the coprocessor plugin is empty");
  if (checked && version_requirement.empty()) {
    checked = invalid("the version requirement is empty; \"*\" takes every version of the plugin");
  }
  raw::CoprocessorCall call;
  call.name = name;
  call.version_requirement = version_requirement;
  call.ranges = std::move(ranges);
  call.data = std::move(data);
  auto verb = [context = settings.context, call = std::move(call)](RawKv& raw, Operation& operation) mutable {
    return raw.coprocessor(operation, context, std::move(call));
  };
  return run_call<std::vector<CoprocessorAnswer>>({core_, "raw_coprocessor", settings, std::move(checked)},
                                                  std::move(verb));
}

Task<void> AsyncRawClient::refresh(KeyRange range, ReadOptions options) const {
  const CallSettings settings(options);
  auto verb = [range = std::move(range)](RawKv& raw, Operation& operation) { return raw.refresh(operation, range); };
  return run_call<void>({core_, "refresh", settings, Result<void>()}, std::move(verb));
}

}  // namespace v0
}  // namespace tikv
