#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace tikv::testing {

/// The raw data of a cluster: ordered keys with values that may expire, in TiKV's three column
/// families. All replicas of all regions share it; which part of it a request may touch is not
/// decided here.
class RawStore {
 public:
  enum class Family : unsigned char { default_, lock, write };
  static constexpr std::size_t families = 3;

  struct Entry {
    std::string value;
    core::WallTime expires = core::WallTime::max();
    std::uint64_t seconds_beyond = 0;  ///< how much later than `expires`, where a clock cannot tell it
  };
  struct Visited {
    std::string_view key;
    const Entry& entry;
  };

  /// Hears of every change before it is made, for who keeps a copy.
  class Log {
   public:
    virtual void put(Family family, std::string_view key, const Entry& entry) = 0;
    virtual void erase(Family family, std::string_view key) = 0;
    /// An empty `end` is open.
    virtual void erase_range(Family family, std::string_view start, std::string_view end) = 0;

   protected:
    ~Log() = default;
  };
  /// Null: nobody hears.
  void set_log(Log* log) { log_ = log; }

  /// TiKV's name of a family, or none for an unknown one. An empty name is the default family.
  [[nodiscard]] static std::optional<Family> family(std::string_view name);

  /// Null where there is no value, or it has expired by `now`.
  [[nodiscard]] const Entry* get(Family family, std::string_view key, core::WallTime now) const;
  /// True if the key is new.
  bool put(Family family, std::string_view key, Entry entry);
  /// True if the key was there.
  bool erase(Family family, std::string_view key);
  /// How many keys of [start, end) went. An empty `end` is open.
  std::uint64_t erase_range(Family family, std::string_view start, std::string_view end);

  /// Visits what is alive in [start, end) while `visit` answers true. An empty `end` is open.
  void scan(Family family, std::string_view start, std::string_view end, core::WallTime now,
            const std::function<bool(Visited)>& visit) const;
  void scan_down(Family family, std::string_view start, std::string_view end, core::WallTime now,
                 const std::function<bool(Visited)>& visit) const;

  /// Keys in [start, end), in all families, dead ones too.
  [[nodiscard]] std::uint64_t count(std::string_view start, std::string_view end) const;
  /// The key of the default family that has `before` keys of [start, …) before it.
  [[nodiscard]] std::optional<std::string> key_at(std::string_view start, std::string_view end,
                                                  std::uint64_t before) const;

 private:
  using Table = std::map<std::string, Entry, std::less<>>;

  [[nodiscard]] const Table& table(Family family) const { return tables_[static_cast<std::size_t>(family)]; }
  [[nodiscard]] Table& table(Family family) { return tables_[static_cast<std::size_t>(family)]; }

  std::array<Table, families> tables_;
  Log* log_ = nullptr;
};

/// CRC-64/XZ, which TiKV's checksums are made of. `before` is the result for the bytes before these.
[[nodiscard]] std::uint64_t crc64(std::string_view bytes, std::uint64_t before = 0);

}  // namespace tikv::testing
