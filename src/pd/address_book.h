#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/address_map.h"
#include "core/operation.h"

namespace tikv::pd {

/// The addresses that PD told, who told them, and which of them were ever reached from here: the
/// commonest beginner's trap is an address of another network.
class AddressBook {
 public:
  explicit AddressBook(core::AddressMap map = {}) : map_(std::move(map)) {}

  /// Where to connect to for an address of a member of PD that the PD at `told_by` told.
  std::string member(std::string_view told, std::string_view told_by) { return take(told, told_by, 0); }
  /// The same for the address of a store.
  std::string store(std::string_view told, std::string_view told_by, std::uint64_t id) {
    return take(told, told_by, id);
  }

  /// A connection to it was made.
  void note_reached(std::string_view address) { reached_.emplace(address); }
  /// True as well for addresses that nobody told: the user gave them.
  [[nodiscard]] bool trusted(std::string_view address) const;

  /// A request got no connection to `address`. If there never was one, its operation gets to know what
  /// that may be, and, once for each address, the observer.
  void explain_failure(core::Operation& operation, std::string_view address, std::string_view reason);

 private:
  struct Origin {
    std::string told;
    std::string told_by;
    std::uint64_t store = 0;  ///< 0: a member of PD
    bool warned = false;
  };

  std::string take(std::string_view told, std::string_view told_by, std::uint64_t store);
  [[nodiscard]] static std::string finding(std::string_view address, const Origin& origin);
  [[nodiscard]] static std::string_view remedy(std::string_view address, const Origin& origin);

  core::AddressMap map_;
  std::map<std::string, Origin, std::less<>> origins_;  // by where we connect to
  std::set<std::string, std::less<>> reached_;
};

}  // namespace tikv::pd
