#include "testing/raw_store.h"

#include <iterator>
#include <utility>

namespace tikv::testing {

std::optional<RawStore::Family> RawStore::family(std::string_view name) {
  if (name.empty() || name == "default") return Family::default_;
  if (name == "lock") return Family::lock;
  if (name == "write") return Family::write;
  return std::nullopt;
}

const RawStore::Entry* RawStore::get(Family family, std::string_view key, core::WallTime now) const {
  const auto found = table(family).find(key);
  return found == table(family).end() || found->second.expires <= now ? nullptr : &found->second;
}

bool RawStore::put(Family family, std::string_view key, Entry entry) {
  if (log_ != nullptr) log_->put(family, key, entry);
  Table& entries = table(family);
  const auto place = entries.lower_bound(key);
  if (place != entries.end() && place->first == key) {
    place->second = std::move(entry);
    return false;
  }
  entries.emplace_hint(place, std::string(key), std::move(entry));
  return true;
}

bool RawStore::erase(Family family, std::string_view key) {
  Table& entries = table(family);
  const auto found = entries.find(key);
  if (found == entries.end()) return false;
  if (log_ != nullptr) log_->erase(family, key);
  entries.erase(found);
  return true;
}

std::uint64_t RawStore::erase_range(Family family, std::string_view start, std::string_view end) {
  if (!end.empty() && start >= end) return 0;
  if (log_ != nullptr) log_->erase_range(family, start, end);
  Table& entries = table(family);
  const auto last = end.empty() ? entries.end() : entries.lower_bound(end);
  std::uint64_t erased = 0;
  for (auto entry = entries.lower_bound(start); entry != last; ++erased) entry = entries.erase(entry);
  return erased;
}

void RawStore::scan(Family family, std::string_view start, std::string_view end, core::WallTime now,
                    const std::function<bool(Visited)>& visit) const {
  const Table& entries = table(family);
  for (auto entry = entries.lower_bound(start); entry != entries.end(); ++entry) {
    if (!end.empty() && entry->first >= end) return;
    if (entry->second.expires > now && !visit({entry->first, entry->second})) return;
  }
}

void RawStore::scan_down(Family family, std::string_view start, std::string_view end, core::WallTime now,
                         const std::function<bool(Visited)>& visit) const {
  const Table& entries = table(family);
  auto entry = end.empty() ? entries.end() : entries.lower_bound(end);
  while (entry != entries.begin()) {
    --entry;
    if (entry->first < start) return;
    if (entry->second.expires > now && !visit({entry->first, entry->second})) return;
  }
}

std::uint64_t RawStore::count(std::string_view start, std::string_view end) const {
  std::uint64_t total = 0;
  for (const Table& entries : tables_) {
    const auto last = end.empty() ? entries.end() : entries.lower_bound(end);
    total += static_cast<std::uint64_t>(std::distance(entries.lower_bound(start), last));
  }
  return total;
}

std::optional<std::string> RawStore::key_at(std::string_view start, std::string_view end, std::uint64_t before) const {
  const Table& entries = table(Family::default_);
  for (auto entry = entries.lower_bound(start); entry != entries.end(); ++entry) {
    if (!end.empty() && entry->first >= end) break;
    if (before-- == 0) return entry->first;
  }
  return std::nullopt;
}

std::uint64_t crc64(std::string_view bytes, std::uint64_t before) {
  static const auto table = [] {
    std::array<std::uint64_t, 256> made{};
    for (std::uint64_t byte = 0; byte < made.size(); ++byte) {
      std::uint64_t rest = byte;
      for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xC96C5795D7870F42ULL : 0);
      made[byte] = rest;
    }
    return made;
  }();
  std::uint64_t state = ~before;
  for (const char byte : bytes) state = table[(state ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (state >> 8);
  return ~state;
}

}  // namespace tikv::testing
