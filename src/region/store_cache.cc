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
  return store.state != wire::metapb::StoreState::tombstone &&
         std::none_of(store.labels.begin(), store.labels.end(), [](const wire::metapb::StoreLabel& label) {
           return label.key == "engine" && label.value.starts_with("tiflash");
         });
}

}  // namespace

std::string StoreCache::known_address(std::uint64_t store_id) const {
  const auto known = addresses_.find(store_id);
  return known == addresses_.end() || known->second.doubted ? std::string() : known->second.address;
}

void StoreCache::doubt(std::uint64_t store_id) {
  if (const auto known = addresses_.find(store_id); known != addresses_.end()) known->second.doubted = true;
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
  if (before == after || !store.may_be_told(now, after)) return {};
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
  const pd::PlacementTime waiting(operation);
  const auto doubted = addresses_.find(store_id);
  if (doubted == addresses_.end()) {
    const AddressQuestion question{store_id, false};
    co_return co_await shared_address(operation, question);
  }
  std::string old = doubted->second.address;
  if (!pd_.worth_asking()) co_return std::move(old);
  core::Operation hasty(operation, pd::PdClient::patience_with_old_answer);
  const AddressQuestion question{store_id, true};
  Result<std::string> answer = co_await shared_address(hasty, question);
  if (answer) co_return std::move(answer);
  if (operation.interrupted()) co_return operation.interruption_error("waiting for the address of a store");
  pd_.note_no_answer();
  co_return std::move(old);
}

Task<std::string> StoreCache::shared_address(core::Operation& operation, AddressQuestion question) {
  core::SharedQuestions<AddressQuestion, std::string>::Ask ask = [this, &operation, question](std::string& answer) {
    return ask_address(operation, question.store_id, answer);
  };
  co_return co_await questions_.answer(operation, question, std::move(ask), "waiting for the address of a store");
}

void StoreCache::take(std::uint64_t store_id, const std::string& address) {
  if (address.empty()) {
    addresses_.erase(store_id);
    return;
  }
  // Invented ones: the real ones are asked for anew.
  if (addresses_.size() >= core::limits::stores && !addresses_.contains(store_id)) addresses_.clear();
  KnownAddress& known = addresses_[store_id];
  if (known.address != address && events_.wanted()) {
    core::EventFields fields;
    fields.add("store", store_id).add("address", std::string_view(address));
    if (!known.address.empty()) fields.add("before", std::string_view(known.address));
    events_.tell(Event::store_moved, LogLevel::debug, fields, {0, {}, 0, store_id});
  }
  known = KnownAddress{address, false};
}

Task<void> StoreCache::ask_address(core::Operation& operation, std::uint64_t store_id, std::string& answer) {
  const Result<wire::metapb::Store> store = co_await pd_.store(operation, store_id);
  // An error in words: PD has no such store.
  if (!store && store.error().kind() != ErrorKind::server_error) co_return store.error();
  const bool there = store && store->state != wire::metapb::StoreState::tombstone;
  if (there && !core::parse_address(store->address)) {
    co_return operation.tell(Error(ErrorKind::unavailable, "PD tells an address of store " + std::to_string(store_id) +
                                                               " that is none: " + core::quoted(store->address) +
                                                               "; see advertise-addr of the store"));
  }
  answer = there ? pd_.addresses().store(store->address, pd_.leader(), store_id) : std::string();
  take(store_id, answer);
  co_return {};
}

Task<void> StoreCache::load_versions(core::Operation& operation) {
  const std::vector<wire::metapb::Store> stores = co_await ok(pd_.stores(operation));
  versions_.clear();
  for (const wire::metapb::Store& store : stores) {
    if (serves_keys(store)) versions_[store.id] = store.version;
  }
  versions_expire_ = saturating_add(operation.loop().now(), version_lifetime);
  co_return {};
}

Task<void> StoreCache::require(core::Operation& operation, Feature feature) {
  const bool old = operation.loop().now() >= versions_expire_;
  if (old && versions_.empty()) {
    co_await ok(load_versions(operation));
  } else if (old && pd_.worth_asking()) {
    // Versions rise: those of a minute ago will do while PD cannot be asked.
    core::Operation hasty(operation, pd::PdClient::patience_with_old_answer);
    const Result<void> loaded = co_await load_versions(hasty);
    if (operation.interrupted()) co_return operation.interruption_error("waiting for the versions of the stores");
    if (!loaded) pd_.note_no_answer();
  }
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
