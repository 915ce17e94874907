#include "core/address_map.h"

#include <utility>

#include "core/address.h"

namespace tikv::core {

namespace {

/// `host:port` → both; the port is empty if there is none.
std::pair<std::string_view, std::string_view> split(std::string_view address) noexcept {
  const std::size_t colon = address.rfind(':');
  const std::size_t bracket = address.rfind(']');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return {address, {}};
  return {address.substr(0, colon), address.substr(colon + 1)};
}

Result<void> check(std::string_view address) {
  const std::string whole = split(address).second.empty() ? std::string(address) + ":1" : std::string(address);
  const Result<Address> parsed = parse_address(whole);
  return parsed ? Result<void>() : Result<void>(parsed.error());
}

}  // namespace

Result<AddressMap> AddressMap::make(const std::map<std::string, std::string>& pairs) {
  for (const auto& [told, reached] : pairs) {
    for (const std::string& each : {told, reached}) {
      if (Result<void> fine = check(each); !fine) {
        return Error(ErrorKind::invalid_argument,
                     "the address map has a wrong entry: " + fine.error().summary() + ", or a host alone");
      }
    }
  }
  return AddressMap({pairs.begin(), pairs.end()});
}

std::string AddressMap::reached(std::string_view told) const {
  const auto [host, port] = split(told);
  auto found = pairs_.find(told);
  if (found == pairs_.end()) found = pairs_.find(host);
  if (found == pairs_.end()) return std::string(told);
  const bool keeps_port = split(found->second).second.empty() && !port.empty();
  return keeps_port ? found->second + ":" + std::string(port) : found->second;
}

}  // namespace tikv::core
