#include "pd/address_book.h"

#include "core/printable.h"

namespace tikv::pd {

namespace {
// Whoever makes up addresses does not fill our memory.
constexpr std::size_t most_addresses = 4096;
}  // namespace

std::string AddressBook::take(std::string_view told, std::string_view told_by, std::uint64_t store) {
  std::string address = map_.reached(told);
  if (address.empty()) return address;
  if (origins_.size() >= most_addresses && !origins_.contains(address)) return address;
  Origin& origin = origins_[address];
  const std::string shown = core::printable(told, core::limits::foreign_name);
  if (origin.store != store || origin.told != shown) origin.warned = false;
  origin.told = shown;
  origin.told_by = told_by;
  origin.store = store;
  return address;
}

bool AddressBook::trusted(std::string_view address) const {
  return reached_.contains(address) || !origins_.contains(address);
}

std::string AddressBook::finding(std::string_view address, const Origin& origin) {
  const std::string who = origin.store != 0 ? "store " + std::to_string(origin.store) : "a member of PD";
  std::string text = "nothing was ever reached at " + std::string(address) + ", ";
  if (origin.told != address) text += "where the address map says that " + origin.told + " is, ";
  return text + "the address of " + who + " as PD at " + origin.told_by + " tells it";
}

std::string_view AddressBook::remedy(std::string_view address, const Origin& origin) {
  if (origin.told != address) return "check ClientOptions::address_map (in a URL map=)";
  if (origin.store != 0) {
    return "if that TiKV runs, its address may be of another network (containers, NAT): set its advertise-addr to one "
           "that clients reach, or say where it is with ClientOptions::address_map (in a URL map=ADDRESS=HOST:PORT)";
  }
  return "if that PD runs, its address may be of another network (containers, NAT): set its advertise-client-urls to "
         "what clients reach, or use ClientOptions::address_map (in a URL map=ADDRESS=HOST:PORT)";
}

void AddressBook::explain_failure(core::Operation& operation, std::string_view address, std::string_view reason) {
  const auto found = origins_.find(address);
  if (found == origins_.end() || reached_.contains(address)) return;
  Origin& origin = found->second;
  std::string text = finding(address, origin);
  const std::string_view help = remedy(address, origin);
  if (!std::exchange(origin.warned, true) && operation.logs(LogLevel::warning)) {
    core::EventFields fields;
    fields.add("address", address).add("reason", reason);
    if (origin.store != 0) fields.add("store", origin.store);
    fields.add("told_by", std::string_view(origin.told_by));
    operation.tell_event(Event::address_unreachable, LogLevel::warning, fields, {0, {}, 0, origin.store},
                         text + " (" + std::string(reason) + "); " + std::string(help));
  }
  operation.advise(std::move(text), help);
}

}  // namespace tikv::pd
