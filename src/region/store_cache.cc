#include "region/store_cache.h"

namespace tikv::region {

std::string StoreCache::known_address(std::uint64_t store_id) const {
  const auto known = addresses_.find(store_id);
  return known == addresses_.end() ? std::string() : known->second;
}

Task<std::string> StoreCache::address(core::Operation& operation, std::uint64_t store_id) {
  const wire::metapb::Store store = co_await ok(pd_.store(operation, store_id));
  if (store.state() == wire::metapb::Tombstone || store.address().empty()) {
    co_return operation.tell(
        Error(ErrorKind::region_unavailable, "store " + std::to_string(store_id) + " has left the cluster"));
  }
  addresses_[store_id] = store.address();
  co_return store.address();
}

}  // namespace tikv::region
