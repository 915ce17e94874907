#include "region/store_cache.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "core/address.h"
#include "core/printable.h"

namespace tikv::region {

namespace {

/// Columnar replicas are stores to PD, but serve no calls of ours.
bool serves_keys(const wire::metapb::Store& store) {
  return store.state() != wire::metapb::Tombstone &&
         std::none_of(store.labels().begin(), store.labels().end(), [](const wire::metapb::StoreLabel& label) {
           return label.key() == "engine" && label.value().starts_with("tiflash");
         });
}

}  // namespace

std::string StoreCache::known_address(std::uint64_t store_id) const {
  const auto known = addresses_.find(store_id);
  return known == addresses_.end() ? std::string() : known->second;
}

void StoreCache::forget(std::uint64_t store_id) {
  addresses_.erase(store_id);
  versions_expire_ = {};
}

void StoreCache::note_trouble(const StoreHealth& health) noexcept {
  trouble_until_ = std::max(trouble_until_, health.doubtful_until());
}

StoreHealth& StoreCache::health(std::uint64_t store_id) {
  const auto known = healths_.find(store_id);
  if (known != healths_.end()) return known->second;
  if (healths_.size() >= core::limits::stores) healths_.clear();  // it fades anyway
  return healths_[store_id];
}

void StoreCache::note_refused(core::Time now, std::uint64_t store_id) {
  StoreHealth& store = health(store_id);
  store.refused(now);
  note_trouble(store);
}

void StoreCache::note_answer(core::Time now, std::uint64_t store_id, core::Duration took) {
  StoreHealth& store = health(store_id);
  store.answered(now, took);
  note_trouble(store);
}

void StoreCache::note_silence(core::Time now, std::uint64_t store_id, core::Duration waited) {
  StoreHealth& store = health(store_id);
  store.kept_silent(now, waited);
  note_trouble(store);
}

std::string StoreCache::note_report(core::Time now, const BatchFeedback& feedback) {
  if (!feedback.has_health || !addresses_.contains(feedback.store_id)) return {};
  StoreHealth& store = health(feedback.store_id);
  const Standing before = store.standing(now);
  store.reported(now, feedback.sequence, feedback.slow_score);
  note_trouble(store);
  const Standing after = store.standing(now);
  if (before == after || !store.may_be_told(now)) return {};
  return after == Standing::well ? "the store is well again" : store.describe(now);
}

std::vector<Standing> StoreCache::standings(core::Time now, const Region& region) const {
  std::vector<Standing> result;
  for (const Peer& peer : region.peers) {
    const auto known = healths_.find(peer.store_id);
    result.push_back(known == healths_.end() ? Standing::well : known->second.standing(now));
  }
  return result;
}

Task<std::string> StoreCache::address(core::Operation& operation, std::uint64_t store_id) {
  std::string known = known_address(store_id);
  if (!known.empty()) co_return std::move(known);
  core::SharedQuestions<std::uint64_t, std::string>::Ask ask = [this, &operation, store_id](std::string& answer) {
    return ask_address(operation, store_id, answer);
  };
  co_return co_await questions_.answer(operation, store_id, std::move(ask), "waiting for the address of a store");
}

Task<void> StoreCache::ask_address(core::Operation& operation, std::uint64_t store_id, std::string& answer) {
  const Result<wire::metapb::Store> store = co_await pd_.store(operation, store_id);
  // An error in words: PD has no such store.
  if (!store && store.error().kind() != ErrorKind::server_error) co_return store.error();
  answer = store && store->state() != wire::metapb::Tombstone ? store->address() : std::string();
  if (answer.empty()) co_return {};
  if (!core::parse_address(answer)) {
    co_return operation.tell(Error(ErrorKind::unavailable, "PD tells an address of store " + std::to_string(store_id) +
                                                               " that is none: " + core::quoted(answer) +
                                                               "; see advertise-addr of the store"));
  }
  if (addresses_.size() >= core::limits::stores) addresses_.clear();  // invented ones: the real ones are asked for anew
  addresses_[store_id] = answer;
  co_return {};
}

Task<void> StoreCache::load_versions(core::Operation& operation) {
  const std::vector<wire::metapb::Store> stores = co_await ok(pd_.stores(operation));
  versions_.clear();
  for (const wire::metapb::Store& store : stores) {
    if (serves_keys(store)) versions_[store.id()] = store.version();
  }
  versions_expire_ = saturating_add(operation.loop().now(), version_lifetime);
  co_return {};
}

Task<void> StoreCache::require(core::Operation& operation, Feature feature) {
  if (operation.loop().now() >= versions_expire_) co_await ok(load_versions(operation));
  for (const auto& [id, text] : versions_) {
    const std::optional<Version> version = Version::parse(text);
    if (version && has_feature(*version, feature)) continue;
    co_return operation.tell(
        Error(ErrorKind::unsupported,
              std::string(name_of(feature)) + " needs TiKV " + versions_with(feature) + ", and store " +
                  std::to_string(id) + " is of version " +
                  (text.empty() ? std::string("unknown") : core::printable(text, core::limits::foreign_name)) +
                  "; upgrade the cluster"));
  }
  co_return {};
}

}  // namespace tikv::region
