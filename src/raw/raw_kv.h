#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/operation.h"
#include "raw/call_context.h"
#include "raw/coprocessor_call.h"
#include "raw/scan_state.h"
#include "region/sender.h"
#include "region/sharding.h"
#include "tikv/key_range.h"
#include "tikv/raw_types.h"
#include "tikv/task.h"

namespace tikv::raw {

/// How a client does raw calls, all of them.
struct RawOptions {
  std::size_t max_parallel_regions = 16;
  ApiVersion api_version = ApiVersion::v1;
  bool atomic = false;
};

/// What a compare-and-swap is to do.
struct CasCall {
  std::string key;
  std::optional<std::string> expected;
  std::string value;
  bool unique_value = false;
  bool remove = false;  ///< it instead of setting it; `compare_and_delete` asks first who can
};

/// What each raw call means, in requests to regions. Arguments are checked by the callers.
class RawKv {
 public:
  RawKv(region::Sender& sender, const RawOptions& options) : sender_(sender), options_(options) {}

  Task<std::optional<std::string>> get(core::Operation& operation, CallContext context, std::string key);
  Task<void> put(core::Operation& operation, CallContext context, std::string key, std::string value);
  Task<void> delete_key(core::Operation& operation, CallContext context, std::string key);
  Task<std::optional<KeyTtl>> get_key_ttl(core::Operation& operation, CallContext context, std::string key);
  Task<CasResult> compare_and_swap(core::Operation& operation, CallContext context, CasCall call);

  /// The key goes if it holds what is expected. Only where every store is proven to know how.
  Task<CasResult> compare_and_delete(core::Operation& operation, CallContext context, CasCall call);

  Task<std::vector<KeyValue>> batch_get(core::Operation& operation, CallContext context, std::vector<std::string> keys);
  Task<void> batch_put(core::Operation& operation, CallContext context, std::vector<KeyValue> pairs);
  Task<void> batch_put_with_ttl(core::Operation& operation, CallContext context, std::vector<KeyValueTtl> pairs);
  Task<void> batch_delete(core::Operation& operation, CallContext context, std::vector<std::string> keys);

  /// The next pairs of a scan, up to `most`; none only if it is finished.
  Task<std::vector<KeyValue>> scan_page(core::Operation& operation, CallContext context, ScanState& state,
                                        std::size_t most);
  /// The next pairs of a scan, all of them up to `limit`.
  Task<std::vector<KeyValue>> scan(core::Operation& operation, CallContext context, ScanState state, std::size_t limit);
  Task<std::vector<std::vector<KeyValue>>> batch_scan(core::Operation& operation, CallContext context,
                                                      std::vector<ScanState> scans, std::size_t each_limit);

  Task<void> delete_range(core::Operation& operation, CallContext context, KeyRange range);
  Task<RangeChecksum> checksum(core::Operation& operation, CallContext context, KeyRange range);
  Task<std::vector<CoprocessorAnswer>> coprocessor(core::Operation& operation, CallContext context,
                                                   CoprocessorCall call);

  /// Looks the regions of the range up anew.
  Task<void> refresh(core::Operation& operation, KeyRange range);

  [[nodiscard]] const RawOptions& options() const noexcept { return options_; }
  [[nodiscard]] region::Sender& sender() noexcept { return sender_; }

 private:
  [[nodiscard]] region::ShardLimits limits() const noexcept;
  /// May a write of this call be sent again after its answer was lost?
  [[nodiscard]] bool resends(const CallContext& context) const noexcept {
    return context.resend == Resend::by_default ? !options_.atomic : context.resend == Resend::always;
  }
  void note_accepted(std::chrono::seconds ttl) noexcept { ttl_proven_ = ttl_proven_ || ttl.count() != 0; }
  /// Asks one region for up to `most` pairs and moves the state on behind what was read.
  Task<std::vector<KeyValue>> ask_for_page(core::Operation& operation, CallContext context, ScanState& state,
                                           std::size_t most);
  /// After a lost answer: did the swap happen?
  Task<CasResult> look_after_loss(core::Operation& operation, CallContext context, CasCall call, Error lost);

  region::Sender& sender_;
  RawOptions options_;
  bool ttl_proven_ = false;  ///< a write with a time to live was accepted
};

}  // namespace tikv::raw
