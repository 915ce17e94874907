#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/backoff.h"
#include "core/operation.h"
#include "core/single_flight.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "region/store_cache.h"
#include "region/verdict.h"

namespace tikv::region {

/// A request that goes to one region: what the layer above knows of it. The sender adds the context
/// and repeats it as the rules allow.
class RegionRequest {
 public:
  RegionRequest() = default;
  RegionRequest(const RegionRequest&) = delete;
  RegionRequest& operator=(const RegionRequest&) = delete;
  virtual ~RegionRequest() = default;

  /// `/tikvpb.Tikv/RawGet`; a literal.
  [[nodiscard]] virtual std::string_view method() const noexcept = 0;
  /// The message for this region without its context.
  [[nodiscard]] virtual std::string encode(const Region& region) = 0;
  /// Takes an answer; false if it cannot be parsed. `region_error()` and `server_error()` tell of it.
  [[nodiscard]] virtual bool decode(const std::string& message) = 0;
  [[nodiscard]] virtual const wire::errorpb::Error* region_error() const noexcept = 0;
  /// The store's own words of why it refused; empty if it did not.
  [[nodiscard]] virtual std::string_view server_error() const noexcept { return {}; }
  /// A request that only reads is never in doubt.
  [[nodiscard]] virtual bool writes() const noexcept { return false; }
  /// May a write whose answer was lost be sent again?
  [[nodiscard]] virtual bool may_resend() const noexcept { return true; }

  /// Whether an earlier copy of it may have been applied unseen.
  core::Doubt doubt;
};

/// Finds regions and sends requests to the stores that lead them. Holds the one loop that repeats
/// requests to stores.
class Sender {
 public:
  Sender(core::Loop& loop, rpc::Transport& transport, pd::PdClient& pd);

  /// The region that holds `key`, from the cache or from PD.
  Task<RegionPtr> locate(core::Operation& operation, std::string key);

  /// Sends `request` to the region that holds `key` until it is answered; gives the region that did.
  /// With `same_region`, gives back null, unanswered, as soon as the key is no longer in that very
  /// region version: the caller's other keys may have parted from it.
  Task<RegionPtr> send(core::Operation& operation, std::string key, RegionRequest& request,
                       const Region* same_region = nullptr);

  [[nodiscard]] RegionCache& regions() noexcept { return regions_; }

 private:
  /// Asks PD once for the region of `key` and puts it into the cache if it can be used.
  Task<void> load(core::Operation& operation, std::string key);
  /// One attempt; nothing if the request was answered.
  Task<std::optional<Verdict>> attempt(core::Operation& operation, RegionPtr region, std::string address,
                                       RegionRequest& request);
  void apply(const Verdict& verdict, const RegionPtr& region, const std::string& address);

  core::Loop& loop_;
  rpc::Transport& transport_;
  pd::PdClient& pd_;
  RegionCache regions_;
  StoreCache stores_;
  /// By the gap of the cache that is being loaded: many who miss the same region ask once.
  std::map<std::string, std::shared_ptr<core::SingleFlight>, std::less<>> loads_;
};

}  // namespace tikv::region
