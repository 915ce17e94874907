#include "region/key_codec.h"

#include <optional>
#include <utility>

#include "region/memcomparable.h"

namespace tikv::region {

namespace {

constexpr char raw_mode = 'r';

std::string prefix_of(std::uint32_t id) {
  return {raw_mode, static_cast<char>(id >> 16U), static_cast<char>(id >> 8U), static_cast<char>(id)};
}

}  // namespace

KeyCodec KeyCodec::raw_keyspace(std::uint32_t id) {
  KeyCodec codec;
  codec.keyspace_id_ = id;
  codec.prefix_ = prefix_of(id);
  codec.after_ = id == most_keyspace_id ? std::string(1, raw_mode + 1) : prefix_of(id + 1);
  return codec;
}

std::string KeyCodec::range_end(std::string_view end) const { return end.empty() ? after_ : key(end); }

bool KeyCodec::strip(std::string& key) const {
  if (!key.starts_with(prefix_)) return false;
  key.erase(0, prefix_.size());
  return true;
}

std::string KeyCodec::region_key(std::string_view key) const {
  return changes_keys() ? encode_memcomparable(this->key(key)) : std::string(key);
}

std::string KeyCodec::region_range_end(std::string_view end) const {
  return changes_keys() ? encode_memcomparable(range_end(end)) : std::string(end);
}

KeyCodec::Place KeyCodec::localize(std::string& start, std::string& end) const {
  if (!changes_keys()) return Place::inside;
  const auto decode = [](const std::string& bound) {
    return bound.empty() ? std::optional<std::string>(std::string()) : decode_memcomparable(bound);
  };
  std::optional<std::string> first = decode(start);
  std::optional<std::string> last = decode(end);
  if (!first || !last) return Place::unreadable;
  if (*first >= after_ || (!last->empty() && *last <= prefix_)) return Place::outside;
  // What reaches beyond the keyspace ends, for the client, where its keys end.
  if (*first <= prefix_ || !strip(*first)) first->clear();
  if (last->empty() || *last >= after_ || !strip(*last)) last->clear();
  start = *std::move(first);
  end = *std::move(last);
  return Place::inside;
}

}  // namespace tikv::region
