#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tikv::region {

/// Between the keys of a client and those of its cluster. Without a keyspace they are the same. Inside a
/// keyspace (API V2) requests carry the keyspace's prefix before each key, and regions are bounded, in PD
/// and in the errors of stores, by such keys in memcomparable form.
///
/// Regions are brought into the client's keys as soon as they arrive, cut to the keyspace, so that only
/// requests and answers know of prefixes.
///
/// The forms are those of TiKV's API V2: `'r'`, three bytes of the keyspace's id, the key.
class KeyCodec {
 public:
  static constexpr std::uint32_t most_keyspace_id = 0xffffff;
  /// Bytes that a keyspace puts before each key.
  static constexpr std::size_t keyspace_prefix_size = 4;

  /// No keyspace: API V1.
  KeyCodec() = default;
  /// The raw keys of a keyspace.
  [[nodiscard]] static KeyCodec raw_keyspace(std::uint32_t id);

  [[nodiscard]] bool changes_keys() const noexcept { return !prefix_.empty(); }
  [[nodiscard]] std::uint32_t keyspace_id() const noexcept { return keyspace_id_; }

  /// A key as requests carry it.
  [[nodiscard]] std::string key(std::string_view key) const { return prefix_ + std::string(key); }
  /// The end of a range as requests carry it; empty, for no end, becomes the end of the keyspace.
  [[nodiscard]] std::string range_end(std::string_view end) const;
  /// Takes the prefix off a key of an answer. False, and nothing changes, if it is not of the keyspace.
  [[nodiscard]] bool strip(std::string& key) const;

  /// A key, or the end of a range, as PD orders it.
  [[nodiscard]] std::string region_key(std::string_view key) const;
  [[nodiscard]] std::string region_range_end(std::string_view end) const;

  /// What of a region, by its bounds as PD and stores tell them, the client can see.
  enum class Place : std::uint8_t {
    inside,      ///< the bounds are the client's keys now, cut to the keyspace
    outside,     ///< no key of the keyspace is in it
    unreadable,  ///< the bounds are not in the form of API V2
  };
  [[nodiscard]] Place localize(std::string& start, std::string& end) const;

 private:
  std::uint32_t keyspace_id_ = 0;
  std::string prefix_;  ///< of all keys of the keyspace
  std::string after_;   ///< the first key behind it
};

}  // namespace tikv::region
