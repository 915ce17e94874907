#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tikv/result.h"

namespace tikv::core {

/// Where servers are reached that tell addresses of another network. `ClientOptions::address_map`, checked.
class AddressMap {
 public:
  AddressMap() = default;
  /// An error that names the pair that is no pair of addresses or hosts.
  [[nodiscard]] static Result<AddressMap> make(const std::map<std::string, std::string>& pairs);

  /// Where to connect to for the address that a server told.
  [[nodiscard]] std::string reached(std::string_view told) const;

 private:
  explicit AddressMap(std::map<std::string, std::string, std::less<>> pairs) : pairs_(std::move(pairs)) {}

  std::map<std::string, std::string, std::less<>> pairs_;
};

}  // namespace tikv::core
